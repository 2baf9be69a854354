"""What of a message the search index holds: its words, field by field, in bounds.

The words a person wrote are kept apart from those they quote, so that a mail that says something is
found before the replies that repeat it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from triage.core.carried import carried
from triage.core.ids import AccountId, MessageId
from triage.core.message import Message, ZoneKind
from triage.core.search_words import words

#: Words of one message; a position of PostgreSQL's tsvector has 14 bits.
_MOST_WORDS = 16_000
#: Characters of one message: a tsvector holds 1 MiB, and a character takes up to four bytes.
_MOST_CHARACTERS = 150_000
_MOST_SUBJECT_WORDS = 200
_MOST_PEOPLE_WORDS = 500
_ID_BITS = 31


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchText:
    """What of a message is searched.

    Attributes:
        senders: Names and addresses.
        recipients: Names and addresses of To and Cc.
        files: Names of the attachments.
        own: What its author wrote.
        quoted: Quoted and forwarded text, signatures, disclaimers.
    """

    subject: str
    senders: Sequence[str]
    recipients: Sequence[str]
    files: Sequence[str]
    own: str
    quoted: str


@carried
@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """The words of a message by field, with a space between two words.

    Attributes:
        has_files: It carries attachments with names, whatever words are in the names.
    """

    subject: str
    sender: str
    recipients: str
    files: str
    own: str
    quoted: str
    has_files: bool


#: The fields in the order of the index.
FIELDS = ("subject", "sender", "recipients", "files", "own", "quoted")


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchDocument:
    """A message as the index holds it.

    Attributes:
        place: See ``place``.
        marks: Words that no text can hold, for what a message is: see ``account_mark``.
    """

    message_id: MessageId
    place: int
    marks: tuple[str, ...]
    words: Words


#: Every document has it, so that a question of negations only has something to take away from.
ANY = "any"
HAS_FILES = "hasattachment"


def account_mark(account: AccountId | None) -> str:
    """Return the mark of the messages whose thread belongs to an account; None: to none for sure."""
    return "account" + ("none" if account is None else str(account))


def place(received_at: datetime, message_id: MessageId) -> int:
    """Return a number that orders messages by time, then by id, and holds the id: 63 bits.

    An index that is read in the order of this number gives the newest hits without reading the others.
    """
    seconds = min(max(int(received_at.astimezone(UTC).timestamp()), 0), 2**32 - 1)
    return seconds << _ID_BITS | message_id


def first_place(moment: datetime) -> int:
    """Return the lowest place of messages received at or after a moment."""
    return place(moment, MessageId(0))


#: Taken from a place, these bits leave the id of the message.
ID_MASK = (1 << _ID_BITS) - 1


def text_of(message: Message) -> SearchText:
    """Return what is searched of a message."""
    own, quoted = split_zones(message.text, message.zones)
    return SearchText(
        subject=message.subject,
        senders=[part for one in message.senders for part in (one.name, one.email) if part],
        recipients=[part for one in (*message.to, *message.cc) for part in (one.name, one.email) if part],
        files=[file.name for file in message.attachments if file.name],
        own=own,
        quoted=quoted,
    )


def split_zones(text: str, zones: Sequence[tuple[str, int, int]]) -> tuple[str, str]:
    """Return what the author wrote, and what the text quotes and carries along."""
    if not zones:
        return text, ""
    own = "\n".join(text[start:end] for kind, start, end in zones if kind == ZoneKind.NEW)
    return own, "\n".join(text[start:end] for kind, start, end in zones if kind != ZoneKind.NEW)


def words_of(text: SearchText) -> Words:
    """Return the words of a message, as many as fit."""
    room = _Room()
    return Words(
        subject=room.take(words(text.subject), _MOST_SUBJECT_WORDS),
        sender=room.take(_all(text.senders), _MOST_PEOPLE_WORDS),
        recipients=room.take(_all(text.recipients), _MOST_PEOPLE_WORDS),
        files=room.take(_all(text.files), _MOST_PEOPLE_WORDS),
        own=room.take(words(text.own)),
        quoted=room.take(words(text.quoted)),
        has_files=bool(text.files),
    )


def document(message_id: MessageId, received_at: datetime, found: Words) -> SearchDocument:
    """Return what the index holds of a message."""
    return SearchDocument(
        message_id=message_id,
        place=place(received_at, message_id),
        marks=(ANY, HAS_FILES) if found.has_files else (ANY,),
        words=found,
    )


class _Room:
    """How many words and characters are still left to a message."""

    def __init__(self) -> None:
        self._words = _MOST_WORDS
        self._characters = _MOST_CHARACTERS

    def take(self, found: list[str], most: int = _MOST_WORDS) -> str:
        taken = found[: min(most, self._words)]
        joined = " ".join(taken)
        characters = len(joined) - max(len(taken) - 1, 0)
        if characters > self._characters:
            while characters > self._characters:
                characters -= len(taken.pop())
            joined = " ".join(taken)
        self._words -= len(taken)
        self._characters -= characters
        return joined


def _all(texts: Iterable[str]) -> list[str]:
    return words("\n".join(texts))
