from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.web.when import absolute, machine, span, until, zone_named

NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (3660, "1 h 1 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d"),
        (90_000, "1 d 1 h"),
        (-90, "1 min"),
    ],
)
def test_a_span_has_at_most_two_units(seconds: int, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words


def test_a_due_time_is_overdue_from_its_own_second_on() -> None:
    assert until(NOW, now=NOW) == "0 s overdue"
    assert until(NOW - timedelta(minutes=5), now=NOW) == "5 min overdue"
    assert until(NOW + timedelta(minutes=5), now=NOW) == "in 5 min"


def test_times_are_those_of_the_readers_zone() -> None:
    assert absolute(NOW, BERLIN, now=NOW) == "Wed 11 Mar, 10:30"
    assert absolute(datetime(2026, 7, 1, 23, 0, tzinfo=UTC), BERLIN, now=NOW) == "Thu 2 Jul, 01:00"


def test_another_year_is_named_by_the_readers_calendar() -> None:
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    assert absolute(new_year, BERLIN, now=NOW) == "Fri 1 Jan 2027, 00:30"
    assert absolute(new_year, ZoneInfo("UTC"), now=NOW) == "Thu 31 Dec, 23:30"


@pytest.mark.parametrize(
    "name", [None, "", "Nowhere/Atlantis", "../../etc/passwd", "/etc/passwd", "Europe", "a\0b"]
)
def test_a_zone_that_does_not_exist_is_utc(name: str | None) -> None:
    assert zone_named(name).key == "UTC"


def test_machines_read_whole_seconds_in_utc() -> None:
    assert machine(NOW.astimezone(BERLIN)) == "2026-03-11T09:30:00Z"
