"""Messages, where they were seen, who took part, and their bytes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Json, UtcDateTime


class Message(Base):
    """One content. The same mail in two folders or two team mailboxes is one row."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: Identity: hash of Message-ID, From, Date, base subject and text (core.identity).
    content_hash: Mapped[str] = mapped_column(String(64), unique=True)
    #: Normalised Message-ID; not unique: another content may carry the same one.
    header_id: Mapped[str | None] = mapped_column(Text, index=True)
    in_reply_to: Mapped[list[str]] = mapped_column(Json)
    references: Mapped[list[str]] = mapped_column(Json)
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("thread.id"))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: inbound from outside, outbound from us, internal when nobody outside takes part.
    direction: Mapped[str] = mapped_column(String(10))
    message_class: Mapped[str] = mapped_column(String(20))
    class_evidence: Mapped[list[Any]] = mapped_column(Json)
    sender_name: Mapped[str] = mapped_column(Text)
    #: Lower case; empty when no sender could be read.
    sender_email: Mapped[str] = mapped_column(Text)
    #: {"from": [[name, email], ...], "to": ..., "cc": ..., "reply_to": ..., "delivered_to": ...}
    addresses: Mapped[dict[str, Any]] = mapped_column(Json)
    subject: Mapped[str] = mapped_column(Text)
    base_subject: Mapped[str] = mapped_column(Text)
    #: Account by this message's own evidence, confirmed or suggested as ``account_state`` says.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    #: confirmed, suggested, conflict, unknown.
    account_state: Mapped[str] = mapped_column(String(10))
    account_evidence: Mapped[list[Any]] = mapped_column(Json)
    #: Accounts that the evidence leaves open, for deciding about the thread.
    account_possible: Mapped[list[int]] = mapped_column(Json)
    #: Participants outside that belong to no account.
    strangers: Mapped[list[str]] = mapped_column(Json)
    text: Mapped[str] = mapped_column(Text)
    #: [[kind, start, end], ...] in characters of ``text``.
    zones: Mapped[list[Any]] = mapped_column(Json)
    zones_are_sure: Mapped[bool]
    text_new: Mapped[str] = mapped_column(Text)
    has_more_text: Mapped[bool]
    attachments: Mapped[list[Any]] = mapped_column(Json)
    failed_recipients: Mapped[list[str]] = mapped_column(Json)
    failed_ids: Mapped[list[str]] = mapped_column(Json)
    out_of_office_until: Mapped[date | None]
    calendar_method: Mapped[str | None] = mapped_column(String(10))
    list_id: Mapped[str] = mapped_column(Text)
    #: Topmost first; attribution believes only those of configured hosts.
    authentication_results: Mapped[list[str]] = mapped_column(Json)
    thread_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    gmail_thread_id: Mapped[str | None] = mapped_column(String(40))
    is_important: Mapped[bool]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    defects: Mapped[list[str]] = mapped_column(Json)
    #: True when the message was already there when its folder was first seen.
    is_backfill: Mapped[bool]
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "thread_id", "received_at", "id"),)


class Location(Base):
    """The completeness ledger: every UID of every watched folder, in exactly one state."""

    __tablename__ = "location"
    __table_args__ = (UniqueConstraint("mailbox_id", "folder_id", "uidvalidity", "generation", "uid"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"))
    folder_id: Mapped[int] = mapped_column(ForeignKey("folder.id"), index=True)
    uidvalidity: Mapped[int] = mapped_column(BigInteger)
    generation: Mapped[int]
    uid: Mapped[int] = mapped_column(BigInteger)
    #: Set when the state is stored.
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    #: stored, quarantined, unfetchable, gone, or canary: a test mail of ours, which has no message.
    state: Mapped[str] = mapped_column(String(12), index=True)
    #: Why, for all states but stored; and what could be read of a quarantined message.
    evidence: Mapped[dict[str, Any] | None] = mapped_column(Json)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Participant(Base):
    """Who took part in a message, for looking up by address."""

    __tablename__ = "participant"
    __table_args__ = (
        Index("ix_participant_person", "email", "received_at", "message_id"),
        {"sqlite_with_rowid": False},
    )

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)
    #: from, to, cc.
    role: Mapped[str] = mapped_column(String(10), primary_key=True)
    #: Lower case.
    email: Mapped[str] = mapped_column(Text, primary_key=True)
    #: That of the message: what one person got in two weeks is found among years of mail.
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RawContent(Base):
    """The bytes that were fetched, compressed, for re-reading by a later version."""

    __tablename__ = "raw_content"
    __table_args__ = (
        # Few messages are held back.
        Index(
            "ix_raw_content_location_id",
            "location_id",
            sqlite_where=text("location_id IS NOT NULL"),
            postgresql_where=text("location_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)
    #: Set for a quarantined message, which has no message row.
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    #: A compressed container without code (mailbox.fetched).
    content: Mapped[bytes] = mapped_column(LargeBinary)
