"""What is derived about threads: written here, with their clocks and what happened to those.

Every function here takes a set of threads and asks a constant number of questions.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Clock, ClockEvent, Thread
from triage.core.attribution import AccountState, Attribution
from triage.core.clock_changes import KnownCycle
from triage.core.clocks import ClockState
from triage.core.ids import ProjectId, ThreadId
from triage.core.message import Evidence
from triage.core.policy import TargetKind
from triage.store.among import among
from triage.store.evidence import dump_evidence
from triage.store.plain_rows import add_rows, change_rows


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadProjection:
    """Everything derived about a thread, as it is stored."""

    id: ThreadId
    subject: str
    account: Attribution
    account_probability: float | None
    project_id: ProjectId | None
    project_state: str
    project_probability: float | None
    project_evidence: tuple[Evidence, ...]
    status: str
    priority: str
    waiting_on: str
    waiting_since: datetime | None
    is_pending: bool
    turn_evidence: tuple[Evidence, ...]
    next_due_at: datetime | None
    next_due_target: str | None
    next_due_state: str | None
    next_event_at: datetime | None
    message_count: int
    first_message_at: datetime
    last_message_at: datetime
    last_inbound_at: datetime | None
    last_sender: str
    snippet: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockRow:
    """A cycle of a target as it is stored."""

    thread_id: ThreadId
    target: str
    cycle: int
    state: str
    policy: str
    policy_version: str
    schedule: str
    minutes: int
    anchor_at: datetime
    due_at: datetime | None
    warn_at: tuple[datetime, ...]
    ended_at: datetime | None
    remaining_seconds: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class EventRow:
    """An event of a cycle as it is stored; ``key`` makes it once for ever."""

    thread_id: ThreadId
    target: str
    cycle: int
    kind: str
    key: str
    at: datetime
    detail: Mapping[str, Any] | None = None


def due_threads(connection: Connection, *, now: datetime, limit: int) -> list[ThreadId]:
    """Return threads to which something happens by now, the most overdue first: the sweep's question."""
    rows = connection.scalars(
        sa.select(Thread.id)
        .where(Thread.next_event_at.is_not(None), Thread.next_event_at <= now)
        .order_by(Thread.next_event_at, Thread.id)
        .limit(limit)
    )
    return [ThreadId(thread_id) for thread_id in rows]


def put_off(connection: Connection, thread_id: ThreadId, *, until: datetime) -> None:
    """Let the sweep look at the thread later."""
    connection.execute(sa.update(Thread).where(Thread.id == thread_id).values(next_event_at=until))


def write_projections(connection: Connection, projections: Sequence[ThreadProjection]) -> None:
    """Write what was derived; the version of a thread rises with every write."""
    change_rows(
        connection,
        tuple(getattr(Thread, name) for name in _DERIVED),
        [_projection_row(item) for item in projections],
        key=Thread.id,
        rising=Thread.version,
    )


def known_cycles(
    connection: Connection, thread_ids: Collection[ThreadId]
) -> dict[ThreadId, list[KnownCycle]]:
    """Return the cycles of the threads as they are stored."""
    found: dict[ThreadId, list[KnownCycle]] = defaultdict(list)
    rows = connection.execute(
        sa.select(
            Clock.thread_id,
            Clock.target,
            Clock.cycle,
            Clock.anchor_at,
            Clock.policy_version,
            Clock.state,
        ).where(among(Clock.thread_id, thread_ids))
    )
    for row in rows:
        found[ThreadId(row.thread_id)].append(
            KnownCycle(
                target=TargetKind(row.target),
                number=row.cycle,
                anchor_at=row.anchor_at,
                policy_version=row.policy_version,
                state=ClockState(row.state),
            )
        )
    return found


def write_clocks(
    connection: Connection, thread_ids: Collection[ThreadId], clocks: Sequence[ClockRow]
) -> None:
    """Replace the cycles of the threads by these."""
    connection.execute(sa.delete(Clock).where(among(Clock.thread_id, thread_ids)))
    add_rows(connection, _CLOCK, [_clock_row(clock) for clock in clocks])


def add_events(connection: Connection, events: Sequence[EventRow], *, now: datetime) -> list[EventRow]:
    """Append those events that were not recorded before.

    Returns:
        The events that are new, in the order given.
    """
    if not events:
        return []
    known = _known_events(connection, {event.thread_id for event in events})
    new = [event for event in events if _event_key(event) not in known]
    add_rows(
        connection,
        _EVENT,
        [
            (
                event.thread_id,
                event.target,
                event.cycle,
                event.kind,
                event.key,
                event.at,
                now,
                dict(event.detail) if event.detail else None,
            )
            for event in new
        ],
    )
    return new


def hold(connection: Connection, thread_ids: Collection[ThreadId]) -> None:
    """Lock the threads until the end of the transaction, in one order, so that two writers queue up.

    SQLite has one writer anyway.
    """
    if connection.dialect.name == "sqlite":
        return
    connection.execute(
        sa.select(Thread.id).where(among(Thread.id, thread_ids)).order_by(Thread.id).with_for_update()
    )


_CLOCK = (
    Clock.thread_id,
    Clock.target,
    Clock.cycle,
    Clock.state,
    Clock.policy,
    Clock.policy_version,
    Clock.schedule,
    Clock.minutes,
    Clock.anchor_at,
    Clock.due_at,
    Clock.warn_at,
    Clock.ended_at,
    Clock.remaining_seconds,
)
_EVENT = (
    ClockEvent.thread_id,
    ClockEvent.target,
    ClockEvent.cycle,
    ClockEvent.kind,
    ClockEvent.key,
    ClockEvent.at,
    ClockEvent.recorded_at,
    ClockEvent.detail,
)
_DERIVED = (
    "subject",
    "account_id",
    "suggested_account_id",
    "account_state",
    "account_probability",
    "account_evidence",
    "project_id",
    "project_state",
    "project_probability",
    "project_evidence",
    "status",
    "priority",
    "waiting_on",
    "waiting_since",
    "is_pending",
    "turn_evidence",
    "next_due_at",
    "next_due_target",
    "next_due_state",
    "next_event_at",
    "message_count",
    "first_message_at",
    "last_message_at",
    "last_inbound_at",
    "last_sender",
    "snippet",
)


def _projection_row(item: ThreadProjection) -> tuple[Any, ...]:
    is_confirmed = item.account.state is AccountState.CONFIRMED
    worded = {
        "account_id": item.account.account if is_confirmed else None,
        "suggested_account_id": None if is_confirmed else item.account.account,
        "account_state": item.account.state.value,
        "account_evidence": dump_evidence(item.account.evidence),
        "project_evidence": dump_evidence(item.project_evidence),
        "turn_evidence": dump_evidence(item.turn_evidence),
    }
    derived = (worded[name] if name in worded else getattr(item, name) for name in _DERIVED)
    return (*derived, item.id)


def _clock_row(clock: ClockRow) -> tuple[Any, ...]:
    return (
        clock.thread_id,
        clock.target,
        clock.cycle,
        clock.state,
        clock.policy,
        clock.policy_version,
        clock.schedule,
        clock.minutes,
        clock.anchor_at,
        clock.due_at,
        [moment.isoformat() for moment in clock.warn_at],
        clock.ended_at,
        clock.remaining_seconds,
    )


def _known_events(
    connection: Connection, thread_ids: Collection[ThreadId]
) -> set[tuple[int, str, int, str, str]]:
    known: set[tuple[int, str, int, str, str]] = set()
    rows = connection.execute(
        sa.select(
            ClockEvent.thread_id, ClockEvent.target, ClockEvent.cycle, ClockEvent.kind, ClockEvent.key
        ).where(among(ClockEvent.thread_id, thread_ids))
    )
    known.update((row[0], row[1], row[2], row[3], row[4]) for row in rows)
    return known


def _event_key(event: EventRow) -> tuple[int, str, int, str, str]:
    return event.thread_id, event.target, event.cycle, event.kind, event.key
