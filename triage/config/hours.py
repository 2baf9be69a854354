"""Opening hours as they are written: ``mon-fri: ["09:00-17:00"]``."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from triage.config.value import WrongValueError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_INTERVAL = re.compile(r"([0-2]\d):([0-5]\d)\s*-\s*([0-2]\d):([0-5]\d)")
_DAY_END = 24 * 60


class Hours(NamedTuple):
    """A half-open stretch of one local day, in minutes after midnight; 1440 is its end."""

    start: int
    end: int


def parse_hours(texts: Sequence[str]) -> tuple[Hours, ...]:
    """Return the intervals of one day in order.

    Raises:
        WrongValueError: If one is not well formed, ends before it starts, or overlaps the next.
    """
    hours = tuple(sorted(_parse_interval(text) for text in texts))
    for earlier, later in pairwise(hours):
        if later.start < earlier.end:
            raise WrongValueError(
                f"Two intervals of one day overlap: {', '.join(texts)}.", "Join them or set them apart."
            )
    return hours


def parse_days(text: str) -> tuple[int, ...]:
    """Return the weekdays (0 is Monday) of ``mon``, ``mon-fri`` or ``tue,thu``.

    Raises:
        WrongValueError: If a name is not the first three letters of an English weekday.
    """
    days: list[int] = []
    for part in text.lower().replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise WrongValueError(
                f"{text!r} names no weekday.",
                "Write mon, tue, wed, thu, fri, sat, sun, or a span such as mon-fri.",
            )
        start, end = DAYS.index(first), DAYS.index(last or first)
        days.extend(range(start, end + 1) if start <= end else (*range(start, 7), *range(end + 1)))
    return tuple(days)


def parse_week(week: Mapping[str, Sequence[str]]) -> tuple[tuple[Hours, ...], ...]:
    """Return the opening hours of the seven days, Monday first; a day not named is closed.

    Raises:
        WrongValueError: If a day is not well formed or named twice.
    """
    days: dict[int, tuple[Hours, ...]] = {}
    for name, texts in week.items():
        for day in parse_days(name):
            if day in days:
                raise WrongValueError(f"{DAYS[day]} is named twice.", "Name each day once.")
            days[day] = parse_hours(texts)
    return tuple(days.get(day, ()) for day in range(7))


def _parse_interval(text: str) -> Hours:
    found = _INTERVAL.fullmatch(text.strip())
    if not found:
        raise WrongValueError(f"{text!r} is not a span of hours.", 'Write it like "09:00-17:00", in quotes.')
    start_hour, start_minute, end_hour, end_minute = map(int, found.groups())
    hours = Hours(start_hour * 60 + start_minute, end_hour * 60 + end_minute)
    if hours.end > _DAY_END or hours.start >= _DAY_END:
        raise WrongValueError(f"{text!r} goes past midnight.", "A day ends at 24:00.")
    if hours.end <= hours.start:
        raise WrongValueError(
            f"{text!r} ends before it starts.",
            'Split hours over midnight in two: "22:00-24:00" on one day and "00:00-06:00" on the next.',
        )
    return hours
