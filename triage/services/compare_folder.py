"""Compare the server's set of messages in one folder with ours, and explain every difference.

What is missing is fetched, what left is recorded as gone, and only then the folder counts as equal.

Source: reliability page, section 3.4, levels R1 and R2, and the two-witness rule of 3.2.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from triage.core.audit_level import AuditLevel
from triage.core.errors import ProtocolFault
from triage.fail_point import reach
from triage.mailbox.folders import FolderState, WatchedFolder
from triage.mailbox.reader import MailboxReader
from triage.mailbox.uids import WINDOW
from triage.services.ingest import Ingested
from triage.store import ledger, mailboxes
from triage.store.audit_runs import RunFigures
from triage.store.database import Connection, Database
from triage.store.mailboxes import FolderRow

log = structlog.get_logger(__name__)

#: RFC 3501 section 2.3.1.1: UIDs have 32 bits; nothing lies above.
_HIGHEST_UID = 2**32
#: Mail comes and goes while a folder is compared; a difference that outlasts this is real.
_ROUNDS = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderAudit:
    """What comparing the messages of a folder found.

    Attributes:
        server_messages: The server's count at the end; of a sample, how many were compared.
        here_messages: Ours at the end, readable or not; of a sample, how many were the same.
        missing: Found on the server below the cursor and not here.
        departed: Left the server since the last comparison.
        unexplained: Still different at the end.
    """

    mailbox: str
    folder: str
    level: AuditLevel = AuditLevel.ALL
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
class Found:
    """What the rounds of a comparison found so far; ``unexplained`` is that of the last one.

    Attributes:
        state: The server's, at the end.
    """

    state: FolderState | None = None
    missing: int = 0
    departed: int = 0
    unexplained: int = 0
    ingested: Ingested = field(default_factory=Ingested)


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderComparison:
    """One comparison of one folder, over an open connection and under a lease.

    Attributes:
        write: Opens a transaction that a worker which lost its lease cannot commit.
        read_uids: Fetches and stores those of the UIDs that have no location.
        count: How many messages should be on the server by our ledger.
    """

    reader: MailboxReader
    folder: WatchedFolder
    mailbox: str
    database: Database
    clock: Callable[[], datetime]
    write: Callable[[FolderRow], AbstractContextManager[Connection]]
    read_uids: Callable[[FolderRow, Sequence[int]], Ingested]
    count: Callable[[FolderRow], int]

    def run(self, row: FolderRow, *, newest_only: bool = False) -> Found:
        """Compare until SEARCH, EXISTS and the ledger agree, at most four times over.

        Args:
            newest_only: Compare the newest 20,000 UIDs first, and the others only when the numbers of
                messages differ all the same.
        """
        found = Found()
        if newest_only:
            with self.database.read() as connection:
                low = max(1, ledger.highest_uid(connection, row) - WINDOW + 1)
            self._compare_once(row, found, low=low)
            if self._is_equal(row, found, searched=None):
                return found
        for _ in range(_ROUNDS):
            searched = self._compare_once(row, found)
            # Mail that came in between is no contradiction: the next round sees it.
            if self._is_equal(row, found, searched=searched):
                return found
        log.warning("folder not proven", mailbox=self.mailbox, folder=row.id, unexplained=found.unexplained)
        return found

    def _is_equal(self, row: FolderRow, found: Found, *, searched: int | None) -> bool:
        """Ask for the server's number once more, and hold it against SEARCH and the ledger."""
        state, here = self.reader.examine(self.folder), self.count(row)
        # Courier numbers an empty folder anew at each look; where there is no message, none has a number.
        if (state.uidvalidity or 0) != row.uidvalidity and (state.exists or here):
            raise ProtocolFault(f"mailbox {self.mailbox}: a folder was renumbered while it was compared")
        found.state = state
        numbers = [here, *([] if searched is None else [searched])]
        found.unexplained = max(abs(state.exists - number) for number in numbers)
        return not found.unexplained

    def _compare_once(self, row: FolderRow, found: Found, *, low: int = 1) -> int:
        """Explain every difference that SEARCH shows from a UID on; return how many messages it named."""
        searched, begin = 0, low
        with self.database.read() as connection:
            cursor = mailboxes.folder(connection, row.id).last_uid
        for window in self.reader.uids_after(low - 1):
            self._settle(row, (begin, window[-1]), frozenset(window), cursor=cursor, found=found)
            searched, begin = searched + len(window), window[-1] + 1
        self._settle(row, (begin, _HIGHEST_UID), frozenset(), cursor=cursor, found=found)
        return searched

    def _settle(
        self,
        row: FolderRow,
        between: tuple[int, int],
        server: frozenset[int],
        *,
        cursor: int,
        found: Found,
    ) -> None:
        """Explain what left the folder between two UIDs, and fetch what we lack."""
        with self.database.read() as connection:
            ours = ledger.located_between(connection, row, *between)
        lacking, left = sorted(server - ours), ours - server
        if not lacking and not left:
            return
        with self.write(row) as connection:
            ledger.mark_gone(connection, row, left, witness="SEARCH", now=self.clock())
            reach("read_folder.between-gone-and-restore")
            ledger.restore(connection, row, lacking)
            # Until the sets are equal again, equal numbers prove nothing, whoever goes on with this folder.
            mailboxes.doubt(connection, row.id)
        reach("read_folder.after-settle-commit")
        # Above the cursor lies new mail; at or below it every message should have been here.
        missing = sum(uid <= cursor for uid in lacking)
        if missing:
            log.warning("missing mail found", mailbox=self.mailbox, folder=row.id, messages=missing)
        found.missing += missing
        found.departed += len(left)
        found.ingested.add(self.read_uids(row, lacking))
