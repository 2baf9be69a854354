from datetime import timedelta

from api.web.clock_bar import BarPart, clock_bar
from tests.fakes.seed import NOW
from triage.core.business_time import Segment, SegmentKind


def segment(kind: SegmentKind, start: int, end: int) -> Segment:
    return Segment(
        kind=kind,
        start=NOW + timedelta(hours=start),
        end=NOW + timedelta(hours=end),
    )


def test_parts_tile_the_bar_in_proportion_to_their_length() -> None:
    parts = clock_bar([segment(SegmentKind.OPEN, 0, 1), segment(SegmentKind.CLOSED, 1, 4)])

    assert parts == (
        BarPart(kind="open", start=0.0, width=25.0),
        BarPart(kind="closed", start=25.0, width=75.0),
    )


def test_a_clock_without_length_has_no_bar() -> None:
    assert clock_bar([]) == ()
    assert clock_bar([segment(SegmentKind.OPEN, 0, 0)]) == ()
