"""Instants and spans in words: absolute in the reader's zone, and how far away."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

#: The browser tells its zone in this cookie, so that the page arrives with the right times.
ZONE_COOKIE = "triage_zone"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def zone_named(name: str | None) -> ZoneInfo:
    """Return the zone of that IANA name, or UTC when there is no such zone."""
    try:
        return ZoneInfo(name or "UTC")
    except (OSError, ValueError, ZoneInfoNotFoundError):
        # A name may also be that of a folder of the zone database, or no name at all.
        return ZoneInfo("UTC")


def absolute(instant: datetime, zone: ZoneInfo, *, now: datetime) -> str:
    """Return the instant as date and time of the zone; the year only when it is not this one."""
    local = instant.astimezone(zone)
    year = "" if local.year == now.astimezone(zone).year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year}, {local:%H:%M}"


def machine(instant: datetime) -> str:
    """Return the instant for the ``datetime`` attribute of a ``time`` element."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def span(length: timedelta) -> str:
    """Return a length as people say it, with at most two units; negative lengths count as positive."""
    seconds = abs(int(length.total_seconds()))
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        return _two(seconds // _HOUR, "h", seconds % _HOUR // _MINUTE, "min")
    return _two(seconds // _DAY, "d", seconds % _DAY // _HOUR, "h")


def seconds(number: int) -> str:
    """Return so many seconds as people say them."""
    return span(timedelta(seconds=number))


def until(due_at: datetime, *, now: datetime) -> str:
    """Return how long a due time is away, or overdue."""
    return f"{span(now - due_at)} overdue" if due_at <= now else f"in {span(due_at - now)}"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large} {large_unit} {small} {small_unit}" if small else f"{large} {large_unit}"
