"""Sending what the outbox holds, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from tests.alerts.webhook_server import Answer, WebhookServer
from tests.alerts.webhook_server import webhook as webhook_fixture
from tests.fakes.channel import FakeChannel
from triage.alerts.channel import Channel, PermanentDeliveryError, TransientDeliveryError
from triage.alerts.json_webhook import JsonChannel
from triage.core.alert import Alert, AlertLevel
from triage.core.backoff import GIVE_UP_AFTER
from triage.services.deliver import Attempt, DeliveryReport, deliver_due, send_test
from triage.store import outbox
from triage.store.database import Database

webhook = webhook_fixture

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ALERT = Alert(level=AlertLevel.WARNING, customer="Acme", clock="first_reply", due_at=NOW)


def _enqueue(database: Database, *keys: str, channel: str = "team") -> None:
    with database.write() as connection:
        news = [outbox.NewDelivery(key=key, channel=channel, alert=ALERT) for key in keys]
        outbox.enqueue(connection, news, now=NOW)


def _deliver(database: Database, *channels: Channel, now: datetime = NOW) -> DeliveryReport:
    return deliver_due(database, {channel.name: channel for channel in channels}, now=lambda: now)


def test_alert_is_sent_once(database: Database) -> None:
    channel = FakeChannel()
    _enqueue(database, "a", "b")

    assert _deliver(database, channel) == DeliveryReport(sent=2)
    assert _deliver(database, channel, now=NOW + timedelta(days=1)) == DeliveryReport()
    assert channel.sent == [("a", ALERT), ("b", ALERT)]


def test_failure_that_may_pass_is_tried_again_later_under_the_same_key(database: Database) -> None:
    channel = FakeChannel()
    channel.errors = [TransientDeliveryError("no answer")]
    _enqueue(database, "a")

    assert _deliver(database, channel) == DeliveryReport(waiting=1)
    assert _deliver(database, channel, now=NOW + timedelta(seconds=29)) == DeliveryReport()
    assert _deliver(database, channel, now=NOW + timedelta(seconds=60)) == DeliveryReport(sent=1)
    assert channel.attempted == ["a", "a"]


def test_receiver_that_asks_for_a_wait_gets_it(database: Database) -> None:
    channel = FakeChannel()
    channel.errors = [TransientDeliveryError("busy", retry_after=timedelta(minutes=10))]
    _enqueue(database, "a")
    _deliver(database, channel)

    assert _deliver(database, channel, now=NOW + timedelta(minutes=9)) == DeliveryReport()
    assert _deliver(database, channel, now=NOW + timedelta(minutes=10)) == DeliveryReport(sent=1)


def test_failure_that_will_not_pass_ends_the_alert_and_not_the_others(database: Database) -> None:
    channel = FakeChannel()
    channel.errors = [PermanentDeliveryError("refused")]
    _enqueue(database, "a", "b")

    assert _deliver(database, channel) == DeliveryReport(sent=1, failed=1)
    assert _deliver(database, channel, now=NOW + timedelta(days=1)) == DeliveryReport()


def test_alert_is_given_up_after_a_day(database: Database) -> None:
    channel = FakeChannel()
    channel.errors = [TransientDeliveryError("no answer")]
    _enqueue(database, "a")

    report = _deliver(database, channel, now=NOW + GIVE_UP_AFTER)

    assert report == DeliveryReport(failed=1)


def test_dead_channel_costs_one_attempt_and_holds_up_no_other(database: Database) -> None:
    dead, alive = FakeChannel("dead"), FakeChannel("alive")
    dead.errors = [TransientDeliveryError("no answer")] * 5
    _enqueue(database, "a", "b", "c", channel="dead")
    _enqueue(database, "a", "b", "c", channel="alive")

    assert _deliver(database, dead, alive) == DeliveryReport(sent=3, waiting=1)
    assert dead.attempted == ["a"]


def test_alert_that_always_fails_does_not_hold_up_the_next_one(database: Database) -> None:
    channel = FakeChannel()
    channel.errors = [TransientDeliveryError("no answer")]
    _enqueue(database, "a", "b")
    _deliver(database, channel)

    assert _deliver(database, channel) == DeliveryReport(sent=1)
    assert channel.attempted == ["a", "b"]


def test_alert_for_a_channel_that_is_gone_fails_visibly(database: Database) -> None:
    _enqueue(database, "a", channel="gone")

    assert _deliver(database, FakeChannel()) == DeliveryReport(failed=1)


def test_second_process_does_not_send_what_the_first_is_sending(database: Database) -> None:
    second = FakeChannel()
    first = FakeChannel(during=lambda: reports.append(_deliver(database, second)))
    reports: list[DeliveryReport] = []
    _enqueue(database, "a")

    _deliver(database, first)

    assert reports == [DeliveryReport()]
    assert (first.attempted, second.attempted) == (["a"], [])


class _CrashError(Exception):
    """The process dies after the receiver took the alert and before that was written down."""


def test_crash_after_sending_sends_at_most_once_more_under_the_same_key(database: Database) -> None:
    def crash() -> None:
        raise _CrashError

    channel = FakeChannel(during=crash)
    _enqueue(database, "a")
    with pytest.raises(_CrashError):
        _deliver(database, channel)
    survivor = FakeChannel()

    assert _deliver(database, survivor, now=NOW + timedelta(seconds=30)) == DeliveryReport()
    assert _deliver(database, survivor, now=NOW + outbox.VISIBILITY) == DeliveryReport(sent=1)
    assert _deliver(database, survivor, now=NOW + timedelta(days=1)) == DeliveryReport()
    assert channel.attempted + survivor.attempted == ["a", "a"]


def test_real_receiver_gets_one_key_through_its_bad_minutes(
    sqlite_database: Database, webhook: WebhookServer
) -> None:
    webhook.answers = [Answer(status=429, headers={"Retry-After": "300"}), Answer(status=500)]
    channel = JsonChannel(name="team", url=SecretStr(webhook.url))
    _enqueue(sqlite_database, "a")

    reports = [
        _deliver(sqlite_database, channel, now=NOW + timedelta(minutes=minutes)) for minutes in (0, 4, 5, 8)
    ]

    assert reports == [
        DeliveryReport(waiting=1),
        DeliveryReport(),
        DeliveryReport(waiting=1),
        DeliveryReport(sent=1),
    ]
    assert [received.body["key"] for received in webhook.received] == ["a", "a", "a"]


def test_test_alert_tells_of_every_channel() -> None:
    good, bad = FakeChannel("good"), FakeChannel("bad")
    bad.errors = [PermanentDeliveryError("refused")]

    attempts = send_test([bad, good], ALERT, key="t")

    assert attempts == (Attempt(channel="bad", error="refused"), Attempt(channel="good"))
