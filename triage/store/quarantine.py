"""Messages held back: their bytes, and letting them go once they could be read."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Folder, Location, RawContent
from triage.core.coverage import HeldBack
from triage.core.ids import FolderId, MessageId
from triage.store.coverage import held_row, held_rows


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptMessage:
    """A message held back, with what was kept of it.

    Attributes:
        is_current: Its UID still means this message: the folder was not renumbered since.
        raw: Packed bytes, or None when the server gave nothing; of an unfetchable message the header.
    """

    held: HeldBack
    folder_id: FolderId
    is_current: bool
    raw: bytes | None


def kept_message(connection: Connection, held_id: int) -> KeptMessage | None:
    """Return a message that is held back, or None when there is none with that id."""
    row = connection.execute(held_rows().where(Location.id == held_id)).one_or_none()
    if row is None:
        return None
    folder_id, is_current = connection.execute(
        sa.select(
            Folder.id,
            sa.and_(Location.uidvalidity == Folder.uidvalidity, Location.generation == Folder.generation),
        )
        .join(Location, Location.folder_id == Folder.id)
        .where(Location.id == held_id)
    ).one()
    return KeptMessage(
        held=held_row(row),
        folder_id=FolderId(folder_id),
        is_current=bool(is_current),
        raw=connection.scalar(sa.select(RawContent.content).where(RawContent.location_id == held_id)),
    )


def kept_contents(connection: Connection, held_ids: Sequence[int]) -> dict[int, bytes]:
    """Return the packed bytes kept of these messages by id; those without any are left out."""
    rows = connection.execute(
        sa.select(RawContent.location_id, RawContent.content)
        .where(RawContent.location_id.in_(held_ids))
        .order_by(RawContent.id)
    )
    return {row.location_id: row.content for row in rows if row.location_id is not None}


def release(connection: Connection, held_id: int, message_id: MessageId) -> bool:
    """Let a location point at its message; one that left the server stays gone.

    Returns:
        False when it was not held back any more.
    """
    state = sa.case((Location.state == "gone", "gone"), else_="stored")
    evidence = sa.case((Location.state == "gone", Location.evidence), else_=sa.null())
    released = connection.execute(
        sa.update(Location)
        .where(Location.id == held_id, Location.message_id.is_(None))
        .values(message_id=message_id, state=state, evidence=evidence)
    ).rowcount
    connection.execute(sa.delete(RawContent).where(RawContent.location_id == held_id))
    return bool(released)


def mark_left(connection: Connection, held_id: int, *, reason: str) -> None:
    """Record that the server denies a message it did not give us."""
    connection.execute(
        sa.update(Location)
        .where(Location.id == held_id, Location.state == "unfetchable")
        .values(state="gone", evidence={"reason": reason})
    )
