"""The open review items that a reader may see, newest first, and where one of them stands.

An item is listed for whoever may see one of its two threads. The other one is then shown as a thread
that may not be seen; and if it belongs to another customer the item is not listed at all, because that
such a customer exists and writes is that customer's context.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from models import Account, Message, ReviewItem, Thread
from triage.core.errors import NotFound
from triage.core.ids import AccountId, MessageId, ThreadId
from triage.core.review import Review, ReviewSide
from triage.store.scoped import ScopedReader


def open_reviews(
    connection: Connection, reader: ScopedReader, *, before: int | None, limit: int
) -> tuple[Review, ...]:
    """Return a page of open items, newest first, with one query.

    Args:
        before: The id of the last item of the page before; None for the first page.
    """
    older = [] if before is None else [ReviewItem.id < before]
    statement = _items(reader).where(*older).order_by(ReviewItem.id.desc()).limit(limit)
    return tuple(map(_review, connection.execute(statement)))


def open_review(connection: Connection, reader: ScopedReader, review_id: int) -> Review:
    """Return one open item.

    Raises:
        NotFound: If there is none, or none that the reader may see, or it is not open any more.
    """
    row = connection.execute(_items(reader).where(ReviewItem.id == review_id)).first()
    if row is None:
        raise NotFound("there is no such open review item")
    return _review(row)


def _items(reader: ScopedReader) -> sa.Select[Any]:
    child, parent = _Side("child"), _Side("parent")
    sees_child, sees_parent = (reader.granted(side.thread.account_id) for side in (child, parent))
    return (
        sa.select(
            ReviewItem.id,
            ReviewItem.reason,
            ReviewItem.edge_kind,
            ReviewItem.edge_count,
            ReviewItem.opened_at,
            sa.case((sees_child, 1), else_=0).label("sees_child"),
            sa.case((sees_parent, 1), else_=0).label("sees_parent"),
            *child.columns,
            *parent.columns,
        )
        .join(child.message, child.message.id == ReviewItem.message_id)
        .join(parent.message, parent.message.id == ReviewItem.other_message_id)
        .join(child.thread, child.thread.id == child.message.thread_id)
        .join(parent.thread, parent.thread.id == parent.message.thread_id)
        .outerjoin(child.account, child.account.id == child.thread.account_id)
        .outerjoin(parent.account, parent.account.id == parent.thread.account_id)
        .where(
            ReviewItem.state == "open",
            child.thread.id != parent.thread.id,
            sa.or_(sees_child, sees_parent),
            sa.or_(sees_child, child.thread.account_id.is_(None)),
            sa.or_(sees_parent, parent.thread.account_id.is_(None)),
        )
    )


class _Side:
    """The tables of one of the two messages, under names of their own."""

    def __init__(self, name: str) -> None:
        self.message, self.thread, self.account = aliased(Message), aliased(Thread), aliased(Account)
        columns: tuple[sa.SQLColumnExpression[Any], ...] = (
            self.thread.id,
            self.thread.subject,
            self.thread.account_id,
            self.account.key,
            self.account.name,
            self.message.id,
            self.message.subject,
            self.message.sender_email,
            self.message.received_at,
        )
        self.columns: list[sa.Label[Any]] = [
            column.label(f"{name}_{field}")
            for column, field in zip(columns, ReviewSide.__dataclass_fields__, strict=True)
        ]


def _review(row: sa.Row[Any]) -> Review:
    found = row._mapping
    return Review(
        id=row.id,
        reason=row.reason,
        link=row.edge_kind,
        links=row.edge_count,
        opened_at=row.opened_at,
        child=_side_of(found, "child") if row.sees_child else None,
        parent=_side_of(found, "parent") if row.sees_parent else None,
    )


def _side_of(found: sa.RowMapping, name: str) -> ReviewSide:
    account = found[f"{name}_account"]
    return ReviewSide(
        thread_id=ThreadId(found[f"{name}_thread_id"]),
        thread_subject=found[f"{name}_thread_subject"],
        account=AccountId(account) if account is not None else None,
        account_key=found[f"{name}_account_key"],
        account_name=found[f"{name}_account_name"],
        message_id=MessageId(found[f"{name}_message_id"]),
        subject=found[f"{name}_subject"],
        sender=found[f"{name}_sender"],
        received_at=found[f"{name}_received_at"],
    )
