"""What people decided: append-only, the part of the database that mail cannot rebuild."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Json, UtcDateTime


class Decision(Base):
    """A human decision about a thread or a message; the newest one of a kind wins."""

    __tablename__ = "decision"
    __table_args__ = (Index(None, "thread_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Name of the token or the operating-system user.
    actor: Mapped[str] = mapped_column(String(100))
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("thread.id"))
    #: A decision about a message moves with it when threads merge or split.
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    #: account, project, priority, status, no_reply_needed, split, merge, undo, note.
    kind: Mapped[str] = mapped_column(String(20))
    value: Mapped[dict[str, Any]] = mapped_column(Json)


class Label(Base):
    """What a person, a code or an import says a message belongs to: a wall for threads, and a lesson.

    It stays with the message, whatever becomes of the thread that a decision was about.
    """

    __tablename__ = "label"

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    #: person, import, code.
    source: Mapped[str] = mapped_column(String(10), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The decisions that say so; null where the account is what the evidence said, or no project is.
    account_decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"), index=True)
    project_decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"), index=True)
