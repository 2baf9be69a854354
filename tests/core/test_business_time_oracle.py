"""The product and the oracle agree in every case; what must always hold of sums, holds."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.core.oracle_business_time import Hand, Line
from triage.core.business_time import SegmentKind, add, elapsed, windows
from triage.core.schedule import LocalInterval, Schedule, SpecialDay

#: TRIAGE_LONG=1 runs the full number.
CASES = 100_000 if os.environ.get("TRIAGE_LONG") else 200

ZONES = (
    "Africa/Cairo",  # zone changes at midnight
    "Africa/Casablanca",  # back for Ramadan, negative offset
    "America/Asuncion",
    "America/Caracas",  # half an hour, once
    "America/Havana",  # midnight is skipped
    "America/New_York",
    "America/Santiago",
    "America/Sao_Paulo",  # midnight skipped and repeated, until 2019
    "America/St_Johns",  # half-hour offset, changed at 00:01 until 2011
    "Antarctica/Troll",  # two hours
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",  # three quarters of an hour
    "Asia/Kolkata",
    "Asia/Pyongyang",  # half an hour, twice
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Lord_Howe",  # half an hour of summer time
    "Europe/Berlin",
    "Europe/Dublin",  # winter time is the exception
    "Europe/London",
    "Pacific/Apia",  # 2011-12-30 does not exist
    "Pacific/Chatham",
    "Pacific/Kiritimati",  # 1994-12-31 or 1995-01-01 does not exist
    "Pacific/Kwajalein",  # 1993-08-21 does not exist
    "UTC",
)
FIRST, LAST = date(1993, 1, 1), date(2036, 1, 1)
#: The oracle looks so far; budgets are small enough for it, or the answer is none.
LINE_DAYS = 45


@cache
def change_days(zone: str) -> tuple[date, ...]:
    """Dates on which the zone changes its offset."""
    info = ZoneInfo(zone)
    found = []
    moment = datetime(FIRST.year, 1, 1, tzinfo=UTC)
    while moment.date() < LAST:
        later = moment + timedelta(days=1)
        if moment.astimezone(info).utcoffset() != later.astimezone(info).utcoffset():
            found.append(moment.date())
        moment = later
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class Case:
    hand: Hand
    start: datetime
    pauses: tuple[tuple[datetime, datetime], ...]
    minutes: int

    def due(self, minutes: int | None = None, start: datetime | None = None) -> datetime:
        budget = (self.minutes if minutes is None else minutes) * 60
        return add(self.schedule, start or self.start, budget, self.pauses).at

    def measure(self, start: datetime, end: datetime) -> int:
        return elapsed(self.schedule, start, end, self.pauses)

    @property
    def schedule(self) -> Schedule:
        def seconds(hours: Sequence[tuple[int, int]]) -> tuple[LocalInterval, ...]:
            return tuple(LocalInterval(start * 60, end * 60) for start, end in hours)

        return Schedule(
            zone=self.hand.zone,
            week=tuple(seconds(hours) for hours in self.hand.week),
            special_days={
                day: SpecialDay(intervals=seconds(hours)) for day, hours in self.hand.exceptions.items()
            },
        )

    def line(self) -> Line:
        return Line(
            self.hand, self.start.replace(hour=0, minute=0) - timedelta(days=1), LINE_DAYS, self.pauses
        )


def hours() -> st.SearchStrategy[list[tuple[int, int]]]:
    """Any intervals: over midnight, overlapping, within the hour that a zone leaves out."""
    grid = st.one_of(
        st.integers(0, 1439), st.sampled_from([0, 60, 90, 120, 135, 150, 165, 180, 540, 1020, 1380])
    )
    pair = st.tuples(grid, st.one_of(grid, st.just(1440))).filter(lambda pair: pair[0] != pair[1])
    return st.lists(pair, max_size=3)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    zone = draw(st.sampled_from(ZONES))
    anywhere = st.dates(FIRST, LAST - timedelta(days=60))
    days = change_days(zone)
    near = st.sampled_from(days) if days else anywhere
    middle = draw(st.one_of(near, near, anywhere))
    week = draw(st.lists(hours(), min_size=7, max_size=7).filter(any))
    around = st.integers(-4, 9).map(lambda offset: middle + timedelta(days=offset))
    exceptions = draw(st.dictionaries(around, hours(), max_size=3))
    noon = datetime(middle.year, middle.month, middle.day, 12, tzinfo=UTC)
    instants = st.integers(-3 * 1440, 5 * 1440).map(lambda minute: noon + timedelta(minutes=minute))
    pauses = draw(st.lists(st.tuples(instants, instants).map(sorted), max_size=3))
    return Case(
        hand=Hand(zone=zone, week=week, exceptions=exceptions),
        start=draw(instants),
        pauses=tuple((first, last) for first, last in pauses),
        minutes=draw(st.one_of(st.integers(0, 200), st.integers(0, 5_000))),
    )


@pytest.mark.timeout(3 * 3600)
@settings(max_examples=CASES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case=cases())
def test_due_time_and_measure_equal_the_count_by_minutes(case: Case) -> None:
    line = case.line()
    expected = line.due(case.start, case.minutes)

    due = case.due()

    if expected is None:
        assert due >= line.begin + timedelta(days=LINE_DAYS)
    else:
        assert due == expected
        assert case.measure(case.start, due) == case.minutes * 60 == line.count(case.start, due) * 60


@given(case=cases(), end=st.integers(0, 8 * 1440))
@settings(max_examples=60, deadline=None)
def test_measure_equals_the_count_by_minutes(case: Case, end: int) -> None:
    until = case.start + timedelta(minutes=end)

    assert case.measure(case.start, until) == case.line().count(case.start, until) * 60


@given(case=cases(), other=st.integers(0, 5_000))
@settings(max_examples=60, deadline=None)
def test_more_time_is_never_due_earlier(case: Case, other: int) -> None:
    less, more = sorted((case.minutes, other))

    assert case.due(less) <= case.due(more)


@given(case=cases(), shift=st.integers(0, 5_000))
@settings(max_examples=60, deadline=None)
def test_a_later_start_is_never_due_earlier(case: Case, shift: int) -> None:
    assert case.due() <= case.due(start=case.start + timedelta(minutes=shift))


@given(case=cases(), first=st.integers(0, 8 * 1440), second=st.integers(0, 8 * 1440))
@settings(max_examples=60, deadline=None)
def test_the_measure_is_additive(case: Case, first: int, second: int) -> None:
    middle = case.start + timedelta(minutes=first)
    end = middle + timedelta(minutes=second)

    whole = case.measure(case.start, end)

    assert whole == case.measure(case.start, middle) + case.measure(middle, end)


@given(case=cases(), first=st.integers(1, 5_000), second=st.integers(1, 5_000))
@settings(max_examples=60, deadline=None)
def test_one_budget_after_another_is_their_sum(case: Case, first: int, second: int) -> None:
    halfway = case.due(first)

    assert case.due(second, start=halfway) == case.due(first + second)


@given(case=cases())
@settings(max_examples=60, deadline=None)
def test_segments_tile_the_time_and_open_ones_are_the_budget(case: Case) -> None:
    due = add(case.schedule, case.start, case.minutes * 60, case.pauses)

    segments = due.segments

    edges = [due.start, *(segment.end for segment in segments)]
    assert [segment.start for segment in segments] == edges[:-1]
    assert edges[-1] == due.at
    assert (
        sum(segment.seconds for segment in segments if segment.kind is SegmentKind.OPEN) == case.minutes * 60
    )


@given(case=cases())
@settings(max_examples=60, deadline=None)
def test_windows_add_up_to_the_measure_and_keep_apart(case: Case) -> None:
    end = case.start + timedelta(days=20)

    found = windows(case.schedule, case.start, end)

    assert sum((window.end - window.start).total_seconds() for window in found) == elapsed(
        case.schedule, case.start, end
    )
    assert all(before.end < after.start for before, after in pairwise(found))
