import pytest

from triage.config.hours import parse_days, parse_hours, parse_week
from triage.config.value import WrongValueError
from triage.core.schedule import LocalInterval

HOUR = 3600


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon", (0,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("Tue, thu", (1, 3)),
        ("sat-mon", (5, 6, 0)),
    ],
)
def test_days_are_named_alone_as_a_span_or_as_a_list(text: str, expected: tuple[int, ...]) -> None:
    assert parse_days(text) == expected


@pytest.mark.parametrize("text", ["", "monday", "mon-", "mon-xyz", "0"])
def test_unknown_day_is_refused(text: str) -> None:
    with pytest.raises(WrongValueError):
        parse_days(text)


def test_hours_are_read_in_local_seconds() -> None:
    assert parse_hours(["09:00-12:00", "13:30 - 24:00"]) == (
        LocalInterval(9 * HOUR, 12 * HOUR),
        LocalInterval(13 * HOUR + HOUR // 2, 24 * HOUR),
    )


@pytest.mark.parametrize("text", ["9-17", "09:00", "25:00-26:00", "09:00-09:00", ""])
def test_malformed_hours_are_refused(text: str) -> None:
    with pytest.raises(WrongValueError) as raised:
        parse_hours([text])

    assert "09:00-17:00" in raised.value.mend


def test_day_not_named_is_closed() -> None:
    week = parse_week({"mon-thu": ["08:00-17:00"], "fri": ["08:00-15:00"]})

    assert [len(day) for day in week] == [1, 1, 1, 1, 1, 0, 0]
    assert week[4] == (LocalInterval(8 * HOUR, 15 * HOUR),)


def test_day_named_twice_is_refused() -> None:
    with pytest.raises(WrongValueError, match="tue is named twice"):
        parse_week({"mon-fri": [], "tue": ["09:00-10:00"]})
