"""What comparing a folder with its server found: the proof that no mail is missing, and its history."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, UtcDateTime


class AuditRun(Base):
    """One comparison of all messages of one folder. Append-only."""

    __tablename__ = "audit_run"
    __table_args__ = (Index(None, "folder_id", "finished_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    folder_id: Mapped[int] = mapped_column(ForeignKey("folder.id"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The server's count at the end.
    server_messages: Mapped[int]
    #: Ours at the end, readable or not.
    here_messages: Mapped[int]
    #: Found on the server below the cursor and not here: each one is an incident.
    missing: Mapped[int]
    #: Left the server since the last comparison.
    departed: Mapped[int]
    #: Still different at the end.
    unexplained: Mapped[int]
