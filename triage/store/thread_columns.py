"""The columns that readers get, and how a row becomes a value of the core."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from models import Account, Clock, Message, Project, Thread
from triage.core.ids import AccountId, MessageId, ThreadId
from triage.core.message import Address, Attachment, Zone, ZoneKind
from triage.core.queue_entry import QueueEntry
from triage.core.thread_view import ClockView, MessageView
from triage.store.evidence import load_evidence


def _is_proven(
    probability: sa.SQLColumnExpression[Any], evidence: sa.SQLColumnExpression[Any]
) -> sa.ColumnElement[bool]:
    """Return the condition that no suggestion is shown without a proof; its reasons say when it is."""
    return sa.or_(probability.is_(None), sa.cast(evidence, sa.Text).not_like('%"unproven"%'))


#: The order is that of ``queue_entry``.
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


def queue_entry(row: Row[Any]) -> QueueEntry:
    """Return a row that begins with ``ENTRY`` as an entry of the queue.

    The row is read by position: by name it takes ten times as long, which a page of rows shows.
    """
    (
        thread_id,
        subject,
        account_id,
        account_key,
        account_name,
        account_state,
        account_probability,
        account_is_proven,
        project_key,
        project_name,
        project_state,
        project_probability,
        project_is_proven,
        status,
        priority,
        waiting_on,
        waiting_since,
        is_pending,
        due_at,
        target,
        clock_state,
        snippet,
        last_sender,
        message_count,
        last_message_at,
        turn_evidence,
        version,
    ) = row[: len(ENTRY)]
    return QueueEntry(
        thread_id=ThreadId(thread_id),
        subject=subject,
        account_id=None if account_id is None else AccountId(account_id),
        account_key=account_key,
        account_name=account_name or "",
        account_state=account_state,
        account_probability=account_probability,
        account_is_proven=bool(account_is_proven),
        project_key=project_key,
        project_name=project_name or "",
        project_state=project_state,
        project_probability=project_probability,
        project_is_proven=bool(project_is_proven),
        status=status,
        priority=priority,
        waiting_on=waiting_on,
        waiting_since=waiting_since,
        is_pending=is_pending,
        due_at=due_at,
        target=target,
        stored_clock_state=clock_state,
        snippet=snippet,
        last_sender=last_sender,
        message_count=message_count,
        last_message_at=last_message_at,
        turn_evidence=load_evidence(turn_evidence),
        version=version,
    )


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
