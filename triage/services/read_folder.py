"""Read what is new in one folder, then find out whether anything is missing.

One thread fetches ahead while the batch before is parsed and stored; both are bounded. Afterwards
the server's set of messages is compared with ours: what is missing is fetched, what left is explained,
and only then the folder counts as checked.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from triage.core.errors import MailboxError, ProtocolFault
from triage.core.message import Message
from triage.fail_point import reach
from triage.mailbox.fetch import Gone, Result, Unfetchable
from triage.mailbox.fetched import Fetched, pack
from triage.mailbox.folders import FolderState, WatchedFolder
from triage.mailbox.parser_pool import ParseFailure
from triage.mailbox.reader import MailboxReader
from triage.services.fetch_ahead import fetch_ahead
from triage.services.ingest import Arrived, Ingested, Item, NotRead, ingest
from triage.services.practice import Practice
from triage.store import leases, ledger, mailboxes
from triage.store.audit_runs import RunFigures, add_run, last_audit_at
from triage.store.database import Connection, Database
from triage.store.mailboxes import FolderRow

log = structlog.get_logger(__name__)

#: Messages a transaction.
BATCH = 250
#: RFC 3501 section 2.3.1.1: UIDs have 32 bits; nothing lies above.
_HIGHEST_UID = 2**32
#: Mail comes and goes while a folder is compared; a difference that outlasts this is real.
_ROUNDS = 4
#: Equal counts are compared message by message this often (reliability page, section 3.4, level R2).
_AUDIT_EVERY = timedelta(hours=24)

Parse = Callable[[Sequence[Fetched]], Sequence[Message | ParseFailure]]


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


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderAudit:
    """What comparing all messages of a folder found.

    Attributes:
        server_messages: The server's count at the end.
        here_messages: Ours at the end, readable or not.
        missing: Found on the server below the cursor and not here.
        departed: Left the server since the last comparison.
        unexplained: Still different at the end.
    """

    mailbox: str
    folder: str
    server_messages: int
    here_messages: int
    missing: int
    departed: int
    unexplained: int
    ingested: Ingested = field(default_factory=Ingested)

    def figures(self) -> RunFigures:
        """Return what is recorded."""
        return RunFigures(
            server_messages=self.server_messages,
            here_messages=self.here_messages,
            missing=self.missing,
            departed=self.departed,
            unexplained=self.unexplained,
        )


@dataclass(kw_only=True, slots=True)
class _Comparison:
    """What the rounds of a comparison found so far; ``unexplained`` is that of the last one."""

    server_messages: int = 0
    missing: int = 0
    departed: int = 0
    unexplained: int = 0
    ingested: Ingested = field(default_factory=Ingested)


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
        """Store what is new, then compare if the counts differ; return what came of it.

        Raises:
            MailboxError: If the connection is lost; what was read before is stored.
            LeaseLost: If another worker took over.
            StoreError: If the database cannot be written.
        """
        state, row, outcome = self._read_new()
        # An absence that was just told may be false, and hide behind a deletion where counts are equal.
        if not outcome.not_read and self._count(row) == state.exists:
            self._mark_checked(row, state.exists)
        else:
            outcome.add(self._compare(row).ingested)
        return outcome

    def audit(self) -> FolderAudit:
        """Store what is new, compare every message even where the counts are equal, and record the run.

        Raises:
            MailboxError, LeaseLost, StoreError: As for ``read``.

        Source: reliability page, section 3.4, level R2.
        """
        started_at = self._tools.clock()
        _, row, outcome = self._read_new()
        found = self._compare(row)
        outcome.add(found.ingested)
        audit = FolderAudit(
            mailbox=self._mailbox,
            folder=self._folder.name,
            server_messages=found.server_messages,
            here_messages=self._count(row),
            missing=found.missing,
            departed=found.departed,
            unexplained=found.unexplained,
            ingested=outcome,
        )
        with self._write(row) as connection:
            add_run(
                connection, row.id, audit.figures(), started_at=started_at, finished_at=self._tools.clock()
            )
        return audit

    def is_audit_due(self) -> bool:
        """Tell whether the folder was read before and its last comparison is a day old."""
        with self._tools.database.read() as connection:
            row = mailboxes.find_folder(connection, self._mailbox, self._folder.name)
            last = None if row is None else last_audit_at(connection, row.id)
        return row is not None and (last is None or self._tools.clock() - last >= _AUDIT_EVERY)

    def _read_new(self) -> tuple[FolderState, FolderRow, Ingested]:
        """Store what lies above the cursor."""
        state = self._reader.examine(self._folder)
        row = self._open_epoch(state)
        expected = state.exists - self._count(row)
        if expected > 0:
            self._tools.watcher.folder(self._mailbox, self._folder.name, expected)
        outcome = Ingested()
        for window in self._reader.uids_after(row.last_uid):
            outcome.add(self._read_uids(row, window))
        return state, row, outcome

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
                generation = row.generation + 1 if row.uidvalidity == uidvalidity else 0
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
        return state.uidnext <= row.last_uid and self._newest_uid() < state.uidnext

    def _newest_uid(self) -> int:
        return max((window[-1] for window in self._reader.uids_after(0)), default=0)

    def _read_uids(self, row: FolderRow, uids: Sequence[int]) -> Ingested:
        """Fetch, parse and store those of the UIDs that have no location yet."""
        tools = self._tools
        with tools.database.read() as connection:
            placed = ledger.located(connection, row, uids)
        wanted = [uid for uid in uids if uid not in placed]
        outcome = Ingested()
        for batch in fetch_ahead(self._batches(wanted)):
            items = self._parsed(batch)
            outcome.add(
                ingest(tools.database, tools.practice, row.id, items, epoch=self._epoch, now=tools.clock())
            )
            tools.watcher.advance(self._mailbox, row.name, len(items))
        return outcome

    def _batches(self, uids: Sequence[int]) -> Iterator[list[Result]]:
        batch: list[Result] = []
        try:
            for result in self._reader.fetch(uids, now=self._tools.clock()):
                batch.append(result)
                if len(batch) == BATCH:
                    yield batch
                    batch = []
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

    def _compare(self, row: FolderRow) -> _Comparison:
        """Compare all of the server's messages with ours until SEARCH, EXISTS and the ledger agree.

        Source: reliability page, section 3.4, levels R1 and R2, and the two-witness rule of 3.2.
        """
        found = _Comparison()
        for _ in range(_ROUNDS):
            searched = self._compare_once(row, found)
            state = self._reader.examine(self._folder)
            if (state.uidvalidity or 0) != row.uidvalidity:
                raise ProtocolFault(f"mailbox {self._mailbox}: a folder was renumbered while it was compared")
            here = self._count(row)
            found.server_messages = state.exists
            # Mail that came in between is no contradiction: the next round sees it.
            found.unexplained = max(abs(state.exists - searched), abs(state.exists - here))
            if not found.unexplained:
                self._mark_checked(row, state.exists)
                return found
        log.warning("folder not proven", mailbox=self._mailbox, folder=row.id, unexplained=found.unexplained)
        return found

    def _compare_once(self, row: FolderRow, found: _Comparison) -> int:
        """Explain every difference that SEARCH shows; return how many messages it named."""
        searched, low = 0, 1
        with self._tools.database.read() as connection:
            cursor = mailboxes.folder(connection, row.id).last_uid
        for window in self._reader.uids_after(0):
            self._settle(row, (low, window[-1]), frozenset(window), cursor=cursor, found=found)
            searched, low = searched + len(window), window[-1] + 1
        self._settle(row, (low, _HIGHEST_UID), frozenset(), cursor=cursor, found=found)
        return searched

    def _settle(
        self,
        row: FolderRow,
        between: tuple[int, int],
        server: frozenset[int],
        *,
        cursor: int,
        found: _Comparison,
    ) -> None:
        """Explain what left the folder between two UIDs, and fetch what we lack."""
        with self._tools.database.read() as connection:
            ours = ledger.located_between(connection, row, *between)
        lacking, left = sorted(server - ours), ours - server
        if not lacking and not left:
            return
        with self._write(row) as connection:
            ledger.mark_gone(connection, row, left, witness="SEARCH", now=self._tools.clock())
            reach("read_folder.between-gone-and-restore")
            ledger.restore(connection, row, lacking)
        reach("read_folder.after-settle-commit")
        # Above the cursor lies new mail; at or below it every message should have been here.
        missing = sum(uid <= cursor for uid in lacking)
        if missing:
            log.warning("missing mail found", mailbox=self._mailbox, folder=row.id, messages=missing)
        found.missing += missing
        found.departed += len(left)
        found.ingested.add(self._read_uids(row, lacking))

    def _mark_checked(self, row: FolderRow, server_messages: int) -> None:
        reach("read_folder.before-checked")
        with self._write(row) as connection:
            mailboxes.mark_checked(
                connection, row.id, server_messages=server_messages, now=self._tools.clock()
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


def _read_item(result: Fetched, outcome: Message | ParseFailure) -> Item:
    uid = result.uid or 0
    if isinstance(outcome, ParseFailure):
        return NotRead(uid=uid, state="quarantined", reason=outcome.reason, raw=pack(result))
    return Arrived(uid=uid, message=outcome, raw=pack(result))


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
