"""When a token is renewed."""

from datetime import UTC, datetime, timedelta

import pytest

from triage.oauth.grant import Grant

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def grant(*, lasts: timedelta) -> Grant:
    return Grant(access_token="planted", obtained_at=NOW, expires_at=NOW + lasts)


@pytest.mark.parametrize(
    ("minutes", "is_fresh", "is_usable"),
    [(0, True, True), (49, True, True), (50, False, True), (59, False, True), (60, False, False)],
)
def test_fault_92_a_token_is_renewed_ten_minutes_early(
    minutes: int, *, is_fresh: bool, is_usable: bool
) -> None:
    token = grant(lasts=timedelta(hours=1))
    moment = NOW + timedelta(minutes=minutes)

    assert (token.is_fresh(moment), token.is_usable(moment)) == (is_fresh, is_usable)


def test_a_token_of_few_minutes_is_renewed_half_way() -> None:
    token = grant(lasts=timedelta(minutes=4))

    assert token.is_fresh(NOW + timedelta(minutes=1))
    assert not token.is_fresh(NOW + timedelta(minutes=2))


def test_fault_92_a_token_from_before_the_clock_was_set_back_is_renewed() -> None:
    token = grant(lasts=timedelta(hours=1))

    assert not token.is_fresh(NOW - timedelta(minutes=30))
    assert not token.is_usable(NOW - timedelta(minutes=30))
