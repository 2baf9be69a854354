"""What introduces an older message: every quote header of a mail, in order.

One walk over the lines finds separators ("-----Original Message-----"), forward headings, header
blocks and attribution lines, and says how far each reaches.
"""

from dataclasses import dataclass

from triage.core.message import ZoneKind
from triage.core.zones.attribution import (
    ATTRIBUTION_ENDS,
    BARE_VERB,
    Attribution,
    ends_like_attribution,
    find_attribution,
)
from triage.core.zones.header_block import (
    HeaderBlock,
    label_of,
    read_header_block,
    read_notes_block,
    rule_above,
)
from triage.core.zones.labels import Field
from triage.core.zones.lines import COLONS, DASHES, Line
from triage.core.zones.separators import (
    SEPARATOR_ENDS,
    SEPARATOR_STARTS,
    is_bare_phrase,
    is_forward_separator,
    is_groupwise_header,
    is_left_open,
    is_original_separator,
    is_rule,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A quote header.

    Attributes:
        first: Index of its first line.
        last: Index of its last line.
        is_forward: It passes a message on.
        is_block: It is a header block or a separator, after which mail programs quote without marks.
        needs_quote: It counts only when quoted lines follow.
        cut: Offset in the words of the first line where it begins behind an answer, else None.
    """

    first: int
    last: int
    is_forward: bool = False
    is_block: bool = False
    needs_quote: bool = False
    cut: int | None = None


#: Lines that are tried as the end of an attribution; a mail that has more of them is not made by people.
MAX_CANDIDATES = 500
_LONGEST_PIECE = 40
_LONGEST_SEPARATOR_END = 100
_CLOSINGS = COLONS + DASHES + "*"
#: How the last line of any heading may end where it is quoted, and where it is not.
_QUOTED_ENDS = frozenset(COLONS + ">")
_PLAIN_ENDS = ATTRIBUTION_ENDS | SEPARATOR_ENDS
_BLOCK_STARTS = Field.FROM | Field.SENT | Field.TO | Field.SUBJECT


def find_headings(lines: list[Line]) -> list[Heading]:
    """Return the quote headers outside of quotes, in order and without overlap."""
    headings: list[Heading] = []
    floor = tries = 0
    for index, line in enumerate(lines):
        if index < floor or not line.words or _is_plain(line):
            continue
        is_candidate = tries < MAX_CANDIDATES and _may_end_attribution(lines, index, floor)
        tries += is_candidate
        heading = _heading_at(lines, index, floor, may_attribute=is_candidate)
        if heading is not None:
            headings.append(heading)
            floor = max(heading.last, index) + 1
    return headings


def _is_plain(line: Line) -> bool:
    """Whether a line can be no heading, judged without any pattern: most lines can be none.

    A block begins with a label and its colon, a separator with dashes or it ends in a colon or a star,
    GroupWise's header ends in ">", and an attribution is first judged by its end.
    """
    if line.is_fixed:
        return False
    words = line.words
    if line.is_quoted:
        return words[-1] not in _QUOTED_ENDS
    return not (
        ":" in words
        or "\uff1a" in words
        or words[0] in SEPARATOR_STARTS
        or words[-1] in _PLAIN_ENDS
        or words.endswith(BARE_VERB)
    )


def _may_end_attribution(lines: list[Line], index: int, floor: int) -> bool:
    """Whether an attribution could end on this line, judged without any pattern."""
    line = lines[index]
    words = line.words
    if line.is_fixed:
        return False
    if line.is_quoted:
        # The last piece of an address that a wrap tore apart may begin with its ">".
        is_short = words[-1] in COLONS and len(words) <= _LONGEST_PIECE
        return is_short and index > floor and bool(lines[index - 1].words) and not lines[index - 1].is_quoted
    if not ends_like_attribution(words):
        return False
    return words[-1] in _CLOSINGS or _is_followed_by_quote(lines, index)


def _heading_at(lines: list[Line], index: int, floor: int, *, may_attribute: bool) -> Heading | None:
    line = lines[index]
    words = line.words
    if line.is_fixed:
        return _marked_heading(lines, index, floor) if line.kind is ZoneKind.QUOTE_HEADER else None
    found: Heading | None = None
    if line.is_quoted:
        if is_groupwise_header(words):
            found = Heading(index, index, is_block=True)
    else:
        found = _separator_at(lines, index) or _block_heading(lines, index, floor)
    if found is None and may_attribute:
        found = _from_attribution(find_attribution(lines, index, floor))
        if found is not None and line.is_quoted and found.first == index:
            return None
    return found


def _separator_at(lines: list[Line], index: int) -> Heading | None:
    words = lines[index].words
    if is_forward_separator(words):
        return Heading(index, _separator_end(lines, index), is_forward=True, is_block=True)
    if is_original_separator(words):
        end = _separator_end(lines, index)
        block = _block_below(lines, end)
        return Heading(index, block.last if block else end, is_block=True)
    return None


def _block_heading(lines: list[Line], index: int, floor: int) -> Heading | None:
    block = _block_at(lines, index, floor)
    if block is None:
        return None
    first, is_forward = _with_phrase_above(lines, block.first, floor)
    return Heading(first, block.last, is_forward=is_forward, is_block=True)


def _is_followed_by_quote(lines: list[Line], index: int) -> bool:
    below = _next_words(lines, index + 1, index + 4)
    return below is not None and lines[below].is_quoted and lines[below].words[-1] not in COLONS


def _marked_heading(lines: list[Line], index: int, floor: int) -> Heading:
    """A header that the HTML reader marked, as far as it goes, with the rule above it."""
    last = index
    rule = rule_above(lines, index, floor)
    for below in range(index + 1, len(lines)):
        if lines[below].words:
            if lines[below].kind is not ZoneKind.QUOTE_HEADER:
                break
            last = below
    return Heading(index if rule is None else rule, last, is_block=True)


def _from_attribution(found: Attribution | None) -> Heading | None:
    if found is None:
        return None
    return Heading(found.first, found.last, needs_quote=found.needs_quote, cut=found.cut)


def _separator_end(lines: list[Line], index: int) -> int:
    """The last line of a separator: its closing dashes may stand on one of the next two lines."""
    if not is_left_open(lines[index].words):
        return index
    for end in range(index + 1, min(index + 3, len(lines))):
        words = lines[end].words
        if not words:
            return index
        if words.endswith(("--", "\u2014-", "==")) and len(words) <= _LONGEST_SEPARATOR_END:
            return end
    return index


def _block_below(lines: list[Line], index: int) -> HeaderBlock | None:
    """The header block that follows a separator, at most two blank lines below."""
    start = _next_words(lines, index + 1, index + 4)
    if start is None or lines[start].is_quoted or label_of(lines[start].words) is None:
        return None
    return read_header_block(lines, start, has_rule=True)


def _next_words(lines: list[Line], start: int, stop: int) -> int | None:
    return next((i for i in range(start, min(stop, len(lines))) if lines[i].words), None)


def _block_at(lines: list[Line], index: int, floor: int) -> HeaderBlock | None:
    label = label_of(lines[index].words)
    if label is None or not label & _BLOCK_STARTS:
        return None
    rule = rule_above(lines, index, floor)
    block = read_header_block(lines, index, has_rule=rule is not None)
    if block is not None:
        return HeaderBlock(index if rule is None else rule, block.last)
    return read_notes_block(lines, index, floor) if label & Field.TO else None


def _with_phrase_above(lines: list[Line], first: int, floor: int) -> tuple[int, bool]:
    """Take in a bare "Original message" or "Forwarded message" above a block."""
    above = first - 1
    if above >= floor and not lines[above].words:
        above -= 1
    if above < floor or not lines[above].words or not is_bare_phrase(lines[above].words):
        return first, False
    if above > floor and lines[above - 1].words and is_rule(lines[above - 1].words):
        return above - 1, is_forward_separator("--" + lines[above].words)
    return above, is_forward_separator("--" + lines[above].words)
