"""The columns that readers get, and how a row becomes a value of the core."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Row

from models import Account, Clock, Message, Project, Thread
from triage.core.ids import MessageId
from triage.core.message import Address, Attachment, Zone, ZoneKind
from triage.core.queue_entry import QueueEntry
from triage.core.queue_row import QueueRow, stored_instant
from triage.core.thread_view import ClockView, MessageView, ThreadView
from triage.store.evidence import load_evidence
from triage.store.prepared import plain


def _is_proven(
    probability: sa.SQLColumnExpression[Any], evidence: sa.SQLColumnExpression[Any]
) -> sa.ColumnElement[bool]:
    """Return the condition that no suggestion is shown without a proof; its reasons say when it is."""
    # SQLite computes both sides of an OR, and few threads have a probability.
    proof = sa.cast(evidence, sa.Text).not_like('%"unproven"%')
    return sa.case((probability.is_(None), sa.true()), else_=proof)


#: The order is that of ``QueueRow``.
ENTRY = (
    Thread.id,
    Thread.subject,
    Account.id.label("account"),
    Account.key.label("account_key"),
    Account.name.label("account_name"),
    Thread.account_state,
    Thread.account_probability,
    _is_proven(Thread.account_probability, Thread.account_evidence),
    Project.key.label("project_key"),
    Project.name.label("project_name"),
    Thread.project_state,
    Thread.project_probability,
    _is_proven(Thread.project_probability, Thread.project_evidence),
    Thread.status,
    Thread.priority,
    Thread.waiting_on,
    Thread.waiting_since,
    Thread.is_pending,
    Thread.next_due_at,
    Thread.next_due_target,
    Thread.next_due_state,
    Thread.snippet,
    Thread.last_sender,
    Thread.message_count,
    Thread.last_message_at,
    Thread.turn_evidence,
    Thread.version,
)
HEAD = (
    Thread.account_evidence,
    Thread.project_evidence,
    Thread.first_message_at,
    Thread.last_inbound_at,
)
MESSAGE = (
    Message.id,
    Message.header_id,
    Message.received_at,
    Message.sent_at,
    Message.direction,
    Message.message_class,
    Message.class_evidence,
    Message.sender_name,
    Message.sender_email,
    Message.addresses,
    Message.subject,
    Message.account_state,
    Message.account_evidence,
    Message.text,
    Message.zones,
    Message.has_more_text,
    Message.attachments,
    Message.defects,
)
#: What the elements of a stored attachment are, in order.
_ATTACHMENT = ("name", "content_type", "size_bytes", "content_id", "section", "is_inline")
CLOCK = (
    Clock.target,
    Clock.cycle,
    Clock.state,
    Clock.policy,
    Clock.schedule,
    Clock.minutes,
    Clock.anchor_at,
    Clock.due_at,
    Clock.ended_at,
    Clock.remaining_seconds,
)


def queue_entry(row: QueueRow) -> QueueEntry:
    """Return a stored row as an entry of the queue."""
    return QueueEntry(
        thread_id=row.thread_id,
        subject=row.subject,
        account_id=row.account_id,
        account_key=row.account_key,
        account_name=row.account_name or "",
        account_state=row.account_state,
        account_probability=row.account_probability,
        account_is_proven=bool(row.account_is_proven),
        project_key=row.project_key,
        project_name=row.project_name or "",
        project_state=row.project_state,
        project_probability=row.project_probability,
        project_is_proven=bool(row.project_is_proven),
        status=row.status,
        priority=row.priority,
        waiting_on=row.waiting_on,
        waiting_since=_instant(row.waiting_since),
        is_pending=bool(row.is_pending),
        due_at=_instant(row.due_at),
        target=row.target,
        stored_clock_state=row.stored_clock_state,
        snippet=row.snippet,
        last_sender=row.last_sender,
        message_count=row.message_count,
        last_message_at=_instant(row.last_message_at),
        turn_evidence=load_evidence(orjson.loads(row.turn_evidence)),
        version=row.version,
    )


def queue_row(row: Row[Any]) -> QueueRow:
    """Return the stored row of a result that begins with ``ENTRY`` and came through SQLAlchemy."""
    return QueueRow(*map(plain, row[: len(ENTRY)]))


def thread_view(row: Sequence[Any]) -> ThreadView:
    """Return a stored row of ``ENTRY`` and ``HEAD`` as a thread."""
    account_evidence, project_evidence, first_message_at, last_inbound_at = row[len(ENTRY) :]
    head = QueueRow(*row[: len(ENTRY)])
    return ThreadView(
        row=head,
        entry=queue_entry(head),
        account_evidence=load_evidence(orjson.loads(account_evidence)),
        project_evidence=load_evidence(orjson.loads(project_evidence)),
        first_message_at=_instant(first_message_at),
        last_inbound_at=_instant(last_inbound_at),
    )


def _instant(stored: str | None) -> datetime | None:
    return None if stored is None else stored_instant(stored)


def message_view(row: Row[Any]) -> MessageView:
    """Return a row of ``MESSAGE`` as a message."""
    return MessageView(
        id=MessageId(row.id),
        header_id=row.header_id,
        received_at=row.received_at,
        sent_at=row.sent_at,
        direction=row.direction,
        message_class=row.message_class,
        class_evidence=load_evidence(row.class_evidence),
        sender=Address(name=row.sender_name, email=row.sender_email),
        to=_addresses(row.addresses, "to"),
        cc=_addresses(row.addresses, "cc"),
        subject=row.subject,
        account_state=row.account_state,
        account_evidence=load_evidence(row.account_evidence),
        text=row.text,
        zones=tuple(Zone(ZoneKind(kind), start, end) for kind, start, end in row.zones),
        has_more_text=row.has_more_text,
        attachments=tuple(
            Attachment(**dict(zip(_ATTACHMENT, part, strict=True))) for part in row.attachments
        ),
        defects=tuple(row.defects),
    )


def clock_view(row: Row[*tuple[Any, ...]]) -> ClockView:
    """Return a row of ``CLOCK`` as a clock."""
    return ClockView(**row._mapping)


def _addresses(stored: Mapping[str, Sequence[Sequence[str]]], role: str) -> tuple[Address, ...]:
    return tuple(Address(name=name, email=email) for name, email in stored.get(role, ()))
