"""What is known of threads: the stored facts from which everything about them is derived.

Every function here takes a set of threads and asks a constant number of questions.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstrumentedAttribute

from models import Decision, Label, Location, Mailbox, Message, Thread
from triage.core.attribution import AccountState, Attribution
from triage.core.claims import Facts
from triage.core.direction import Direction
from triage.core.ids import AccountId, MessageId, ProjectId, ThreadId
from triage.core.message import Address, CalendarMethod, Evidence, MessageClass
from triage.core.thread_history import UNDO
from triage.core.timeline import MessageFacts
from triage.store.among import among
from triage.store.evidence import HINT_KINDS, load_evidence
from triage.store.messages import MessageValues

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


def messages_of(
    connection: Connection, thread_ids: Collection[ThreadId], *, written: Sequence[StoredMessage] = ()
) -> dict[ThreadId, list[StoredMessage]]:
    """Return the messages of the threads, oldest first.

    Args:
        written: Messages of these threads that are at hand, since this transaction wrote them.
    """
    found: dict[ThreadId, list[StoredMessage]] = defaultdict(list)
    for message in written:
        found[message.thread_id].append(message)
    at_hand = [message.facts.message_id for message in written]
    rows = connection.execute(
        _messages().where(among(Message.thread_id, thread_ids), ~among(Message.id, at_hand))
    ).all()
    for row in rows:
        found[ThreadId(row.thread_id)].append(_stored_message(row, row.thread_id, row.words))
    for messages in found.values():
        messages.sort(key=_order)
    return found


def written_message(row: MessageValues, thread_id: ThreadId) -> StoredMessage:
    """Return a message that was just written and put into a thread, as ``messages_of`` would read it."""
    return _stored_message(row, thread_id, row.text_new[:_WORDS])


def _order(message: StoredMessage) -> tuple[datetime, int]:
    return message.facts.received_at, message.facts.message_id


def messages_after(connection: Connection, after: int, *, limit: int) -> list[StoredMessage]:
    """Return the next messages by id, for going through all of them."""
    rows = connection.execute(_messages().where(Message.id > after).order_by(Message.id).limit(limit))
    return [_stored_message(row, row.thread_id, row.words) for row in rows]


def threads_of(connection: Connection, message_ids: Collection[MessageId]) -> frozenset[ThreadId]:
    """Return the threads that hold the messages."""
    if not message_ids:
        return frozenset()
    rows = connection.scalars(sa.select(Message.thread_id).where(among(Message.id, message_ids)).distinct())
    return frozenset(ThreadId(thread_id) for thread_id in rows if thread_id is not None)


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
    rows: dict[tuple[int, int], sa.Row[Any]] = {}
    for row in connection.execute(_decisions(thread_ids)):
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


def _decisions(thread_ids: Collection[ThreadId]) -> sa.CompoundSelect[Any]:
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
        Decision.message_id.is_(None), among(Decision.thread_id, thread_ids)
    )
    merged = (
        sa.select(*columns, Thread.alias_of.label("thread"), carried.label("is_spoken"))
        .join(Thread, Thread.id == Decision.thread_id)
        .where(Decision.message_id.is_(None), among(Thread.alias_of, thread_ids))
    )
    on_message = (
        sa.select(*columns, Message.thread_id.label("thread"), sa.false().label("is_spoken"))
        .join(Message, Message.id == Decision.message_id)
        .where(among(Message.thread_id, thread_ids))
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
    thread_ids: Collection[ThreadId],
) -> sa.Select[Any]:
    """Read the decisions that labels of messages carry, once a thread."""
    pairs = (
        sa.select(Message.thread_id.label("thread"), decision.label("decision"))
        .join(Label, Label.message_id == Message.id)
        .where(among(Message.thread_id, thread_ids), decision.is_not(None))
        .distinct()
        .subquery()
    )
    return sa.select(*columns, pairs.c.thread, sa.false().label("is_spoken")).join(
        pairs, pairs.c.decision == Decision.id
    )


def mailboxes_of(connection: Connection, thread_ids: Collection[ThreadId]) -> dict[ThreadId, frozenset[str]]:
    """Return the names of the mailboxes in which messages of the threads were seen."""
    found: dict[ThreadId, set[str]] = defaultdict(set)
    rows = connection.execute(
        sa.select(Message.thread_id, Mailbox.name)
        .join(Location, Location.message_id == Message.id)
        .join(Mailbox, Mailbox.id == Location.mailbox_id)
        .where(among(Message.thread_id, thread_ids))
        .distinct()
    )
    for thread_id, name in rows:
        if thread_id is not None:
            found[ThreadId(thread_id)].add(name)
    return {thread: frozenset(names) for thread, names in found.items()}


def stored_threads(connection: Connection, thread_ids: Collection[ThreadId]) -> dict[ThreadId, StoredThread]:
    """Return what is stored of the threads beside their messages."""
    found: dict[ThreadId, StoredThread] = {}
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
        ).where(among(Thread.id, thread_ids))
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


def all_threads(connection: Connection, *, after: int, limit: int) -> list[ThreadId]:
    """Return the next ids of threads that were not merged away, in order."""
    rows = connection.scalars(
        sa.select(Thread.id)
        .where(Thread.id > after, Thread.alias_of.is_(None))
        .order_by(Thread.id)
        .limit(limit)
    )
    return [ThreadId(thread_id) for thread_id in rows]


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


def _messages() -> sa.Select[Any]:
    return sa.select(
        *_MESSAGE, sa.func.substr(Message.text_new, 1, _WORDS).label("words"), Message.attachments
    )


def _stored_message(row: sa.Row[Any] | MessageValues, thread_id: int, words: str) -> StoredMessage:
    addresses = row.addresses
    to, cc = _emails(addresses, "to"), _emails(addresses, "cc")
    reply_to = _emails(addresses, "reply_to")
    return StoredMessage(
        thread_id=ThreadId(thread_id),
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
            text_new=words,
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
            text=words,
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


def _hint_reasons(evidence: Sequence[Sequence[str]]) -> tuple[Evidence, ...]:
    return tuple(one for one in load_evidence(evidence) if one.kind in HINT_KINDS)
