"""Mail from files: read, parsed and stored as mail from a server is, but never alerting."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from triage.core.ids import FolderId
from triage.mailbox.fetched import Fetched, pack
from triage.mailbox.import_files import ImportedFile, ImportProblem, read_path
from triage.mailbox.parse import reduce_message
from triage.mailbox.parser_pool import ParseFailure
from triage.mailbox.read_mail import ReadMail
from triage.services.ingest import Arrived, Ingested, Item, NotRead, ingest
from triage.services.practice import Practice
from triage.services.read_folder import BATCH, Parse
from triage.store import mailboxes
from triage.store.database import Database

#: Files have no UIDVALIDITY; theirs is one endless epoch.
_UIDVALIDITY = 1
#: Everything in a file is history.
_EVERYTHING = 2**63 - 1


@dataclass(kw_only=True, slots=True)
class ImportReport:
    """How an import went.

    Attributes:
        problems: Files and places in them that could not be read.
    """

    ingested: Ingested = field(default_factory=Ingested)
    problems: list[ImportProblem] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reduced:
    """A message of a file, without its attachments."""

    folder: str
    role: str
    uid: int
    fetched: Fetched


def import_path(
    database: Database,
    practice: Practice,
    path: Path,
    *,
    mailbox: str,
    parse: Parse,
    clock: Callable[[], datetime],
    advance: Callable[[int], None] = lambda _count: None,
) -> ImportReport:
    """Store every message below a file or folder; memory stays flat whatever its size.

    Raises:
        StoreError: If the database cannot be written; a second run goes on where this one stopped.
    """
    report = ImportReport()
    folders: dict[str, FolderId] = {}
    for folder, batch in _batches(path, report.problems):
        if folder not in folders:
            folders[folder] = _register(database, mailbox, folder, batch[0].role)
        outcomes = parse([one.fetched for one in batch])
        items = [_item(one, outcome) for one, outcome in zip(batch, outcomes, strict=True)]
        report.ingested.add(ingest(database, practice, folders[folder], items, epoch=None, now=clock()))
        advance(len(items))
    with database.write() as connection:
        mailbox_id = mailboxes.register_mailbox(connection, mailbox, kind="import")
        mailboxes.mark_ok(connection, mailbox_id, now=clock())
    return report


def _batches(path: Path, problems: list[ImportProblem]) -> Iterator[tuple[str, list[_Reduced]]]:
    """Yield batches of one folder each, bounded in number; problems are collected on the way."""
    waiting: dict[str, dict[int, _Reduced]] = {}
    for found in read_path(path):
        if isinstance(found, ImportProblem):
            problems.append(found)
            continue
        # The same bytes twice in a folder are one message in one place.
        batch = waiting.setdefault(found.folder, {})
        batch[found.uid] = _reduced(found)
        if len(batch) == BATCH:
            yield found.folder, list(waiting.pop(found.folder).values())
    for folder, batch in waiting.items():
        yield folder, list(batch.values())


def _reduced(found: ImportedFile) -> _Reduced:
    return _Reduced(
        folder=found.folder,
        role=found.role.value,
        uid=found.uid,
        fetched=reduce_message(found.raw, received_at=found.received_at),
    )


def _register(database: Database, mailbox: str, folder: str, role: str) -> FolderId:
    with database.write() as connection:
        mailbox_id = mailboxes.register_mailbox(connection, mailbox, kind="import")
        row = mailboxes.register_folder(connection, mailbox_id, folder, role=role)
        if row.uidvalidity is None:
            row = mailboxes.start_epoch(connection, row, uidvalidity=_UIDVALIDITY, newest_uid=_EVERYTHING)
        return row.id


def _item(one: _Reduced, outcome: ReadMail | ParseFailure) -> Item:
    if isinstance(outcome, ParseFailure):
        return NotRead(uid=one.uid, state="quarantined", reason=outcome.sentence, raw=pack(one.fetched))
    return Arrived(uid=one.uid, mail=outcome)
