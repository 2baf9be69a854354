"""What connects messages: facts for threading, the keys they share, and the log of merges and splits."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Json, UtcDateTime


class Component(Base):
    """Messages that candidate links connect, over walls too. Components join and never part."""

    __tablename__ = "component"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: The component it was joined into, or its own id.
    root_id: Mapped[int] = mapped_column(BigId, index=True)


class MessageLink(Base):
    """The facts of a message that only threading needs; one row a message."""

    __tablename__ = "message_link"

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)
    component_id: Mapped[int] = mapped_column(ForeignKey("component.id"), index=True)
    #: Party outside that wrote it; null when we did.
    author: Mapped[str | None] = mapped_column(String(320))
    #: Parties outside that take part.
    parties: Mapped[list[str]] = mapped_column(Json)
    #: False when To and Cc are missing: then nobody knows who else took part.
    has_recipients: Mapped[bool]
    #: Thread id of Gmail with its mailbox.
    gmail_thread: Mapped[str | None] = mapped_column(String(80))
    #: Fingerprints of lines (core.conversation.fingerprint), eight bytes each, big end first.
    new_lines: Mapped[bytes] = mapped_column(LargeBinary)
    quoted_lines: Mapped[bytes] = mapped_column(LargeBinary)


class LinkKey(Base):
    """Something that messages share, such as an id they name, and the component that holds it."""

    __tablename__ = "link_key"
    # The key is the row: no second tree beside it.
    __table_args__ = ({"sqlite_with_rowid": False},)

    #: Digest of the kind of key and its value.
    key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    component_id: Mapped[int] = mapped_column(ForeignKey("component.id"))
    #: Empty; or unowned or final: connects too much to mean anything (core.conversation.links.Hubs).
    hub: Mapped[str] = mapped_column(String(8), default="")


class HubMention(Base):
    """A message that names a hub: should the message with that id arrive, these are its replies."""

    __tablename__ = "hub_mention"

    key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)


class WrittenLine(Base):
    """Where a line was written; four rows at most, for a line of more messages tells nothing.

    Lines come here from ``RecentLine``, many of one range at a time.
    """

    __tablename__ = "written_line"
    __table_args__ = ({"sqlite_with_rowid": False},)

    #: Fingerprint (core.conversation.fingerprint).
    line: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    #: The message was looked for when the line became a recent one.
    message_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)


class RecentLine(Base):
    """Where a line was written lately; of a line, the rows here and in ``WrittenLine`` count together.

    Fingerprints scatter over the whole of an index. In a large one nearly every new line would change
    a page of its own; this one is small.
    """

    __tablename__ = "recent_line"
    __table_args__ = ({"sqlite_with_rowid": False},)

    line: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)


class QuotedLine(Base):
    """Where a line is quoted by a message that names no id."""

    __tablename__ = "quoted_line"
    __table_args__ = ({"sqlite_with_rowid": False},)

    line: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)


class ThreadEvent(Base):
    """A merge, a split or their undoing, by the machine or a person. Append-only but ``undone_by_id``."""

    __tablename__ = "thread_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Name of the token or the operating-system user; empty for the machine.
    actor: Mapped[str] = mapped_column(String(100))
    #: merge, split, apart (two threads that stay two; nothing moved), undo.
    kind: Mapped[str] = mapped_column(String(10))
    #: Where the messages are afterwards.
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"), index=True)
    #: Where they were.
    from_thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"), index=True)
    message_ids: Mapped[list[int]] = mapped_column(Json)
    #: Set when a person took it back.
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey("thread_event.id"))


class ThreadSide(Base):
    """A person's merge or split: messages of one side stay together, those of two sides apart."""

    __tablename__ = "thread_side"
    __table_args__ = (Index(None, "message_id", "event_id"),)

    event_id: Mapped[int] = mapped_column(ForeignKey("thread_event.id"), primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)
    #: 0 or 1.
    side: Mapped[int]


class ReviewItem(Base):
    """Two messages that something connects and something keeps apart: a person may look."""

    __tablename__ = "review_item"
    # The second index is the order of the list of open items.
    __table_args__ = (UniqueConstraint("message_id", "other_message_id"), Index(None, "state", "id"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: The message that refers to the other one.
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    other_message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    #: wall, stranger, hijack, ambiguous (core.conversation.edge.Refusal), or answered (core.review).
    reason: Mapped[str] = mapped_column(String(12))
    #: What connects them (core.conversation.edge.EdgeKind), or answered.
    edge_kind: Mapped[str] = mapped_column(String(20))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    other_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    #: Edges between the two threads that were refused alike.
    edge_count: Mapped[int] = mapped_column(default=1)
    #: open, or moot when nothing keeps them apart or connects them any more, or a person decided.
    state: Mapped[str] = mapped_column(String(10), default="open")
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Further evidence that shows nothing of the other side.
    evidence: Mapped[list[Any]] = mapped_column(Json, default=list)
