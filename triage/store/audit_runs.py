"""The history of comparisons: what each audit of a folder found."""

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import AuditRun, Folder, Mailbox
from triage.core.audit_level import AuditLevel
from triage.core.coverage import LastComparison
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
    """Return when each level of comparison last ended, for each watched folder of a mailbox.

    Contents count as compared when the folder was compared first: right after it was read they say little.
    """
    first, last = sa.func.min(AuditRun.finished_at), sa.func.max(AuditRun.finished_at)
    rows = connection.execute(
        sa.select(AuditRun.folder_id, AuditRun.level, first.label("first"), last.label("last"))
        .join(Folder, Folder.id == AuditRun.folder_id)
        .join(Mailbox, Mailbox.id == Folder.mailbox_id)
        .where(Mailbox.name == mailbox, Folder.is_watched)
        .group_by(AuditRun.folder_id, AuditRun.level)
    )
    found: dict[FolderId, dict[AuditLevel, datetime]] = {}
    for row in rows:
        runs = found.setdefault(row.folder_id, {})
        runs[AuditLevel(row.level)] = row.last
        if row.level == AuditLevel.ALL:
            runs.setdefault(AuditLevel.CONTENT, row.first)
    return found


def last_run_at(connection: Connection, level: AuditLevel) -> datetime | None:
    """Return when a comparison of that level last ended anywhere, or None when none ever did."""
    return connection.scalar(sa.select(sa.func.max(AuditRun.finished_at)).where(AuditRun.level == level))


def last_comparisons(connection: Connection) -> tuple[LastComparison, ...]:
    """Return the last run of each level of every watched folder, by name, and of the whole database."""
    newest = sa.select(sa.func.max(AuditRun.id)).group_by(AuditRun.folder_id, AuditRun.level)
    rows = connection.execute(
        sa.select(
            Mailbox.name,
            Folder.name.label("folder"),
            AuditRun.level,
            AuditRun.finished_at,
            AuditRun.missing,
            AuditRun.unexplained,
        )
        .outerjoin(Folder, Folder.id == AuditRun.folder_id)
        .outerjoin(Mailbox, Mailbox.id == Folder.mailbox_id)
        .where(
            AuditRun.id.in_(newest),
            sa.or_(AuditRun.folder_id.is_(None), sa.and_(Folder.is_watched, Mailbox.is_watched)),
        )
        .order_by(Mailbox.name, Folder.name, AuditRun.finished_at.desc(), AuditRun.id)
    )
    return tuple(
        LastComparison(
            mailbox=row.name or "",
            folder=row.folder or "",
            level=AuditLevel(row.level),
            finished_at=row.finished_at,
            missing=row.missing,
            unexplained=row.unexplained,
        )
        for row in rows
    )
