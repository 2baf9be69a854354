"""The outbox: alerts written with the state change that causes them, sent afterwards."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Json, UtcDateTime


class Delivery(Base):
    """One alert to one channel."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("key", "channel"), Index(None, "state", "next_attempt_at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: Idempotency key: thread, target, cycle, anchor and level.
    key: Mapped[str] = mapped_column(String(200))
    #: Name of the channel in the configuration.
    channel: Mapped[str] = mapped_column(String(100))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("thread.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    #: warning, breach, retracted, mailbox, test.
    kind: Mapped[str] = mapped_column(String(20))
    #: Customer, project, clock, due time and link; never subject or body.
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    #: pending, sent, failed, dropped.
    state: Mapped[str] = mapped_column(String(10), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(Text, default="")
