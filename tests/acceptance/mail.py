"""Small messages of invented people, as bytes for a server."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime


def letter(
    name: str,
    *,
    sender: str = "Ada Berg <ada@acme.example>",
    to: str = "desk@vendor.example",
    subject: str = "Portal",
    body: str = "Could you look at the portal? It shows an error.",
    at: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    reply_to: str = "",
    headers: dict[str, str] | None = None,
) -> bytes:
    """Return a message.

    Args:
        name: Left part of its Message-ID.
        reply_to: Left part of the Message-ID that it answers.
    """
    message = EmailMessage()
    message["Message-ID"] = f"<{name}@mail.example>"
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = format_datetime(at)
    if reply_to:
        message["In-Reply-To"] = message["References"] = f"<{reply_to}@mail.example>"
    for key, value in (headers or {}).items():
        message[key] = value
    message.set_content(body)
    return message.as_bytes()
