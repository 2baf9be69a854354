"""The completeness ledger: one location row for every UID of every watched folder."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Location, RawContent
from triage.core.ids import MessageId
from triage.store.among import among
from triage.store.mailboxes import FolderRow
from triage.store.plain_rows import add_rows, new_ids

#: More would make statements longer than some databases take.


@dataclass(frozen=True, kw_only=True, slots=True)
class NewLocation:
    """Where a message was seen, and what became of it.

    Attributes:
        state: stored, quarantined, unfetchable, gone, or canary for a test mail of ours.
        message_id: Set exactly when the state is stored.
        evidence: Why, for the other states, with what could be read.
        raw: Packed bytes of a quarantined message, kept for a retry.
    """

    uid: int
    state: str
    message_id: MessageId | None = None
    evidence: dict[str, Any] | None = None
    raw: bytes | None = None


def located(connection: Connection, row: FolderRow, uids: Collection[int]) -> set[int]:
    """Return those of the UIDs that have a location in the folder's current epoch."""
    wanted = sa.select(Location.uid).where(_in_epoch(row), among(Location.uid, uids))
    return set(connection.scalars(wanted))


def located_between(connection: Connection, row: FolderRow, low: int, high: int) -> set[int]:
    """Return the UIDs from low to high, both included, that have a location and are not gone."""
    return set(
        connection.scalars(
            sa.select(Location.uid).where(
                _in_epoch(row), Location.uid.between(low, high), Location.state != "gone"
            )
        )
    )


def count_located(connection: Connection, row: FolderRow) -> int:
    """Return how many locations of the current epoch should still be on the server."""
    return connection.execute(
        sa.select(sa.func.count()).select_from(Location).where(_in_epoch(row), Location.state != "gone")
    ).scalar_one()


def highest_uid(connection: Connection, row: FolderRow) -> int:
    """Return the highest UID that has a location in the current epoch, 0 when none has."""
    return connection.scalar(sa.select(sa.func.max(Location.uid)).where(_in_epoch(row))) or 0


def last_generation(connection: Connection, row: FolderRow, uidvalidity: int) -> int | None:
    """Return the newest generation that has locations under a UIDVALIDITY of the folder; None without any."""
    return connection.scalar(
        sa.select(sa.func.max(Location.generation)).where(
            Location.mailbox_id == row.mailbox_id,
            Location.folder_id == row.id,
            Location.uidvalidity == uidvalidity,
        )
    )


def random_contents(connection: Connection, row: FolderRow, count: int) -> dict[int, bytes]:
    """Return packed bytes of messages of the current epoch by UID, chosen at random."""
    chosen = (
        sa.select(Location.uid, Location.message_id)
        .where(_in_epoch(row), Location.state == "stored")
        .order_by(sa.func.random())
        .limit(count)
        .subquery()
    )
    rows = connection.execute(
        sa.select(chosen.c.uid, RawContent.content).join(
            RawContent, RawContent.message_id == chosen.c.message_id
        )
    )
    return {row.uid: row.content for row in rows}


_LOCATION = (
    Location.id,
    Location.mailbox_id,
    Location.folder_id,
    Location.uidvalidity,
    Location.generation,
    Location.seen_at,
    Location.uid,
    Location.state,
    Location.message_id,
    Location.evidence,
)


def add_locations(
    connection: Connection, row: FolderRow, locations: Sequence[NewLocation], *, now: datetime
) -> None:
    """Write the locations of a batch."""
    if not locations:
        return
    ids = new_ids(connection, Location.id, len(locations))
    epoch = (row.mailbox_id, row.id, row.uidvalidity, row.generation, now)
    add_rows(
        connection,
        _LOCATION,
        [
            (location_id, *epoch, new.uid, new.state, new.message_id, new.evidence)
            for location_id, new in zip(ids, locations, strict=True)
        ],
    )
    kept = [
        {"location_id": location_id, "message_id": None, "content": new.raw}
        for location_id, new in zip(ids, locations, strict=True)
        if new.raw is not None
    ]
    if kept:
        connection.execute(sa.insert(RawContent), kept)


def mark_gone(
    connection: Connection, row: FolderRow, uids: Collection[int], *, witness: str, now: datetime
) -> None:
    """Record that messages left the folder. Their content and every obligation stay."""
    connection.execute(
        sa.update(Location)
        .where(_in_epoch(row), among(Location.uid, uids))
        .values(state="gone", evidence={"witness": witness, "at": now.isoformat()})
    )


def restore(connection: Connection, row: FolderRow, uids: Collection[int]) -> None:
    """Take back that messages left the folder: they are on the server again.

    Those whose content is here count as stored; the others lose their location, so that they are
    fetched like new ones.
    """
    gone = sa.and_(_in_epoch(row), among(Location.uid, uids), Location.state == "gone")
    connection.execute(
        sa.update(Location)
        .where(gone, Location.message_id.is_not(None))
        .values(state="stored", evidence=None)
    )
    unread = sa.and_(gone, Location.message_id.is_(None))
    kept = sa.select(Location.id).where(unread)
    connection.execute(sa.delete(RawContent).where(RawContent.location_id.in_(kept)))
    connection.execute(sa.delete(Location).where(unread))


def _in_epoch(row: FolderRow) -> sa.ColumnElement[bool]:
    return sa.and_(
        Location.mailbox_id == row.mailbox_id,
        Location.folder_id == row.id,
        Location.uidvalidity == row.uidvalidity,
        Location.generation == row.generation,
    )
