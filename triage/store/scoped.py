"""The one door to customer data for readers.

Every statement starts from ``_visible``: the condition that a thread belongs to an account of the
scope. What does not exist and what may not be seen give the same ``NotFound``. The number of
statements is constant for a page and for a thread, whatever their size.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import takewhile
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from models import Account, Clock, EvidenceRule, Message, Project, ReviewItem, Thread
from triage.core.cursor import Cursor
from triage.core.errors import InvalidCursor, NotFound
from triage.core.ids import HeaderId, ThreadId
from triage.core.message import Evidence
from triage.core.queue_entry import AT_RISK, Counts, QueueEntry, QueueFilters, View
from triage.core.queue_row import QueueRow, rows_of, stored_text
from triage.core.review import ANSWERED
from triage.core.scope import Scope
from triage.core.thread_view import ClockView, MessageView, RefusedLink, ThreadView
from triage.store.queue_order import Segment, segments
from triage.store.queue_statements import (
    COUNTED,
    granted_account,
    header_ids,
    looked_up,
    parameters,
    prepared_counts,
    prepared_head,
    prepared_look_up,
    prepared_page,
    shape_of,
    visible,
)
from triage.store.thread_columns import CLOCK, MESSAGE, clock_view, message_view, queue_entry, thread_view
from triage.store.unchanged import while_unchanged

#: A merge of merges; more hops than this is a loop.
_MAX_HOPS = 20
#: Ids of one look-up; more than a message can carry.
_MAX_IDS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of the queue.

    Attributes:
        next: Fetches the page behind it; None on the last page.
    """

    rows: tuple[QueueRow, ...]
    next: Cursor | None

    @property
    def entries(self) -> tuple[QueueEntry, ...]:
        """The rows as values, made anew each time."""
        return entries_of(self.rows)


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
        self._foreign: tuple[str, ...] | None = None

    def queue_page(self, filters: QueueFilters, cursor: Cursor | None, limit: int, *, now: datetime) -> Page:
        """Return a page of the queue: breached first, then by due time, then by wait, then by id.

        Args:
            limit: Rows of the page, at least 1.
            now: Decides what is at risk.
        """
        order, shape = segments(filters.view), shape_of(self._scope, filters)
        bound = self._bound(filters, now)
        rows: list[QueueRow] = []
        last = 0
        for index in range(cursor.segment if cursor else 0, len(order)):
            after = _after(order[index], cursor) if cursor and cursor.segment == index else {}
            statement = prepared_page(
                filters.view, index, shape, is_later=bool(after), dialect=self._connection.dialect
            )
            values = {**bound, **after, "rows": limit + 1 - len(rows)}
            found = rows_of(statement.rows(self._connection, values))
            if filters.view is View.AT_RISK:
                # The head of the order: a second bound in the statement would mislead the database's planner.
                found = takewhile(partial(_is_due_by, stored_text(now + AT_RISK)), found)
            if len(rows) < limit:
                last = index
            rows.extend(found)
            if len(rows) > limit:
                return Page(rows=tuple(rows[:limit]), next=_cursor(filters.view, last, rows[limit - 1]))
        return Page(rows=tuple(rows), next=None)

    def counts(self, filters: QueueFilters, *, now: datetime) -> Counts:
        """Return how many threads each view holds under the account and project filters.

        Every count stops at ``COUNT_CAP``; what depends on the time may be a second old.
        """
        question = (
            "counts",
            self._scope.sees_all,
            self._scope.accounts,
            filters.accounts,
            filters.projects,
            now.replace(microsecond=0),
        )
        return while_unchanged(self._connection, question, lambda: self._counts(filters, now))

    def _counts(self, filters: QueueFilters, now: datetime) -> Counts:
        shape = shape_of(self._scope, filters)
        statement = prepared_counts(shape, dialect=self._connection.dialect)
        (row,) = statement.rows(self._connection, self._bound(filters, now))
        return Counts(**dict(zip(COUNTED, row, strict=True)))

    def _bound(self, filters: QueueFilters, now: datetime) -> dict[str, Any]:
        """Return the parameters of the statements of a shape."""
        return parameters(self._scope, filters) | {"now": now, "soon": now + AT_RISK}

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
        view = thread_view(row)
        return replace(view, account_evidence=self._own(view.account_evidence))

    def messages(self, thread_id: ThreadId, *, limit: int = 200) -> tuple[MessageView, ...]:
        """Return the newest messages of a thread, oldest of them first; none that may not be seen."""
        newest = (
            sa.select(*MESSAGE)
            .join(Thread, Thread.id == Message.thread_id)
            .where(Message.thread_id == thread_id, self._visible())
            .order_by(Message.received_at.desc(), Message.id.desc())
            .limit(limit)
        )
        messages = (message_view(row) for row in reversed(self._connection.execute(newest).all()))
        return tuple(
            replace(message, account_evidence=self._own(message.account_evidence)) for message in messages
        )

    def clocks(self, thread_id: ThreadId) -> tuple[ClockView, ...]:
        """Return the clocks of a thread in the order in which they started."""
        rows = self._connection.execute(
            sa.select(*CLOCK)
            .join(Thread, Thread.id == Clock.thread_id)
            .where(Clock.thread_id == thread_id, self._visible())
            .order_by(Clock.anchor_at, Clock.target, Clock.cycle)
        )
        return tuple(clock_view(row) for row in rows.all())

    def threads_active(self, since: datetime, until: datetime, *, after: int, limit: int) -> list[ThreadId]:
        """Return ids of threads with mail in a period, ascending.

        Args:
            until: The first instant behind the period.
            after: The last id of the page before; 0 for the first page.
        """
        found = self._connection.scalars(
            sa.select(Thread.id)
            .where(
                self._visible(),
                Thread.id > after,
                Thread.first_message_at < until,
                Thread.last_message_at >= since,
            )
            .order_by(Thread.id)
            .limit(limit)
        )
        return [ThreadId(thread_id) for thread_id in found]

    def refused_links(self, thread_id: ThreadId) -> tuple[RefusedLink, ...]:
        """Return the links of a thread that were refused, where the scope sees both sides."""
        mine, other = aliased(Message), aliased(Message)
        rows = self._connection.execute(
            sa.select(ReviewItem.reason, mine.thread_id.label("mine"), other.thread_id.label("other"))
            .join(mine, mine.id == ReviewItem.message_id)
            .join(other, other.id == ReviewItem.other_message_id)
            .where(
                ReviewItem.state == "open",
                ReviewItem.reason != ANSWERED,
                sa.or_(mine.thread_id == thread_id, other.thread_id == thread_id),
                mine.thread_id.in_(self._visible_ids()),
                other.thread_id.in_(self._visible_ids()),
            )
            .order_by(ReviewItem.id)
        )
        links = (
            RefusedLink(
                reason=row.reason,
                is_ours=row.mine == thread_id,
                other_thread_id=ThreadId(row.other if row.mine == thread_id else row.mine),
            )
            for row in rows
            if row.mine != row.other
        )
        return tuple(dict.fromkeys(links))

    def find_by_header_ids(self, ids: Sequence[HeaderId]) -> tuple[tuple[HeaderId, QueueRow], ...]:
        """Return the threads of messages that carry these Message-IDs, in the order of the ids."""
        wanted = list(dict.fromkeys(ids))[:_MAX_IDS]
        if not wanted:
            return ()
        statement = prepared_look_up(
            shape_of(self._scope, QueueFilters()), looked_up(len(wanted)), dialect=self._connection.dialect
        )
        rows = statement.rows(self._connection, parameters(self._scope, QueueFilters()) | header_ids(wanted))
        place = {header_id: index for index, header_id in enumerate(wanted)}
        found = {(HeaderId(header_id), thread[0]): QueueRow(*thread) for *thread, header_id in rows}
        ordered = sorted(found, key=lambda pair: (place[pair[0]], pair[1]))
        return tuple((header_id, found[header_id, thread]) for header_id, thread in ordered)

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

    def visible(self) -> sa.ColumnElement[bool]:
        """Return the condition that a thread may be seen, for statements of other files of the store."""
        return self._visible()

    def granted(self, account: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[bool]:
        """Return the condition that an account was granted, for statements of other files of the store."""
        return self._granted(account)

    def _visible(self) -> sa.ColumnElement[bool]:
        return visible(sees_all=self._scope.sees_all, granted=sorted(self._scope.accounts))

    def _visible_ids(self) -> sa.Select[int]:
        return sa.select(Thread.id).where(self._visible())

    def _own(self, evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        """Leave out reasons that name a customer whom the scope may not see.

        A rule that objected may have said whose domain a look-alike resembles, or whose name was
        mentioned: that such a customer exists is context of that customer.
        """
        if self._scope.sees_all or not evidence:
            return evidence
        if self._foreign is None:
            self._foreign = self._foreign_words()
        return tuple(
            reason for reason in evidence if not any(word in reason.text.lower() for word in self._foreign)
        )

    def _foreign_words(self) -> tuple[str, ...]:
        others = sa.not_(self._granted(Account.id))
        names = sa.select(Account.name).where(others)
        values = (
            sa.select(EvidenceRule.value)
            .join(Account, Account.id == EvidenceRule.account_id)
            .where(others, EvidenceRule.kind.in_(("contact", "domain")))
        )
        found = self._connection.scalars(sa.union(names, values))
        return tuple(sorted({word.lower() for word in found if word}))

    def _granted(self, account: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[bool]:
        return granted_account(account, sees_all=self._scope.sees_all, granted=sorted(self._scope.accounts))

    def _head(self, thread_id: int) -> tuple[Any, ...] | None:
        everything = QueueFilters()
        statement = prepared_head(shape_of(self._scope, everything), dialect=self._connection.dialect)
        rows = statement.rows(self._connection, parameters(self._scope, everything) | {"id": thread_id})
        return rows[0] if rows else None

    def _alias(self, thread_id: int) -> int | None:
        return self._connection.scalar(sa.select(Thread.alias_of).where(Thread.id == thread_id))


def entries_of(rows: Iterable[QueueRow]) -> tuple[QueueEntry, ...]:
    """Return rows as values."""
    return tuple(map(queue_entry, rows))


def _after(stretch: Segment, cursor: Cursor) -> dict[str, Any]:
    if len(cursor.instants) != len(stretch.instants):
        raise InvalidCursor("the cursor is not one of ours; start again without one")
    return stretch.bound(cursor.instants, cursor.thread_id)


def _is_due_by(instant: str, row: QueueRow) -> bool:
    return row.due_at is not None and row.due_at <= instant


def _cursor(view: View, segment: int, row: QueueRow) -> Cursor:
    key = segments(view)[segment].key_of(row)
    return Cursor(view=view, segment=segment, instants=key, thread_id=row.thread_id)
