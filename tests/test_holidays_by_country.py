from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from triage.core.errors import InvalidSchedule
from triage.holidays_by_country import calendar_dates, holiday_dates, public_holidays


@dataclass(frozen=True)
class Place:
    country: str
    region: str | None = None


def calendar(tmp_path: Path, *events: str) -> Path:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test"]
    for number, event in enumerate(events):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{number}@x",
            "DTSTAMP:20260101T000000Z",
            *event.split("|"),
            "END:VEVENT",
        ]
    path = tmp_path / "days.ics"
    path.write_text("\r\n".join([*lines, "END:VCALENDAR", ""]), encoding="utf-8")
    return path


def test_a_region_has_holidays_that_the_country_lacks() -> None:
    womens_day = date(2026, 3, 8)

    assert womens_day in public_holidays("DE", "BE", [2026])
    assert womens_day not in public_holidays("DE", None, [2026])


def test_only_the_years_asked_for_are_given() -> None:
    assert {day.year for day in public_holidays("FR", None, [2026, 2028])} == {2026, 2028}


@pytest.mark.parametrize("place", [Place("XX"), Place("DE", "ZZ")])
def test_an_unknown_place_is_an_error_that_names_it(place: Place) -> None:
    with pytest.raises(InvalidSchedule, match=place.region or place.country):
        holiday_dates(place, [], [2026])


def test_all_day_events_are_days_off(tmp_path: Path) -> None:
    path = calendar(
        tmp_path,
        "DTSTART;VALUE=DATE:20261224|SUMMARY:Christmas Eve",
        "DTSTART;VALUE=DATE:20261228|DTEND;VALUE=DATE:20261231|SUMMARY:Closed",
        "DTSTART;VALUE=DATE:20270102|DURATION:P2D|SUMMARY:Stocktaking",
    )

    assert calendar_dates(path) == {
        date(2026, 12, 24): "Christmas Eve",
        date(2026, 12, 28): "Closed",
        date(2026, 12, 29): "Closed",
        date(2026, 12, 30): "Closed",
        date(2027, 1, 2): "Stocktaking",
        date(2027, 1, 3): "Stocktaking",
    }


@pytest.mark.parametrize(
    "event",
    [
        "DTSTART:20261224T090000Z|SUMMARY:A meeting",
        "DTSTART;VALUE=DATE:20261224|STATUS:CANCELLED|SUMMARY:Not so",
        "SUMMARY:No date",
    ],
)
def test_other_events_close_no_day(tmp_path: Path, event: str) -> None:
    assert calendar_dates(calendar(tmp_path, event)) == {}


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("DTSTART;VALUE=DATE:20261224|RRULE:FREQ=YEARLY|SUMMARY:Every year", "repeats"),
        ("DTSTART;VALUE=DATE:20200101|DTEND;VALUE=DATE:20261231|SUMMARY:Long", "days"),
    ],
)
def test_an_event_that_would_be_misread_is_refused(tmp_path: Path, event: str, words: str) -> None:
    with pytest.raises(InvalidSchedule, match=words):
        calendar_dates(calendar(tmp_path, event))


@pytest.mark.parametrize("content", [b"", b"hello", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", b"\xff\xfe\x00"])
def test_what_is_no_calendar_is_refused_with_its_path(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.ics"
    path.write_bytes(content)

    with pytest.raises(InvalidSchedule, match=r"broken\.ics"):
        calendar_dates(path)


def test_a_missing_file_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(InvalidSchedule, match=r"none\.ics"):
        calendar_dates(tmp_path / "none.ics")


def test_a_calendar_file_wins_over_the_public_holiday(tmp_path: Path) -> None:
    path = calendar(tmp_path, "DTSTART;VALUE=DATE:20261225|SUMMARY:Our Christmas")

    found = holiday_dates(Place("DE"), [path], [2026])

    assert found[date(2026, 12, 25)] == "Our Christmas"
    assert date(2026, 1, 1) in found


def test_without_a_place_there_are_only_the_files() -> None:
    assert holiday_dates(None, [], [2026]) == {}
