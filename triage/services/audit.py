"""Compare every message of a mailbox with its server, and list the mails that others speak of.

Under the lease what is missing is fetched at once. Where a worker reads the mailbox meanwhile, the
comparison only looks: what it finds missing stays unexplained until that worker fetched it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from triage.core.audit_level import EVERY, AuditLevel
from triage.core.errors import Conflict, LeaseLost, MailboxError, StoreError
from triage.mailbox.faults import Declined
from triage.mailbox.folders import WatchedFolder
from triage.mailbox.reader import MailboxReader
from triage.services.compare_folder import FolderAudit
from triage.services.lease_holder import held_lease
from triage.services.poll import MailboxJob, PollReport, choose, record_state
from triage.services.read_folder import FolderReading, Tools
from triage.store import ledger, mailboxes
from triage.store.audit_runs import RunFigures, add_run, last_run_at
from triage.store.database import Database
from triage.store.messages import count_messages
from triage.store.phantoms import Phantom, phantom_parents

__all__ = ["FolderAudit", "MailboxAudit", "Phantom", "audit_mailbox", "look_for_phantoms", "phantoms"]


@dataclass(kw_only=True, slots=True)
class MailboxAudit:
    """What comparing a mailbox found.

    Attributes:
        worker_reads: Another worker holds the mailbox, so nothing was fetched.
        error: Why not every folder could be compared, or None.
    """

    mailbox: str
    folders: list[FolderAudit] = field(default_factory=list)
    worker_reads: bool = False
    error: Conflict | MailboxError | LeaseLost | StoreError | None = None

    @property
    def is_proven(self) -> bool:
        """Whether every folder was compared and no difference is left."""
        return self.error is None and not any(folder.unexplained for folder in self.folders)


def audit_mailbox(
    job: MailboxJob, tools: Tools, *, levels: Sequence[AuditLevel] = (AuditLevel.ALL,)
) -> MailboxAudit:
    """Connect, compare all watched folders at each level, and record each comparison.

    Never raises for what is wrong with the mailbox: the result says it.
    """
    audit = MailboxAudit(mailbox=job.name)
    try:
        with tools.database.write() as connection:
            mailbox_id = mailboxes.register_mailbox(connection, job.name, kind="imap")
        try:
            with held_lease(
                tools.database, mailbox_id, name=job.name, owner=tools.owner, clock=tools.clock
            ) as epoch:
                _compare(job, tools, audit, epoch, levels)
        except LeaseLost:
            if AuditLevel.CONTENT in levels:
                raise Conflict(
                    f"mailbox {job.name}: a worker reads it and compares contents by itself every week; "
                    "stop it to compare them now"
                ) from None
            audit.worker_reads, audit.folders = True, []
            _look(job, tools, audit)
    except (Conflict, MailboxError, StoreError) as error:
        audit.error = error
    return audit


def phantoms(database: Database, *, clock: Callable[[], datetime]) -> tuple[Phantom, ...]:
    """Return the mails that stored ones name as their parents and that were never seen; record the search."""
    started_at = clock()
    with database.read() as connection:
        found = phantom_parents(connection)
        stored = count_messages(connection)
    figures = RunFigures(
        server_messages=stored, here_messages=stored, missing=len(found), departed=0, unexplained=0
    )
    with database.write() as connection:
        add_run(connection, None, AuditLevel.PARENTS, figures, started_at=started_at, finished_at=clock())
    return found


def look_for_phantoms(database: Database, *, clock: Callable[[], datetime]) -> None:
    """Look for phantom parents if the last search is a day old: what is due follows from rows."""
    with database.read() as connection:
        last = last_run_at(connection, AuditLevel.PARENTS)
    if last is None or clock() - last >= EVERY[AuditLevel.PARENTS]:
        phantoms(database, clock=clock)


def _compare(
    job: MailboxJob, tools: Tools, audit: MailboxAudit, epoch: int, levels: Sequence[AuditLevel]
) -> None:
    """Compare under the lease, and fetch what is missing."""
    report = PollReport(mailbox=job.name)
    try:
        with job.connect() as reader:
            for folder in choose(reader, job, tools, epoch=epoch, report=report).folders:
                reading = FolderReading(reader, folder, mailbox=job.name, tools=tools, epoch=epoch)
                try:
                    audit.folders.extend(reading.audit(level) for level in levels)
                except Declined as error:
                    report.error = error
    except MailboxError as error:
        report.error = error
    record_state(job, tools, report)
    audit.error = report.error


def _look(job: MailboxJob, tools: Tools, audit: MailboxAudit) -> None:
    """Compare without changing anything but the list of comparisons."""
    with job.connect() as reader:
        for folder in reader.choose_folders(job.wanted).folders:
            audit.folders.append(_look_at(reader, folder, job.name, tools))


def _look_at(reader: MailboxReader, folder: WatchedFolder, mailbox: str, tools: Tools) -> FolderAudit:
    started_at = tools.clock()
    state = reader.examine(folder)
    with tools.database.read() as connection:
        row = mailboxes.find_folder(connection, mailbox, folder.name)
    if row is None or row.uidvalidity != (state.uidvalidity or 0):
        # The worker has not come to it yet: nothing of it is known to be here.
        return FolderAudit(
            mailbox=mailbox,
            folder=folder.name,
            server_messages=state.exists,
            here_messages=0,
            missing=0,
            departed=0,
            unexplained=state.exists,
        )
    server = [uid for window in reader.uids_after(0) for uid in window]
    with tools.database.read() as connection:
        # Read after the server, so that what the worker stored meanwhile is not called missing.
        row = mailboxes.folder(connection, row.id)
        missing, departed = _differences(
            ledger.located_between(connection, row, 1, 2**32), server, row.last_uid
        )
        count = ledger.count_located(connection, row)
    audit = FolderAudit(
        mailbox=mailbox,
        folder=folder.name,
        server_messages=len(server),
        here_messages=count,
        missing=missing,
        departed=departed,
        unexplained=missing,
    )
    with tools.database.write() as connection:
        add_run(
            connection,
            row.id,
            audit.level,
            audit.figures(),
            started_at=started_at,
            finished_at=tools.clock(),
        )
    return audit


def _differences(ours: set[int], server: Sequence[int], cursor: int) -> tuple[int, int]:
    """Return how many messages up to the cursor are only on the server, and how many only here."""
    theirs = set(server)
    return sum(uid <= cursor for uid in theirs - ours), len(ours - theirs)
