"""Read what is new in one folder, then find out whether anything is missing.

One thread fetches ahead while the batch before is parsed and stored; both are bounded. Afterwards
the server's set of messages is compared with ours: what is missing is fetched, what left is explained,
and only then the folder counts as checked.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from triage.core.errors import MailboxError
from triage.core.message import Message
from triage.mailbox.fetch import Gone, Result, Unfetchable
from triage.mailbox.fetched import Fetched, pack
from triage.mailbox.folders import FolderState, WatchedFolder
from triage.mailbox.parser_pool import ParseFailure
from triage.mailbox.reader import MailboxReader
from triage.services.fetch_ahead import fetch_ahead
from triage.services.ingest import Arrived, Ingested, Item, NotRead, ingest
from triage.services.practice import Practice
from triage.store import ledger, mailboxes
from triage.store.database import Database
from triage.store.mailboxes import FolderRow

log = structlog.get_logger(__name__)

#: Messages a transaction.
BATCH = 250
#: RFC 3501 section 2.3.1.1: UIDs have 32 bits; nothing lies above.
_HIGHEST_UID = 2**32

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
        """Store what is new, then compare; return what came of it.

        Raises:
            MailboxError: If the connection is lost; what was read before is stored.
            LeaseLost: If another worker took over.
            StoreError: If the database cannot be written.
        """
        state = self._reader.examine(self._folder)
        row = self._open_epoch(state)
        expected = state.exists - self._count(row)
        if expected > 0:
            self._tools.watcher.folder(self._mailbox, self._folder.name, expected)
        outcome = Ingested()
        for window in self._reader.uids_after(row.last_uid):
            outcome.add(self._read_uids(row, window))
        outcome.add(self._compare(row, state))
        return outcome

    def _open_epoch(self, state: FolderState) -> FolderRow:
        """Return the folder in its present epoch; a new UIDVALIDITY opens a new one."""
        # A server without UIDVALIDITY is one endless epoch: the comparison looks at all UIDs anyway.
        uidvalidity, role = state.uidvalidity or 0, self._folder.role.value
        with self._tools.database.read() as connection:
            known = mailboxes.find_folder(connection, self._mailbox, self._folder.name)
        if known is not None and (known.uidvalidity, known.role) == (uidvalidity, role):
            return known
        newest = state.uidnext - 1 if state.uidnext else self._newest_uid()
        with self._tools.database.write() as connection:
            mailbox_id = mailboxes.register_mailbox(connection, self._mailbox, kind="imap")
            row = mailboxes.register_folder(connection, mailbox_id, self._folder.name, role=role)
            if row.uidvalidity != uidvalidity:
                log.info("new epoch", mailbox=self._mailbox, folder=row.id, uidvalidity=uidvalidity)
                row = mailboxes.start_epoch(connection, row, uidvalidity=uidvalidity, newest_uid=newest)
        return row

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
            _read_item(result, next(outcomes)) if isinstance(result, Fetched) else _lost_item(result)
            for result in batch
        ]

    def _compare(self, row: FolderRow, state: FolderState) -> Ingested:
        """Compare the server's messages with ours; where the counts are equal, no further.

        Source: reliability page, section 3.4, levels R0 and R1.
        """
        count = state.exists
        outcome = Ingested()
        if self._count(row) != state.exists:
            count, low = 0, 1
            for window in self._reader.uids_after(0):
                outcome.add(self._settle(row, low, window[-1], frozenset(window)))
                count, low = count + len(window), window[-1] + 1
            outcome.add(self._settle(row, low, _HIGHEST_UID, frozenset()))
        with self._tools.database.write() as connection:
            mailboxes.mark_checked(connection, row.id, server_messages=count, now=self._tools.clock())
        return outcome

    def _settle(self, row: FolderRow, low: int, high: int, server: frozenset[int]) -> Ingested:
        """Explain what left the folder between two UIDs, and fetch what we lack."""
        with self._tools.database.read() as connection:
            ours = ledger.located_between(connection, row, low, high)
        missing, left = sorted(server - ours), ours - server
        if not missing and not left:
            return Ingested()
        with self._tools.database.write() as connection:
            ledger.mark_gone(connection, row, left, witness="SEARCH", now=self._tools.clock())
            ledger.restore(connection, row, missing)
        return self._read_uids(row, missing)

    def _count(self, row: FolderRow) -> int:
        with self._tools.database.read() as connection:
            return ledger.count_located(connection, row)


def _read_item(result: Fetched, outcome: Message | ParseFailure) -> Item:
    uid = result.uid or 0
    if isinstance(outcome, ParseFailure):
        return NotRead(uid=uid, state="quarantined", reason=outcome.reason, raw=pack(result))
    return Arrived(uid=uid, message=outcome, raw=pack(result))


def _lost_item(result: Gone | Unfetchable) -> Item:
    state = "gone" if isinstance(result, Gone) else "unfetchable"
    return NotRead(uid=result.uid, state=state, reason=result.evidence)
