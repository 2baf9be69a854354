"""What is derived about threads: reading the facts it is derived from, writing the result.

Every function here takes a set of threads and asks a constant number of questions.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstrumentedAttribute

from models import Clock, ClockEvent, Decision, Label, Location, Mailbox, Message, Thread
from triage.core.attribution import AccountState, Attribution
from triage.core.claims import Facts
from triage.core.clock_changes import KnownCycle
from triage.core.clocks import ClockState
from triage.core.direction import Direction
from triage.core.ids import AccountId, MessageId, ProjectId, ThreadId
from triage.core.message import Address, CalendarMethod, Evidence, MessageClass
from triage.core.policy import TargetKind
from triage.core.thread_history import UNDO
from triage.core.timeline import MessageFacts
from triage.store.evidence import HINT_KINDS, dump_evidence, load_evidence

_CHUNK = 500
#: First characters of the new words that decisions look at; a code or a question further down is
#: found by search, not by the queue.
_WORDS = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredMessage:
    """A message as decisions about its thread see it."""

    thread_id: ThreadId
    facts: MessageFacts
    evidence: Facts
    attribution: Attribution
    sender_name: str
    subject: str
    stored_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredDecision:
    """A person's decision about a thread or one of its messages, oldest first."""

    thread_id: ThreadId
    message_id: int | None
    at: datetime
    actor: str
    kind: str
    value: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredThread:
    """What is stored of a thread beside its messages: what models suggest, which no message says.

    Attributes:
        account_reasons: What a model said for the account; no evidence.
    """

    id: ThreadId
    suggested_account: AccountId | None
    account_probability: float | None
    account_reasons: tuple[Evidence, ...]
    suggested_project: ProjectId | None
    project_probability: float | None
    project_reasons: tuple[Evidence, ...]
    version: int


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


def messages_of(
    connection: Connection, thread_ids: Collection[ThreadId]
) -> dict[ThreadId, list[StoredMessage]]:
    """Return the messages of the threads, oldest first."""
    found: dict[ThreadId, list[StoredMessage]] = defaultdict(list)
    for chunk in _chunks(thread_ids):
        rows = connection.execute(
            _messages()
            .where(Message.thread_id.in_(chunk))
            .order_by(Message.thread_id, Message.received_at, Message.id)
        )
        for row in rows:
            found[ThreadId(row.thread_id)].append(_stored_message(row))
    return found


def messages_after(connection: Connection, after: int, *, limit: int) -> list[StoredMessage]:
    """Return the next messages by id, for going through all of them."""
    rows = connection.execute(_messages().where(Message.id > after).order_by(Message.id).limit(limit))
    return [_stored_message(row) for row in rows]


def threads_of(connection: Connection, message_ids: Collection[MessageId]) -> frozenset[ThreadId]:
    """Return the threads that hold the messages."""
    found: set[ThreadId] = set()
    ordered = sorted(message_ids)
    for start in range(0, len(ordered), _CHUNK):
        chunk = ordered[start : start + _CHUNK]
        rows = connection.scalars(sa.select(Message.thread_id).where(Message.id.in_(chunk)).distinct())
        found.update(ThreadId(thread_id) for thread_id in rows if thread_id is not None)
    return frozenset(found)


def decisions_of(
    connection: Connection, thread_ids: Collection[ThreadId]
) -> dict[ThreadId, list[StoredDecision]]:
    """Return the decisions of people that count, about the threads and their messages, oldest first.

    A decision about a message goes where the message is now, whatever merged or split since. So does one
    that gives an account or a project: labels carry it, so that no customer's mail is ever shown as
    another's because it took over the number of the thread. What else was decided about a thread
    counts in the one it was merged into. What was taken back does not count.
    """
    found: dict[ThreadId, list[StoredDecision]] = defaultdict(list)
    for chunk in _chunks(thread_ids):
        rows: dict[tuple[int, int], sa.Row[Any]] = {}
        for row in connection.execute(_decisions(chunk)):
            if not row.is_spoken or (row.thread, row.id) not in rows:
                rows[row.thread, row.id] = row
        undone = {row.value["decision"] for row in rows.values() if row.kind == UNDO}
        for row in sorted(rows.values(), key=lambda row: row.id):
            if row.kind == UNDO or row.id in undone or (row.is_spoken and row.value.get(row.kind)):
                continue
            found[ThreadId(row.thread)].append(
                StoredDecision(
                    thread_id=ThreadId(row.thread),
                    message_id=row.message_id,
                    at=row.at,
                    actor=row.actor,
                    kind=row.kind,
                    value=row.value,
                )
            )
    return found


def _decisions(thread_ids: Sequence[ThreadId]) -> sa.CompoundSelect[Any]:
    """Read decisions: on threads, on those merged into them, on messages, and by labels of messages.

    ``is_spoken`` marks those that count only where a label carries them.
    """
    columns = (
        Decision.id,
        Decision.message_id,
        Decision.at,
        Decision.actor,
        Decision.kind,
        Decision.value,
    )
    carried = Decision.kind.in_(("account", "project"))
    on_thread = sa.select(*columns, Decision.thread_id.label("thread"), carried.label("is_spoken")).where(
        Decision.message_id.is_(None), Decision.thread_id.in_(thread_ids)
    )
    merged = (
        sa.select(*columns, Thread.alias_of.label("thread"), carried.label("is_spoken"))
        .join(Thread, Thread.id == Decision.thread_id)
        .where(Decision.message_id.is_(None), Thread.alias_of.in_(thread_ids))
    )
    on_message = (
        sa.select(*columns, Message.thread_id.label("thread"), sa.false().label("is_spoken"))
        .join(Message, Message.id == Decision.message_id)
        .where(Message.thread_id.in_(thread_ids))
    )
    return sa.union_all(
        on_thread,
        merged,
        on_message,
        *(
            _carried(columns, one, thread_ids)
            for one in (Label.account_decision_id, Label.project_decision_id)
        ),
    )


def _carried(
    columns: Sequence[InstrumentedAttribute[Any]],
    decision: InstrumentedAttribute[int | None],
    thread_ids: Sequence[ThreadId],
) -> sa.Select[Any]:
    """Read the decisions that labels of messages carry, once a thread."""
    pairs = (
        sa.select(Message.thread_id.label("thread"), decision.label("decision"))
        .join(Label, Label.message_id == Message.id)
        .where(Message.thread_id.in_(thread_ids), decision.is_not(None))
        .distinct()
        .subquery()
    )
    return sa.select(*columns, pairs.c.thread, sa.false().label("is_spoken")).join(
        pairs, pairs.c.decision == Decision.id
    )


def mailboxes_of(connection: Connection, thread_ids: Collection[ThreadId]) -> dict[ThreadId, frozenset[str]]:
    """Return the names of the mailboxes in which messages of the threads were seen."""
    found: dict[ThreadId, set[str]] = defaultdict(set)
    for chunk in _chunks(thread_ids):
        rows = connection.execute(
            sa.select(Message.thread_id, Mailbox.name)
            .join(Location, Location.message_id == Message.id)
            .join(Mailbox, Mailbox.id == Location.mailbox_id)
            .where(Message.thread_id.in_(chunk))
            .distinct()
        )
        for thread_id, name in rows:
            if thread_id is not None:
                found[ThreadId(thread_id)].add(name)
    return {thread: frozenset(names) for thread, names in found.items()}


def stored_threads(connection: Connection, thread_ids: Collection[ThreadId]) -> dict[ThreadId, StoredThread]:
    """Return what is stored of the threads beside their messages."""
    found: dict[ThreadId, StoredThread] = {}
    for chunk in _chunks(thread_ids):
        rows = connection.execute(
            sa.select(
                Thread.id,
                Thread.suggested_account_id,
                Thread.account_probability,
                Thread.account_evidence,
                Thread.project_id,
                Thread.project_state,
                Thread.project_probability,
                Thread.project_evidence,
                Thread.version,
            ).where(Thread.id.in_(chunk))
        )
        for row in rows:
            is_suggested = row.project_state == "suggested"
            is_hinted = row.account_probability is not None and row.suggested_account_id is not None
            found[ThreadId(row.id)] = StoredThread(
                id=ThreadId(row.id),
                suggested_account=AccountId(row.suggested_account_id) if is_hinted else None,
                account_probability=row.account_probability if is_hinted else None,
                account_reasons=_hint_reasons(row.account_evidence) if is_hinted else (),
                suggested_project=ProjectId(row.project_id) if is_suggested else None,
                project_probability=row.project_probability if is_suggested else None,
                project_reasons=load_evidence(row.project_evidence) if is_suggested else (),
                version=row.version,
            )
    return found


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


def all_threads(connection: Connection, *, after: int, limit: int) -> list[ThreadId]:
    """Return the next ids of threads that were not merged away, in order."""
    rows = connection.scalars(
        sa.select(Thread.id)
        .where(Thread.id > after, Thread.alias_of.is_(None))
        .order_by(Thread.id)
        .limit(limit)
    )
    return [ThreadId(thread_id) for thread_id in rows]


def write_projections(connection: Connection, projections: Sequence[ThreadProjection]) -> None:
    """Write what was derived; the version of a thread rises with every write."""
    if not projections:
        return
    statement = (
        sa.update(Thread)
        .where(Thread.id == sa.bindparam("thread"))
        .values(version=Thread.version + 1, **{name: sa.bindparam(f"b_{name}") for name in _DERIVED})
    )
    connection.execute(statement, [_projection_row(item) for item in projections])


def known_cycles(
    connection: Connection, thread_ids: Collection[ThreadId]
) -> dict[ThreadId, list[KnownCycle]]:
    """Return the cycles of the threads as they are stored."""
    found: dict[ThreadId, list[KnownCycle]] = defaultdict(list)
    for chunk in _chunks(thread_ids):
        rows = connection.execute(
            sa.select(
                Clock.thread_id,
                Clock.target,
                Clock.cycle,
                Clock.anchor_at,
                Clock.policy_version,
                Clock.state,
            ).where(Clock.thread_id.in_(chunk))
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
    for chunk in _chunks(thread_ids):
        connection.execute(sa.delete(Clock).where(Clock.thread_id.in_(chunk)))
    if clocks:
        connection.execute(sa.insert(Clock), [_clock_row(clock) for clock in clocks])


def add_events(connection: Connection, events: Sequence[EventRow], *, now: datetime) -> list[EventRow]:
    """Append those events that were not recorded before.

    Returns:
        The events that are new, in the order given.
    """
    if not events:
        return []
    known = _known_events(connection, {event.thread_id for event in events})
    new = [event for event in events if _event_key(event) not in known]
    if new:
        connection.execute(
            sa.insert(ClockEvent),
            [
                {
                    "thread_id": event.thread_id,
                    "target": event.target,
                    "cycle": event.cycle,
                    "kind": event.kind,
                    "key": event.key,
                    "at": event.at,
                    "recorded_at": now,
                    "detail": dict(event.detail) if event.detail else None,
                }
                for event in new
            ],
        )
    return new


def hold(connection: Connection, thread_ids: Collection[ThreadId]) -> None:
    """Lock the threads until the end of the transaction, in one order, so that two writers queue up."""
    for chunk in _chunks(thread_ids):
        connection.execute(
            sa.select(Thread.id).where(Thread.id.in_(chunk)).order_by(Thread.id).with_for_update()
        )


_MESSAGE = (
    Message.id,
    Message.thread_id,
    Message.header_id,
    Message.received_at,
    Message.sent_at,
    Message.direction,
    Message.message_class,
    Message.sender_name,
    Message.sender_email,
    Message.addresses,
    Message.subject,
    Message.zones_are_sure,
    Message.list_id,
    Message.authentication_results,
    Message.failed_recipients,
    Message.failed_ids,
    Message.calendar_method,
    Message.account_id,
    Message.account_state,
    Message.account_evidence,
    Message.account_possible,
    Message.strangers,
    Message.is_backfill,
    Message.stored_at,
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


def _messages() -> sa.Select[Any]:
    return sa.select(
        *_MESSAGE, sa.func.substr(Message.text_new, 1, _WORDS).label("words"), Message.attachments
    )


def _stored_message(row: sa.Row[Any]) -> StoredMessage:
    addresses = row.addresses
    to, cc = _emails(addresses, "to"), _emails(addresses, "cc")
    reply_to = _emails(addresses, "reply_to")
    return StoredMessage(
        thread_id=ThreadId(row.thread_id),
        facts=MessageFacts(
            message_id=row.id,
            header_id=row.header_id,
            received_at=row.received_at,
            sent_at=row.sent_at,
            direction=Direction(row.direction),
            message_class=MessageClass(row.message_class),
            sender_email=row.sender_email,
            to=to,
            cc=cc,
            reply_to=reply_to,
            text_new=row.words,
            has_attachments=bool(row.attachments),
            failed_recipients=tuple(row.failed_recipients),
            failed_ids=tuple(row.failed_ids),
            calendar_method=CalendarMethod(row.calendar_method) if row.calendar_method else None,
            is_backfill=row.is_backfill,
        ),
        evidence=Facts(
            direction=Direction(row.direction),
            received_at=row.received_at,
            senders=tuple(Address(name=name, email=email) for name, email in addresses["from"]),
            recipients=to + cc,
            addressed=_emails(addresses, "delivered_to") + to + cc,
            reply_to=reply_to,
            list_id=row.list_id,
            authentication_results=tuple(row.authentication_results),
            subject=row.subject,
            text=row.words,
            text_is_sure=row.zones_are_sure,
        ),
        attribution=Attribution(
            state=AccountState(row.account_state),
            account=None if row.account_id is None else AccountId(row.account_id),
            evidence=load_evidence(row.account_evidence),
            possible=frozenset(AccountId(account) for account in row.account_possible),
            strangers=frozenset(row.strangers),
        ),
        sender_name=row.sender_name,
        subject=row.subject,
        stored_at=row.stored_at,
    )


def _emails(addresses: Mapping[str, Sequence[Sequence[str]]], role: str) -> tuple[str, ...]:
    return tuple(email.lower() for _, email in addresses[role])


def _projection_row(item: ThreadProjection) -> dict[str, Any]:
    is_confirmed = item.account.state is AccountState.CONFIRMED
    derived = {name: getattr(item, name) for name in _DERIVED if hasattr(item, name)}
    derived |= {
        "account_id": item.account.account if is_confirmed else None,
        "suggested_account_id": None if is_confirmed else item.account.account,
        "account_state": item.account.state.value,
        "account_evidence": dump_evidence(item.account.evidence),
        "project_evidence": dump_evidence(item.project_evidence),
        "turn_evidence": dump_evidence(item.turn_evidence),
    }
    return {"thread": item.id} | {f"b_{name}": value for name, value in derived.items()}


def _hint_reasons(evidence: Sequence[Sequence[str]]) -> tuple[Evidence, ...]:
    return tuple(one for one in load_evidence(evidence) if one.kind in HINT_KINDS)


def _clock_row(clock: ClockRow) -> dict[str, Any]:
    return {
        "thread_id": clock.thread_id,
        "target": clock.target,
        "cycle": clock.cycle,
        "state": clock.state,
        "policy": clock.policy,
        "policy_version": clock.policy_version,
        "schedule": clock.schedule,
        "minutes": clock.minutes,
        "anchor_at": clock.anchor_at,
        "due_at": clock.due_at,
        "warn_at": [moment.isoformat() for moment in clock.warn_at],
        "ended_at": clock.ended_at,
        "remaining_seconds": clock.remaining_seconds,
    }


def _known_events(
    connection: Connection, thread_ids: Collection[ThreadId]
) -> set[tuple[int, str, int, str, str]]:
    known: set[tuple[int, str, int, str, str]] = set()
    for chunk in _chunks(thread_ids):
        rows = connection.execute(
            sa.select(
                ClockEvent.thread_id, ClockEvent.target, ClockEvent.cycle, ClockEvent.kind, ClockEvent.key
            ).where(ClockEvent.thread_id.in_(chunk))
        )
        known.update((row[0], row[1], row[2], row[3], row[4]) for row in rows)
    return known


def _event_key(event: EventRow) -> tuple[int, str, int, str, str]:
    return event.thread_id, event.target, event.cycle, event.kind, event.key


def _chunks(thread_ids: Collection[ThreadId]) -> Iterator[list[ThreadId]]:
    ordered = sorted(thread_ids)
    for start in range(0, len(ordered), _CHUNK):
        yield ordered[start : start + _CHUNK]
