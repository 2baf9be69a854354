"""Sums of working time: how long, until when, and why, with pauses taken out.

All sums are made on the UTC line in whole seconds, never in local time. A due time is found by
walking weeks of remembered windows and one binary search, so a year costs some fifty steps.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from triage.core.errors import InvalidSchedule
from triage.core.instant import as_utc
from triage.core.schedule import DAY_SECONDS, HORIZON_DAYS, WEEK_SECONDS, DayKind, Openings, Schedule

#: A pause: an instant and the one at which it ended.
Pause = tuple[datetime, datetime]

#: Instants beyond these are slips of the pen; zones know nothing there.
_EARLIEST = int(datetime(1900, 1, 1, tzinfo=UTC).timestamp())
_LATEST = int(datetime(2400, 1, 1, tzinfo=UTC).timestamp())
_HORIZON = HORIZON_DAYS * DAY_SECONDS
_A_DAY = timedelta(days=1)


class SegmentKind(StrEnum):
    """Why a stretch of time counts or does not."""

    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    EXCEPTION = "exception"
    PAUSED = "paused"


class Window(NamedTuple):
    """A stretch of the UTC line in which the schedule is open, half open."""

    start: datetime
    end: datetime


class Segment(NamedTuple):
    """A stretch of time and why it counts (open) or does not (all others).

    Attributes:
        name: Of the holiday or the exception, when it has one.
    """

    kind: SegmentKind
    start: datetime
    end: datetime
    name: str = ""

    @property
    def seconds(self) -> int:
        """Length in seconds."""
        return int((self.end - self.start).total_seconds())


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """The instant at which a budget of working time is used up."""

    schedule: Schedule
    start: datetime
    at: datetime
    pauses: tuple[Pause, ...] = ()

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Why: stretches that tile the time from the start to the due time. Made when asked for."""
        return explain(self.schedule, self.start, self.at, self.pauses)


def add(schedule: Schedule, start: datetime, budget: int | timedelta, pauses: Iterable[Pause] = ()) -> Due:
    """Return the earliest instant by which the budget of working time is used up.

    Work that ends exactly at closing time is due at closing time. A budget of nothing is due at the
    first open instant.

    Args:
        start: Aware; parts of a second are dropped.
        budget: Working time, seconds or a timedelta, 0 or more.
        pauses: Stretches that do not count, in any order; overlaps count once.

    Raises:
        InvalidSchedule: If the schedule does not open for 400 days.
        ValueError: If an instant is naive, the budget negative, a pause ends before it starts, or the
            answer lies outside the years 1900 to 2399.

    Source: sla.md section 3; PEP 495.
    """
    seconds = int(budget.total_seconds()) if isinstance(budget, timedelta) else budget
    if seconds < 0:
        raise ValueError("a budget of working time cannot be negative")
    begin = _second(start)
    closed = tuple(pauses)
    at = _reach(schedule, begin, seconds, _united(closed))
    return Due(schedule=schedule, start=_instant(begin), at=_instant(at), pauses=closed)


def elapsed(schedule: Schedule, start: datetime, end: datetime, pauses: Iterable[Pause] = ()) -> int:
    """Return the working seconds between two instants, pauses taken out; 0 when the end is not later.

    Raises:
        ValueError: As for ``add``.
    """
    begin, until = _second(start), _second(end)
    total = _open_seconds(schedule, begin, until)
    for pause_start, pause_end in _united(pauses):
        total -= _open_seconds(schedule, max(begin, pause_start), min(until, pause_end))
    return total


def windows(schedule: Schedule, start: datetime, end: datetime) -> tuple[Window, ...]:
    """Return the open windows between two instants, cut at both, those that touch joined.

    Raises:
        ValueError: As for ``add``.
    """
    found = _open_windows(schedule, _second(start), _second(end))
    return tuple(Window(_instant(opens), _instant(closes)) for opens, closes in found)


def explain(
    schedule: Schedule, start: datetime, end: datetime, pauses: Iterable[Pause] = ()
) -> tuple[Segment, ...]:
    """Return stretches that tile the time between two instants, each with its kind.

    A pause shows only where it costs working time. Closed time on a holiday or an exception carries
    that day's name.

    Raises:
        ValueError: As for ``add``.
    """
    begin, until = _second(start), _second(end)
    united = _united(pauses)
    pieces: list[_Piece] = []
    at = begin
    for opens, closes in _open_windows(schedule, begin, until):
        pieces.extend(_closed_pieces(schedule, at, opens))
        pieces.extend(_open_pieces(opens, closes, united))
        at = closes
    pieces.extend(_closed_pieces(schedule, at, until))
    return tuple(
        Segment(kind=kind, start=_instant(first), end=_instant(last), name=name)
        for first, last, kind, name in pieces
    )


class _Piece(NamedTuple):
    start: int
    end: int
    kind: SegmentKind
    name: str = ""


def _second(moment: datetime) -> int:
    seconds = int(as_utc(moment).timestamp() // 1)
    if not _EARLIEST <= seconds < _LATEST:
        raise ValueError(f"{moment.isoformat()} is outside the years 1900 to 2399")
    return seconds


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _united(pauses: Iterable[Pause]) -> list[tuple[int, int]]:
    """Sort and join, so that overlapping pauses count once."""
    united: list[tuple[int, int]] = []
    for start, end in sorted((_second(start), _second(end)) for start, end in pauses):
        if end < start:
            raise ValueError("a pause ends before it starts")
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        elif end > start:
            united.append((start, end))
    return united


def _reach(schedule: Schedule, start: int, seconds: int, pauses: list[tuple[int, int]]) -> int:
    """Walk from one pause to the next until the budget fits in between."""
    at = start
    for pause_start, pause_end in pauses:
        if pause_end <= at:
            continue
        available = _open_seconds(schedule, at, pause_start)
        # A budget of nothing needs an open instant, and the pause's first instant is none.
        if seconds <= available and (seconds or available):
            return _advance(schedule, at, seconds)
        seconds -= available
        at = pause_end
    return _advance(schedule, at, seconds)


def _advance(schedule: Schedule, start: int, seconds: int) -> int:
    """Return the earliest instant by which ``seconds`` open seconds have passed; pauses are elsewhere."""
    first = start // WEEK_SECONDS
    # Open seconds to go, counted from the start of the week.
    remaining = seconds + _open_since_monday(schedule, start)
    last_open, closed_weeks = start, 0
    for week in range(first, _LATEST // WEEK_SECONDS):
        openings = schedule.openings(week)
        if not openings.total:
            closed_weeks += 1
            _check_horizon(schedule, last_open, last_open + closed_weeks * WEEK_SECONDS)
            continue
        if closed_weeks:
            # Only a gap with a whole closed week in it can be too long.
            _check_horizon(schedule, last_open, openings.starts[0])
            closed_weeks = 0
        if remaining < openings.total or (seconds and remaining == openings.total):
            return _within(openings, remaining, start if seconds == 0 else None)
        remaining -= openings.total
        last_open = max(start, openings.ends[-1])
    raise ValueError("the due time lies beyond the year 2399")


def _within(openings: Openings, remaining: int, not_before: int | None) -> int:
    """Return where in the week its first ``remaining`` open seconds have passed.

    With ``not_before`` it is the first open instant from there on: of the end of one window and the
    start of the next, the later one.
    """
    find = bisect_left if not_before is None else bisect_right
    index = find(openings.before, remaining) - 1
    at = openings.starts[index] + remaining - openings.before[index]
    return at if not_before is None else max(at, not_before)


def _check_horizon(schedule: Schedule, last_open: int, at: int) -> None:
    if at - last_open > _HORIZON:
        raise InvalidSchedule(
            f"schedule {schedule.name or schedule.zone} does not open within {HORIZON_DAYS} days "
            f"after {_instant(last_open).isoformat()}; check its hours and closed days"
        )


def _open_since_monday(schedule: Schedule, at: int) -> int:
    openings = schedule.openings(at // WEEK_SECONDS)
    index = bisect_right(openings.starts, at) - 1
    if index < 0:
        return 0
    return openings.before[index] + min(at, openings.ends[index]) - openings.starts[index]


def _open_seconds(schedule: Schedule, start: int, end: int) -> int:
    if end <= start:
        return 0
    first, last = start // WEEK_SECONDS, end // WEEK_SECONDS
    between = sum(schedule.openings(week).total for week in range(first, last))
    return between + _open_since_monday(schedule, end) - _open_since_monday(schedule, start)


def _open_windows(schedule: Schedule, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the windows in between, joined across weeks."""
    held: tuple[int, int] | None = None
    for week in range(start // WEEK_SECONDS, end // WEEK_SECONDS + 1):
        openings = schedule.openings(week)
        for opens, closes in zip(openings.starts, openings.ends, strict=True):
            window = (max(opens, start), min(closes, end))
            if window[1] <= window[0]:
                continue
            if held is not None and held[1] == window[0]:
                window = (held[0], window[1])
            elif held is not None:
                yield held
            held = window
    if held is not None:
        yield held


def _open_pieces(start: int, end: int, pauses: list[tuple[int, int]]) -> Iterator[_Piece]:
    at = start
    first = bisect_right(pauses, (start, start)) - 1
    for pause_start, pause_end in pauses[max(first, 0) :]:
        if pause_end <= at:
            continue
        if pause_start >= end:
            break
        if pause_start > at:
            yield _Piece(at, pause_start, SegmentKind.OPEN)
        yield _Piece(max(at, pause_start), min(end, pause_end), SegmentKind.PAUSED)
        at = min(end, pause_end)
    if at < end:
        yield _Piece(at, end, SegmentKind.OPEN)


def _closed_pieces(schedule: Schedule, start: int, end: int) -> Iterator[_Piece]:
    """Cut closed time at the midnights of special days."""
    if end <= start:
        return
    at = start
    first, last = _instant(start).date(), _instant(end).date()
    for day, special in schedule.special_days_between(first - _A_DAY, last + _A_DAY):
        opens, closes = max(at, schedule.instant(day, 0)), min(end, schedule.instant(day, DAY_SECONDS))
        if closes <= opens:
            continue
        if opens > at:
            yield _Piece(at, opens, SegmentKind.CLOSED)
        kind = SegmentKind.HOLIDAY if special.kind is DayKind.HOLIDAY else SegmentKind.EXCEPTION
        yield _Piece(opens, closes, kind, special.name)
        at = closes
    if at < end:
        yield _Piece(at, end, SegmentKind.CLOSED)
