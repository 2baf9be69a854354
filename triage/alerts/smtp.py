"""Hands one mail to a mail server. With TLS, but to this machine; never in the clear over a network."""

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Literal

from triage.core.errors import DeliveryError
from triage.core.loopback import is_loopback

#: For each answer, and for all of it: a server that sends a byte now and then must not hold the loop.
_ANSWER_SECONDS = 20.0
_TOTAL_SECONDS = 60.0
_REFUSED_SIGN_IN = 535


@dataclass(frozen=True, kw_only=True, slots=True)
class SmtpServer:
    """Where mail is handed in.

    Attributes:
        security: ``plain`` is for this machine only.
        user: None where no sign-in is asked for.
        ca_file: Certificates (PEM) to trust in place of the system's.
    """

    host: str
    port: int
    security: Literal["tls", "starttls", "plain"]
    user: str | None = None
    ca_file: Path | None = None

    @property
    def place(self) -> str:
        """The server as a person is told of it."""
        return f"mail server {self.host}:{self.port}"


def send_mail(server: SmtpServer, message: EmailMessage, *, password: str | None = None) -> None:
    """Send one mail to its recipients.

    Raises:
        DeliveryError: With a sentence that holds no secret and no address; permanent if the server
            refused, so that trying again soon would not help.
    """
    if server.security == "plain" and not is_loopback(server.host):
        raise DeliveryError(f"{server.place} is not on this machine; use tls or starttls", permanent=True)
    try:
        with _connected(server) as client:
            if server.user is not None:
                client.login(server.user, password or "")
            client.send_message(message)
    except smtplib.SMTPAuthenticationError as error:
        raise DeliveryError(
            f"{server.place} refused the sign-in ({error.smtp_code}); check user and password", permanent=True
        ) from error
    except smtplib.SMTPRecipientsRefused as error:
        code = min(code for code, _ in error.recipients.values())
        raise DeliveryError(
            f"{server.place} refused the recipient ({code})",
            permanent=code >= 500,  # noqa: PLR2004 - RFC 5321
        ) from error
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(
            f"{server.place} refused the mail ({error.smtp_code})",
            permanent=error.smtp_code >= 500,  # noqa: PLR2004 - RFC 5321 section 4.2.1
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise DeliveryError(
            f"{server.place} does not offer what is configured: the sign-in or STARTTLS", permanent=True
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise DeliveryError(
            f"{server.place}: its certificate cannot be trusted ({error.verify_message})", permanent=True
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(f"{server.place} cannot be used now ({type(error).__name__})") from error


def compose(sender: str, to: str, subject: str, text: str, *, sent_at: datetime) -> EmailMessage:
    """Return a mail of a machine, which no other machine should answer (RFC 3834)."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(text)
    return message


@contextlib.contextmanager
def _connected(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context(cafile=server.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    client = (
        smtplib.SMTP_SSL(server.host, server.port, timeout=_ANSWER_SECONDS, context=context)
        if server.security == "tls"
        else smtplib.SMTP(server.host, server.port, timeout=_ANSWER_SECONDS)
    )
    deadline = threading.Timer(_TOTAL_SECONDS, _cut, [client])
    deadline.daemon = True
    deadline.start()
    try:
        if server.security == "starttls":
            client.starttls(context=context)
        yield client
        with contextlib.suppress(smtplib.SMTPException, OSError):
            client.quit()
    finally:
        deadline.cancel()
        client.close()


def _cut(client: smtplib.SMTP) -> None:
    if client.sock is not None:
        with contextlib.suppress(OSError):
            client.sock.shutdown(socket.SHUT_RDWR)
