"""Test mails that the service sent to itself."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, UtcDateTime


class Canary(Base):
    """One test mail. The row is written before the mail is sent, so that no other is ever believed."""

    __tablename__ = "canary"
    __table_args__ = (Index(None, "mailbox_id", "sent_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    mailbox_id: Mapped[int] = mapped_column(ForeignKey("mailbox.id"))
    #: 32 hexadecimal digits, signed in the mail.
    nonce: Mapped[str] = mapped_column(String(32), unique=True)
    #: The From address that it was sent with.
    sender: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When the next one is due.
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Why it could not be sent, or empty.
    error: Mapped[str] = mapped_column(Text, default="")
    #: When it was read in the mailbox, in any folder but that of sent mail.
    arrived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Of the one content that is kept out of sight; copies of it are too, nothing else is.
    content_hash: Mapped[str | None] = mapped_column(String(64))
    #: It arrived with other words than ours, and stands among the mail.
    is_shown: Mapped[bool] = mapped_column(default=False)
