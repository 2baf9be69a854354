"""The queue and its threads as one consistent read each: page, counts and the age of the proof."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.core.canary import CanaryReport
from triage.core.coverage import Coverage, FolderCoverage, HeldBack, LastComparison, verdict
from triage.core.cursor import decode_cursor
from triage.core.ids import HeaderId
from triage.core.queue_entry import Counts, QueueEntry, QueueFilters
from triage.core.queue_row import QueueRow
from triage.core.scope import Reader, Scope
from triage.core.thread_view import ClockView, MessageView, RefusedLink, ThreadView
from triage.services.access import scope_in
from triage.store.audit_runs import last_comparisons
from triage.store.canaries import canary_report
from triage.store.coverage import coverage, held_back
from triage.store.database import Connection, Database
from triage.store.scoped import AccountChoice, ScopedReader, entries_of
from triage.store.unchanged import while_unchanged

__all__ = [
    "AccountChoice",
    "CoverageReport",
    "OpenedThread",
    "Queue",
    "canary_now",
    "coverage_report",
    "find",
    "open_thread",
    "queue",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """A page of the queue with what is needed to believe it.

    Attributes:
        next_cursor: Fetches the page behind it; None on the last page.
        folders: Empty for readers who see only some accounts: mailboxes are shared between customers.
        choices: Accounts and projects that the page can be filtered by; empty if not asked for.
        as_of: When it was read.
    """

    rows: tuple[QueueRow, ...]
    next_cursor: str | None
    counts: Counts
    coverage: Coverage
    folders: tuple[FolderCoverage, ...]
    choices: tuple[AccountChoice, ...]
    as_of: datetime

    @property
    def entries(self) -> tuple[QueueEntry, ...]:
        """The rows as values, made anew each time."""
        return entries_of(self.rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenedThread:
    """A thread with everything that stands on its page.

    Attributes:
        choices: Accounts and projects that it can be given to; empty if not asked for.
    """

    thread: ThreadView
    messages: tuple[MessageView, ...]
    clocks: tuple[ClockView, ...]
    refused_links: tuple[RefusedLink, ...]
    coverage: Coverage
    choices: tuple[AccountChoice, ...]
    as_of: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CoverageReport:
    """Completeness, folder by folder.

    Attributes:
        folders: Empty for readers who see only some accounts.
        held_back: The newest messages that could not be read or fetched; empty for the same readers.
        comparisons: The last of each level and folder, and the last search for phantom parents; empty
            for the same readers.
        canary: What test mails say; None where none are sent, and for the same readers.
    """

    coverage: Coverage
    folders: tuple[FolderCoverage, ...]
    held_back: tuple[HeldBack, ...]
    comparisons: tuple[LastComparison, ...]
    canary: CanaryReport | None
    as_of: datetime


def queue(
    database: Database,
    reader: Reader,
    filters: QueueFilters,
    *,
    cursor: str | None = None,
    limit: int = 50,
    with_choices: bool = False,
    now: datetime,
) -> Queue:
    """Return a page of the queue, counts of all views, and the coverage.

    Args:
        limit: Rows of the page, 1 to 200.
        with_choices: Read what the page can be filtered by as well.

    Raises:
        UnknownToken: If the reader's token is unknown or revoked.
        InvalidCursor: If the cursor is not one of this view.
    """
    with database.read() as connection:
        scope = scope_in(connection, reader)
        start = decode_cursor(cursor, view=filters.view) if cursor else None
        scoped = ScopedReader(connection, scope)
        page = scoped.queue_page(filters, start, limit, now=now)
        counts = scoped.counts(filters, now=now)
        choices = scoped.account_choices() if with_choices else ()
        folders = _folders(connection)
    return Queue(
        rows=page.rows,
        next_cursor=page.next.encode() if page.next else None,
        counts=counts,
        coverage=_told(folders, scope, now),
        folders=folders if scope.sees_all else (),
        choices=choices,
        as_of=now,
    )


def open_thread(
    database: Database, scope: Scope, thread_id: int, *, with_choices: bool = False, now: datetime
) -> OpenedThread:
    """Return a thread with its newest messages and its clocks.

    Args:
        with_choices: Read to which accounts and projects it can be given as well.

    Raises:
        NotFound: If there is none, or none that the scope may see.
    """
    with database.read() as connection:
        reader = ScopedReader(connection, scope)
        thread = reader.thread(thread_id)
        return OpenedThread(
            thread=thread,
            messages=reader.messages(thread.entry.thread_id),
            clocks=reader.clocks(thread.entry.thread_id),
            refused_links=reader.refused_links(thread.entry.thread_id),
            coverage=_told(_folders(connection), scope, now),
            choices=reader.account_choices() if with_choices else (),
            as_of=now,
        )


def find(
    database: Database, reader: Reader, ids: Sequence[HeaderId], *, now: datetime
) -> tuple[tuple[tuple[HeaderId, QueueRow], ...], Coverage]:
    """Return the threads of messages with these Message-IDs, in the order of the ids, and the coverage.

    Raises:
        UnknownToken: If the reader's token is unknown or revoked.
    """
    with database.read() as connection:
        scope = scope_in(connection, reader)
        found = ScopedReader(connection, scope).find_by_header_ids(ids)
        return found, _told(_folders(connection), scope, now)


def coverage_report(database: Database, scope: Scope, *, now: datetime) -> CoverageReport:
    """Return the coverage of every folder and the messages held back."""
    with database.read() as connection:
        folders = coverage(connection, with_stored=scope.sees_all)
        held = held_back(connection) if scope.sees_all else ()
        comparisons = last_comparisons(connection) if scope.sees_all else ()
        canary = canary_report(connection, now=now) if scope.sees_all else None
    return CoverageReport(
        coverage=_told(folders, scope, now),
        folders=folders if scope.sees_all else (),
        held_back=held,
        comparisons=comparisons,
        canary=canary[1] if canary else None,
        as_of=now,
    )


def canary_now(database: Database, scope: Scope, *, now: datetime) -> CanaryReport | None:
    """Return what test mails say; None where none are sent, and for readers who see only some accounts."""
    if not scope.sees_all:
        return None
    with database.read() as connection:
        found = canary_report(connection, now=now)
    return found[1] if found else None


def _folders(connection: Connection) -> tuple[FolderCoverage, ...]:
    return while_unchanged(connection, "coverage", lambda: coverage(connection, with_stored=False))


def _told(folders: Sequence[FolderCoverage], scope: Scope, now: datetime) -> Coverage:
    """Return the verdict in words that this reader may hear: mailboxes are shared between customers."""
    return verdict(folders, now, with_names=scope.sees_all)
