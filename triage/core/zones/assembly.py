"""From text to zones: the steps of the zoner in their order."""

from collections.abc import Callable
from dataclasses import replace

from triage.core.message import Address, Zone, ZoneKind
from triage.core.zones.disclaimer import disclaimer_start
from triage.core.zones.headings import Heading, find_headings
from triage.core.zones.lines import Line, apply_marks, mark_rare_prefixes, split_lines
from triage.core.zones.quotes import mark_quotes
from triage.core.zones.signature import signature_start


def read_zones(
    text: str,
    *,
    marks: tuple[Zone, ...],
    sender: Address | None,
    subject: str,
    is_repeated: Callable[[int], bool] | None,
) -> tuple[tuple[Zone, ...], bool]:
    """Return the zones of a text and whether they are sure; see ``zone_text``."""
    lines, reached = split_lines(text)
    if marks:
        apply_marks(lines, marks)
    if "\n: " in text or "\n| " in text or "\n¦ " in text:
        mark_rare_prefixes(lines)
    headings = _cut_shared_lines(lines, find_headings(lines), text)
    mark_quotes(lines, headings, subject)
    _mark_endings(lines, sender, is_repeated)
    if not _keeps_words(lines):
        return _whole(text), not text.strip()
    zones = _join(lines)
    if reached < len(text):
        zones = _extend(zones, reached, len(text))
    return tuple(zones), reached == len(text)


def _cut_shared_lines(lines: list[Line], headings: list[Heading], text: str) -> list[Heading]:
    """Cut a line in two where an answer and the attribution behind it share it."""
    shift = 0
    moved: list[Heading] = []
    for heading in headings:
        first, last = heading.first + shift, heading.last + shift
        if heading.cut is not None:
            line = lines[first]
            indent = len(text[line.start : line.end]) - len(text[line.start : line.end].lstrip())
            at = line.start + indent + heading.cut
            answer, tail = text[line.start : at].strip(), text[at : line.end].strip()
            lines[first : first + 1] = [
                Line(line.start, at, answer),
                Line(at, line.end, tail),
            ]
            shift += 1
            first, last = first + 1, last + 1
        moved.append(replace(heading, first=first, last=last))
    return moved


def _mark_endings(
    lines: list[Line], sender: Address | None, is_repeated: Callable[[int], bool] | None
) -> None:
    """Find signature and disclaimer at the end of the first and of the last stretch of own text."""
    stretches = _own_stretches(lines)
    for start, stop in {*stretches[:1], *stretches[-1:]}:
        footer = disclaimer_start(lines, start, stop)
        signed = signature_start(lines, start, footer, sender=sender, is_repeated=is_repeated)
        for index in range(signed, footer):
            lines[index].kind = ZoneKind.SIGNATURE
        for index in range(footer, stop):
            lines[index].kind = ZoneKind.DISCLAIMER


def _own_stretches(lines: list[Line]) -> list[tuple[int, int]]:
    """Stretches of new lines that hold words."""
    stretches: list[tuple[int, int]] = []
    start: int | None = None
    for index, line in enumerate(lines):
        if line.kind is ZoneKind.NEW:
            if start is None and line.words:
                start = index
        elif start is not None and line.words:
            stretches.append((start, index))
            start = None
    if start is not None:
        stretches.append((start, len(lines)))
    return stretches


def _keeps_words(lines: list[Line]) -> bool:
    """Whether something is left: new words, or a message that is passed on."""
    return any(line.words and line.kind in {ZoneKind.NEW, ZoneKind.FORWARDED} for line in lines)


def _whole(text: str) -> tuple[Zone, ...]:
    return (Zone(ZoneKind.NEW, 0, len(text)),) if text else ()


def _join(lines: list[Line]) -> list[Zone]:
    """Join neighbours of one kind; a blank line belongs to what stands above it."""
    zones: list[Zone] = []
    kind, start = ZoneKind.NEW, 0
    for line in lines:
        if line.kind is not kind and line.words:
            if line.start > start:
                zones.append(Zone(kind, start, line.start))
            kind, start = line.kind, line.start
    zones.append(Zone(kind, start, lines[-1].end))
    return zones


def _extend(zones: list[Zone], start: int, end: int) -> list[Zone]:
    """Keep what lies beyond the caps as new."""
    if zones and zones[-1].kind is ZoneKind.NEW:
        return [*zones[:-1], Zone(ZoneKind.NEW, zones[-1].start, end)]
    return [*zones, Zone(ZoneKind.NEW, start, end)]
