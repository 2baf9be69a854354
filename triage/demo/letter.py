"""What somebody writes at some time, and the conversations that such letters make."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from triage.demo.people import Person

_WORKING_DAY = re.compile(r"(\d+)d (\d\d):(\d\d)")
_SECONDS_AHEAD = re.compile(r"\+(\d+)s")
_MINUTES = re.compile(r"(\d+)m")
_FRIDAY = 4


class Style(StrEnum):
    """Which program the mail was written with: it decides how the earlier mail is quoted."""

    PLAIN = "plain"
    GMAIL = "gmail"
    OUTLOOK = "outlook"
    #: Quotes nothing and names nothing that it answers.
    PHONE = "phone"


class Kind(StrEnum):
    """What the mail is."""

    LETTER = "letter"
    ABSENCE = "absence"
    BOUNCE = "bounce"
    RECEIPT = "receipt"
    INVITATION = "invitation"
    NEWSLETTER = "newsletter"


@dataclass(frozen=True, kw_only=True, slots=True)
class Enclosure:
    """An attached file."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One mail of a conversation.

    Attributes:
        when: ``6d 09:40`` is that time of day, six working days ago, where the one lives who began the
            conversation; ``95m`` is so many minutes ago, ``+30s`` so many seconds ahead.
        text: The new words; the quote of the letter before is added by the program.
        to: When it does not go to whom one would expect: the desk, or the last one who wrote from outside.
        list_id: Of the mailing list that the letter came through.
        answers: Story and number of the letter that it claims to answer, when that is not the one before.
    """

    sender: Person
    when: str
    text: str
    style: Style = Style.PLAIN
    kind: Kind = Kind.LETTER
    to: Person | None = None
    cc: tuple[Person, ...] = ()
    files: tuple[Enclosure, ...] = ()
    list_id: str = ""
    answers: tuple[str, int] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """A conversation.

    Attributes:
        name: Unique; part of the Message-IDs.
    """

    name: str
    subject: str
    letters: tuple[Letter, ...]

    @property
    def zone(self) -> ZoneInfo:
        """Where the one lives who began it."""
        return self.letters[0].sender.zone


def instant(when: str, *, zone: ZoneInfo, now: datetime) -> datetime:
    """Return the instant that a letter's ``when`` means.

    Args:
        zone: In which times of day are meant.

    Raises:
        ValueError: If it is not well formed.
    """
    if ahead := _SECONDS_AHEAD.fullmatch(when):
        return (now + timedelta(seconds=int(ahead[1]))).astimezone(UTC).replace(microsecond=0)
    if minutes := _MINUTES.fullmatch(when):
        return (now - timedelta(minutes=int(minutes[1]))).astimezone(UTC).replace(microsecond=0)
    found = _WORKING_DAY.fullmatch(when)
    if found is None:
        raise ValueError(f"{when!r} is not like 6d 09:40, 95m or +30s")
    day = now.astimezone(zone).date()
    for _ in range(int(found[1])):
        day -= timedelta(days=1)
        while day.weekday() > _FRIDAY:
            day -= timedelta(days=1)
    # Nobody writes at the full minute; the same letter is always equally late.
    late = sum(when.encode()) * 7 % 60
    local = datetime.combine(day, time(int(found[2]), int(found[3]), late), tzinfo=zone)
    return local.astimezone(UTC)
