"""The history of comparisons: what each audit of a folder found."""

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import AuditRun, Folder, Mailbox
from triage.core.audit_level import AuditLevel
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
    folder_id: FolderId | None,
    level: AuditLevel,
    figures: RunFigures,
    *,
    started_at: datetime,
    finished_at: datetime,
) -> None:
    """Record a comparison.

    A comparison of recent mail that found nothing wrong replaces the one before it: four an hour and
    folder would outgrow the mail.
    """
    if level is AuditLevel.RECENT:
        found_nothing = sa.and_(AuditRun.missing == 0, AuditRun.departed == 0, AuditRun.unexplained == 0)
        connection.execute(
            sa.delete(AuditRun).where(AuditRun.folder_id == folder_id, AuditRun.level == level, found_nothing)
        )
    connection.execute(
        sa.insert(AuditRun).values(
            folder_id=folder_id,
            level=level.value,
            started_at=started_at,
            finished_at=finished_at,
            **asdict(figures),
        )
    )


def last_audits(connection: Connection, mailbox: str) -> dict[FolderId, dict[AuditLevel, datetime]]:
    """Return when each level of comparison last ended, for each watched folder of a mailbox."""
    rows = connection.execute(
        sa.select(AuditRun.folder_id, AuditRun.level, sa.func.max(AuditRun.finished_at).label("at"))
        .join(Folder, Folder.id == AuditRun.folder_id)
        .join(Mailbox, Mailbox.id == Folder.mailbox_id)
        .where(Mailbox.name == mailbox, Folder.is_watched)
        .group_by(AuditRun.folder_id, AuditRun.level)
    )
    found: dict[FolderId, dict[AuditLevel, datetime]] = {}
    for row in rows:
        found.setdefault(row.folder_id, {})[AuditLevel(row.level)] = row.at
    return found


def last_run_at(connection: Connection, level: AuditLevel) -> datetime | None:
    """Return when a comparison of that level last ended anywhere, or None when none ever did."""
    return connection.scalar(sa.select(sa.func.max(AuditRun.finished_at)).where(AuditRun.level == level))
