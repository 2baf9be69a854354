"""Test mails to ourselves: how one is recognised, and what the last ones say about the way of mail.

Whatever a sender can write proves nothing. A mail is a test mail only if its token was signed with a key
that never leaves the database, a row says that we sent it, and every word of it is ours: what is kept
out of sight holds nothing that anybody else wrote.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from triage.core.message import Message

#: How soon a test mail has to be here.
PROMISED: Final = timedelta(seconds=60)
#: A worker that sends nothing for so long after its time has stopped.
_MOST_DELAY: Final = timedelta(minutes=5)
#: Ours has a few hundred bytes; relays add header fields.
_MOST_BYTES: Final = 64 * 1024
_SUBJECT: Final = "Triage test mail "
_TOKEN: Final = re.compile(rf"{_SUBJECT}([0-9a-f]{{32}})-([0-9a-f]{{32}})(?![0-9a-f])")
_SIGNATURE_DIGITS: Final = 32


def make_token(key: bytes, nonce: str) -> str:
    """Return the signed token of a test mail.

    Args:
        nonce: 32 hexadecimal digits, never used before.
    """
    return f"{nonce}-{_signature(key, nonce)}"


def subject_of(token: str) -> str:
    """Return the subject of a test mail."""
    return _SUBJECT + token


def letter(token: str) -> str:
    """Return all words of a test mail."""
    return (
        "The triage service sent this mail to itself, to see that mail\n"
        "reaches this mailbox and is read. Nobody needs to answer it.\n"
        "\n"
        f"{token}\n"
    )


def claimed_token(subject: str) -> tuple[str, str] | None:
    """Return nonce and signature that a subject claims; None for nearly all mail."""
    found = _TOKEN.search(subject)
    return None if found is None else (found[1], found[2])


def is_signed(key: bytes, nonce: str, signature: str) -> bool:
    """Tell whether the signature is ours, in a time that says nothing about it."""
    return hmac.compare_digest(_signature(key, nonce), signature)


def is_untouched(message: Message, *, token: str, sender: str) -> bool:
    """Tell whether a message holds what we sent, and nothing else that anybody could read."""
    return (
        [one.key for one in message.senders] == [sender.lower()]
        and message.subject == subject_of(token)
        and message.text.split() == letter(token).split()
        and not message.has_more_text
        and not message.attachments
        and not message.in_reply_to
        and not message.references
        and message.size_bytes <= _MOST_BYTES
    )


def _signature(key: bytes, nonce: str) -> str:
    return hmac.new(key, nonce.encode(), sha256).hexdigest()[:_SIGNATURE_DIGITS]


class CanaryState(StrEnum):
    """What the last test mails say."""

    ARRIVED = "arrived"
    LATE = "late"
    WAITING = "waiting"
    MISSING = "missing"
    UNSENT = "unsent"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True, slots=True)
class SentCanary:
    """A test mail.

    Attributes:
        sent_at: When sending began.
        next_at: When the next one is due.
        error: Why it could not be sent, or empty.
        arrived_at: When it was read in the mailbox; None while it was not.
        is_shown: It arrived with other words than ours, and stands among the mail.
    """

    sent_at: datetime
    next_at: datetime
    error: str = ""
    arrived_at: datetime | None = None
    is_shown: bool = False

    @property
    def round_trip(self) -> timedelta | None:
        """From sending to reading; None while it has not arrived."""
        return None if self.arrived_at is None else max(timedelta(0), self.arrived_at - self.sent_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class CanaryReport:
    """What test mails say about a mailbox.

    Attributes:
        sent_at: When the last one was sent; None before the first.
        arrived_at: When the last one that arrived did.
        round_trip_seconds: Of that one.
        missing_since: When the oldest one was sent that did not arrive and that none overtook.
        sentence: What a person is told.
    """

    mailbox: str
    state: CanaryState
    sent_at: datetime | None
    arrived_at: datetime | None
    round_trip_seconds: float | None
    missing_since: datetime | None
    sentence: str

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to look into."""
        return self.state in (CanaryState.ARRIVED, CanaryState.WAITING)


def report(
    mailbox: str,
    *,
    last: SentCanary | None,
    arrived: SentCanary | None,
    missing: SentCanary | None,
    now: datetime,
) -> CanaryReport:
    """Return what test mails say.

    Args:
        last: The last one that was sent.
        arrived: The last sent of those that arrived.
        missing: The first sent after that one.
    """
    trip = arrived.round_trip if arrived else None
    state, sentence = _verdict(mailbox, last, arrived, missing, now)
    return CanaryReport(
        mailbox=mailbox,
        state=state,
        sent_at=last.sent_at if last else None,
        arrived_at=arrived.arrived_at if arrived else None,
        round_trip_seconds=None if trip is None else trip.total_seconds(),
        missing_since=missing.sent_at if missing and now - missing.sent_at > PROMISED else None,
        sentence=sentence,
    )


def _verdict(
    mailbox: str,
    last: SentCanary | None,
    arrived: SentCanary | None,
    missing: SentCanary | None,
    now: datetime,
) -> tuple[CanaryState, str]:
    if last is None:
        return CanaryState.WAITING, f"No test mail was sent to {mailbox} yet."
    if missing is not None and last.error:
        return CanaryState.UNSENT, f"No test mail left for {mailbox} since {_at(missing)}: {last.error}."
    if missing is not None and now - missing.sent_at > PROMISED:
        return (
            CanaryState.MISSING,
            f"The test mail of {_at(missing)} has not arrived in {mailbox}: new mail may not reach it.",
        )
    if now > last.next_at + _MOST_DELAY:
        return (
            CanaryState.STOPPED,
            f"No test mail was sent to {mailbox} since {_at(last)}; see that a worker runs and reads it.",
        )
    trip = arrived.round_trip if arrived else None
    if arrived is None or trip is None:
        return CanaryState.WAITING, f"The first test mail to {mailbox} is on its way since {_at(last)}."
    is_late = trip > PROMISED
    sentence = f"The test mail of {_at(arrived)} was here after {trip.total_seconds():,.0f} s."
    if arrived.is_shown:
        sentence += (
            " Its words were changed on the way, so it stands among the mail: exempt test mails from footers."
        )
    return CanaryState.LATE if is_late else CanaryState.ARRIVED, sentence


def _at(one: SentCanary) -> str:
    return f"{one.sent_at:%Y-%m-%d %H:%M:%S} UTC"
