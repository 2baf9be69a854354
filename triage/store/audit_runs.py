"""The history of comparisons: what each audit of a folder found."""

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import AuditRun
from triage.core.ids import FolderId


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFigures:
    """What one comparison of a folder counted; see ``models.AuditRun``."""

    server_messages: int
    here_messages: int
    missing: int
    departed: int
    unexplained: int


def add_run(
    connection: Connection,
    folder_id: FolderId,
    figures: RunFigures,
    *,
    started_at: datetime,
    finished_at: datetime,
) -> None:
    """Record a comparison."""
    connection.execute(
        sa.insert(AuditRun).values(
            folder_id=folder_id, started_at=started_at, finished_at=finished_at, **asdict(figures)
        )
    )


def last_audit_at(connection: Connection, folder_id: FolderId) -> datetime | None:
    """Return when the folder was last compared message by message, or None when it never was."""
    return connection.scalar(
        sa.select(sa.func.max(AuditRun.finished_at)).where(AuditRun.folder_id == folder_id)
    )
