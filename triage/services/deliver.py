"""Sends what the outbox holds. What cannot be sent now stays there and is tried again.

A channel that fails is left alone until the next run, so one dead webhook costs one time-out and
never holds up the others.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from triage.alerts.channel import Channel, TransientDeliveryError
from triage.core.alert import Alert
from triage.core.backoff import next_attempt
from triage.core.errors import DeliveryError
from triage.fail_point import reach
from triage.store import outbox
from triage.store.database import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryReport:
    """What one run did.

    Attributes:
        waiting: Attempts that failed and will be repeated.
        failed: Alerts that nobody will get; they need a person.
    """

    sent: int = 0
    waiting: int = 0
    failed: int = 0

    def __add__(self, other: "DeliveryReport") -> "DeliveryReport":
        return DeliveryReport(
            sent=self.sent + other.sent,
            waiting=self.waiting + other.waiting,
            failed=self.failed + other.failed,
        )


def deliver_due(
    database: Database, channels: Mapping[str, Channel], *, now: Callable[[], datetime]
) -> DeliveryReport:
    """Send every alert that is due.

    Args:
        channels: By their names in the configuration.
        now: Asked again for each alert, because sending takes time.
    """
    with database.write() as connection:
        report = DeliveryReport(failed=outbox.fail_unknown_channels(connection, channels.keys()))
    for channel in channels.values():
        report += _deliver_channel(database, channel, now=now)
    return report


def _deliver_channel(database: Database, channel: Channel, *, now: Callable[[], datetime]) -> DeliveryReport:
    report = DeliveryReport()
    while True:
        with database.write() as connection:
            claim = outbox.claim_due(connection, channel=channel.name, now=now())
        if claim is None:
            return report
        outcome = _deliver(database, channel, claim, now=now)
        report += outcome
        if outcome.waiting:
            return report


def _deliver(
    database: Database, channel: Channel, claim: outbox.Claim, *, now: Callable[[], datetime]
) -> DeliveryReport:
    try:
        channel.send(claim.alert, key=claim.key)
    except DeliveryError as err:
        return _record_failure(database, claim, err, now=now())
    reach("deliver.between-send-and-mark")
    with database.write() as connection:
        outbox.mark_sent(connection, claim, now=now())
    return DeliveryReport(sent=1)


def _record_failure(
    database: Database, claim: outbox.Claim, error: DeliveryError, *, now: datetime
) -> DeliveryReport:
    retry_at = None
    if isinstance(error, TransientDeliveryError):
        retry_at = next_attempt(
            f"{claim.key}:{claim.channel}",
            attempts=claim.attempts,
            created_at=claim.created_at,
            now=now,
            retry_after=error.retry_after,
        )
    with database.write() as connection:
        if retry_at is None:
            outbox.mark_failed(connection, claim, error=str(error))
            return DeliveryReport(failed=1)
        outbox.mark_retry(connection, claim, at=retry_at, error=str(error))
        return DeliveryReport(waiting=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """What came of a test alert.

    Attributes:
        error: Empty when the receiver took it.
    """

    channel: str
    error: str = ""


def send_test(channels: Iterable[Channel], alert: Alert, *, key: str) -> tuple[Attempt, ...]:
    """Send an alert to every channel at once, past the outbox, and tell what each answered."""
    return tuple(_try(channel, alert, key=key) for channel in channels)


def _try(channel: Channel, alert: Alert, *, key: str) -> Attempt:
    try:
        channel.send(alert, key=key)
    except DeliveryError as err:
        return Attempt(channel=channel.name, error=str(err))
    return Attempt(channel=channel.name)
