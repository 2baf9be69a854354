"""Threads with their tags, whose turn it is, and the next instant something happens to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Json, UtcDateTime

#: The sort key of the queue.
_PLACE = ("next_due_at", "waiting_since", "id")
_IS_LOW = " AND priority = 'low'"


def _of_threads(name: str, *columns: str, also: str = "") -> Index:
    """Return an index that leaves out what was merged away, as every reader does."""
    where = text(f"alias_of IS NULL{also}")
    return Index(name, *columns, sqlite_where=where, postgresql_where=where)


class Thread(Base):
    """A conversation with one customer. All but ``status`` and ``priority`` is derived."""

    __tablename__ = "thread"
    __table_args__ = (
        # The sweep asks one indexed question.
        Index("ix_thread_next_event", "next_event_at", sqlite_where=text("next_event_at IS NOT NULL"),
              postgresql_where=text("next_event_at IS NOT NULL")),
        # The queue sorts by the wait, and a null has no place that both databases agree on.
        CheckConstraint("waiting_since IS NOT NULL OR NOT is_pending AND waiting_on <> 'customer'",
                        name="waits_since"),
        # Each view of the queue reads its rows in order, over all accounts or of one.
        _of_threads("ix_thread_queue", "is_pending", *_PLACE),
        _of_threads("ix_thread_account_queue", "account_id", "is_pending", *_PLACE),
        _of_threads("ix_thread_low", "priority", "is_pending", *_PLACE, also=_IS_LOW),
        _of_threads("ix_thread_account_low", "account_id", "priority", "is_pending", *_PLACE, also=_IS_LOW),
        _of_threads("ix_thread_waiting", "waiting_on", *_PLACE),
        _of_threads("ix_thread_account_waiting", "account_id", "waiting_on", *_PLACE),
        _of_threads("ix_thread_newest", "last_message_at", "id"),
        _of_threads("ix_thread_account_newest", "account_id", "last_message_at", "id"),
        Index("ix_thread_alias_of", "alias_of", sqlite_where=text("alias_of IS NOT NULL"),
              postgresql_where=text("alias_of IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: Set after a merge: links to this id lead there, for ever.
    alias_of: Mapped[int | None] = mapped_column(ForeignKey("thread.id"))
    subject: Mapped[str] = mapped_column(Text, default="")
    #: Set only when confirmed: it decides who may see the thread.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    #: What the evidence suggests and a person has to confirm.
    suggested_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    #: confirmed, suggested, conflict, unknown.
    account_state: Mapped[str] = mapped_column(String(10), default="unknown")
    #: Of a model's suggestion; null where evidence suggests or decides.
    account_probability: Mapped[float | None]
    account_evidence: Mapped[list[Any]] = mapped_column(Json, default=list)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    #: confirmed, suggested, unknown.
    project_state: Mapped[str] = mapped_column(String(10), default="unknown")
    #: Of the model's suggestion; null where evidence decided.
    project_probability: Mapped[float | None]
    project_evidence: Mapped[list[Any]] = mapped_column(Json, default=list)
    #: Set by people: open, waiting_customer, waiting_third_party, solved.
    status: Mapped[str] = mapped_column(String(20), default="open")
    #: low, normal, high, urgent.
    priority: Mapped[str] = mapped_column(String(10), default="normal")
    #: us, customer, third_party, nobody.
    waiting_on: Mapped[str] = mapped_column(String(12), default="nobody")
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: A person outside waits for an answer of ours.
    is_pending: Mapped[bool] = mapped_column(default=False)
    #: Why it is, or is not, in the queue.
    turn_evidence: Mapped[list[Any]] = mapped_column(Json, default=list)
    #: The earliest due time of an open clock; stays after the breach.
    next_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_due_target: Mapped[str | None] = mapped_column(String(20))
    #: running, paused, breached of that clock.
    next_due_state: Mapped[str | None] = mapped_column(String(12))
    #: When the sweep has to look again: the next warning or due time.
    next_event_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    message_count: Mapped[int] = mapped_column(default=0)
    first_message_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_message_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_inbound_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_sender: Mapped[str] = mapped_column(Text, default="")
    #: First words of the newest message, for the queue row.
    snippet: Mapped[str] = mapped_column(Text, default="")
    #: Counts writes: the ETag of the API.
    version: Mapped[int] = mapped_column(default=1)
