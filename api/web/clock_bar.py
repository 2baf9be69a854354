"""The stretches of a clock as a bar: parts of its length in percent, for an image drawn by the browser."""

from collections.abc import Iterable
from dataclasses import dataclass

from triage.core.business_time import Segment


@dataclass(frozen=True, kw_only=True, slots=True)
class BarPart:
    """A part of the bar.

    Attributes:
        kind: open, closed, holiday, exception or paused.
        start: Percent of the whole, from the left.
        width: Percent of the whole.
    """

    kind: str
    start: float
    width: float


def clock_bar(segments: Iterable[Segment]) -> tuple[BarPart, ...]:
    """Return the parts of the bar, left to right; nothing for a clock without length."""
    segments = tuple(segments)
    whole = (segments[-1].end - segments[0].start).total_seconds() if segments else 0
    if whole <= 0:
        return ()
    return tuple(
        BarPart(
            kind=one.kind.value,
            start=round((one.start - segments[0].start).total_seconds() / whole * 100, 2),
            width=round((one.end - one.start).total_seconds() / whole * 100, 2),
        )
        for one in segments
    )
