"""The text as lines with offsets: the unit that the zoner decides on.

A line keeps where it starts and ends (line break included), its words without surrounding space, and
whether it stands in a quote because of a ``>`` in front of it or because of a mark of the HTML reader.
"""

import re
from dataclasses import dataclass, field

from triage.core.message import Zone, ZoneKind

#: Colons and dashes, those of other scripts and of typesetters included.
COLONS = ":\uff1a"
DASHES = "-\u2013\u2014"

#: Lines and characters that are analysed; what lies beyond is kept as new and flagged.
MAX_LINES = 5_000
MAX_CHARS = 256 * 1024

#: Quote marks in front of a line, as mail programs write them (RFC 3676 section 4.5).
_PREFIX = re.compile(r"(?:[>»\u203a]|[|¦:](?=\s|$))[>»\u203a|¦ \t]*")
_RARE_PREFIXES = frozenset({"|", "¦", ":"})
_MIN_RARE_RUN = 3
#: White space of a body whose quoted-printable coding was never taken off (RFC 2045 section 6.7).
_ENCODED_SPACE = re.compile(r"=(?:09|20|3D)|(?<=\S)=$")
_QUOTING = frozenset(">»\u203a")


@dataclass(slots=True)
class Line:
    """One line while it is being zoned. Made by the thousand, therefore positional.

    Attributes:
        start: Offset of its first character.
        end: Offset after its line break.
        words: The line without surrounding white space; empty for a blank line.
        is_quoted: It has a quote mark in front, or lies in a quote that the HTML reader marked.
        kind: What the line is, as far as decided.
        is_fixed: The HTML reader said what it is; the text cannot overrule that.
    """

    start: int
    end: int
    words: str
    is_quoted: bool = False
    kind: ZoneKind = ZoneKind.NEW
    is_fixed: bool = field(default=False)

    @property
    def unquoted(self) -> str:
        """The words without the quote marks in front."""
        return _PREFIX.sub("", self.words, count=1) if self.is_quoted else self.words


def split_lines(text: str) -> tuple[list[Line], int]:
    """Split the text into lines, up to the caps.

    Returns:
        The lines, and the offset up to which they reach (the length of the text when nothing is left over).
    """
    limit = min(len(text), MAX_CHARS)
    pieces = text[:limit].split("\n", MAX_LINES)
    if len(pieces) > MAX_LINES or not pieces[-1]:
        # What lies beyond the cap, or the nothing behind the last line break.
        pieces.pop()
    is_encoded = "=20\n" in text or "=09" in text
    lines: list[Line] = []
    start = 0
    for raw in pieces:
        words = raw.strip()
        if is_encoded:
            words = _ENCODED_SPACE.sub(" ", words).strip()
        end = start + len(raw) + 1
        lines.append(Line(start, end, words, words[:1] in _QUOTING))
        start = end
    if start > limit:
        # The last line has no line break.
        lines[-1].end = start = limit
    return lines, start


def mark_rare_prefixes(lines: list[Line]) -> None:
    """Take bars and colons in front of three or more lines in a row for quote marks.

    Old programs write them. A table row also begins with a bar, but ends with one too.
    """
    run: list[Line] = []
    prefix = ""
    for line in lines:
        own = line.words[:2].rstrip()
        is_rare = own in _RARE_PREFIXES and (len(line.words) == 1 or line.words[-1] not in "|¦")
        if not is_rare or own != prefix:
            run, prefix = [], own
        if is_rare:
            run.append(line)
            for item in run if len(run) == _MIN_RARE_RUN else run[-1:] if len(run) > _MIN_RARE_RUN else ():
                item.is_quoted = True


def apply_marks(lines: list[Line], marks: tuple[Zone, ...]) -> None:
    """Give each line the kind of the mark that covers most of it.

    Marks and lines are both in order, so one walk over both is enough.
    """
    position = 0
    ordered = sorted((mark for mark in marks if mark.end > mark.start), key=lambda mark: mark.start)
    for line in lines:
        while position < len(ordered) and ordered[position].end <= line.start:
            position += 1
        if not line.words or position == len(ordered):
            continue
        mark = ordered[position]
        covered = min(line.end, mark.end) - max(line.start, mark.start)
        if covered > 0 and 2 * covered >= line.end - line.start:
            line.kind = mark.kind
            line.is_fixed = mark.kind is not ZoneKind.NEW
            line.is_quoted = mark.kind in {ZoneKind.QUOTED, ZoneKind.FORWARDED}
