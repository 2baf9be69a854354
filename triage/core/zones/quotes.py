"""Which lines are quoted or forwarded, given the quote headers.

Behind a header the quote is either marked line by line (then text between the marks is an answer and
stays new) or not marked at all (then all the rest is the older message).
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from triage.core.message import ZoneKind
from triage.core.zones.attribution import MAX_PHYSICAL_LINES, ends_like_attribution, find_attribution
from triage.core.zones.header_block import label_of
from triage.core.zones.headings import Heading
from triage.core.zones.lines import MAX_LINES, Line
from triage.core.zones.separators import is_forward_separator, is_original_separator

_FORWARD_WORDS = (
    "fwd?|fw|wg|tr|rv|enc|i|pd|vl|vb|doorst|fs|továbbítás|továbbítva|ilt|i̇lt|转发|轉寄|轉發|転送|전달|trans|rif"
    "|vidarebefordrat|videresendt|προωθ|пересл|hs|chuyển tiếp|הועבר"
)
_REPLY_WORDS = (
    "re|aw|antw|antwort|sv|vs|odp|res|ref|r|rép|回复|回覆|答复|返信|답장|회신|ynt|απ|ответ|відп|bls|trl|vá|ré|za|תגובה|رد"
    "|trả lời|hồi âm"
)
#: A list or a ticket may stand in brackets in front, a count behind: "[plans] Re[2]: ...".
_SUBJECT_WORD = r"\s{{0,9}}(?:\[[^\]]{{0,60}}\]\s{{0,4}})?(?:{})\s{{0,2}}(?:\[\d{{1,4}}\])?[:\uff1a]"
_FORWARD_SUBJECT = re.compile(_SUBJECT_WORD.format(_FORWARD_WORDS), re.IGNORECASE)
_REPLY_SUBJECT = re.compile(_SUBJECT_WORD.format(_REPLY_WORDS), re.IGNORECASE)
_WRAP_COLUMN = 72
_LONGEST_REMAINDER = 48
_NESTED_COLUMN = 50
_LONGEST_NESTED = 30
_REACH = 3
_LONE_LINK = re.compile(r"[(<\[]?https?://\S{1,2000}[)>\]]?\s?>?$")
_OPEN_LINK = re.compile(r"[(<]https?://[^\s)>]{0,2000}$")
_NESTED = re.compile(r">\s?>")
_CODE = frozenset("{}=<$;|&%#\\`")
_TOP_LINES = 8
_MIN_LABELS = 3
_MIN_PROSE_LINES = 2
_MIN_PROSE_WORDS = 5


def mark_quotes(lines: list[Line], headings: list[Heading], subject: str) -> None:
    """Give every line outside of new text its kind."""
    is_forward_mail = _FORWARD_SUBJECT.match(subject) is not None
    _mend_quotes(lines)
    nearest = _nearest_quotes(lines, headings)
    trusts_marks = any(line.is_fixed for line in lines)
    is_reply_mail = _REPLY_SUBJECT.match(subject) is not None
    has_own = False
    position = 0
    for number, heading in enumerate(headings):
        if heading.first < position:
            continue
        following, distance = nearest[heading.last + 1]
        stop = headings[number + 1].first if number + 1 < len(headings) else len(lines)
        has_own = has_own or _has_new(lines, position, heading.first)
        is_marked = following < stop and distance <= _reach(heading, is_top=not has_own)
        if heading.needs_quote and not is_marked:
            continue
        _mark_own(lines, position, heading.first, trusts_marks=trusts_marks, is_reply_mail=is_reply_mail)
        trusts_marks = True
        is_passed_on = is_forward_mail or not has_own
        kind = _kind_of(heading, is_passed_on=is_passed_on, is_marked=is_marked)
        _mark_heading(lines, heading, kind)
        position = heading.last + 1
        if not is_marked:
            _fill(lines, position, len(lines), kind)
            return
        if kind is ZoneKind.FORWARDED:
            position = _mark_run(lines, position, kind)
    _mark_own(lines, position, len(lines), trusts_marks=trusts_marks, is_reply_mail=is_reply_mail)


def _nearest_quotes(lines: list[Line], headings: list[Heading]) -> dict[int, tuple[int, int]]:
    """For each header, the next quoted line and how many lines with words stand before it.

    One walk from the end serves all headers.
    """
    wanted = {heading.last + 1 for heading in headings}
    found: dict[int, tuple[int, int]] = {}
    nearest, distance = len(lines) + 1, len(lines) + 1
    if len(lines) in wanted:
        found[len(lines)] = (nearest, distance)
    for index in range(len(lines) - 1, min(wanted, default=len(lines)) - 1, -1):
        if lines[index].is_quoted:
            nearest, distance = index, 0
        elif lines[index].words:
            distance += 1
        if index in wanted:
            found[index] = (nearest, distance)
    return found


def _reach(heading: Heading, *, is_top: bool) -> int:
    """Lines with words that may stand between a header and the first marked line of its quote."""
    if heading.is_block or heading.needs_quote:
        return 0
    # Below an attribution at the very top the first lines may be an answer to what is quoted later.
    return MAX_LINES if is_top else _REACH


def _has_new(lines: list[Line], start: int, stop: int) -> bool:
    return any(line.words and line.kind is ZoneKind.NEW for line in lines[start:stop])


def _kind_of(heading: Heading, *, is_passed_on: bool, is_marked: bool) -> ZoneKind:
    """What follows a header. A mail that is nothing but an older message passes that message on."""
    if heading.is_forward or (heading.is_block and is_passed_on and not is_marked):
        return ZoneKind.FORWARDED
    return ZoneKind.QUOTED


def _mark_heading(lines: list[Line], heading: Heading, kind: ZoneKind) -> None:
    """Mark a header; that of a forward is passed on with it, even where the HTML reader fixed it."""
    is_forward = kind is ZoneKind.FORWARDED
    for line in lines[heading.first : heading.last + 1]:
        if is_forward or not line.is_fixed:
            line.kind = kind if is_forward else ZoneKind.QUOTE_HEADER


def _fill(lines: list[Line], start: int, stop: int, kind: ZoneKind) -> None:
    for index in range(start, stop):
        if not lines[index].is_fixed:
            lines[index].kind = kind


def _mark_run(lines: list[Line], start: int, kind: ZoneKind) -> int:
    """Mark the quoted lines from here on, blank lines between them included; return where they stop."""
    index = end = start
    while index < len(lines) and (lines[index].is_quoted or not lines[index].words):
        if lines[index].is_quoted:
            end = index + 1
        index += 1
    _fill(lines, start, end, kind)
    return end


def _mark_own(lines: list[Line], start: int, stop: int, *, trusts_marks: bool, is_reply_mail: bool) -> None:
    """Mark the quoted lines in a stretch of own text.

    Before anything introduced a quote, a ``>`` may as well be a prompt or a bullet, or set off words of
    the writer. In a reply it is a quote when it stands above all own words, or holds a quote itself.
    """
    is_top = start == 0
    below = start
    for first, last in _quoted_runs(lines, start, stop):
        is_top = is_top and not _has_new(lines, below, first)
        below = last
        if (
            trusts_marks
            or _introduces_itself(lines, first, last)
            or (
                is_reply_mail and (is_top or _is_nested(lines, first, last)) and _is_prose(lines, first, last)
            )
        ):
            _fill(lines, first, last, ZoneKind.QUOTED)


def _is_nested(lines: list[Line], first: int, last: int) -> bool:
    return any(_NESTED.match(line.words) for line in lines[first:last])


def _quoted_runs(lines: list[Line], start: int, stop: int) -> Iterator[tuple[int, int]]:
    index = start
    while index < stop:
        if not lines[index].is_quoted:
            index += 1
            continue
        first = index
        while index < stop and lines[index].is_quoted:
            index += 1
        yield first, index


def _introduces_itself(lines: list[Line], first: int, last: int) -> bool:
    """Whether the attribution or the header block of a quote is marked like the quote itself."""
    top = [text for text in (line.unquoted for line in lines[first : min(first + _TOP_LINES, last)]) if text]
    if any(is_original_separator(text) or is_forward_separator(text) for text in top):
        return True
    if sum(label_of(text) is not None for text in top) >= _MIN_LABELS:
        return True
    plain = [Line(0, 0, text) for text in top[:MAX_PHYSICAL_LINES]]
    return any(
        ends_like_attribution(line.words) and find_attribution(plain, index, 0) is not None
        for index, line in enumerate(plain)
    )


def _is_prose(lines: list[Line], first: int, last: int) -> bool:
    """Whether quoted lines that nothing introduces read like sentences, not like a shell or a console."""
    texts = [text for text in (line.unquoted for line in lines[first:last]) if text]
    if len(texts) < _MIN_PROSE_LINES:
        return False
    code = sum(1 for text in texts if not _CODE.isdisjoint(text) or text.endswith((")", "(")))
    return 4 * code <= len(texts) and any(len(text.split()) >= _MIN_PROSE_WORDS for text in texts)


def _mend_quotes(lines: list[Line]) -> None:
    """Count as quoted what a wrap tore off a quoted line, and links that a program put between them."""
    for index, (above, line) in enumerate(pairwise(lines), start=1):
        if not above.is_quoted or line.is_quoted or not line.words or line.is_fixed:
            continue
        next_quoted = index + 1 < len(lines) and lines[index + 1].is_quoted
        is_between = next_quoted and (_is_remainder(above.words, line.words) or _LONE_LINK.match(line.words))
        is_link_end = line.words[-1] in ")>" and " " not in line.words and _OPEN_LINK.search(above.words)
        line.is_quoted = bool(is_between or is_link_end)


def _is_remainder(above: str, words: str) -> bool:
    """Whether a short line is the rest of a quoted line that was wrapped once more."""
    if len(words) > _LONGEST_REMAINDER or above[-1] in ".?!:;":
        return False
    if len(above) + 1 + len(words.split(None, 1)[0]) > _WRAP_COLUMN and not words[0].isupper():
        return True
    return len(above) >= _NESTED_COLUMN and len(words) <= _LONGEST_NESTED and above[:8].count(">") > 1
