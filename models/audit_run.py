"""What comparing a folder with its server found: the proof that no mail is missing, and its history."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, UtcDateTime


class AuditRun(Base):
    """One comparison of one folder. A recent comparison that found nothing gives way to the next one."""

    __tablename__ = "audit_run"
    __table_args__ = (Index(None, "folder_id", "level", "finished_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: None for what is asked of the whole database: phantom parents.
    folder_id: Mapped[int | None] = mapped_column(ForeignKey("folder.id"))
    #: recent, all, content or parents; ``core.audit_level`` says what each compares.
    level: Mapped[str] = mapped_column(String(10))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The server's count at the end; of a comparison of contents, how many were compared.
    server_messages: Mapped[int]
    #: Ours at the end, readable or not.
    here_messages: Mapped[int]
    #: Found on the server below the cursor and not here: each one is an incident.
    missing: Mapped[int]
    #: Left the server since the last comparison.
    departed: Mapped[int]
    #: Still different at the end.
    unexplained: Mapped[int]
