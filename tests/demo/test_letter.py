from datetime import UTC, datetime

import pytest

from triage.demo.letter import instant
from triage.demo.people import BERLIN

#: A Monday.
NOW = datetime(2026, 11, 23, 10, 0, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("95m", datetime(2026, 11, 23, 8, 25, 30, tzinfo=UTC)),
        ("+40s", datetime(2026, 11, 23, 10, 1, 10, tzinfo=UTC)),
        ("1d 09:00", datetime(2026, 11, 20, 8, 0, tzinfo=UTC)),
        ("6d 09:00", datetime(2026, 11, 13, 8, 0, tzinfo=UTC)),
    ],
)
def test_when_is_minutes_ago_seconds_ahead_or_a_working_day(when: str, expected: datetime) -> None:
    found = instant(when, zone=BERLIN, now=NOW)

    assert found.replace(second=0) == expected.replace(second=0)


@pytest.mark.parametrize("when", ["", "9:00", "6d", "-3m", "1d 9:00"])
def test_malformed_when_is_refused(when: str) -> None:
    with pytest.raises(ValueError, match="is not like"):
        instant(when, zone=BERLIN, now=NOW)
