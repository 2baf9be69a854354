"""What the full-text index holds, and which messages it waits for.

On SQLite the words are in the virtual table ``search_words``, which the migration makes by hand
(``migrations/search_index.py``), as it makes the triggers that fill ``search_pending``.
"""

from sqlalchemy import BigInteger, ForeignKey, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId


class SearchPending(Base):
    """A message whose entry in the index is missing or no longer true; kept by triggers."""

    __tablename__ = "search_pending"

    message_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("message.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )


class SearchEntry(Base):
    """A message that is in the index. Take it out there before the message is deleted."""

    __tablename__ = "search_entry"

    message_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("message.id"), primary_key=True, autoincrement=False
    )
    #: Orders by time, then by id (core.search_document).
    place: Mapped[int] = mapped_column(BigInteger)
    #: Of its thread when it was indexed: makes a search fast, never decides what may be seen.
    account_id: Mapped[int | None] = mapped_column(BigId)
    #: PostgreSQL only. The indexes on it and on the place are there only, and made by hand.
    words: Mapped[str | None] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))
