"""The one door to customer data for readers.

Every statement starts from ``_visible``: the condition that a thread belongs to an account of the
scope. What does not exist and what may not be seen give the same ``NotFound``. The number of
statements is constant for a page and for a thread, whatever their size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from models import Account, Clock, Message, Project, Thread
from triage.core.cursor import Cursor
from triage.core.errors import InvalidCursor, NotFound
from triage.core.ids import HeaderId, MessageId, ThreadId
from triage.core.message import Address, Attachment, Zone, ZoneKind
from triage.core.queue_entry import AT_RISK, COUNT_CAP, Counts, QueueEntry, QueueFilters, View
from triage.core.scope import Scope
from triage.core.thread_view import ClockView, MessageView, ThreadView
from triage.store.evidence import load_evidence
from triage.store.queue_order import Segment, segments

#: A merge of merges; more hops than this is a loop.
_MAX_HOPS = 20
#: Ids of one look-up; more than a message can carry.
_MAX_IDS = 200

_ENTRY = (
    Thread.id,
    Thread.subject,
    Account.key.label("account_key"),
    Account.name.label("account_name"),
    Thread.account_state,
    Project.key.label("project_key"),
    Project.name.label("project_name"),
    Thread.project_state,
    Thread.project_probability,
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
_HEAD = (
    Thread.account_evidence,
    Thread.project_evidence,
    Thread.first_message_at,
    Thread.last_inbound_at,
)
_MESSAGE = (
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
_CLOCK = (
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of the queue.

    Attributes:
        next: Fetches the page behind it; None on the last page.
    """

    entries: tuple[QueueEntry, ...]
    next: Cursor | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountChoice:
    """An account that the reader can filter by, with its projects as pairs of key and name."""

    key: str
    name: str
    projects: tuple[tuple[str, str], ...]


class ScopedReader:
    """Reads what a scope may see, in the transaction of the connection."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope

    def queue_page(self, filters: QueueFilters, cursor: Cursor | None, limit: int, *, now: datetime) -> Page:
        """Return a page of the queue: breached first, then by due time, then by wait, then by id.

        Args:
            limit: Rows of the page, at least 1.
            now: Decides what is at risk.
        """
        order = segments(filters.view)
        wanted = _entries().where(self._visible(), *_in_view(filters.view, now), *_chosen(filters))
        found: list[tuple[int, Row[Any]]] = []
        for index in range(cursor.segment if cursor else 0, len(order)):
            statement = _stretch(wanted, order[index], cursor if cursor and cursor.segment == index else None)
            rows = self._connection.execute(statement.limit(limit + 1 - len(found)))
            found.extend((index, row) for row in rows)
            if len(found) > limit:
                break
        shown = found[:limit]
        last = _cursor(filters.view, *shown[-1]) if len(found) > limit else None
        return Page(entries=tuple(_entry(row) for _, row in shown), next=last)

    def counts(self, filters: QueueFilters, *, now: datetime) -> Counts:
        """Return how many threads each view holds under the account and project filters.

        Every count stops at ``COUNT_CAP``.
        """
        breached = (Thread.next_due_at <= now, Thread.next_due_state != "paused")
        conditions = {view.value: _in_view(view, now) for view in View}
        conditions["breached"] = (*_in_view(View.PENDING, now), *breached)
        columns = [
            self._capped_count(where, filters).label(name) for name, where in sorted(conditions.items())
        ]
        row = self._connection.execute(sa.select(*columns)).one()
        return Counts(**row._mapping)

    def thread(self, thread_id: int) -> ThreadView:
        """Return a thread; the id of a merged one leads to the thread that took it in.

        Raises:
            NotFound: If there is none, or none that the scope may see.
        """
        # A hidden thread and a missing one take the same statements, so that time does not tell them apart.
        row, hops = self._head(thread_id), 0
        while row is None and hops < _MAX_HOPS and (alias := self._alias(thread_id)) is not None:
            thread_id, hops = alias, hops + 1
            row = self._head(thread_id)
        if row is None:
            raise NotFound("there is no such thread")
        return ThreadView(
            entry=_entry(row),
            account_evidence=load_evidence(row.account_evidence),
            project_evidence=load_evidence(row.project_evidence),
            first_message_at=row.first_message_at,
            last_inbound_at=row.last_inbound_at,
        )

    def messages(self, thread_id: ThreadId, *, limit: int = 200) -> tuple[MessageView, ...]:
        """Return the newest messages of a thread, oldest of them first; none that may not be seen."""
        newest = (
            sa.select(*_MESSAGE)
            .join(Thread, Thread.id == Message.thread_id)
            .where(Message.thread_id == thread_id, self._visible())
            .order_by(Message.received_at.desc(), Message.id.desc())
            .limit(limit)
        )
        return tuple(_message(row) for row in reversed(self._connection.execute(newest).all()))

    def clocks(self, thread_id: ThreadId) -> tuple[ClockView, ...]:
        """Return the clocks of a thread in the order in which they started."""
        rows = self._connection.execute(
            sa.select(*_CLOCK)
            .join(Thread, Thread.id == Clock.thread_id)
            .where(Clock.thread_id == thread_id, self._visible())
            .order_by(Clock.anchor_at, Clock.target, Clock.cycle, Clock.id)
        )
        return tuple(ClockView(**row._mapping) for row in rows)

    def find_by_header_ids(self, ids: Sequence[HeaderId]) -> tuple[tuple[HeaderId, QueueEntry], ...]:
        """Return the threads of messages that carry these Message-IDs, in the order of the ids."""
        wanted = list(dict.fromkeys(ids))[:_MAX_IDS]
        if not wanted:
            return ()
        rows = self._connection.execute(
            _entries()
            .add_columns(Message.header_id)
            .join(Message, Message.thread_id == Thread.id)
            .where(self._visible(), Message.header_id.in_(wanted))
            .order_by(Thread.id, Message.id)
        )
        place = {header_id: index for index, header_id in enumerate(wanted)}
        found = {(HeaderId(row.header_id), row.id): row for row in rows}
        ordered = sorted(found, key=lambda pair: (place[pair[0]], pair[1]))
        return tuple((header_id, _entry(found[header_id, thread])) for header_id, thread in ordered)

    def account_choices(self) -> tuple[AccountChoice, ...]:
        """Return the accounts that the scope may see, with their projects, by name."""
        rows = self._connection.execute(
            sa.select(Account.key, Account.name, Project.key, Project.name)
            .outerjoin(Project, sa.and_(Project.account_id == Account.id, Project.archived_at.is_(None)))
            .where(Account.archived_at.is_(None), self._granted(Account.id))
            .order_by(Account.name, Account.id, Project.name, Project.id)
        )
        choices: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for account_key, account_name, project_key, project_name in rows:
            projects = choices.setdefault((account_key, account_name), [])
            if project_key is not None:
                projects.append((project_key, project_name))
        return tuple(
            AccountChoice(key=key, name=name, projects=tuple(projects))
            for (key, name), projects in choices.items()
        )

    def _visible(self) -> sa.ColumnElement[bool]:
        """Return the condition that a thread may be seen and was not merged away."""
        return sa.and_(Thread.alias_of.is_(None), self._granted(Thread.account_id))

    def _granted(self, account: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[bool]:
        if self._scope.sees_all:
            return sa.true()
        # An empty list gives a condition that no row meets: no grant, no data.
        return account.in_(sorted(self._scope.accounts))

    def _capped_count(
        self, where: Sequence[sa.ColumnElement[bool]], filters: QueueFilters
    ) -> sa.ScalarSelect[int]:
        some = sa.select(sa.literal(1)).select_from(Thread).where(self._visible(), *where, *_chosen(filters))
        capped = some.limit(COUNT_CAP).subquery()
        return sa.select(sa.func.count()).select_from(capped).scalar_subquery()

    def _head(self, thread_id: int) -> Row[Any] | None:
        return self._connection.execute(
            _entries().add_columns(*_HEAD).where(Thread.id == thread_id, self._visible())
        ).one_or_none()

    def _alias(self, thread_id: int) -> int | None:
        return self._connection.scalar(sa.select(Thread.alias_of).where(Thread.id == thread_id))


def _entries() -> sa.Select[Any]:
    return (
        sa.select(*_ENTRY)
        .select_from(Thread)
        .outerjoin(Account, Account.id == Thread.account_id)
        .outerjoin(Project, Project.id == Thread.project_id)
    )


def _in_view(view: View, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    pending = sa.and_(Thread.is_pending)
    match view:
        case View.PENDING:
            return (pending,)
        case View.AT_RISK:
            return (pending, Thread.next_due_at <= now + AT_RISK, Thread.next_due_state != "paused")
        case View.WAITING_CUSTOMER:
            return (Thread.waiting_on == "customer", Thread.status != "solved")
        case View.LOW:
            return (pending, Thread.priority == "low")
        case View.UNKNOWN:
            return (pending, Thread.account_id.is_(None))
        case View.ALL:
            return ()
        case _:
            assert_never(view)


def _chosen(filters: QueueFilters) -> list[sa.ColumnElement[bool]]:
    chosen: list[sa.ColumnElement[bool]] = []
    if filters.accounts:
        accounts = sa.select(Account.id).where(Account.key.in_(filters.accounts))
        chosen.append(Thread.account_id.in_(accounts))
    if filters.projects:
        projects = sa.select(Project.id).where(Project.key.in_(filters.projects))
        chosen.append(Thread.project_id.in_(projects))
    return chosen


def _stretch(wanted: sa.Select[Any], segment: Segment, cursor: Cursor | None) -> sa.Select[Any]:
    statement = wanted.where(segment.where).order_by(*segment.order())
    if cursor is None:
        return statement
    if len(cursor.instants) != len(segment.instants):
        raise InvalidCursor("the cursor is not one of ours; start again without one")
    return statement.where(segment.after(cursor.instants, cursor.thread_id))


def _cursor(view: View, segment: int, row: Row[Any]) -> Cursor:
    key = segments(view)[segment].key(row._mapping)
    return Cursor(view=view, segment=segment, instants=key, thread_id=ThreadId(row.id))


def _entry(row: Row[Any]) -> QueueEntry:
    return QueueEntry(
        thread_id=ThreadId(row.id),
        subject=row.subject,
        account_key=row.account_key,
        account_name=row.account_name or "",
        account_state=row.account_state,
        project_key=row.project_key,
        project_name=row.project_name or "",
        project_state=row.project_state,
        project_probability=row.project_probability,
        status=row.status,
        priority=row.priority,
        waiting_on=row.waiting_on,
        waiting_since=row.waiting_since,
        is_pending=row.is_pending,
        due_at=row.next_due_at,
        target=row.next_due_target,
        stored_clock_state=row.next_due_state,
        snippet=row.snippet,
        last_sender=row.last_sender,
        message_count=row.message_count,
        last_message_at=row.last_message_at,
        turn_evidence=load_evidence(row.turn_evidence),
        version=row.version,
    )


def _message(row: Row[Any]) -> MessageView:
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


def _addresses(stored: Mapping[str, Sequence[Sequence[str]]], role: str) -> tuple[Address, ...]:
    return tuple(Address(name=name, email=email) for name, email in stored.get(role, ()))
