"""The statements of the queue: pages, counts and threads, built once for each shape of right and filter.

Each starts from ``branches``: the conditions that together say which threads a reader may see, one for
each account, because an index holds the rows of one account in the order of the queue and of several it
does not. The database merges the branches and reads only the rows it gives out, so a page costs the
same whatever the number of threads.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, assert_never

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from models import Account, Message, Project, Thread, UtcDateTime
from triage.core.queue_entry import COUNT_CAP, QueueFilters, View
from triage.core.scope import Scope
from triage.store.prepared import Prepared
from triage.store.queue_order import Segment, segments
from triage.store.thread_columns import ENTRY, HEAD

#: Of more accounts than this a reader has a good part of all rows, and reading in order finds them soon.
_MOST_BRANCHES = 60
#: The columns of ``counts_of``, in order.
COUNTED = ("all", "at_risk", "breached", "low", "pending", "unknown", "waiting_customer")
_ROWS = sa.bindparam("rows", type_=sa.Integer())
#: Statements that are kept; a shape has few.
_KEPT = 512


class Shape(NamedTuple):
    """What decides the text of a statement; all else is bound.

    Attributes:
        granted: How many accounts were granted.
        accounts: How many accounts are asked for; 0 for all.
        projects: How many projects are asked for; 0 for all.
    """

    sees_all: bool
    granted: int
    accounts: int
    projects: int


def shape_of(scope: Scope, filters: QueueFilters) -> Shape:
    """Return the shape of the statements for a reader and filters."""
    granted = 0 if scope.sees_all else len(scope.accounts)
    return Shape(scope.sees_all, granted, len(filters.accounts), len(filters.projects))


def parameters(scope: Scope, filters: QueueFilters) -> dict[str, Any]:
    """Return the values that the statements of the shape are bound to."""
    granted = () if scope.sees_all else sorted(scope.accounts)
    return {
        **_numbered("granted", granted),
        **_numbered("account", filters.accounts),
        **_numbered("project", filters.projects),
    }


def visible(*, sees_all: bool, granted: Sequence[Any]) -> sa.ColumnElement[bool]:
    """Return the condition that a thread may be seen and was not merged away."""
    return sa.and_(
        Thread.alias_of.is_(None), granted_account(Thread.account_id, sees_all=sees_all, granted=granted)
    )


def granted_account(
    account: sa.SQLColumnExpression[Any], *, sees_all: bool, granted: Sequence[Any]
) -> sa.ColumnElement[bool]:
    """Return the condition that an account was granted; no grant gives one that no row meets."""
    if sees_all:
        return sa.true()
    return account.in_(granted) if granted else sa.false()


def _entries() -> sa.Select[Any]:
    """Select the columns of ``QueueRow``."""
    return (
        sa.select(*ENTRY)
        .select_from(Thread)
        .outerjoin(Account, Account.id == sa.func.coalesce(Thread.account_id, Thread.suggested_account_id))
        .outerjoin(Project, Project.id == Thread.project_id)
    )


@lru_cache(maxsize=_KEPT)
def prepared_page(view: View, index: int, shape: Shape, *, is_later: bool, dialect: Dialect) -> Prepared:
    """Return the statement of ``page_of`` in the words of a database."""
    return Prepared(page_of(view, index, shape, is_later=is_later, dialect=dialect), dialect)


@lru_cache(maxsize=_KEPT)
def prepared_counts(shape: Shape, *, dialect: Dialect) -> Prepared:
    """Return the statement of ``counts_of`` in the words of a database."""
    return Prepared(counts_of(shape), dialect)


@lru_cache(maxsize=_KEPT)
def prepared_head(shape: Shape, *, dialect: Dialect) -> Prepared:
    """Return the statement of the thread bound to ``id``, as ``thread_columns.thread_view`` takes it."""
    may = visible(sees_all=shape.sees_all, granted=_bound("granted", shape.granted))
    statement = (
        _entries().add_columns(*HEAD).where(Thread.id == sa.bindparam("id", type_=Thread.id.type), may)
    )
    return Prepared(statement, dialect)


@lru_cache(maxsize=_KEPT)
def prepared_look_up(shape: Shape, count: int, *, dialect: Dialect) -> Prepared:
    """Return the statement that reads the threads of so many ``header_ids``, each row with its id last."""
    may = visible(sees_all=shape.sees_all, granted=_bound("granted", shape.granted))
    statement = (
        _entries()
        .add_columns(Message.header_id)
        .join(Message, Message.thread_id == Thread.id)
        .where(may, Message.header_id.in_(_bound("header_id", count)))
        .order_by(Thread.id, Message.id)
    )
    return Prepared(statement, dialect)


def looked_up(count: int) -> int:
    """Return how many ids a statement takes for so many: a power of two, so that few statements serve all."""
    return 1 << (count - 1).bit_length()


def header_ids(wanted: Sequence[str]) -> dict[str, Any]:
    """Return the parameters of ``prepared_look_up``; the last id fills up."""
    return _numbered("header_id", [*wanted, *[wanted[-1]] * (looked_up(len(wanted)) - len(wanted))])


def page_of(view: View, index: int, shape: Shape, *, is_later: bool, dialect: Dialect) -> sa.Select[Any]:
    """Return the statement of a stretch of a view; ``rows`` bounds its length.

    Args:
        index: Of the stretch.
        is_later: It begins behind the row bound by ``Segment.bound``.
    """
    stretch = segments(view)[index]
    where = [*_in_view(view), *_in_projects(shape), stretch.where]
    if is_later:
        where.append(stretch.after())
    parts = [sa.and_(Thread.alias_of.is_(None), branch, *where) for branch in _branches(shape)]
    order = stretch.order(stretch.key())
    if len(parts) == 1:
        return _entries().where(parts[0]).order_by(*order).limit(_ROWS)
    found = _merged(stretch, parts, dialect)
    return _entries().join(found, found.c.id == Thread.id).order_by(*order)


def counts_of(shape: Shape) -> sa.Select[Any]:
    """Return the statement that counts all views, and ``breached``, each up to ``COUNT_CAP``."""
    conditions = {view.value: _in_view(view) for view in View}
    conditions["breached"] = (*_in_view(View.AT_RISK), Thread.next_due_at <= _instant("now"))
    conditions["at_risk"] = (*_in_view(View.AT_RISK), Thread.next_due_at <= _instant("soon"))
    counted = (_capped_count(conditions[name], shape).label(name) for name in COUNTED)
    return sa.select().add_columns(*counted)


def _merged(stretch: Segment, parts: Iterable[sa.ColumnElement[bool]], dialect: Dialect) -> sa.Subquery:
    """Return the first keys of all parts together, merged by the database as the index of each has them."""
    key = stretch.key()
    heads = [sa.select(*key).where(part).order_by(*stretch.order(key)) for part in parts]
    if dialect.name == "postgresql":
        # It would sort all rows of a part that has no end; SQLite would sort those before the end again.
        heads = [head.limit(_ROWS) for head in heads]
    merged = sa.union_all(*(sa.select(head.subquery()) for head in heads))
    order = stretch.order([sa.literal_column(column.key) for column in key])
    return merged.order_by(*order).limit(_ROWS).subquery()


def _capped_count(where: Sequence[sa.ColumnElement[bool]], shape: Shape) -> sa.ScalarSelect[int]:
    parts: list[sa.Select[Any]] = [
        sa.select(Thread.id).where(Thread.alias_of.is_(None), branch, *where, *_in_projects(shape))
        for branch in _branches(shape)
    ]
    rows = parts[0] if len(parts) == 1 else sa.select(sa.union_all(*parts).subquery())
    return sa.select(sa.func.count()).select_from(rows.limit(COUNT_CAP).subquery()).scalar_subquery()


def _branches(shape: Shape) -> list[sa.ColumnElement[bool]]:
    granted = _bound("granted", shape.granted)
    if shape.accounts:
        return _branches_of_chosen(shape, granted)
    if shape.sees_all or len(granted) > _MOST_BRANCHES or not granted:
        return [granted_account(Thread.account_id, sees_all=shape.sees_all, granted=granted)]
    return [Thread.account_id == account for account in granted]


def _branches_of_chosen(
    shape: Shape, granted: Sequence[sa.BindParameter[Any]]
) -> list[sa.ColumnElement[bool]]:
    keys = _bound("account", shape.accounts)
    may = granted_account(Account.id, sees_all=shape.sees_all, granted=granted)
    found = [
        Thread.account_id == sa.select(Account.id).where(Account.key == key, may).scalar_subquery()
        for key in keys
    ]
    if shape.sees_all:
        # A suggested account stands beside none that is confirmed, and only whoever sees all sees it.
        suggested = Thread.suggested_account_id.in_(sa.select(Account.id).where(Account.key.in_(keys)))
        found.append(sa.and_(Thread.account_id.is_(None), suggested))
    return found


def _in_projects(shape: Shape) -> list[sa.ColumnElement[bool]]:
    if not shape.projects:
        return []
    keys = _bound("project", shape.projects)
    return [Thread.project_id.in_(sa.select(Project.id).where(Project.key.in_(keys)))]


def _in_view(view: View) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the condition of a view; of what is at risk, the reader takes the head of the order."""
    pending = sa.and_(Thread.is_pending)
    match view:
        case View.PENDING:
            return (pending,)
        case View.AT_RISK:
            return (pending, Thread.next_due_state != "paused")
        case View.WAITING_CUSTOMER:
            return (Thread.waiting_on == "customer", Thread.status != "solved")
        case View.LOW:
            # Written out, because the index of these threads is known by it.
            return (pending, Thread.priority == sa.literal_column("'low'"))
        case View.UNKNOWN:
            return (pending, Thread.account_id.is_(None))
        case View.ALL:
            return ()
        case _:
            assert_never(view)


def _instant(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=UtcDateTime())


def _bound(name: str, count: int) -> list[sa.BindParameter[Any]]:
    return [sa.bindparam(f"{name}_{number}") for number in range(count)]


def _numbered(name: str, values: Sequence[Any]) -> dict[str, Any]:
    return {f"{name}_{number}": value for number, value in enumerate(values)}
