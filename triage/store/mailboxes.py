"""Mailbox and folder rows: state, epoch and cursor."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from models import Folder, Mailbox
from triage.core.errors import Conflict, MailboxError
from triage.core.ids import FolderId, MailboxId

#: More would make statements longer than some databases take.
_CHUNK = 500
_COLUMNS = (
    Folder.id,
    Folder.mailbox_id,
    Folder.name,
    Folder.role,
    Folder.uidvalidity,
    Folder.generation,
    Folder.last_uid,
    Folder.backlog_until_uid,
    Folder.backfill_until_uid,
    Folder.server_messages,
    Folder.uidnext,
    Folder.checked_at,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderRow:
    """A watched folder as the database knows it.

    Attributes:
        uidvalidity: Of the current epoch, or None before the first visit.
        last_uid: Every UID up to this one has a location in the current epoch.
        backlog_until_uid: While set, UIDs above ``last_uid`` up to this one are read piece by piece, and
            what lies above is read first.
        backfill_until_uid: UIDs up to this one are history; None before the first visit.
        server_messages: The server's count when its set and ours were last found equal.
        uidnext: The server's UIDNEXT then.
        checked_at: When that was, or None in an epoch that was never proven.
    """

    id: FolderId
    mailbox_id: MailboxId
    name: str
    role: str
    uidvalidity: int | None
    generation: int
    last_uid: int
    backlog_until_uid: int | None
    backfill_until_uid: int | None
    server_messages: int | None
    uidnext: int | None
    checked_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MailboxState:
    """How reading a mailbox goes: ok, or why not and since when."""

    state: str
    reason: str
    since: datetime | None
    last_ok_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """A watched mailbox that cannot be read as it should.

    Attributes:
        since: When it came into this state.
    """

    mailbox_id: MailboxId
    mailbox: str
    state: str
    reason: str
    since: datetime


def register_mailbox(connection: Connection, name: str, *, kind: str) -> MailboxId:
    """Return the mailbox of that name, made if there is none.

    Raises:
        Conflict: If the name belongs to a mailbox of the other kind.
    """
    wanted = sa.select(Mailbox.id, Mailbox.kind).where(Mailbox.name == name)
    row = connection.execute(wanted).first()
    if row is not None and row.kind != kind:
        read = {"imap": "read over IMAP", "import": "imported from files"}[row.kind]
        raise Conflict(f"the mailbox {name} is {read}; choose another name")
    found = row.id if row else None
    if found is None:
        new = sa.insert(Mailbox).values(name=name, kind=kind, state="new", state_reason="")
        try:
            with connection.begin_nested():
                found = connection.execute(new.returning(Mailbox.id)).scalar_one()
        except IntegrityError:
            # Another worker was first.
            found = connection.execute(wanted).one().id
    return MailboxId(found)


def find_mailbox(connection: Connection, name: str) -> MailboxId | None:
    """Return the watched mailbox of that name that is read over IMAP, or None."""
    found = connection.scalar(
        sa.select(Mailbox.id).where(Mailbox.name == name, Mailbox.is_watched, Mailbox.kind == "imap")
    )
    return None if found is None else MailboxId(found)


def mark_ok(connection: Connection, mailbox_id: MailboxId, *, now: datetime) -> None:
    """Record that every watched folder of the mailbox was read."""
    connection.execute(
        sa.update(Mailbox)
        .where(Mailbox.id == mailbox_id)
        .values(state="ok", state_reason="", state_since=_since("ok", now), last_ok_at=now)
    )


def mark_signed_in(connection: Connection, mailbox_id: MailboxId) -> None:
    """Record that a refused sign-in works again; whether the mailbox can be read is yet to be seen."""
    connection.execute(
        sa.update(Mailbox)
        .where(Mailbox.id == mailbox_id, Mailbox.state == "auth_failed")
        .values(state="new", state_reason="", state_since=None)
    )


def mark_failed(connection: Connection, mailbox_id: MailboxId, error: MailboxError, *, now: datetime) -> None:
    """Record why the mailbox cannot be read; the instant of the first failure stays."""
    connection.execute(
        sa.update(Mailbox)
        .where(Mailbox.id == mailbox_id)
        .values(
            state=error.state,
            state_reason=str(error),
            state_since=_since(error.state, now),
        )
    )


def _since(state: str, now: datetime) -> sa.ColumnElement[datetime | None]:
    """Return since when the mailbox is in that state: as before if it is, or else from now on."""
    begins = sa.literal(now, Mailbox.state_since.type)
    return sa.case((Mailbox.state == state, Mailbox.state_since), else_=begins)


def mailbox_state(connection: Connection, mailbox_id: MailboxId) -> MailboxState:
    """Return how reading the mailbox goes."""
    row = connection.execute(
        sa.select(Mailbox.state, Mailbox.state_reason, Mailbox.state_since, Mailbox.last_ok_at).where(
            Mailbox.id == mailbox_id
        )
    ).one()
    return MailboxState(state=row[0], reason=row[1], since=row[2], last_ok_at=row[3])


def states(connection: Connection) -> dict[str, MailboxState]:
    """Return how reading each mailbox goes, by name."""
    rows = connection.execute(
        sa.select(
            Mailbox.name, Mailbox.state, Mailbox.state_reason, Mailbox.state_since, Mailbox.last_ok_at
        ).where(Mailbox.kind == "imap")
    )
    return {
        row[0]: MailboxState(state=row[1], reason=row[2], since=row[3], last_ok_at=row[4]) for row in rows
    }


def troubled(connection: Connection) -> tuple[Trouble, ...]:
    """Return the watched mailboxes that are not well, by name."""
    rows = connection.execute(
        sa.select(Mailbox.id, Mailbox.name, Mailbox.state, Mailbox.state_reason, Mailbox.state_since)
        .where(Mailbox.is_watched, Mailbox.state.not_in(("new", "ok")), Mailbox.state_since.is_not(None))
        .order_by(Mailbox.name)
    )
    return tuple(
        Trouble(mailbox_id=MailboxId(row[0]), mailbox=row[1], state=row[2], reason=row[3], since=row[4])
        for row in rows
        if row[4] is not None
    )


def watched_ids(connection: Connection) -> frozenset[MailboxId]:
    """Return the mailboxes that the configuration names."""
    wanted = sa.select(Mailbox.id).where(Mailbox.is_watched, Mailbox.kind == "imap")
    return frozenset(map(MailboxId, connection.scalars(wanted)))


def register_folder(connection: Connection, mailbox_id: MailboxId, name: str, *, role: str) -> FolderRow:
    """Return the folder of that name, made if there is none; its role follows the server's."""
    where = (Folder.mailbox_id == mailbox_id) & (Folder.name == name)
    if connection.execute(sa.update(Folder).where(where).values(role=role)).rowcount == 0:
        connection.execute(
            sa.insert(Folder).values(
                mailbox_id=mailbox_id, name=name, role=role, is_watched=True, generation=0, last_uid=0
            )
        )
    return _folder(connection, where)


def watch_mailboxes(connection: Connection, names: Collection[str]) -> None:
    """Record which mailboxes the configuration names: nothing is promised about the others any more."""
    is_wanted = Mailbox.name.in_(names)
    for wanted, condition in ((True, is_wanted), (False, sa.not_(is_wanted))):
        connection.execute(
            sa.update(Mailbox)
            .where(Mailbox.kind == "imap", condition, Mailbox.is_watched != wanted)
            .values(is_watched=wanted)
        )


def watch_only(connection: Connection, mailbox_id: MailboxId, names: Collection[str]) -> None:
    """Record which folders are read now: nothing is promised about the others any more."""
    is_wanted = Folder.name.in_(names)
    for wanted, condition in ((True, is_wanted), (False, sa.not_(is_wanted))):
        connection.execute(
            sa.update(Folder)
            .where(Folder.mailbox_id == mailbox_id, condition, Folder.is_watched != wanted)
            .values(is_watched=wanted)
        )


def folder(connection: Connection, folder_id: FolderId) -> FolderRow:
    """Return the folder as it stands now."""
    return _folder(connection, Folder.id == folder_id)


def find_folder(connection: Connection, mailbox: str, name: str) -> FolderRow | None:
    """Return the folder with that name in the mailbox with that name, or None when it is new."""
    found = connection.scalar(
        sa.select(Folder.id)
        .join(Mailbox, Mailbox.id == Folder.mailbox_id)
        .where(Mailbox.name == mailbox, Folder.name == name)
    )
    return None if found is None else _folder(connection, Folder.id == found)


def start_epoch(
    connection: Connection, row: FolderRow, *, uidvalidity: int, newest_uid: int, generation: int = 0
) -> FolderRow:
    """Open an epoch: UIDs of the old one mean nothing in the new one (RFC 3501 section 2.3.1.1).

    Args:
        newest_uid: Highest UID of the folder at its first visit: what is there already is history.
            In a later epoch nothing is history: unknown content is mail that came in the gap.
    """
    is_first = row.uidvalidity is None
    connection.execute(
        sa.update(Folder)
        .where(Folder.id == row.id)
        .values(
            uidvalidity=uidvalidity,
            generation=generation,
            last_uid=0,
            backlog_until_uid=None,
            backfill_until_uid=newest_uid if is_first else 0,
            checked_at=None,
        )
    )
    return folder(connection, row.id)


def move_cursor(connection: Connection, folder_id: FolderId, last_uid: int) -> None:
    """Move the cursor forward, never back. Call this last in the transaction that stored the mail.

    While older mail still waits, the cursor stays below it: new mail that was read first does not move it.
    """
    is_in_order = sa.or_(Folder.backlog_until_uid.is_(None), Folder.backlog_until_uid >= last_uid)
    connection.execute(
        sa.update(Folder)
        .where(Folder.id == folder_id, Folder.last_uid < last_uid, is_in_order)
        .values(last_uid=last_uid)
    )


def start_backlog(connection: Connection, folder_id: FolderId, until_uid: int) -> FolderRow:
    """Record that the UIDs above the cursor up to this one are read piece by piece."""
    connection.execute(sa.update(Folder).where(Folder.id == folder_id).values(backlog_until_uid=until_uid))
    return folder(connection, folder_id)


def end_backlog(connection: Connection, folder_id: FolderId, *, highest_uid: int) -> FolderRow:
    """Record that no older mail waits any more; the cursor passes what was read before its turn.

    Args:
        highest_uid: Of the locations of the epoch.
    """
    is_above = Folder.last_uid < highest_uid
    connection.execute(
        sa.update(Folder)
        .where(Folder.id == folder_id)
        .values(backlog_until_uid=None, last_uid=sa.case((is_above, highest_uid), else_=Folder.last_uid))
    )
    return folder(connection, folder_id)


def mark_checked(
    connection: Connection,
    folder_id: FolderId,
    *,
    server_messages: int,
    uidnext: int | None = None,
    now: datetime,
) -> None:
    """Record that the server's set of messages and ours were found equal."""
    connection.execute(
        sa.update(Folder)
        .where(Folder.id == folder_id)
        .values(server_messages=server_messages, uidnext=uidnext, checked_at=now)
    )


def doubt(connection: Connection, folder_id: FolderId) -> None:
    """Record that the folder has to be opened at the next look, whatever numbers the server says."""
    connection.execute(sa.update(Folder).where(Folder.id == folder_id).values(uidnext=None))


def mark_unchanged(connection: Connection, folder_ids: Sequence[FolderId], *, now: datetime) -> None:
    """Record that the server says of these folders what it said when they were found equal."""
    for start in range(0, len(folder_ids), _CHUNK):
        chunk = folder_ids[start : start + _CHUNK]
        connection.execute(sa.update(Folder).where(Folder.id.in_(chunk)).values(checked_at=now))


def watched_folders(connection: Connection, mailbox: str) -> dict[str, FolderRow]:
    """Return the watched folders of the mailbox by name."""
    found = connection.execute(
        sa.select(*_COLUMNS)
        .join(Mailbox, Mailbox.id == Folder.mailbox_id)
        .where(Mailbox.name == mailbox, Folder.is_watched)
        .order_by(Folder.id)
    )
    return {row.name: FolderRow(**row._mapping) for row in found}


def mailbox_names(connection: Connection) -> Sequence[str]:
    """Return the names of all mailboxes, in order."""
    return connection.scalars(sa.select(Mailbox.name).order_by(Mailbox.name)).all()


def _folder(connection: Connection, where: sa.ColumnElement[bool]) -> FolderRow:
    return FolderRow(**connection.execute(sa.select(*_COLUMNS).where(where)).one()._mapping)
