"""SLA cycles and their append-only events (terms of docs/clocks.md)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Json, UtcDateTime


class Clock(Base):
    """One cycle of one target of one thread. Derived: a recompute gives the same rows."""

    __tablename__ = "clock"
    __table_args__ = ({"sqlite_with_rowid": False},)

    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"), primary_key=True)
    #: acknowledgement, first_reply, next_reply, periodic_update, resolution, commitment.
    target: Mapped[str] = mapped_column(String(20), primary_key=True)
    #: 1 for the first.
    cycle: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: running, paused, breached, met, missed_late, cancelled, superseded.
    state: Mapped[str] = mapped_column(String(12))
    policy: Mapped[str] = mapped_column(String(100))
    #: Content hash of policy and schedule used.
    policy_version: Mapped[str] = mapped_column(String(16))
    schedule: Mapped[str] = mapped_column(String(100))
    minutes: Mapped[int]
    #: The message or event that started it.
    anchor_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Ascending; the instants at which the configured shares of the budget are used.
    warn_at: Mapped[list[str]] = mapped_column(Json)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Working seconds left when paused; null otherwise.
    remaining_seconds: Mapped[int | None]


class ClockEvent(Base):
    """What happened to a cycle: append-only, never rewritten."""

    __tablename__ = "clock_event"
    __table_args__ = (
        # Exactly one warning per point and one breach per cycle and anchor, whatever the restarts.
        UniqueConstraint("thread_id", "target", "cycle", "kind", "key"),
        Index(None, "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    target: Mapped[str] = mapped_column(String(20))
    cycle: Mapped[int]
    #: activate, pause, resume, warn, breach, fulfil, cancel, supersede.
    kind: Mapped[str] = mapped_column(String(12))
    #: Tells repeats apart: the anchor and the warn point.
    key: Mapped[str] = mapped_column(String(80))
    #: When it happened by the clock; a breach is dated at its due time.
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When this program noticed.
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    detail: Mapped[dict[str, Any] | None] = mapped_column(Json)
