"""The outbox: alerts are rows of the transaction that causes them, and are sent afterwards.

A claim is a compare-and-set that pushes the row's next attempt behind a visibility time-out. Who
dies with a claim in hand loses it when that time is over, and the next one sends under the same
key. The number of attempts is the fence: an outcome counts only for the attempt that it belongs to.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from models import Delivery
from triage.core.alert import Alert, AlertLevel
from triage.core.ids import AccountId, ThreadId
from triage.store.among import among

#: Much longer than a channel may take to answer, so that only a dead sender loses its claim.
VISIBILITY = timedelta(minutes=2)

_PENDING, _SENT, _FAILED, _DROPPED = "pending", "sent", "failed", "dropped"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewDelivery:
    """An alert for one channel.

    Attributes:
        key: Names the occasion; a second row with the same key and channel is not written.
        channel: Name of the channel in the configuration.
    """

    key: str
    channel: str
    alert: Alert
    thread_id: ThreadId | None = None
    account_id: AccountId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A row that this process may send, until the visibility time-out is over.

    Attributes:
        attempts: Attempts including this one.
    """

    id: int
    key: str
    channel: str
    alert: Alert
    attempts: int
    created_at: datetime


def enqueue(connection: Connection, deliveries: Iterable[NewDelivery], *, now: datetime) -> int:
    """Write alerts that are not there yet and return how many were new."""
    rows = [
        {
            "key": new.key,
            "channel": new.channel,
            "thread_id": new.thread_id,
            "account_id": new.account_id,
            "kind": new.alert.level.value,
            "payload": dump_alert(new.alert),
            "state": _PENDING,
            "attempts": 0,
            "created_at": now,
            "next_attempt_at": now,
            "last_error": "",
        }
        for new in deliveries
    ]
    if not rows:
        return 0
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    written = connection.execute(insert(Delivery).on_conflict_do_nothing().returning(Delivery.id), rows)
    return len(written.all())


def known_keys(connection: Connection, keys: Collection[str]) -> frozenset[str]:
    """Return those of the keys under which alerts were written already."""
    wanted = sa.select(Delivery.key).where(Delivery.key.in_(list(keys)))
    return frozenset(connection.scalars(wanted)) if keys else frozenset()


def claim_due(connection: Connection, *, channel: str, now: datetime) -> Claim | None:
    """Claim the alert of a channel that has waited longest, or return None when none is due.

    Commit before sending: a claim that others cannot see protects nothing.
    """
    due = connection.execute(
        sa.select(Delivery.id, Delivery.attempts)
        .where(Delivery.state == _PENDING, Delivery.channel == channel, Delivery.next_attempt_at <= now)
        .order_by(Delivery.next_attempt_at, Delivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if due is None:
        return None
    row = connection.execute(
        sa.update(Delivery)
        .where(_is_attempt(due.id, due.attempts), Delivery.state == _PENDING)
        .values(attempts=due.attempts + 1, next_attempt_at=now + VISIBILITY)
        .returning(Delivery.key, Delivery.payload, Delivery.created_at)
    ).first()
    if row is None:
        return None
    return Claim(
        id=due.id,
        key=row.key,
        channel=channel,
        alert=load_alert(row.payload),
        attempts=due.attempts + 1,
        created_at=row.created_at,
    )


def mark_sent(connection: Connection, claim: Claim, *, now: datetime) -> bool:
    """Record that the receiver took the alert; False when the claim was lost meanwhile."""
    # Dropped while it was under way: it was sent all the same, and the row says so.
    states = (_PENDING, _DROPPED)
    return _settle(connection, claim, states, state=_SENT, sent_at=now, next_attempt_at=None, last_error="")


def mark_retry(connection: Connection, claim: Claim, *, at: datetime, error: str) -> bool:
    """Record a failure that may pass; False when the claim was lost or the alert dropped meanwhile."""
    return _settle(connection, claim, (_PENDING,), next_attempt_at=at, last_error=error)


def mark_failed(connection: Connection, claim: Claim, *, error: str) -> bool:
    """Record a failure that will not pass; False when the claim was lost or the alert dropped meanwhile."""
    return _settle(connection, claim, (_PENDING,), state=_FAILED, next_attempt_at=None, last_error=error)


def drop_pending(connection: Connection, thread_ids: Collection[ThreadId]) -> int:
    """Take back what was not sent yet about threads, because they are answered; return how many."""
    return connection.execute(
        sa.update(Delivery)
        .where(among(Delivery.thread_id, thread_ids), Delivery.state == _PENDING)
        .values(state=_DROPPED, next_attempt_at=None)
    ).rowcount


def fail_unknown_channels(connection: Connection, known: Collection[str]) -> int:
    """Fail alerts for channels that are no longer configured and return how many."""
    return connection.execute(
        sa.update(Delivery)
        .where(Delivery.state == _PENDING, Delivery.channel.not_in(list(known)))
        .values(
            state=_FAILED, next_attempt_at=None, last_error="The channel is no longer in the configuration."
        )
    ).rowcount


def oldest_pending_at(connection: Connection) -> datetime | None:
    """Return since when the alert that waits longest waits, or None: the age that is watched."""
    return connection.scalar(sa.select(sa.func.min(Delivery.created_at)).where(Delivery.state == _PENDING))


def dump_alert(alert: Alert) -> dict[str, Any]:
    """Return an alert as it is stored."""
    return {
        "level": alert.level.value,
        "customer": alert.customer,
        "project": alert.project,
        "clock": alert.clock,
        "due_at": alert.due_at.isoformat() if alert.due_at else None,
        "zone": alert.zone,
        "link": alert.link,
        "reason": alert.reason,
    }


def load_alert(stored: dict[str, Any]) -> Alert:
    """Return a stored alert."""
    due_at = stored["due_at"]
    return Alert(
        level=AlertLevel(stored["level"]),
        customer=stored["customer"],
        project=stored["project"],
        clock=stored["clock"],
        due_at=datetime.fromisoformat(due_at) if due_at else None,
        zone=stored["zone"],
        link=stored["link"],
        reason=stored["reason"],
    )


def _is_attempt(delivery_id: int, attempts: int) -> sa.ColumnElement[bool]:
    return sa.and_(Delivery.id == delivery_id, Delivery.attempts == attempts)


def _settle(connection: Connection, claim: Claim, states: Collection[str], **values: object) -> bool:
    changed = connection.execute(
        sa.update(Delivery)
        .where(_is_attempt(claim.id, claim.attempts), Delivery.state.in_(states))
        .values(**values)
    )
    return changed.rowcount == 1
