"""Public holidays of countries and regions, and days off from calendar files, as plain dates with names.

The schedules of ``core`` take dates; here is where they come from. No names and no file content
appear in errors but the path.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol

import holidays
import icalendar

from triage.core.errors import InvalidSchedule

#: A calendar file is a list of days off, not a diary.
_LARGEST_FILE_BYTES = 4 * 1024 * 1024
#: An event that closes longer than this is a slip of the pen.
_LONGEST_DAYS = 400


class Region(Protocol):
    """A country, and one of its regions."""

    @property
    def country(self) -> str:
        """ISO 3166-1, two letters."""

    @property
    def region(self) -> str | None:
        """ISO 3166-2 without the country; None for what holds in all of it."""


def holiday_dates(
    region: Region | None, calendar_files: Iterable[Path], years: Iterable[int]
) -> Mapping[date, str]:
    """Return all closed dates with their names; what a calendar file says wins over public holidays.

    Args:
        years: Years for which public holidays are looked up.

    Raises:
        InvalidSchedule: If the country or region is unknown, or a file is not a calendar.
    """
    found: dict[date, str] = {}
    if region is not None:
        found.update(public_holidays(region.country, region.region, years))
    for path in calendar_files:
        found.update(calendar_dates(path))
    return found


def public_holidays(country: str, region: str | None, years: Iterable[int]) -> Mapping[date, str]:
    """Return the public holidays of a country or of one of its regions.

    Raises:
        InvalidSchedule: If the country or the region is unknown.
    """
    try:
        found = holidays.country_holidays(country, subdiv=region, years=sorted(set(years)), expand=False)
    except (NotImplementedError, KeyError) as err:
        place = f"{country}-{region}" if region else country
        raise InvalidSchedule(f"no public holidays are known for {place}; use ISO 3166 codes") from err
    return {day: str(name) for day, name in sorted(found.items())}


def calendar_dates(path: Path) -> Mapping[date, str]:
    """Return the days of the all-day events of an iCalendar file, each with the event's summary.

    Events with a time of day close no day and are left out, as are cancelled ones.

    Raises:
        InvalidSchedule: If the file cannot be read, is no calendar, or has an event that repeats:
            write the days out.

    Source: RFC 5545 section 3.6.1: DTEND is the first day that is open again.
    """
    found: dict[date, str] = {}
    for calendar in _calendars(path):
        for event in calendar.walk("VEVENT"):
            if str(event.get("STATUS", "")).upper() == "CANCELLED":
                continue
            for day in _days(event, path):
                found[day] = str(event.get("SUMMARY", ""))
    return found


def _calendars(path: Path) -> list[icalendar.Component]:
    try:
        if path.stat().st_size > _LARGEST_FILE_BYTES:
            raise InvalidSchedule(f"{path} is too large for a list of days off")
        calendars = icalendar.Calendar.from_ical(path.read_bytes(), multiple=True)
    except (OSError, ValueError, IndexError) as err:
        raise InvalidSchedule(f"{path} cannot be read as an iCalendar file") from err
    if not calendars:
        raise InvalidSchedule(f"{path} holds no calendar")
    return list(calendars)


def _days(event: icalendar.Component, path: Path) -> Iterable[date]:
    start = getattr(event.get("DTSTART"), "dt", None)
    if not isinstance(start, date) or isinstance(start, datetime):
        return ()
    if "RRULE" in event or "RDATE" in event:
        raise InvalidSchedule(f"{path} has an event that repeats; write its days out, one event each")
    end = getattr(event.get("DTEND"), "dt", None)
    if not isinstance(end, date) or isinstance(end, datetime):
        lasts = getattr(event.get("DURATION"), "dt", None)
        end = start + (lasts if isinstance(lasts, timedelta) else timedelta(days=1))
    count = max((end - start).days, 1)
    if count > _LONGEST_DAYS:
        raise InvalidSchedule(f"{path} has an event of {count} days")
    return (start + timedelta(days=offset) for offset in range(count))
