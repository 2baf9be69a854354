"""The order of the queue as the database sorts it, in stretches that an index can serve.

Threads with a due time come first, in due order, which puts breached ones at the top; then those
without, by how long they wait. A sort key is never null within its stretch, because SQLite and
PostgreSQL put nulls at opposite ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from models import Thread, UtcDateTime
from triage.core.queue_entry import View

#: Stands for "does not wait": sorts behind every wait.
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A stretch of an order.

    Attributes:
        where: The threads in it.
        instants: Names of the columns before the id in the sort key.
        is_newest_first: The whole key descends.
    """

    where: sa.ColumnElement[bool]
    instants: tuple[str, ...]
    is_newest_first: bool = False

    def order(self) -> list[sa.SQLColumnExpression[Any] | sa.sql.elements.OrderByList]:
        """Return the terms of ORDER BY."""
        key = (*self._columns(), Thread.id)
        return [sa.desc(term) if self.is_newest_first else sa.asc(term) for term in key]

    def after(self) -> sa.ColumnElement[bool]:
        """Return the condition for rows behind the one whose key is bound by ``bound``."""
        last = sa.tuple_(
            *(sa.bindparam(f"after_{name}", type_=UtcDateTime()) for name in self.instants),
            sa.bindparam("after_id", type_=Thread.id.type),
        )
        key = sa.tuple_(*self._columns(), Thread.id)
        return key < last if self.is_newest_first else key > last

    def bound(self, instants: Sequence[datetime], thread_id: int) -> dict[str, Any]:
        """Return the parameters of ``after`` for the row with this key."""
        return {
            **{f"after_{name}": instant for name, instant in zip(self.instants, instants, strict=True)},
            "after_id": thread_id,
        }

    def key(self, row: RowMapping) -> tuple[datetime, ...]:
        """Return the sort key of a row without its id."""
        return tuple(row[name] or _NEVER for name in self.instants)

    def _columns(self) -> list[sa.ColumnElement[datetime]]:
        return [_COLUMNS[name] for name in self.instants]


def segments(view: View) -> tuple[Segment, ...]:
    """Return the stretches of a view's order, first to last."""
    return _NEWEST_FIRST if view is View.ALL else _MOST_URGENT_FIRST


_COLUMNS: dict[str, sa.ColumnElement[datetime]] = {
    "next_due_at": sa.type_coerce(Thread.next_due_at, UtcDateTime()),
    "waiting_since": sa.func.coalesce(Thread.waiting_since, sa.literal(_NEVER, UtcDateTime())),
    "last_message_at": sa.type_coerce(Thread.last_message_at, UtcDateTime()),
}
_MOST_URGENT_FIRST = (
    Segment(where=Thread.next_due_at.is_not(None), instants=("next_due_at", "waiting_since")),
    Segment(where=Thread.next_due_at.is_(None), instants=("waiting_since",)),
)
_NEWEST_FIRST = (
    Segment(where=Thread.last_message_at.is_not(None), instants=("last_message_at",), is_newest_first=True),
    Segment(where=Thread.last_message_at.is_(None), instants=(), is_newest_first=True),
)
