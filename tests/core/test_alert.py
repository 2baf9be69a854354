from datetime import UTC, datetime, timedelta, timezone

import pytest

from triage.core.alert import Alert, AlertLevel

DUE = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)


def test_a_sign_in_that_runs_out_is_told_apart() -> None:
    alert = Alert(level=AlertLevel.MAILBOX, customer="support", clock="sign_in")

    assert alert.headline == "Sign-in of a mailbox runs out"


def test_due_time_is_absolute_and_names_its_zone() -> None:
    alert = Alert(level=AlertLevel.BREACH, customer="Acme", due_at=DUE, zone="Europe/Berlin")

    assert alert.due_text == "Wed 2026-07-01 14:30 Europe/Berlin"


def test_alert_without_a_clock_has_no_due_time() -> None:
    assert Alert(level=AlertLevel.MAILBOX, customer="support").due_text == ""


def test_naive_due_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        Alert(level=AlertLevel.BREACH, customer="Acme", due_at=DUE.replace(tzinfo=None))


def test_due_time_is_kept_in_utc() -> None:
    local = DUE.astimezone(timezone(timedelta(hours=2)))

    alert = Alert(level=AlertLevel.BREACH, customer="Acme", due_at=local)

    assert alert.due_at is not None
    assert alert.due_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (AlertLevel.WARNING, "First reply due soon"),
        (AlertLevel.BREACH, "First reply overdue"),
        (AlertLevel.RETRACTED, "First reply is answered, the alert is withdrawn"),
        (AlertLevel.MAILBOX, "Mailbox cannot be read"),
        (AlertLevel.TEST, "Test alert: this channel works"),
    ],
)
def test_headline_says_what_happened(level: AlertLevel, expected: str) -> None:
    assert Alert(level=level, customer="Acme", clock="first_reply").headline == expected
