"""The order of the queue as the database sorts it, in stretches that an index serves.

Threads with a due time come first, in due order, which puts breached ones at the top; then those
without, by how long they wait. A sort key is never null within its stretch, because SQLite and PostgreSQL
put nulls at opposite ends, and is made of columns as they stand, so that an index of ``models.thread``
has the rows in this order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import KeyedColumnElement

from models import Thread, UtcDateTime
from triage.core.queue_entry import View
from triage.core.queue_row import QueueRow, stored_instant


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

    def key(self) -> tuple[KeyedColumnElement[Any], ...]:
        """Return the columns of the sort key."""
        table = Thread.__table__
        return (*(table.c[name] for name in self.instants), table.c.id)

    def order(self, key: Sequence[sa.ColumnElement[Any]]) -> list[sa.ColumnElement[Any]]:
        """Return the terms of ORDER BY for the columns of the key, here or in a subquery."""
        return [sa.desc(term) if self.is_newest_first else sa.asc(term) for term in key]

    def after(self) -> sa.ColumnElement[bool]:
        """Return the condition for rows behind the one whose key is bound by ``bound``."""
        last = sa.tuple_(
            *(sa.bindparam(f"after_{name}", type_=UtcDateTime()) for name in self.instants),
            sa.bindparam("after_id", type_=Thread.id.type),
        )
        key = sa.tuple_(*self.key())
        return key < last if self.is_newest_first else key > last

    def bound(self, instants: Sequence[datetime], thread_id: int) -> dict[str, Any]:
        """Return the parameters of ``after`` for the row with this key."""
        return {
            **{f"after_{name}": instant for name, instant in zip(self.instants, instants, strict=True)},
            "after_id": thread_id,
        }

    def key_of(self, row: QueueRow) -> tuple[datetime, ...]:
        """Return the sort key of a row of the stretch without its id."""
        instants = {
            "next_due_at": row.due_at,
            "waiting_since": row.waiting_since,
            "last_message_at": row.last_message_at,
        }
        return tuple(stored_instant(text) for name in self.instants if (text := instants[name]) is not None)


def segments(view: View) -> tuple[Segment, ...]:
    """Return the stretches of a view's order, first to last."""
    if view is View.AT_RISK:
        return _MOST_URGENT_FIRST[:1]
    return _NEWEST_FIRST if view is View.ALL else _MOST_URGENT_FIRST


_MOST_URGENT_FIRST = (
    Segment(where=Thread.next_due_at.is_not(None), instants=("next_due_at", "waiting_since")),
    Segment(where=Thread.next_due_at.is_(None), instants=("waiting_since",)),
)
_NEWEST_FIRST = (
    Segment(where=Thread.last_message_at.is_not(None), instants=("last_message_at",), is_newest_first=True),
    Segment(where=Thread.last_message_at.is_(None), instants=(), is_newest_first=True),
)
