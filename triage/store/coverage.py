"""What the ledger says about completeness: folder by folder, and the messages held back."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Folder, Location, Mailbox, RawContent
from triage.core.coverage import FolderCoverage, HeldBack

_HELD_BACK = ("quarantined", "unfetchable")
_LEFT = "it left the server before it could be read; its bytes are here"


def coverage(connection: Connection, *, with_stored: bool = True) -> tuple[FolderCoverage, ...]:
    """Return the coverage of every watched folder of every mailbox, by name.

    A mailbox without folders gives one row with an empty folder name: it was never read.

    Args:
        with_stored: Count the stored messages, which walks the ledger; the queue page leaves it out.
    """
    counted = _counted(with_stored=with_stored).subquery()
    rows = connection.execute(
        sa.select(
            Mailbox.name,
            Mailbox.kind,
            Folder.name.label("folder"),
            Folder.server_messages,
            counted.c.stored,
            counted.c.quarantined,
            counted.c.unfetchable,
            Folder.checked_at,
            Mailbox.state,
            Mailbox.state_reason,
        )
        .outerjoin(Folder, sa.and_(Folder.mailbox_id == Mailbox.id, Folder.is_watched))
        .outerjoin(counted, counted.c.folder_id == Folder.id)
        .where(Mailbox.is_watched)
        .order_by(Mailbox.name, Folder.name, Folder.id)
    )
    return tuple(
        FolderCoverage(
            mailbox=row.name,
            kind=row.kind,
            folder=row.folder or "",
            server_messages=row.server_messages,
            stored_messages=(row.stored or 0) if with_stored else None,
            quarantined=row.quarantined or 0,
            unfetchable=row.unfetchable or 0,
            checked_at=row.checked_at,
            state=row.state,
            reason=row.state_reason,
        )
        for row in rows
    )


def held_back(connection: Connection, *, limit: int | None = 100) -> tuple[HeldBack, ...]:
    """Return the newest messages that are counted but cannot be shown, newest first."""
    return tuple(map(held_row, connection.execute(held_rows().limit(limit))))


def held_rows() -> sa.Select[int, str, str, int, str, dict[str, Any] | None, datetime]:
    """Select what is held back: unreadable now, or gone from the server with its bytes kept here."""
    is_current = sa.and_(Location.uidvalidity == Folder.uidvalidity, Location.generation == Folder.generation)
    is_kept = sa.exists().where(RawContent.location_id == Location.id)
    return (
        sa.select(
            Location.id,
            Mailbox.name,
            Folder.name.label("folder"),
            Location.uid,
            Location.state,
            Location.evidence,
            Location.seen_at,
        )
        .join(Mailbox, Mailbox.id == Location.mailbox_id)
        .join(Folder, Folder.id == Location.folder_id)
        .where(
            sa.or_(
                sa.and_(Location.state.in_(_HELD_BACK), sa.or_(is_current, is_kept)),
                sa.and_(Location.state == "gone", is_kept),
            )
        )
        .order_by(Location.id.desc())
    )


def held_row(row: sa.Row[int, str, str, int, str, dict[str, Any] | None, datetime]) -> HeldBack:
    """Return a selected row as what it means."""
    return HeldBack(
        id=row.id,
        mailbox=row.name,
        folder=row.folder,
        uid=row.uid,
        state=row.state,
        reason=str((row.evidence or {}).get("reason", "")) or _LEFT,
        seen_at=row.seen_at,
    )


def _counted(*, with_stored: bool) -> sa.Select[int, int, int, int]:
    """Count the locations of each folder's current epoch by state."""

    def count_of(*states: str) -> sa.ColumnElement[int]:
        return sa.func.count().filter(Location.state.in_(states))

    counted = (
        sa.select(
            Location.folder_id,
            count_of("stored", "canary", *_HELD_BACK).label("stored"),
            count_of("quarantined").label("quarantined"),
            count_of("unfetchable").label("unfetchable"),
        )
        .join(Folder, Folder.id == Location.folder_id)
        .where(Location.uidvalidity == Folder.uidvalidity, Location.generation == Folder.generation)
        .group_by(Location.folder_id)
    )
    return counted if with_stored else counted.where(Location.state.in_(_HELD_BACK))
