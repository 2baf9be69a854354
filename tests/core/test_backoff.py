from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.backoff import GIVE_UP_AFTER, LONGEST_WAIT, next_attempt

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _wait(attempts: int, *, key: str = "k", retry_after: timedelta | None = None) -> timedelta:
    at = next_attempt(key, attempts=attempts, created_at=NOW, now=NOW, retry_after=retry_after)
    assert at is not None
    return at - NOW


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (99, 3600)]
)
def test_each_wait_is_twice_the_one_before_up_to_an_hour(attempts: int, seconds: int) -> None:
    assert timedelta(seconds=seconds) <= _wait(attempts) < timedelta(seconds=seconds * 1.25)


@given(st.text(max_size=20), st.integers(min_value=1, max_value=10**6))
def test_wait_is_bounded_and_the_same_every_time(key: str, attempts: int) -> None:
    assert timedelta(0) < _wait(attempts, key=key) <= LONGEST_WAIT * 1.25
    assert _wait(attempts, key=key) == _wait(attempts, key=key)


def test_rows_that_failed_together_come_back_apart() -> None:
    assert len({_wait(1, key=f"thread-{number}") for number in range(100)}) > 90


def test_receiver_is_not_asked_before_it_wants_to_be() -> None:
    assert _wait(1, retry_after=timedelta(minutes=10)) == timedelta(minutes=10)
    assert _wait(8, retry_after=timedelta(seconds=1)) >= LONGEST_WAIT


def test_alert_nobody_could_take_for_a_day_is_given_up() -> None:
    late = NOW + GIVE_UP_AFTER

    assert next_attempt("k", attempts=1, created_at=NOW, now=late) is None
    assert next_attempt("k", attempts=1, created_at=NOW, now=late - timedelta(minutes=1)) is not None


def test_receiver_that_asks_for_more_than_a_day_is_given_up() -> None:
    assert next_attempt("k", attempts=1, created_at=NOW, now=NOW, retry_after=timedelta(days=2)) is None
