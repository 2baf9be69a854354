"""Mailboxes, their folders with the cursor, and the worker that holds them."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, UtcDateTime


class Mailbox(Base):
    """A mailbox that is read; the sign-in lives in the configuration, never here."""

    __tablename__ = "mailbox"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: The name in the configuration.
    name: Mapped[str] = mapped_column(String(200), unique=True)
    #: imap, or import for mail read from files.
    kind: Mapped[str] = mapped_column(String(20))
    #: new, ok, degraded, unreachable, untrusted, auth_failed.
    state: Mapped[str] = mapped_column(String(20), default="new")
    #: The sentence that is shown beside the queue.
    state_reason: Mapped[str] = mapped_column(Text, default="")
    state_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Whether the configuration still names it; the mail of one that left stays.
    is_watched: Mapped[bool] = mapped_column(default=True)


class Folder(Base):
    """A watched folder and its cursor, which moves last, in the transaction that stores the mail."""

    __tablename__ = "folder"
    __table_args__ = (UniqueConstraint("mailbox_id", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"))
    #: Decoded from modified UTF-7 (RFC 3501 section 5.1.3).
    name: Mapped[str] = mapped_column(Text)
    #: inbox, sent or other (RFC 6154).
    role: Mapped[str] = mapped_column(String(10))
    #: False once the folder is no longer among those to read: renamed, deleted, or not configured.
    is_watched: Mapped[bool] = mapped_column(default=True)
    uidvalidity: Mapped[int | None] = mapped_column(BigInteger)
    #: Counts epochs that the server did not announce by a new UIDVALIDITY.
    generation: Mapped[int] = mapped_column(default=0)
    #: Every enumerated UID up to this one has a location row in the current epoch.
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    #: While set, UIDs between the cursor and this one are read piece by piece, what lies above first.
    backlog_until_uid: Mapped[int | None] = mapped_column(BigInteger)
    #: UIDs up to this one were there when the folder was first seen: history, which never alerts.
    backfill_until_uid: Mapped[int | None] = mapped_column(BigInteger)
    #: Messages the server counted at ``checked_at``.
    server_messages: Mapped[int | None] = mapped_column(BigInteger)
    #: UIDNEXT at ``checked_at``: as long as it and the count stay, nothing came and nothing left.
    uidnext: Mapped[int | None] = mapped_column(BigInteger)
    #: When the server's set and ours were last found equal.
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Lease(Base):
    """Which worker holds a mailbox; every commit of ingestion checks the epoch."""

    __tablename__ = "lease"

    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"), primary_key=True)
    owner: Mapped[str] = mapped_column(String(100))
    epoch: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
