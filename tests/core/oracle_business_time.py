"""Working time counted minute by minute: slow, simple, and written without looking at the product.

The definitions are those of ``docs/clocks.md``: each opening interval of each local date is placed on
the UTC line, and then a minute counts when it lies in some interval and in no pause. Local times are
found by asking the zone for the local time of UTC instants only, never the other way round, so that
no rule of PEP 495 is taken over from the code under test.

A wall-clock test ("is it between nine and five there?") would be another definition: it differs
inside gaps and repeated hours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)

#: Opening hours of a date: pairs of minutes since local midnight; an end before the start means the
#: next date.
Hours = Sequence[tuple[int, int]]


@dataclass(frozen=True, kw_only=True)
class Hand:
    """A schedule as a person would note it down."""

    zone: str
    week: Sequence[Hours]
    exceptions: Mapping[date, Hours]


def hours_on(hand: Hand, day: date) -> list[tuple[int, int]]:
    """The hours of one local date, with what runs over from the date before."""

    def begun_on(which: date) -> Hours:
        return hand.exceptions.get(which, hand.week[which.weekday()])

    yesterday = day - timedelta(days=1)
    found = [(start, end if end > start else 1440) for start, end in begun_on(day)]
    # What an exception leaves over comes on top of the next date, whatever that is.
    found += [(0, end) for start, end in hand.exceptions.get(yesterday, ()) if end < start]
    # What a weekday leaves over belongs to the next weekday, and goes when that date is replaced.
    if day not in hand.exceptions:
        found += [(0, end) for start, end in hand.week[yesterday.weekday()] if end < start]
    return found


def place(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """The UTC instant of a local time: the earlier of two, and past a gap by the gap's length."""
    wanted = datetime(day.year, day.month, day.day) + minute * MINUTE  # noqa: DTZ001
    as_if_utc = wanted.replace(tzinfo=UTC)
    offsets = []
    for hours in (-26, 26):
        offset = (as_if_utc + timedelta(hours=hours)).astimezone(zone).utcoffset()
        assert offset is not None
        offsets.append(offset)
    instants = [as_if_utc - offset for offset in offsets]
    right = [instant for instant in instants if instant.astimezone(zone).replace(tzinfo=None) == wanted]
    return min(right) if right else instants[0]


class Line:
    """The UTC line around some instants, one byte a minute: 1 counts, 0 does not."""

    def __init__(
        self,
        hand: Hand,
        begin: datetime,
        days: int,
        pauses: Sequence[tuple[datetime, datetime]],
    ) -> None:
        self.begin = begin
        self.minutes = bytearray(days * 1440)
        zone = ZoneInfo(hand.zone)
        for offset in range(-3, days + 4):
            day = begin.date() + timedelta(days=offset)
            for start, end in hours_on(hand, day):
                self._fill(place(zone, day, start), place(zone, day, end), 1)
        for start_at, end_at in pauses:
            self._fill(start_at, end_at, 0)

    def _fill(self, start: datetime, end: datetime, value: int) -> None:
        first = max((start - self.begin) // MINUTE, 0)
        last = min((end - self.begin) // MINUTE, len(self.minutes))
        if first < last:
            self.minutes[first:last] = bytes([value]) * (last - first)

    def count(self, start: datetime, end: datetime) -> int:
        """Working minutes between two instants."""
        first, last = (start - self.begin) // MINUTE, (end - self.begin) // MINUTE
        return sum(self.minutes[first:last])

    def due(self, start: datetime, minutes: int) -> datetime | None:
        """The earliest instant with so many working minutes since the start; None beyond the line."""
        index = (start - self.begin) // MINUTE
        if minutes == 0:
            while index < len(self.minutes) and not self.minutes[index]:
                index += 1
            return None if index == len(self.minutes) else self.begin + index * MINUTE
        while minutes and index < len(self.minutes):
            minutes -= self.minutes[index]
            index += 1
        return None if minutes else self.begin + index * MINUTE
