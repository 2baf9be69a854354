"""Searching what a scope may see.

The index finds messages; whether the reader may see one is decided by the thread it is in now, as for
the queue. Hits come newest first, those in a message's own words before those in quoted ones: an order
that no other customer's mail has a part in, as it would have in a ranking by how rare a word is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.engine import Connection, Row

from models import Account, Message, Project, SearchEntry, SearchPending, Thread
from triage.core.ids import AccountId, MessageId
from triage.core.scope import Scope
from triage.core.search_cursor import SearchCursor
from triage.core.search_document import ID_MASK, first_place, split_zones
from triage.core.search_hit import Marker, SearchHit, beginning
from triage.core.search_query import Field, SearchQuery, State
from triage.store.scoped import ScopedReader
from triage.store.search_match import fts5, has_stretch_of_quotes, tsquery
from triage.store.thread_columns import ENTRY, queue_entry, queue_row

#: Counting what the index waits for stops here.
BEHIND_CAP = 1_000
_LAST_PLACE = 2**63 - 1
_HIT = (
    Message.id.label("message_id"),
    Message.received_at,
    Message.direction,
    Message.sender_name,
    Message.sender_email,
    Message.subject.label("message_subject"),
    Message.text,
    Message.zones,
    Message.attachments,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hits:
    """A page of hits.

    Attributes:
        next: Fetches the page behind it; None on the last page.
        unknown: What the question calls an account or a project and none is called that the scope may see.
    """

    hits: tuple[SearchHit, ...]
    next: SearchCursor | None
    unknown: tuple[str, ...]


class _Found(NamedTuple):
    stretch: int
    place: int
    message_id: MessageId


class SearchReader:
    """Searches what a scope may see, in the transaction of the connection."""

    def __init__(self, connection: Connection, scope: Scope) -> None:
        self._connection = connection
        self._scope = scope
        self._visible = ScopedReader(connection, scope).visible()

    def search(self, query: SearchQuery, cursor: SearchCursor | None, limit: int) -> Hits:
        """Return a page of hits; the number of statements does not depend on how many there are."""
        found: list[_Found] = []
        stretches = 2 if has_stretch_of_quotes(query) else 1
        conditions, unknown = self._conditions(query)
        if conditions is None or self._granted() == []:
            return Hits(hits=(), next=None, unknown=unknown)
        for stretch in range(cursor.stretch if cursor else 0, stretches):
            before = cursor.place if cursor and cursor.stretch == stretch else _LAST_PLACE
            rows = self._places(query, conditions, stretch, before, limit + 1 - len(found))
            found.extend(_Found(stretch, row.place, MessageId(row.id)) for row in rows)
            if len(found) > limit:
                break
        shown = found[:limit]
        last = SearchCursor(stretch=shown[-1].stretch, place=shown[-1].place) if len(found) > limit else None
        return Hits(hits=self._hits(query, shown), next=last, unknown=unknown)

    def count_behind(self) -> int:
        """Return how many visible messages the index waits for, at most ``BEHIND_CAP``."""
        waiting = (
            sa.select(sa.literal(1))
            .select_from(SearchPending)
            .join(Message, Message.id == SearchPending.message_id)
            .join(Thread, Thread.id == Message.thread_id)
            .where(self._visible)
            .limit(BEHIND_CAP)
            .subquery()
        )
        return self._connection.scalar(sa.select(sa.func.count()).select_from(waiting)) or 0

    def _places(
        self,
        query: SearchQuery,
        conditions: Sequence[sa.ColumnElement[bool]],
        stretch: int,
        before: int,
        limit: int,
    ) -> Sequence[Row[int, int]]:
        is_sqlite = self._connection.dialect.name == "sqlite"
        asked = self._fts5 if is_sqlite else self._tsquery
        return self._connection.execute(
            asked(query, conditions, _range(query, before), is_quoted=bool(stretch)).limit(limit)
        ).all()

    def _fts5(
        self,
        query: SearchQuery,
        conditions: Sequence[sa.ColumnElement[bool]],
        between: tuple[int, int],
        *,
        is_quoted: bool,
    ) -> sa.Select[int, int]:
        words = sa.table("search_words", sa.column("rowid", sa.BigInteger))
        match = fts5(query, is_quoted=is_quoted, accounts=self._granted())
        return (
            sa.select(words.c.rowid.label("place"), Message.id)
            .select_from(words)
            .join(Message, Message.id == words.c.rowid.op("&")(ID_MASK))
            .join(Thread, Thread.id == Message.thread_id)
            .where(
                sa.literal_column("search_words").op("MATCH")(match),
                words.c.rowid >= between[0],
                words.c.rowid < between[1],
                self._visible,
                *conditions,
            )
            .order_by(words.c.rowid.desc())
        )

    def _tsquery(
        self,
        query: SearchQuery,
        conditions: Sequence[sa.ColumnElement[bool]],
        between: tuple[int, int],
        *,
        is_quoted: bool,
    ) -> sa.Select[int, int]:
        match = sa.cast(tsquery(query, is_quoted=is_quoted), TSQUERY)
        granted = self._granted()
        return (
            sa.select(SearchEntry.place, Message.id)
            .select_from(SearchEntry)
            .join(Message, Message.id == SearchEntry.message_id)
            .join(Thread, Thread.id == Message.thread_id)
            .where(
                SearchEntry.words.op("@@")(match),
                SearchEntry.place >= between[0],
                SearchEntry.place < between[1],
                sa.true() if granted is None else SearchEntry.account_id.in_(granted),
                self._visible,
                *conditions,
            )
            .order_by(SearchEntry.place.desc())
        )

    def _granted(self) -> list[AccountId] | None:
        return None if self._scope.sees_all else sorted(self._scope.accounts)

    def _conditions(self, query: SearchQuery) -> tuple[list[sa.ColumnElement[bool]] | None, tuple[str, ...]]:
        """Return what is asked of threads, None when nothing can meet it; and the names that nothing has."""
        conditions: list[sa.ColumnElement[bool]] = []
        unknown: list[str] = []
        can_be_met = True
        accounts = (Account.id, Account.key, Account.name, Account.id)
        projects = (Project.id, Project.key, Project.name, Project.account_id)
        shown_account = sa.func.coalesce(Thread.account_id, Thread.suggested_account_id, 0)
        for columns, of_thread, names, excluded in (
            (accounts, shown_account, query.accounts, query.not_accounts),
            (projects, sa.func.coalesce(Thread.project_id, 0), query.projects, query.not_projects),
        ):
            if not names and not excluded:
                continue
            known = self._named(columns)
            ids = {number for number, words in known if words & set(names)}
            unknown += sorted({*names, *excluded}.difference(*(words for _, words in known)))
            can_be_met = can_be_met and bool(ids or not names)
            if names:
                conditions.append(of_thread.in_(sorted(ids)))
            conditions.append(of_thread.not_in(sorted(n for n, words in known if words & set(excluded))))
        conditions += [_is(state) for state in query.states]
        conditions += [sa.not_(_is(state)) for state in query.not_states]
        return conditions if can_be_met else None, tuple(unknown)

    def _named(self, columns: tuple[Any, ...]) -> list[tuple[int, set[str]]]:
        """Return ids with their folded keys and names, of what the scope may see."""
        number, key, name, account = columns
        rows = self._connection.execute(sa.select(number, key, name, account)).all()
        return [
            (row[0], {row[1].casefold(), row[2].casefold()})
            for row in rows
            if self._scope.may_see(AccountId(row[3]))
        ]

    def _hits(self, query: SearchQuery, found: Sequence[_Found]) -> tuple[SearchHit, ...]:
        if not found:
            return ()
        rows = self._connection.execute(
            sa.select(*ENTRY, *_HIT)
            .select_from(Message)
            .join(Thread, Thread.id == Message.thread_id)
            .outerjoin(
                Account, Account.id == sa.func.coalesce(Thread.account_id, Thread.suggested_account_id)
            )
            .outerjoin(Project, Project.id == Thread.project_id)
            .where(Message.id.in_([one.message_id for one in found]), self._visible)
        )
        by_id = {row.message_id: row for row in rows}
        presented = _Presented(query)
        return tuple(presented.hit(by_id[one.message_id], is_quoted=bool(one.stretch)) for one in found)


class _Presented:
    """Rows as hits, with what was asked for marked."""

    def __init__(self, query: SearchQuery) -> None:
        self._marker = Marker(query)
        self._subject = Marker(query, Field.SUBJECT)
        self._files = Marker(query, Field.FILES)

    def hit(self, row: Row[Any], *, is_quoted: bool) -> SearchHit:
        own, quoted = split_zones(row.text, row.zones)
        snippet = (quoted and is_quoted and self._marker.excerpt(quoted)) or self._marker.excerpt(own)
        files = [part[0] for part in row.attachments if part[0]]
        return SearchHit(
            message_id=MessageId(row.message_id),
            entry=queue_entry(queue_row(row)),
            received_at=row.received_at,
            direction=row.direction,
            sender_name=row.sender_name,
            sender_email=row.sender_email,
            subject=self._subject.mark(row.message_subject),
            snippet=snippet or beginning(own or quoted),
            files=tuple(name for name in files if any(piece.is_hit for piece in self._files.mark(name))),
            is_quoted=is_quoted,
        )


def _range(query: SearchQuery, before: int) -> tuple[int, int]:
    """Return the first place and the one behind the last."""
    return (
        first_place(query.since) if query.since else 0,
        min(before, first_place(query.until)) if query.until else before,
    )


def _is(state: State) -> sa.ColumnElement[bool]:
    match state:
        case State.UNANSWERED:
            return sa.and_(Thread.is_pending)
        case State.OPEN:
            return Thread.status != "solved"
        case State.SOLVED:
            return Thread.status == "solved"
