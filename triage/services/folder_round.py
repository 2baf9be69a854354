"""One look at every watched folder of a mailbox: new mail first, then a piece of the old that waits.

Which folder comes when is decided from rows, not from memory: whoever goes on after a crash goes on with
the folder that was looked at longest ago.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from triage.core.audit_level import AuditLevel, due_level
from triage.mailbox.faults import Declined
from triage.mailbox.folders import FolderChoice, FolderRole, WatchedFolder
from triage.mailbox.reader import MailboxReader
from triage.services.ingest import Ingested
from triage.services.read_folder import FolderReading, Tools
from triage.services.reading_order import Pace, is_unchanged
from triage.store import leases, mailboxes
from triage.store.audit_runs import last_audits
from triage.store.mailboxes import FolderRow

#: The inbox is looked at again after this long, whatever else there is to do.
_PATIENCE = timedelta(seconds=10)
_NEVER = datetime.min.replace(tzinfo=UTC)

_What = TypeVar("_What")


class FolderRound:
    """One look at every watched folder, over an open connection and under a lease."""

    def __init__(
        self,
        reader: MailboxReader,
        choice: FolderChoice,
        *,
        mailbox: str,
        tools: Tools,
        epoch: int,
        pace: Pace,
    ) -> None:
        """Prepare the round.

        Args:
            epoch: Of the lease, presented at every commit.
            pace: How much old mail is read; learns from this round.
        """
        self._reader = reader
        self._inboxes = [one for one in choice.folders if one.role is FolderRole.INBOX]
        self._others = [one for one in choice.folders if one.role is not FolderRole.INBOX]
        self._mailbox = mailbox
        self._tools = tools
        self._epoch = epoch
        self._pace = pace
        self._declined: set[str] = set()
        self._inbox_seen_at = _NEVER
        #: What was stored, whatever stopped the round.
        self.ingested = Ingested()
        #: Why a folder could not be opened, or None.
        self.declined: Declined | None = None

    def run(self) -> bool:
        """Read what is new everywhere, and a piece of what is old; return whether older mail still waits.

        Raises:
            MailboxError: If the connection is lost; what was read before is stored.
            LeaseLost: If another worker took over.
            StoreError: If the database cannot be written.
        """
        self._look_at_inboxes()
        sizes = self._look_at_others()
        self._read_old(sizes)
        self._compare()
        return bool(self._waiting(self._rows()))

    def _look_at_inboxes(self) -> None:
        self._inbox_seen_at = self._tools.clock()
        for folder in self._inboxes:
            self._visit(folder, FolderReading.look, self._pace.messages)

    def _remember_inboxes(self) -> None:
        """Look at the inbox again if that is long ago: it waits for no row of other folders."""
        if self._tools.clock() - self._inbox_seen_at >= _PATIENCE:
            self._look_at_inboxes()

    def _look_at_others(self) -> dict[str, int]:
        """Look at the folders that changed, longest unseen first; return the sizes of the unread ones.

        Of the folders that were never read each has its turn after one that was: where there is always
        news and the line always breaks, they would wait for ever.
        """
        rows, sizes = self._rows(), dict[str, int]()
        by_age = sorted(self._others, key=lambda one: _age(rows.get(one.name)))
        known, new = list[WatchedFolder](), list[WatchedFolder]()
        for folder, exists in self._changed(by_age, rows):
            if _is_new(rows.get(folder.name)):
                sizes[folder.name] = exists
                new.append(folder)
            else:
                known.append(folder)
        for pair in itertools.zip_longest(known, new[: len(known)]):
            for folder in filter(None, pair):
                self._visit(folder, FolderReading.look, self._pace.messages)
            self._remember_inboxes()
        return sizes

    def _changed(
        self, folders: Iterable[WatchedFolder], rows: dict[str, FolderRow]
    ) -> Iterator[tuple[WatchedFolder, int]]:
        """Yield the folders that are not as they were when found equal, with the server's number."""
        for group in self._reader.snapshots(list(folders)):
            same, others = [], []
            for folder, state in group:
                row = rows.get(folder.name)
                if row and state and row.role == folder.role.value and is_unchanged(row, state):
                    same.append(row)
                else:
                    # What the server says nothing of is opened, and says why.
                    others.append((folder, state.exists if state else 0))
            self._mark_unchanged(same)
            yield from others
            self._remember_inboxes()

    def _mark_unchanged(self, rows: list[FolderRow]) -> None:
        if not rows:
            return
        with self._tools.database.write() as connection:
            leases.check(connection, rows[0].mailbox_id, self._epoch)
            mailboxes.mark_unchanged(connection, [row.id for row in rows], now=self._tools.clock())

    def _read_old(self, sizes: dict[str, int]) -> None:
        """Read old mail, the folder with the least of it first, as much as the pace allows."""
        started_at, left = self._tools.clock(), self._pace.messages
        before = _handled(self.ingested)
        for folder in sorted(self._waiting(rows := self._rows()), key=lambda one: _rest(one, rows, sizes)):
            done = _handled(self.ingested)
            self._visit(folder, FolderReading.read_piece, left)
            left -= _handled(self.ingested) - done
            if left <= 0 or self._tools.clock() - started_at >= _PATIENCE:
                break
        elapsed = self._tools.clock() - started_at
        self._pace.learn(_handled(self.ingested) - before, elapsed.total_seconds())

    def _waiting(self, rows: dict[str, FolderRow]) -> list[WatchedFolder]:
        """Return the folders that were never read, or of which older mail waits."""
        return [
            folder
            for folder in (*self._inboxes, *self._others)
            if folder.name not in self._declined
            and ((row := rows.get(folder.name)) is None or _is_new(row) or row.backlog_until_uid is not None)
        ]

    def _compare(self) -> None:
        """Compare the folders that are due, the longest due first, and at least one."""
        now, rows = self._tools.clock(), self._rows()
        with self._tools.database.read() as connection:
            last = last_audits(connection, self._mailbox)
        due = [
            (max(runs.values(), default=_NEVER), folder, level)
            for folder in (*self._inboxes, *self._others)
            if (row := rows.get(folder.name)) is not None
            and row.checked_at is not None
            and row.backlog_until_uid is None
            and (level := due_level(runs := last.get(row.id, {}), now=now)) is not None
        ]
        for _, folder, level in sorted(due, key=lambda one: one[0]):
            self._visit(folder, _audited, level)
            if self._tools.clock() - now >= _PATIENCE:
                break

    def _visit(
        self, folder: WatchedFolder, act: Callable[[FolderReading, _What], Ingested], what: _What
    ) -> None:
        """Do something with a folder; one that the server declines costs no other its turn."""
        if folder.name in self._declined:
            return
        reading = FolderReading(
            self._reader, folder, mailbox=self._mailbox, tools=self._tools, epoch=self._epoch
        )
        try:
            self.ingested.add(act(reading, what))
        except Declined as error:
            self._declined.add(folder.name)
            self.declined = error

    def _rows(self) -> dict[str, FolderRow]:
        with self._tools.database.read() as connection:
            return mailboxes.watched_folders(connection, self._mailbox)


def _age(row: FolderRow | None) -> tuple[bool, datetime]:
    """Sort key: folders that are known come first, those unseen for longest before the others."""
    return _is_new(row), (row and row.checked_at) or _NEVER


def _is_new(row: FolderRow | None) -> bool:
    """Tell whether a folder was never read."""
    return row is None or row.uidvalidity is None


def _rest(folder: WatchedFolder, rows: dict[str, FolderRow], sizes: dict[str, int]) -> int:
    """Return about how many messages of a folder wait."""
    row = rows.get(folder.name)
    if row is None or row.backlog_until_uid is None:
        return sizes.get(folder.name, 0)
    return row.backlog_until_uid - row.last_uid


def _audited(reading: FolderReading, level: AuditLevel) -> Ingested:
    return reading.audit(level).ingested


def _handled(ingested: Ingested) -> int:
    return ingested.stored + ingested.known + ingested.not_read
