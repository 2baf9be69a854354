"""Whether the API shows exactly the mail that mbsync finds on the server.

Two messages are the same here when Message-ID, sender, Date, subject and words are equal: what the
identity of a message is made of (``core.identity``). mbsync's files are read with the standard
library. Attachments are not compared, for they stay on the server.
"""

import email
import email.policy
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

from tests.faults.api_reader import SeenMessage
from tests.faults.checker import words_hash
from tests.faults.pulled import pull
from tests.servers.dovecot import MailUser

_TOKEN = re.compile(r"token-[0-9]+")


@dataclass(frozen=True, order=True, slots=True)
class Content:
    """What is compared of a message."""

    token: str
    message_id: str
    sender: str
    sent_at: str
    subject: str
    words_hash: str


def differences(user: MailUser, shown: Iterable[SeenMessage], deleted: set[str]) -> list[str]:
    """Return the tokens of messages that only one of the two has, with whose they are.

    Args:
        deleted: Tokens of mail that a neighbour deleted: it must still be shown, and cannot be pulled.
    """
    ours = {_shown(one) for one in shown}
    with tempfile.TemporaryDirectory(prefix="triage-mbsync-") as folder:
        theirs = {_pulled(message) for message in pull(user, Path(folder))}
    only_ours = {one for one in ours - theirs if one.token not in deleted}
    return [f"only mbsync: {one.token}" for one in sorted(theirs - ours)] + [
        f"only the API: {one.token}" for one in sorted(only_ours)
    ]


def _shown(message: SeenMessage) -> Content:
    return _content(message.message_id, message.sender, message.sent_at, message.subject, words=message.text)


def _pulled(content: bytes) -> Content:
    message = email.message_from_bytes(content, policy=email.policy.compat32)
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return _content(
        str(message["Message-ID"]).strip("<> "),
        parseaddr(str(message["From"]))[1],
        parsedate_to_datetime(str(message["Date"])),
        str(message["Subject"]),
        words=payload.decode("utf-8"),
    )


def _content(
    message_id: str | None, sender: str, sent_at: datetime | None, subject: str, *, words: str
) -> Content:
    found = _TOKEN.search(words)
    return Content(
        token=found.group() if found else "no token",
        message_id=message_id or "",
        sender=sender,
        sent_at=sent_at.astimezone(UTC).isoformat() if sent_at else "",
        subject=subject,
        words_hash=words_hash(words),
    )
