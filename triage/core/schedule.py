"""When a customer's contract counts time: weekly hours in a zone, and what differs on single dates.

Here: the value with its checks, and its windows mapped to the UTC line. Not here: sums over time
(``business_time``), where holidays come from (``triage.holidays_by_country``), and which schedule
applies to which target (``policy``).
"""

import hashlib
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from triage.core.errors import InvalidSchedule
from triage.core.instant import as_utc

DAY_SECONDS = 86_400
#: A schedule must open within this many days, or a due time would be a fiction.
HORIZON_DAYS = 400
#: Windows are mapped and remembered by whole weeks of the UTC line.
WEEK_SECONDS = 7 * DAY_SECONDS

_EPOCH = date(1970, 1, 1)
#: Ten years of one schedule take less than a megabyte.
_WEEKS_REMEMBERED = 520
#: Midnights are shared by all schedules of a zone: ten years of some ten zones.
_WEEKS_OF_MIDNIGHTS = 4_096

_TIME = re.compile(r"(\d\d?):(\d\d)(?::(\d\d))?", re.ASCII)
_FULL_HOUR = 60


class LocalInterval(NamedTuple):
    """Open from ``start`` until before ``end``, in seconds since the local midnight, 0 to 86400."""

    start: int
    end: int

    @classmethod
    def parse(cls, start: str, end: str) -> Self:
        """Read two times of day, ``HH:MM`` or ``HH:MM:SS``; the end may be ``24:00``.

        An end before the start means the next day. Equal times are refused: they could mean the
        whole day or nothing.

        Raises:
            InvalidSchedule: If a time is not one, or both are equal.
        """
        interval = cls(_seconds_of_day(start), _seconds_of_day(end))
        if interval.start == DAY_SECONDS:
            raise InvalidSchedule(f"{start} cannot start an interval; write 00:00 of the next day")
        if interval.start == interval.end:
            raise InvalidSchedule(
                f"{start}-{end} is empty; write 00:00-24:00 for a whole day, or leave it out"
            )
        return interval


class DayKind(StrEnum):
    """Why a date has other hours than its weekday."""

    HOLIDAY = "holiday"
    EXCEPTION = "exception"


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecialDay:
    """What replaces the weekly hours on one local date, from 00:00 to 24:00.

    Attributes:
        intervals: Opening hours of the date; empty when closed.
        name: Shown in explanations, such as the name of the holiday; may be empty.
    """

    kind: DayKind = DayKind.EXCEPTION
    intervals: tuple[LocalInterval, ...] = ()
    name: str = ""


#: The hours of Monday to Sunday.
Week = tuple[tuple[LocalInterval, ...], ...]

#: Every day, around the clock.
ALWAYS_OPEN: Week = ((LocalInterval(0, DAY_SECONDS),),) * 7


class Openings(NamedTuple):
    """The open windows of one week of the UTC line, ascending, apart, in seconds since 1970.

    Attributes:
        before: Open seconds before each window, since the start of the week.
        total: Open seconds of the whole week.
    """

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    before: tuple[int, ...]
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """One version of the opening hours that a contract counts by. Immutable: a change is a new version.

    An interval whose end is before its start runs over midnight and means exactly the same as two
    intervals, one until 24:00 and one from 00:00 of the next day. A special day replaces the hours
    of its own date, and of that date only: the part after midnight belongs to the next date.

    Attributes:
        zone: IANA name, such as ``Europe/Berlin``.
        week: Hours of Monday to Sunday.
        special_days: Dates with other hours. They win over ``holidays``.
        holidays: Closed dates with their names.
        effective_from: First instant at which this version is in force; None for "always was".
        version: Hash of what it says, 16 hexadecimal digits; its name and its start are no part.

    Raises:
        InvalidSchedule: If the zone is unknown, an interval is malformed, or nothing ever opens.
    """

    name: str = ""
    zone: str
    week: Week = ALWAYS_OPEN
    special_days: Mapping[date, SpecialDay] = field(default_factory=dict)
    holidays: Mapping[date, str] = field(default_factory=dict)
    effective_from: datetime | None = None
    version: str = field(init=False, compare=False)
    _zone_info: ZoneInfo = field(init=False, repr=False, compare=False)
    _week: Week = field(init=False, repr=False, compare=False)
    _special: Mapping[date, SpecialDay] = field(init=False, repr=False, compare=False)
    _special_dates: tuple[date, ...] = field(init=False, repr=False, compare=False)
    _openings: dict[int, Openings] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Check, and split what runs over midnight."""
        week = _split_week(self.week)
        special = _split_special_days(_with_holidays(self.special_days, self.holidays), week)
        if not any(week) and not any(day.intervals for day in special.values()):
            raise InvalidSchedule(
                f"schedule {self.name or self.zone} never opens; give at least one interval"
            )
        object.__setattr__(self, "_zone_info", _zone(self.zone))
        object.__setattr__(self, "_week", week)
        object.__setattr__(self, "_special", special)
        object.__setattr__(self, "_special_dates", tuple(sorted(special)))
        object.__setattr__(self, "version", _version(self.zone, week, special))
        if self.effective_from is not None:
            object.__setattr__(self, "effective_from", as_utc(self.effective_from))

    def special_days_between(self, first: date, last: date) -> Iterator[tuple[date, SpecialDay]]:
        """Yield the dates whose hours are not those of their weekday, holidays included, in order."""
        low, high = bisect_left(self._special_dates, first), bisect_right(self._special_dates, last)
        for day in self._special_dates[low:high]:
            yield day, self._special[day]

    def intervals_on(self, day: date) -> tuple[LocalInterval, ...]:
        """Return the opening hours of a local date, ascending, all within the date."""
        special = self._special.get(day)
        return self._week[day.weekday()] if special is None else special.intervals

    def instant(self, day: date, second: int) -> int:
        """Map a local time of day to seconds since 1970 UTC.

        The first of two equal local times is taken (``fold=0``), and a local time that a zone
        change leaves out is read with the offset before the change (PEP 495), so 02:15 becomes 03:15.

        Args:
            second: Seconds since the local midnight, 0 to 86400.
        """
        return _instant(self._zone_info, day, second)

    def openings(self, week: int) -> Openings:
        """Return the open windows of a week of the UTC line, overlaps merged, cut at its ends.

        Args:
            week: Whole weeks since 1970-01-01T00:00Z.
        """
        known = self._openings.get(week)
        if known is None:
            if len(self._openings) >= _WEEKS_REMEMBERED:
                self._openings.clear()
            known = self._openings[week] = self._map_week(week)
        return known

    def _map_week(self, week: int) -> Openings:
        begin = week * WEEK_SECONDS
        mapped: list[tuple[int, int]] = []
        midnights = _midnights(self._zone_info, week)
        for offset, midnight in enumerate(midnights[:-1]):
            day = _EPOCH + timedelta(days=7 * week - 1 + offset)
            intervals = self.intervals_on(day)
            if midnights[offset + 1] - midnight == DAY_SECONDS:
                # No zone change on this date: no zone ever changed twice in one day.
                mapped.extend((midnight + start, midnight + end) for start, end in intervals)
            else:
                mapped.extend((self.instant(day, start), self.instant(day, end)) for start, end in intervals)
        mapped.sort()
        windows: list[tuple[int, int]] = []
        for start, end in mapped:
            start, end = max(start, begin), min(end, begin + WEEK_SECONDS)  # noqa: PLW2901
            if end <= start:
                continue
            if windows and start <= windows[-1][1]:
                windows[-1] = (windows[-1][0], max(windows[-1][1], end))
            else:
                windows.append((start, end))
        sums = tuple(accumulate((end - start for start, end in windows), initial=0))
        return Openings(
            starts=tuple(start for start, _ in windows),
            ends=tuple(end for _, end in windows),
            before=sums[:-1],
            total=sums[-1],
        )


@lru_cache(maxsize=_WEEKS_OF_MIDNIGHTS)
def _midnights(zone: ZoneInfo, week: int) -> tuple[int, ...]:
    """Return the local midnights that begin and end the dates which reach into a week of the UTC line.

    A local date reaches at most a day beyond the same date of UTC, to either side.
    """
    first = _EPOCH + timedelta(days=7 * week - 1)
    return tuple(_instant(zone, first + timedelta(days=offset), 0) for offset in range(10))


def _instant(zone: ZoneInfo, day: date, second: int) -> int:
    if second == DAY_SECONDS:
        day, second = day + timedelta(days=1), 0
    minutes, seconds = divmod(second, 60)
    hour, minute = divmod(minutes, 60)
    return int(datetime(day.year, day.month, day.day, hour, minute, seconds, tzinfo=zone).timestamp())


def in_force(versions: Iterable[Schedule], at: datetime) -> Schedule | None:
    """Return the version that is in force at an instant, or None when all begin later."""
    begun = [
        version for version in versions if version.effective_from is None or version.effective_from <= at
    ]
    return max(begun, key=_effective_order, default=None)


def _effective_order(version: Schedule) -> float:
    return float("-inf") if version.effective_from is None else version.effective_from.timestamp()


def _version(zone: str, week: Week, special: Mapping[date, SpecialDay]) -> str:
    days = [[day.isoformat(), special[day].kind, special[day].intervals] for day in sorted(special)]
    return hashlib.sha256(json.dumps([zone, week, days]).encode()).hexdigest()[:16]


@lru_cache(maxsize=DAY_SECONDS // 60)
def _seconds_of_day(text: str) -> int:
    match = _TIME.fullmatch(text)
    if match is None:
        raise InvalidSchedule(f"{text!r} is not a time of day; write HH:MM")
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    seconds = (hour * 60 + minute) * 60 + second
    if minute >= _FULL_HOUR or second >= _FULL_HOUR or seconds > DAY_SECONDS:
        raise InvalidSchedule(f"{text!r} is not a time of day; the last one is 24:00")
    return seconds


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as err:
        raise InvalidSchedule(f"unknown zone {name!r}; use an IANA name such as Europe/Berlin") from err


def _with_holidays(
    special_days: Mapping[date, SpecialDay], holidays: Mapping[date, str]
) -> dict[date, SpecialDay]:
    closed = {day: SpecialDay(kind=DayKind.HOLIDAY, name=name) for day, name in holidays.items()}
    return closed | dict(special_days)


def _split(intervals: Iterable[LocalInterval]) -> tuple[list[LocalInterval], list[LocalInterval]]:
    """Return the parts on the day itself and those after midnight."""
    today: list[LocalInterval] = []
    tomorrow: list[LocalInterval] = []
    for start, end in intervals:
        if not (0 <= start < DAY_SECONDS and 0 <= end <= DAY_SECONDS and start != end):
            raise InvalidSchedule(f"an interval from second {start} to {end} of a day is not possible")
        if end > start:
            today.append(LocalInterval(start, end))
            continue
        today.append(LocalInterval(start, DAY_SECONDS))
        if end:
            tomorrow.append(LocalInterval(0, end))
    return today, tomorrow


def _split_week(week: Week) -> Week:
    if len(week) != 7:  # noqa: PLR2004 - a week
        raise InvalidSchedule(f"a week has 7 days, not {len(week)}")
    parts = [_split(intervals) for intervals in week]
    return tuple(tuple(sorted([*today, *parts[index - 1][1]])) for index, (today, _) in enumerate(parts))


def _split_special_days(special_days: Mapping[date, SpecialDay], week: Week) -> dict[date, SpecialDay]:
    parts = {day: _split(special.intervals) for day, special in special_days.items()}
    split = {
        day: SpecialDay(kind=special.kind, intervals=tuple(sorted(parts[day][0])), name=special.name)
        for day, special in special_days.items()
    }
    for day, (_, after_midnight) in parts.items():
        if not after_midnight:
            continue
        tomorrow = day + timedelta(days=1)
        known = split.get(
            tomorrow, SpecialDay(intervals=week[tomorrow.weekday()], name=special_days[day].name)
        )
        intervals = tuple(sorted([*known.intervals, *after_midnight]))
        split[tomorrow] = SpecialDay(kind=known.kind, intervals=intervals, name=known.name)
    return split
