"""The outbox on both databases."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from models import Thread
from triage.core.alert import Alert, AlertLevel
from triage.core.ids import ThreadId
from triage.store import outbox
from triage.store.database import Database
from triage.store.outbox import Claim, NewDelivery

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = NOW + outbox.VISIBILITY
ALERT = Alert(
    level=AlertLevel.BREACH,
    customer="Acme",
    project="Web",
    clock="first_reply",
    due_at=NOW,
    zone="Europe/Berlin",
    link="http://127.0.0.1:8642/threads/1",
)


def _enqueue(database: Database, *keys: str, channel: str = "team", now: datetime = NOW) -> int:
    with database.write() as connection:
        news = [NewDelivery(key=key, channel=channel, alert=ALERT) for key in keys]
        return outbox.enqueue(connection, news, now=now)


def _claim(database: Database, *, now: datetime = NOW, channel: str = "team") -> Claim | None:
    with database.write() as connection:
        return outbox.claim_due(connection, channel=channel, now=now)


def _claimed(database: Database, *, now: datetime = NOW) -> Claim:
    claim = _claim(database, now=now)
    assert claim is not None
    return claim


def test_alert_comes_out_as_it_went_in(database: Database) -> None:
    _enqueue(database, "k")

    claim = _claimed(database)

    assert (claim.key, claim.channel, claim.attempts, claim.created_at) == ("k", "team", 1, NOW)
    assert claim.alert == ALERT


def test_alert_without_a_clock_survives_too() -> None:
    alert = Alert(level=AlertLevel.MAILBOX, customer="support")

    assert outbox.load_alert(outbox.dump_alert(alert)) == alert


def test_same_occasion_is_written_once_for_each_channel(database: Database) -> None:
    assert _enqueue(database, "k", "k") == 1
    assert _enqueue(database, "k") == 0
    assert _enqueue(database, "k", channel="pager") == 1


def test_occasion_that_was_sent_is_not_written_again(database: Database) -> None:
    _enqueue(database, "k")
    with database.write() as connection:
        claim = outbox.claim_due(connection, channel="team", now=NOW)
        assert claim is not None
        outbox.mark_sent(connection, claim, now=NOW)

    assert _enqueue(database, "k") == 0
    assert _claim(database, now=LATER) is None


def test_alert_of_a_transaction_that_failed_is_not_sent(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            outbox.enqueue(connection, [NewDelivery(key="k", channel="team", alert=ALERT)], now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert _claim(database) is None


def test_oldest_alert_is_claimed_first(database: Database) -> None:
    _enqueue(database, "second", now=NOW)
    _enqueue(database, "first", now=NOW - timedelta(minutes=1))

    assert _claimed(database).key == "first"
    assert _claimed(database).key == "second"


def test_claimed_alert_is_not_seen_by_others_until_its_time_is_over(database: Database) -> None:
    _enqueue(database, "k")
    _claimed(database)

    assert _claim(database) is None
    assert _claim(database, now=LATER - timedelta(seconds=1)) is None
    assert _claimed(database, now=LATER).attempts == 2


def test_alert_of_another_channel_is_left_alone(database: Database) -> None:
    _enqueue(database, "k")

    assert _claim(database, channel="pager") is None


def test_alert_to_be_tried_later_waits_until_then(database: Database) -> None:
    _enqueue(database, "k")
    with database.write() as connection:
        claim = outbox.claim_due(connection, channel="team", now=NOW)
        assert claim is not None
        outbox.mark_retry(connection, claim, at=NOW + timedelta(seconds=30), error="no answer")

    assert _claim(database, now=NOW + timedelta(seconds=29)) is None
    assert _claimed(database, now=NOW + timedelta(seconds=30)).attempts == 2


def test_sender_that_lost_its_claim_changes_nothing(database: Database) -> None:
    _enqueue(database, "k")
    slow = _claimed(database)
    quick = _claimed(database, now=LATER)

    with database.write() as connection:
        assert not outbox.mark_retry(connection, slow, at=NOW, error="late")
        assert not outbox.mark_failed(connection, slow, error="late")
        assert not outbox.mark_sent(connection, slow, now=LATER)
        assert outbox.mark_sent(connection, quick, now=LATER)

    assert _claim(database, now=LATER + timedelta(days=1)) is None


def test_failed_alert_is_not_tried_again(database: Database) -> None:
    _enqueue(database, "k")
    with database.write() as connection:
        claim = outbox.claim_due(connection, channel="team", now=NOW)
        assert claim is not None
        assert outbox.mark_failed(connection, claim, error="gone")

    assert _claim(database, now=NOW + timedelta(days=1)) is None


def test_alert_for_a_channel_that_is_gone_fails(database: Database) -> None:
    _enqueue(database, "k")
    _enqueue(database, "k", channel="pager")

    with database.write() as connection:
        assert outbox.fail_unknown_channels(connection, ["pager"]) == 1
        assert outbox.fail_unknown_channels(connection, ["pager"]) == 0

    assert _claim(database) is None
    assert _claim(database, channel="pager") is not None


def _thread(database: Database) -> ThreadId:
    with database.write() as connection:
        return ThreadId(connection.execute(sa.insert(Thread).returning(Thread.id)).scalar_one())


def test_alerts_of_answered_threads_are_taken_back(database: Database) -> None:
    answered, waiting = _thread(database), _thread(database)
    with database.write() as connection:
        news = [
            NewDelivery(key=str(thread), channel="team", alert=ALERT, thread_id=thread)
            for thread in (answered, waiting)
        ]
        outbox.enqueue(connection, news, now=NOW)

    with database.write() as connection:
        assert outbox.drop_pending(connection, [answered]) == 1

    assert _claimed(database).key == str(waiting)
    assert _claim(database) is None


def test_alert_taken_back_while_it_was_under_way_counts_as_sent(database: Database) -> None:
    thread = _thread(database)
    with database.write() as connection:
        news = [NewDelivery(key="k", channel="team", alert=ALERT, thread_id=thread)]
        outbox.enqueue(connection, news, now=NOW)
    claim = _claimed(database)

    with database.write() as connection:
        outbox.drop_pending(connection, [thread])
        assert not outbox.mark_retry(connection, claim, at=NOW, error="no answer")
        assert outbox.mark_sent(connection, claim, now=NOW)


def test_age_of_the_oldest_pending_alert_is_watched(database: Database) -> None:
    with database.read() as connection:
        assert outbox.oldest_pending_at(connection) is None
    _enqueue(database, "new", now=NOW)
    _enqueue(database, "old", now=NOW - timedelta(hours=1))

    with database.read() as connection:
        assert outbox.oldest_pending_at(connection) == NOW - timedelta(hours=1)


def test_two_senders_never_hold_the_same_alert(database: Database) -> None:
    keys = [f"k{number}" for number in range(20)]
    _enqueue(database, *keys)
    claimed: list[str] = []

    def work() -> None:
        while (claim := _claim(database)) is not None:
            claimed.append(claim.key)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed) == sorted(keys)
