"""Read what is new in the watched folders of a mailbox, and record how it went.

Reading never writes to the server. What is wrong with one mailbox stops no other.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta

from triage.core.errors import Conflict, LeaseLost, MailboxError, StoreError
from triage.fail_point import reach
from triage.mailbox.folders import FolderChoice
from triage.mailbox.reader import MailboxReader
from triage.services.folder_round import FolderRound
from triage.services.ingest import Ingested
from triage.services.lease_holder import held_lease
from triage.services.read_folder import Tools
from triage.services.reading_order import Pace
from triage.services.sign_in_gate import Gate
from triage.services.tokens import TokenKeeper
from triage.store import leases, mailboxes


@dataclass(frozen=True, kw_only=True, slots=True)
class MailboxJob:
    """A mailbox to read.

    Attributes:
        wanted: Folder names, or ``auto``.
        connect: Opens a new connection; raises errors under ``MailboxError``.
        pause: How long the mailbox may go unread while it is watched.
        pace: How much old mail is read at once; learned while reading.
        gate: Tells when a sign-in that was refused may be tried again; None: by time alone.
        tokens: Its access tokens; None for a mailbox with a password.
    """

    name: str
    wanted: Sequence[str]
    connect: Callable[[], AbstractContextManager[MailboxReader]]
    pause: timedelta = timedelta(seconds=60)
    pace: Pace = field(default_factory=Pace)
    gate: Gate | None = None
    tokens: TokenKeeper | None = None


@dataclass(kw_only=True, slots=True)
class PollReport:
    """How reading a mailbox went.

    Attributes:
        error: Why it stopped, or None.
        missing_folders: Configured folders that the server does not have.
    """

    mailbox: str
    ingested: Ingested = field(default_factory=Ingested)
    error: Conflict | MailboxError | LeaseLost | StoreError | None = None
    missing_folders: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One look at all folders.

    Attributes:
        has_more: Older mail waits to be read.
    """

    choice: FolderChoice
    has_more: bool


def poll_mailbox(job: MailboxJob, tools: Tools) -> PollReport:
    """Connect, read what is new in every watched folder, and record how it went.

    Never raises for what is wrong with the mailbox: the report and the mailbox row say it.
    """
    report = PollReport(mailbox=job.name)
    try:
        with tools.database.write() as connection:
            mailbox_id = mailboxes.register_mailbox(connection, job.name, kind="imap")
        with held_lease(
            tools.database, mailbox_id, name=job.name, owner=tools.owner, clock=tools.clock
        ) as epoch:
            try:
                with job.connect() as reader:
                    while read_folders(reader, job, tools, epoch=epoch, report=report).has_more:
                        pass
            except MailboxError as error:
                report.error = error
            record_state(job, tools, report)
    except (Conflict, LeaseLost, StoreError) as error:
        report.error = error
    return report


def read_folders(
    reader: MailboxReader, job: MailboxJob, tools: Tools, *, epoch: int, report: PollReport
) -> Round:
    """Look at every watched folder over an open connection, and read a piece of the old mail that waits.

    Raises:
        MailboxError: If the connection is lost; what was read before is stored.
        LeaseLost: If another worker took over.
        StoreError: If the database cannot be written.
    """
    choice = choose(reader, job, tools, epoch=epoch, report=report)
    visit = FolderRound(reader, choice, mailbox=job.name, tools=tools, epoch=epoch, pace=job.pace)
    try:
        has_more = visit.run()
    finally:
        report.ingested.add(visit.ingested)
    # A folder that was renamed or closed to us must not keep the others from being read.
    report.error = visit.declined
    return Round(choice=choice, has_more=has_more)


def choose(
    reader: MailboxReader, job: MailboxJob, tools: Tools, *, epoch: int, report: PollReport
) -> FolderChoice:
    """Return the folders to read, and record that only they are watched."""
    choice = reader.choose_folders(job.wanted)
    report.missing_folders = choice.missing
    with tools.database.write() as connection:
        mailbox_id = mailboxes.register_mailbox(connection, job.name, kind="imap")
        leases.check(connection, mailbox_id, epoch)
        # A folder that is configured and missing stays: the error about it says so.
        names = [*(folder.name for folder in choice.folders), *choice.missing]
        mailboxes.watch_only(connection, mailbox_id, names)
    return choice


def record_state(job: MailboxJob, tools: Tools, report: PollReport) -> None:
    """Write whether the mailbox was read, and why not."""
    reach("poll.before-state")
    if report.error is None and report.missing_folders:
        missing = ", ".join(report.missing_folders)
        report.error = MailboxError(
            f"mailbox {job.name}: the server has no folder {missing}; correct `folders` in the configuration"
        )
    with tools.database.write() as connection:
        mailbox_id = mailboxes.register_mailbox(connection, job.name, kind="imap")
        if report.error is None:
            mailboxes.mark_ok(connection, mailbox_id, now=tools.clock())
        elif isinstance(report.error, MailboxError):
            mailboxes.mark_failed(connection, mailbox_id, report.error, now=tools.clock())
