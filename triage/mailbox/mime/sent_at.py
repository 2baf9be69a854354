"""The Date field: what the sender's clock said, for display only; the trusted time is INTERNALDATE.

mail-parser reads what RFC 5322 allows. The forms below are not legal, are common, and have only one
meaning. A date with two meanings (such as 02/03/2026) or an impossible part is not a date.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: Mon, 02 Mar 2026 09:30:00 +0100 (CET)
_PLAIN = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" ((?:19|20)\d\d) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)([0-5]\d)(?: \([A-Z]{1,5}\))?",
    re.ASCII,
)
_PLAIN_MONTHS = {name.capitalize(): number for number, name in enumerate(_MONTHS, start=1)}
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_TIME = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{1,2})(?:[:.](?P<second>\d{1,2})(?:[.,]\d{1,9})?)?"
    r"(?:\s*(?P<half>[ap]\.?m\.?)\b)?"
)
_ZONE = r"(?P<zone>(?:gmt|utc)?\s*[+-]\s*\d{1,2}:?\d{0,2}|[a-z]{1,5})?"
_WEEKDAY = r"(?:[^\W\d_]{2,12}\.?\s*,?\s+|[^\W\d_]{2,12}\.?,\s*|\S{2,20},\s*)?"
_REST = r"(?!\d)\s*(?:\(.*)?(?:\s.*)?"
_FORMS = (
    # Mon, 2 Mar 2026 9:30 +0100; 2-Mar-26 09.30.00 GMT+1
    re.compile(
        rf"{_WEEKDAY}(?P<day>0?\d{{1,2}})(?:st|nd|rd|th)?[\s.-]*{_MONTH}[\s,.-]*(?P<year>\d{{4}}|\d{{2}})"
        rf"[,\s]+(?:at\s+)?{_TIME}\s*{_ZONE}{_REST}",
        re.IGNORECASE | re.DOTALL,
    ),
    # Mon Mar  2 09:30:00 +0100 2026
    re.compile(
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}}),?\s+{_TIME}\s*{_ZONE}\s+(?P<year>\d{{4}}){_REST}",
        re.IGNORECASE | re.DOTALL,
    ),
    # March 2, 2026 9:30 AM
    re.compile(
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}})[,\s]+(?:at\s+)?{_TIME}\s*{_ZONE}{_REST}",
        re.IGNORECASE | re.DOTALL,
    ),
    # 2026-03-02T09:30:00Z
    re.compile(
        rf"(?P<year>\d{{4}})[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})(?:T|\s+{_WEEKDAY}){_TIME}\s*{_ZONE}{_REST}",
        re.IGNORECASE | re.DOTALL,
    ),
)
_NAMED_ZONES = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}
_OFFSET = re.compile(r"([+-])\s*(\d{1,2}):?(\d{2})?$")
_MAX_LENGTH = 200
_EARLIEST, _LATEST = 1_970, 2_200
_PIVOT = 50
_OLDEST_FULL_YEAR = 1_000
_NOON = 12
_MAX_OFFSET = timedelta(hours=15)


def plain_date(value: str) -> datetime | None:
    """Return the instant of a Date value in the one form that most programs write, else None.

    Source: RFC 5322 section 3.3, of which this is a part; mail-parser reads the rest of it.
    """
    match = _PLAIN.fullmatch(value)
    if match is None:
        return None
    day, month, year, hour, minute, second, sign, offset_hours, offset_minutes = match.groups()
    offset = timedelta(hours=int(offset_hours), minutes=int(offset_minutes))
    try:
        local = datetime(
            int(year), _PLAIN_MONTHS[month], int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
    except ValueError:
        return None
    return local + offset if sign == "-" else local - offset


def repaired_date(value: str) -> tuple[datetime | None, str]:
    """Return the instant of a Date value that is not legal, and the defect code.

    Returns:
        The instant in UTC and ``date:repaired``, or ``date:no_zone`` when UTC had to be assumed; None
        and ``date:unreadable`` when it is no date, or an impossible one.
    """
    value = " ".join(value[:_MAX_LENGTH].split())
    for form in _FORMS:
        match = form.fullmatch(value)
        if match:
            moment = _instant(match.groupdict())
            if moment is None:
                return None, "date:unreadable"
            return moment, "date:repaired" if match["zone"] else "date:no_zone"
    return None, "date:unreadable"


def is_plausible(moment: datetime) -> bool:
    """Tell whether the year can be that of an e-mail."""
    return _EARLIEST - 1 <= moment.year <= _LATEST


def _instant(parts: dict[str, str | None]) -> datetime | None:
    year = int(parts["year"] or 0)
    # RFC 5322 section 4.3; "0102" comes from clocks that count from 1900.
    if year < _OLDEST_FULL_YEAR:
        year += 2_000 if year < _PIVOT else 1_900
    month = (parts["month"] or "").lower()
    offset = _offset(parts["zone"] or "")
    if offset is None or not _EARLIEST <= year <= _LATEST:
        return None
    hour = int(parts["hour"] or 0)
    if half := parts["half"]:
        hour = hour % _NOON + (_NOON if half[0] in "pP" else 0)
    try:
        local = datetime(
            year,
            int(month) if month.isdecimal() else _MONTHS.index(month) + 1,
            int(parts["day"] or 0),
            hour,
            int(parts["minute"] or 0),
            min(int(parts["second"] or 0), 60) % 60,
            tzinfo=timezone(offset),
        )
    except ValueError:
        return None
    return local.astimezone(UTC)


def _offset(zone: str) -> timedelta | None:
    """Return the offset; unknown names count as UTC (RFC 5322 section 4.3)."""
    match = _OFFSET.search(zone)
    if not match:
        return timedelta(hours=_NAMED_ZONES.get(zone.lower(), 0))
    sign, hours, minutes = match.groups()
    if minutes is None and ":" not in zone and len(hours) == 2 and int(hours) > 15:  # noqa: PLR2004
        return None
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if offset > _MAX_OFFSET:
        return None
    return -offset if sign == "-" else offset
