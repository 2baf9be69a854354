"""Read what is new in one folder, then find out whether anything is missing.

One thread fetches ahead and another parses ahead while the batch before is stored; both are bounded.
Afterwards the server's number of messages is held against ours; where they differ the sets are compared,
and only then the folder counts as checked.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from triage.core.audit_level import AuditLevel
from triage.core.errors import MailboxError
from triage.fail_point import reach
from triage.mailbox.fetch import Gone, Result, Unfetchable
from triage.mailbox.fetched import Fetched, pack
from triage.mailbox.folders import FolderState, WatchedFolder
from triage.mailbox.parser_pool import ParseFailure
from triage.mailbox.read_mail import ReadMail
from triage.mailbox.reader import MailboxReader
from triage.services.ahead import ahead
from triage.services.compare_folder import FolderAudit, FolderComparison, Found
from triage.services.ingest import Arrived, Ingested, Item, NotRead, ingest
from triage.services.practice import Practice
from triage.services.reading_order import at_most, next_piece
from triage.services.sample_contents import sample_contents
from triage.store import leases, ledger, mailboxes
from triage.store.audit_runs import add_run
from triage.store.database import Connection, Database
from triage.store.mailboxes import FolderRow

log = structlog.get_logger(__name__)

#: Messages a transaction.
BATCH = 500
#: Of the first batch; each next one is twice as large, so that what stores does not wait long for it.
_FIRST_BATCH = 125

Parse = Callable[[Sequence[Fetched]], Sequence[ReadMail | ParseFailure]]


class Watcher(Protocol):
    """Is told how reading goes, for progress bars and metrics."""

    def folder(self, mailbox: str, folder: str, total: int) -> None:
        """Say that ``total`` messages of a folder are to be read."""

    def advance(self, mailbox: str, folder: str, count: int) -> None:
        """Say that ``count`` more are done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What reading needs beside the mailbox.

    Attributes:
        owner: Names this worker in leases.
        clock: Returns the present instant, aware.
    """

    database: Database
    practice: Practice
    parse: Parse
    owner: str
    clock: Callable[[], datetime]
    watcher: Watcher


class FolderReading:
    """One visit to one folder, over an open connection and under a lease."""

    def __init__(
        self, reader: MailboxReader, folder: WatchedFolder, *, mailbox: str, tools: Tools, epoch: int
    ) -> None:
        """Prepare the visit.

        Args:
            epoch: Of the lease, presented at every commit.
        """
        self._reader = reader
        self._folder = folder
        self._mailbox = mailbox
        self._tools = tools
        self._epoch = epoch

    def read(self) -> Ingested:
        """Store all that is new, however much, and compare if the counts differ; return what came of it.

        Raises:
            MailboxError: If the connection is lost; what was read before is stored.
            LeaseLost: If another worker took over.
            StoreError: If the database cannot be written.
        """
        state, row, outcome = self._read_new()
        return self._prove(state, row, outcome)

    def look(self, at_once: int, *, state: FolderState | None = None) -> Ingested:
        """Store what is new, unless it is more than can be read at once: that becomes a backlog.

        Without a backlog the folder is compared if the counts differ. Raises as ``read`` does.

        Args:
            at_once: Messages.
            state: Of the folder, where it was opened just now; otherwise it is opened.
        """
        state = state or self._reader.examine(self._folder)
        row = self._open_epoch(state)
        fresh = at_most(self._reader.uids_after(self._highest_seen(row)), at_once)
        if len(fresh) > at_once:
            self._start_backlog(state, row, at_least=fresh[-1])
            return Ingested()
        self._tell(row, len(fresh))
        outcome = self._read_uids(row, fresh)
        # Before older mail is here the folder cannot be equal, and what is proven of it is old.
        return outcome if row.backlog_until_uid is not None else self._prove(state, row, outcome)

    def read_piece(self, count: int) -> Ingested:
        """Store the next messages of the backlog; after the last one, look. Raises as ``read`` does.

        Args:
            count: Messages.
        """
        state = self._reader.examine(self._folder)
        row = self._open_epoch(state)
        if row.backlog_until_uid is None:
            return self.look(count)
        piece = next_piece(
            self._reader.uids_after(row.last_uid), until_uid=row.backlog_until_uid, count=count
        )
        outcome = self._read_uids(row, piece.uids)
        if piece.is_last:
            self._end_backlog(row)
            outcome.add(self.look(count))
        else:
            self._pass(row, piece.uids)
        return outcome

    def audit(self, level: AuditLevel = AuditLevel.ALL) -> FolderAudit:
        """Store what is new, compare even where the counts are equal, and record the run.

        Raises:
            MailboxError, LeaseLost, StoreError: As for ``read``.

        Source: reliability page, section 3.4, levels R1 to R3.
        """
        started_at = self._tools.clock()
        _, row, outcome = self._read_new()
        if level is AuditLevel.CONTENT:
            audit = self._sampled(row, outcome)
        else:
            found = self._compare(row, newest_only=level is AuditLevel.RECENT)
            outcome.add(found.ingested)
            audit = self._audited(
                level,
                server_messages=found.state.exists if found.state else 0,
                here_messages=self._count(row),
                missing=found.missing,
                departed=found.departed,
                unexplained=found.unexplained,
                ingested=outcome,
            )
        with self._write(row) as connection:
            add_run(
                connection,
                row.id,
                level,
                audit.figures(),
                started_at=started_at,
                finished_at=self._tools.clock(),
            )
        return audit

    def _sampled(self, row: FolderRow, outcome: Ingested) -> FolderAudit:
        """Compare some contents; where one is another mail now, all of the folder is read anew."""
        now = self._tools.clock()
        sample = sample_contents(self._reader, row, self._tools.database, self._tools.parse, now=now)
        if sample.different:
            log.warning(
                "other mail under known UIDs", mailbox=self._mailbox, folder=row.id, messages=sample.different
            )
            with self._write(row) as connection:
                uidvalidity, generation = row.uidvalidity or 0, row.generation + 1
                mailboxes.start_epoch(
                    connection, row, uidvalidity=uidvalidity, newest_uid=0, generation=generation
                )
        same = sample.compared - sample.different
        return self._audited(
            AuditLevel.CONTENT,
            server_messages=sample.compared,
            here_messages=same,
            unexplained=sample.different,
            ingested=outcome,
        )

    def _audited(self, level: AuditLevel, *, ingested: Ingested, **figures: int) -> FolderAudit:
        numbers = {"missing": 0, "departed": 0} | figures
        return FolderAudit(
            mailbox=self._mailbox, folder=self._folder.name, level=level, ingested=ingested, **numbers
        )

    def _read_new(self) -> tuple[FolderState, FolderRow, Ingested]:
        """Store what lies above the cursor."""
        state = self._reader.examine(self._folder)
        row = self._open_epoch(state)
        self._tell(row, state.exists - self._count(row))
        outcome = Ingested()
        for window in self._reader.uids_after(row.last_uid):
            outcome.add(self._read_uids(row, window))
        if row.backlog_until_uid is not None:
            row = self._end_backlog(row)
        return state, row, outcome

    def _prove(self, state: FolderState, row: FolderRow, outcome: Ingested) -> Ingested:
        """Call the folder checked if the counts are equal, and compare the sets if not."""
        # An absence that was just told may be false, and hide behind a deletion where counts are equal.
        if not outcome.not_read and self._count(row) == state.exists:
            self._mark_checked(row, state)
        else:
            # Most differences lie in the newest mail, and the numbers tell whether that was all.
            outcome.add(self._compare(row, newest_only=not outcome.not_read).ingested)
        return outcome

    def _tell(self, row: FolderRow, expected: int) -> None:
        if expected > 0 and row.backlog_until_uid is None:
            self._tools.watcher.folder(self._mailbox, self._folder.name, expected)

    def _highest_seen(self, row: FolderRow) -> int:
        """Return the UID above which nothing was read yet, older mail that waits apart."""
        if row.backlog_until_uid is None:
            return row.last_uid
        with self._tools.database.read() as connection:
            return max(row.backlog_until_uid, ledger.highest_uid(connection, row))

    def _start_backlog(self, state: FolderState, row: FolderRow, *, at_least: int) -> None:
        until_uid = max((state.uidnext or 1) - 1, at_least)
        with self._write(row) as connection:
            waiting = state.exists - ledger.count_located(connection, row)
            mailboxes.start_backlog(connection, row.id, until_uid)
            reach("read_folder.before-backlog-commit")
        reach("read_folder.after-backlog-commit")
        self._tell(row, waiting)

    def _pass(self, row: FolderRow, uids: Sequence[int]) -> None:
        """Move the cursor over a piece of which everything was here before, so that nothing moved it."""
        with self._write(row) as connection:
            if len(ledger.located(connection, row, uids)) == len(uids):
                mailboxes.move_cursor(connection, row.id, uids[-1])

    def _end_backlog(self, row: FolderRow) -> FolderRow:
        with self._write(row) as connection:
            highest = ledger.highest_uid(connection, row)
            row = mailboxes.end_backlog(connection, row.id, highest_uid=highest)
            reach("read_folder.before-backlog-end")
        reach("read_folder.after-backlog-end")
        return row

    def _open_epoch(self, state: FolderState) -> FolderRow:
        """Return the folder in its present epoch, opening a new one where the old UIDs mean nothing now."""
        # A server without UIDVALIDITY is one endless epoch: the comparison looks at all UIDs anyway.
        uidvalidity, role = state.uidvalidity or 0, self._folder.role.value
        with self._tools.database.read() as connection:
            known = mailboxes.find_folder(connection, self._mailbox, self._folder.name)
        went_back = known is not None and self._went_back(known, state)
        if known is not None and not went_back and (known.uidvalidity, known.role) == (uidvalidity, role):
            return known
        newest = state.uidnext - 1 if state.uidnext else self._newest_uid()
        with self._tools.database.write() as connection:
            mailbox_id = mailboxes.register_mailbox(connection, self._mailbox, kind="imap")
            leases.check(connection, mailbox_id, self._epoch)
            row = mailboxes.register_folder(connection, mailbox_id, self._folder.name, role=role)
            if went_back or row.uidvalidity != uidvalidity:
                log.info("new epoch", mailbox=self._mailbox, folder=row.id, uidvalidity=uidvalidity)
                # A value that was there before may mean other mail now: nothing of that time counts.
                last = ledger.last_generation(connection, row, uidvalidity)
                generation = 0 if last is None and not went_back else max(last or 0, row.generation) + 1
                row = mailboxes.start_epoch(
                    connection, row, uidvalidity=uidvalidity, newest_uid=newest, generation=generation
                )
            reach("read_folder.before-epoch-commit")
        reach("read_folder.after-epoch-commit")
        return row

    def _went_back(self, row: FolderRow, state: FolderState) -> bool:
        """Tell whether the server numbers from an earlier point again, as after a restored backup.

        RFC 3501 section 2.3.1.1 forbids it under the same UIDVALIDITY; it happens. A UIDNEXT that the
        folder's own messages contradict is an error of the server's and means nothing.
        """
        if state.uidnext is None or row.uidvalidity != (state.uidvalidity or 0):
            return False
        return state.uidnext <= self._highest_seen(row) and self._newest_uid() < state.uidnext

    def _newest_uid(self) -> int:
        return max((window[-1] for window in self._reader.uids_after(0)), default=0)

    def _read_uids(self, row: FolderRow, uids: Sequence[int]) -> Ingested:
        """Fetch, parse and store those of the UIDs that have no location yet."""
        tools = self._tools
        with tools.database.read() as connection:
            placed = ledger.located(connection, row, uids)
        wanted = [uid for uid in uids if uid not in placed]
        outcome = Ingested()
        for items in self._items(wanted):
            outcome.add(
                ingest(tools.database, tools.practice, row.id, items, epoch=self._epoch, now=tools.clock())
            )
            tools.watcher.advance(self._mailbox, row.name, len(items))
        return outcome

    def _items(self, uids: Sequence[int]) -> Generator[list[Item], None, None]:
        """Yield what is to be stored, batch by batch."""
        batches = self._batches(uids)
        if len(uids) <= _first_size():
            return (self._parsed(batch) for batch in batches)
        # Three stages at once: one batch is fetched, the one before it parsed, the one before that stored.
        return ahead(self._parsed(batch) for batch in ahead(batches))

    def _batches(self, uids: Sequence[int]) -> Generator[list[Result], None, None]:
        batch, size = list[Result](), _first_size()
        try:
            for result in self._reader.fetch(uids, now=self._tools.clock()):
                batch.append(result)
                if len(batch) == size:
                    yield batch
                    batch, size = [], min(2 * size, BATCH)
        except MailboxError:
            # What came before the connection was lost is whole, and need not be fetched again.
            yield batch
            raise
        if batch:
            yield batch

    def _parsed(self, batch: Sequence[Result]) -> list[Item]:
        """Turn what was fetched into items, in the order of the UIDs."""
        fetched = [result for result in batch if isinstance(result, Fetched)]
        outcomes = iter(self._tools.parse(fetched))
        return [
            _read_item(result, next(outcomes))
            if isinstance(result, Fetched)
            else _lost_item(result, self._tools.clock())
            for result in batch
        ]

    def _compare(self, row: FolderRow, *, newest_only: bool = False) -> Found:
        """Compare the sets, and call the folder checked if they are equal."""
        comparison = FolderComparison(
            reader=self._reader,
            folder=self._folder,
            mailbox=self._mailbox,
            database=self._tools.database,
            clock=self._tools.clock,
            write=self._write,
            read_uids=self._read_uids,
            count=self._count,
        )
        found = comparison.run(row, newest_only=newest_only)
        if found.state is not None and not found.unexplained:
            self._mark_checked(row, found.state)
        return found

    def _mark_checked(self, row: FolderRow, state: FolderState) -> None:
        reach("read_folder.before-checked")
        with self._write(row) as connection:
            mailboxes.mark_checked(
                connection,
                row.id,
                server_messages=state.exists,
                uidnext=state.uidnext,
                now=self._tools.clock(),
            )

    @contextmanager
    def _write(self, row: FolderRow) -> Iterator[Connection]:
        """Open a transaction that a worker which lost its lease cannot commit."""
        with self._tools.database.write() as connection:
            leases.check(connection, row.mailbox_id, self._epoch)
            yield connection

    def _count(self, row: FolderRow) -> int:
        with self._tools.database.read() as connection:
            return ledger.count_located(connection, row)


def _first_size() -> int:
    return min(_FIRST_BATCH, BATCH)


def _read_item(result: Fetched, outcome: ReadMail | ParseFailure) -> Item:
    uid = result.uid or 0
    if isinstance(outcome, ParseFailure):
        return NotRead(uid=uid, state="quarantined", reason=outcome.sentence, raw=pack(result))
    return Arrived(uid=uid, mail=outcome)


def _lost_item(result: Gone | Unfetchable, now: datetime) -> Item:
    if isinstance(result, Gone):
        return NotRead(uid=result.uid, state="gone", reason=result.evidence)
    # Whose mail it is may be known although the server does not give the mail.
    raw = pack(_header_only(result, now)) if result.header else None
    return NotRead(uid=result.uid, state="unfetchable", reason=result.evidence, raw=raw)


def _header_only(result: Unfetchable, now: datetime) -> Fetched:
    return Fetched(
        uid=result.uid,
        received_at=result.received_at or now,
        size_bytes=result.size_bytes,
        header=result.header,
    )
