"""A batch of read messages becomes rows: gather, decide, apply, in one transaction, the cursor last.

A crash repeats the batch and doubles nothing: a UID that has a location is left alone, a content that
is known gets another location. A batch that fails is tried again message by message; one that fails
alone is quarantined, where a person sees it, and its neighbours land.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import structlog

from triage.core.attribution import attribute
from triage.core.claims import Facts
from triage.core.direction import direction
from triage.core.errors import LeaseLost, StoreError
from triage.core.ids import FolderId, MessageId, ThreadId
from triage.core.search_document import SearchDocument, document
from triage.core.wording import keep_wording
from triage.fail_point import reach
from triage.mailbox.read_mail import ReadMail
from triage.services.canary_arrival import take_canaries
from triage.services.practice import Practice
from triage.services.project_threads import project_threads
from triage.store import leases, ledger, mailboxes, search_index
from triage.store.database import Connection, Database
from triage.store.ledger import NewLocation
from triage.store.mailboxes import FolderRow
from triage.store.messages import MessageValues, NewMessage, add_messages, known_contents
from triage.store.outside import threads_maybe_answered
from triage.store.quarantine import KeptMessage, release
from triage.store.threading import rethread
from triage.store.threads import StoredMessage, threads_of, written_message

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """A message that was read."""

    uid: int
    mail: ReadMail

    @property
    def raw(self) -> bytes:
        """Packed bytes as they were fetched."""
        return self.mail.raw


@dataclass(frozen=True, kw_only=True, slots=True)
class NotRead:
    """A message that could not be read, with what is known of it.

    Attributes:
        state: quarantined, unfetchable or gone.
        reason: For the consultant; no content of the mail.
        raw: Packed bytes of a quarantined message.
    """

    uid: int
    state: str
    reason: str
    raw: bytes | None = None


Item: TypeAlias = Arrived | NotRead


@dataclass(kw_only=True, slots=True)
class Ingested:
    """What became of messages: counts, and the threads that changed."""

    stored: int = 0
    known: int = 0
    not_read: int = 0
    threads: set[ThreadId] = field(default_factory=set)

    def add(self, other: "Ingested") -> None:
        """Count the outcome of another batch in."""
        self.stored += other.stored
        self.known += other.known
        self.not_read += other.not_read
        self.threads |= other.threads


def ingest(
    database: Database,
    practice: Practice,
    folder_id: FolderId,
    items: Sequence[Item],
    *,
    epoch: int | None,
    now: datetime,
) -> Ingested:
    """Store a batch of one folder, in the order of its UIDs.

    Args:
        epoch: Of the lease on the mailbox; None for an import, which holds none.

    Raises:
        LeaseLost: If another worker took the mailbox over; nothing was written.
        StoreError: If the database cannot be written; nothing was written.
    """
    try:
        return _transaction(database, practice, folder_id, items, epoch=epoch, now=now)
    except (LeaseLost, StoreError):
        raise
    except Exception:
        # One of the three top loops of the house style: whatever a message does, the others go on.
        log.exception("batch failed, trying its messages alone", folder=folder_id, messages=len(items))
    outcome = Ingested()
    for item in items:
        outcome.add(_alone(database, practice, folder_id, item, epoch=epoch, now=now))
    return outcome


def _alone(
    database: Database,
    practice: Practice,
    folder_id: FolderId,
    item: Item,
    *,
    epoch: int | None,
    now: datetime,
) -> Ingested:
    try:
        return _transaction(database, practice, folder_id, [item], epoch=epoch, now=now)
    except (LeaseLost, StoreError):
        raise
    except Exception as err:
        log.exception("message quarantined", folder=folder_id, uid=item.uid)
        quarantined = NotRead(
            uid=item.uid,
            state="quarantined",
            reason=f"storing it failed ({type(err).__name__}); it is kept and can be tried again",
            raw=item.raw,
        )
        return _transaction(database, practice, folder_id, [quarantined], epoch=epoch, now=now)


def _transaction(
    database: Database,
    practice: Practice,
    folder_id: FolderId,
    items: Sequence[Item],
    *,
    epoch: int | None,
    now: datetime,
) -> Ingested:
    with database.write() as connection:
        row = mailboxes.folder(connection, folder_id)
        if epoch is not None:
            leases.check(connection, row.mailbox_id, epoch)
        placed = ledger.located(connection, row, [item.uid for item in items])
        fresh = [item for item in items if item.uid not in placed]
        ours = take_canaries(
            connection, row, [(item.uid, item.mail) for item in fresh if isinstance(item, Arrived)], now=now
        )
        fresh = [item for item in fresh if item.uid not in ours]
        arrived = {item.uid: item.mail.content_hash for item in fresh if isinstance(item, Arrived)}
        contents = _store(connection, practice, row, fresh, arrived, now=now)
        places = [*_locations(fresh, arrived, contents.located()), *map(_canary_location, sorted(ours))]
        ledger.add_locations(connection, row, places, now=now)
        reach("ingest.locations-added")
        touched = _derive(connection, practice, contents, now=now)
        reach("ingest.before-cursor")
        if items:
            mailboxes.move_cursor(connection, row.id, max(item.uid for item in items))
        reach("ingest.before-commit")
    reach("ingest.after-commit")
    return Ingested(
        stored=len(contents.new),
        known=len(arrived) - len(contents.new),
        not_read=len(fresh) - len(arrived),
        threads=set(touched),
    )


def ingest_held(
    database: Database, practice: Practice, held: KeptMessage, item: Arrived, *, now: datetime
) -> bool:
    """Store a message that was held back; its location then points at it.

    Returns:
        Whether it was still held back: False when somebody else was first.

    Raises:
        StoreError: If the database cannot be written; nothing was written.
    """
    with database.write() as connection:
        row = mailboxes.folder(connection, held.folder_id)
        hashes = {item.uid: item.mail.content_hash}
        contents = _store(connection, practice, row, [item], hashes, now=now)
        (message_id,) = contents.located().values()
        was_held = release(connection, held.held.id, message_id)
        _derive(connection, practice, contents, now=now)
    return was_held


@dataclass(frozen=True, kw_only=True, slots=True)
class _Contents:
    """Which messages the contents of a batch are: those that were here, and those that are new."""

    known: dict[str, MessageId]
    new: dict[str, MessageId]
    #: The new ones as they were read.
    mails: dict[str, ReadMail]
    #: The new ones as they were written.
    rows: Sequence[MessageValues]

    def located(self) -> dict[str, MessageId]:
        return self.known | self.new

    def documents(self) -> list[SearchDocument]:
        return [
            document(self.new[content], mail.message.received_at, mail.words)
            for content, mail in self.mails.items()
        ]


def _store(
    connection: Connection,
    practice: Practice,
    row: FolderRow,
    items: Sequence[Item],
    hashes: dict[int, str],
    *,
    now: datetime,
) -> _Contents:
    """Write the contents that are not here yet."""
    known = known_contents(connection, hashes.values())
    new = _new_messages(practice, row, items, hashes, known)
    rows = add_messages(connection, list(new.values()), now=now)
    reach("ingest.messages-added")
    mails = {item.mail.content_hash: item.mail for item in items if isinstance(item, Arrived)}
    return _Contents(
        known=known,
        new={content: MessageId(row.id) for content, row in zip(new, rows, strict=True)},
        mails={content: mails[content] for content in new if content in mails},
        rows=rows,
    )


def _derive(
    connection: Connection, practice: Practice, contents: _Contents, *, now: datetime
) -> frozenset[ThreadId]:
    """Thread what is new, once its locations are written, and derive the threads that it changes."""
    ids = list(contents.new.values())
    touched: frozenset[ThreadId] = frozenset()
    written: list[StoredMessage] = []
    if ids:
        prints = {contents.new[one]: mail.prints for one, mail in contents.mails.items()}
        threaded = rethread(
            connection, ids, now=now, own=practice.rules.own, prints=prints, written=contents.rows
        )
        touched = threaded.touched
        written = [written_message(row, threaded.threads[MessageId(row.id)]) for row in contents.rows]
    # A copy in another mailbox adds no message, but may change which policy the thread gets.
    touched |= threads_of(connection, contents.known.values())
    touched |= threads_maybe_answered(connection, ids)
    for mail in contents.mails.values():
        keep_wording(mail.message.text_new, mail.wording, has_attachments=bool(mail.message.attachments))
    project_threads(connection, practice, touched, now=now, written=written)
    # Last: the index holds the account of the thread.
    search_index.write(connection, contents.documents())
    return touched


def _new_messages(
    practice: Practice,
    row: FolderRow,
    items: Sequence[Item],
    hashes: dict[int, str],
    known: dict[str, MessageId],
) -> dict[str, NewMessage]:
    """Return the contents that are not in the database yet, each once, by their hash."""
    new: dict[str, NewMessage] = {}
    for item in items:
        if not isinstance(item, Arrived) or (content := hashes[item.uid]) in known or content in new:
            continue
        message = item.mail.message
        way = direction(message, practice.rules.own)
        new[content] = NewMessage(
            message=message,
            content_hash=content,
            base_subject=item.mail.base_subject,
            direction=way,
            attribution=attribute(Facts.of(message, way), practice.rules),
            raw=item.raw,
            is_backfill=item.uid <= (row.backfill_until_uid or 0),
        )
    return new


def _locations(
    items: Sequence[Item], hashes: dict[int, str], located: dict[str, MessageId]
) -> list[NewLocation]:
    return [
        NewLocation(uid=item.uid, state="stored", message_id=located[hashes[item.uid]])
        if isinstance(item, Arrived)
        else NewLocation(uid=item.uid, state=item.state, evidence={"reason": item.reason}, raw=item.raw)
        for item in items
    ]


def _canary_location(uid: int) -> NewLocation:
    return NewLocation(uid=uid, state="canary", evidence={"reason": "a test mail that the service sent"})
