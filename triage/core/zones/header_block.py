"""Header blocks: the few header fields that a mail program repeats above an older message.

Outlook and its kin write "From: ... Sent: ... To: ... Subject: ..." in the language of the user; Lotus
Notes writes the name and the date without labels, and then To, cc and Subject. A block counts only
when it looks like mail: three different fields with an address, a subject or a time among them.
Travel plans ("From: Berlin, To: Paris") and web forms do not.
"""

from dataclasses import dataclass
from typing import NamedTuple

from triage.core.zones.dates import CLOCK, DAY_AND_CLOCK, DAY_AT_END
from triage.core.zones.labels import LABELS, LONGEST_LABEL, Field
from triage.core.zones.lines import COLONS, DASHES, Line
from triage.core.zones.separators import is_rule

_MAX_LINES = 80
_MAX_BLANKS = 2
_ENOUGH = 3
_FULL = 4
_MARKS = " \t\xa0*_•\u200e\u200f" + DASHES
_NONE = Field(0)
_COUNTED = Field.FROM | Field.SENT | Field.TO | Field.CC | Field.SUBJECT
_MAX_NAME = 100
_SHORTEST_NAME = 3
#: Lines with words, and all lines, that may stand between the date and the To line of Notes.
_NOTES_LINES = 3
_NOTES_REACH = 8
_LONGEST_NOTES_LINE = 160


class HeaderBlock(NamedTuple):
    """Where a header block stands: indices of its first and last line."""

    first: int
    last: int


def label_of(words: str) -> Field | None:
    """Return the fields that the label in front of a line may stand for, or None."""
    colon = words.find(":", 0, LONGEST_LABEL + 8)
    if colon < 0:
        if words.isascii():
            return None
        colon = words.find(COLONS[1], 0, LONGEST_LABEL + 8)
        if colon < 0:
            return None
    return LABELS.get(words[:colon].strip(_MARKS).lower())


def read_header_block(lines: list[Line], first: int, *, has_rule: bool) -> HeaderBlock | None:
    """Return the header block that starts on a line, or None.

    Args:
        has_rule: A separator or a drawn rule stands directly above, so that less is enough.
    """
    read = _read_fields(lines, first)
    return HeaderBlock(first, read.last) if _is_mail(read, has_rule=has_rule) else None


@dataclass(kw_only=True, slots=True)
class _Fields:
    """What a run of labelled lines holds."""

    last: int
    seen: Field = _NONE
    distinct: int = 0
    has_address: bool = False
    has_clock: bool = False


def _read_fields(lines: list[Line], first: int) -> _Fields:
    """Read labelled lines, what carries them on, and few blank lines between them."""
    read = _Fields(last=first)
    blanks = 0
    for index in range(first, min(first + _MAX_LINES, len(lines))):
        words = lines[index].words
        if not words:
            blanks += 1
            if blanks > _MAX_BLANKS:
                break
            continue
        label = label_of(words)
        if label is None:
            if blanks or not _continues(lines, index):
                break
        else:
            fresh = (label & _COUNTED) & ~read.seen
            if not (fresh or label & Field.OTHER) or (blanks and read.distinct >= _FULL):
                break
            if fresh:
                read.seen |= _first_of(fresh)
                read.distinct += 1
            read.has_clock |= bool(label & Field.SENT) and CLOCK.search(words) is not None
        read.has_address |= "@" in words
        blanks = 0
        read.last = index
    return read


def _first_of(fields: Field) -> Field:
    """One field of several that a word may stand for: the first, in the order of the enumeration."""
    return next(iter(fields))


def _continues(lines: list[Line], index: int) -> bool:
    """Whether a line without a label carries on the field above it."""
    above, words = lines[index - 1].words, lines[index].words
    if above[-1] in ",;<[" or above.endswith("mailto:") or words[0] in "<;,":
        return True
    if "@" in words and (";" in words or "," in words or "]" in words or ">" in words or "/" in words):
        return True
    if above.count(",") > 1 and ("," in words or "@" in words):
        return True
    following = index + 1
    return (
        following < len(lines)
        and bool(lines[following].words)
        and label_of(lines[following].words) is not None
    )


def _is_mail(read: _Fields, *, has_rule: bool) -> bool:
    if read.distinct >= _ENOUGH:
        is_likely = bool(read.seen & Field.SUBJECT) or read.has_address or read.has_clock
        return is_likely and bool(read.seen & (Field.FROM | Field.SENT))
    if read.distinct == _ENOUGH - 1:
        if has_rule:
            return read.has_address or bool(read.seen & Field.SUBJECT)
        return read.has_address and read.has_clock
    return has_rule and read.has_address and bool(read.seen & Field.FROM)


def read_notes_block(lines: list[Line], first: int, floor: int) -> HeaderBlock | None:
    """Return the Lotus Notes header whose To line is given, or None.

    Above To stand the writer and the date without labels: "Ana Lima/LON/ACME@ACME", "03/05/2001 02:11 PM".
    """
    below = _notes_fields(lines, first)
    if below is None:
        return None
    dated = _dated_line(lines, first, floor)
    if dated is None:
        return None
    return HeaderBlock(_notes_start(lines, dated, floor), below)


def _notes_fields(lines: list[Line], first: int) -> int | None:
    read = _read_fields(lines, first)
    return read.last if read.seen & Field.TO and read.seen & (Field.CC | Field.SUBJECT) else None


def _dated_line(lines: list[Line], first: int, floor: int) -> int | None:
    """The line above the To line that holds the date and the time."""
    looked = 0
    index = first - 1
    while index >= floor and looked < _NOTES_LINES and first - index <= _NOTES_REACH:
        words = lines[index].words
        if words:
            looked += 1
            if len(words) > _LONGEST_NOTES_LINE or words[-1] in ".?!":
                return None
            if DAY_AND_CLOCK.search(words):
                return index
            if DAY_AT_END.search(words) and CLOCK.match(lines[index + 1].words):
                return index
        index -= 1
    return None


def _notes_start(lines: list[Line], dated: int, floor: int) -> int:
    """The first line of the block: the name, which stands above a line that holds only the date."""
    words = lines[dated].words
    match = DAY_AND_CLOCK.search(words) or DAY_AT_END.search(words)
    if match is not None and match.start() >= _SHORTEST_NAME:
        return dated
    start = dated
    for index in (dated - 1, dated - 2):
        if index < floor or not lines[index].words or len(lines[index].words) > _MAX_NAME:
            break
        is_sent_by = lines[index].words.lower().startswith(("sent by", "gesendet von", "envoyé par"))
        is_name = index == dated - 1 or lines[index + 1].words.lower().startswith("sent by")
        if not (is_sent_by or (is_name and lines[index].words[-1] not in ".?!,:")):
            break
        start = index
    return start


def rule_above(lines: list[Line], first: int, floor: int) -> int | None:
    """Return the drawn rule that stands directly above, at most one blank line away, or None."""
    index = first - 1
    if index >= floor and not lines[index].words:
        index -= 1
    if index >= floor and lines[index].words and is_rule(lines[index].words):
        return index
    return None
