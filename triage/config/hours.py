"""Opening hours as they are written: ``mon-fri: ["09:00-17:00"]``."""

from collections.abc import Mapping, Sequence

from triage.config.value import WrongValueError
from triage.core.errors import InvalidSchedule
from triage.core.schedule import LocalInterval, Week

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def parse_hours(texts: Sequence[str]) -> tuple[LocalInterval, ...]:
    """Return the intervals of one day; one that ends before it starts runs over midnight.

    Raises:
        WrongValueError: If one is not well formed.
    """
    return tuple(_parse_interval(text) for text in texts)


def parse_days(text: str) -> tuple[int, ...]:
    """Return the weekdays (0 is Monday) of ``mon``, ``mon-fri`` or ``tue,thu``.

    Raises:
        WrongValueError: If a name is not the first three letters of an English weekday.
    """
    days: list[int] = []
    for part in text.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            raise WrongValueError(
                f"{text!r} names no weekday.",
                "Write mon, tue, wed, thu, fri, sat, sun, or a span such as mon-fri.",
            )
        start, end = DAYS.index(first), DAYS.index(last or first)
        days.extend(range(start, end + 1) if start <= end else (*range(start, 7), *range(end + 1)))
    return tuple(days)


def parse_week(week: Mapping[str, Sequence[str]]) -> Week:
    """Return the opening hours of the seven days, Monday first; a day not named is closed.

    Raises:
        WrongValueError: If a day is not well formed or named twice.
    """
    days: dict[int, tuple[LocalInterval, ...]] = {}
    for name, texts in week.items():
        for day in parse_days(name):
            if day in days:
                raise WrongValueError(f"{DAYS[day]} is named twice.", "Name each day once.")
            days[day] = parse_hours(texts)
    return tuple(days.get(day, ()) for day in range(7))


def _parse_interval(text: str) -> LocalInterval:
    start, _, end = text.partition("-")
    try:
        return LocalInterval.parse(start.strip(), end.strip())
    except InvalidSchedule as err:
        raise WrongValueError(f"{text!r}: {err}.", 'Write a span like "09:00-17:00", in quotes.') from err
