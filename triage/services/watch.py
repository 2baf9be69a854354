"""The worker's loops: watch every mailbox, sweep, deliver, until told to stop."""

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import structlog

from triage.alerts.channel import Channel
from triage.core.errors import Conflict, LeaseLost, MailboxError, SignInError, StoreError
from triage.mailbox.folders import FolderChoice, FolderRole, FolderState, WatchedFolder
from triage.mailbox.reader import MailboxReader
from triage.services.audit import look_for_phantoms
from triage.services.board import post_proposals, post_questions_and_states
from triage.services.canary import CanaryJob, send_canary
from triage.services.deliver import deliver_due
from triage.services.hints import forget_gone, hint_accounts, stale_voices, train_voices
from triage.services.ingest import Ingested
from triage.services.learn import suggest
from triage.services.lease_holder import held_lease
from triage.services.poll import MailboxJob, PollReport, read_folders, record_state
from triage.services.practice import Practice
from triage.services.read_folder import FolderReading, Tools
from triage.services.reading_order import is_unchanged
from triage.services.refit import refit_wanted
from triage.services.search_index import index_all
from triage.services.sign_in_gate import Gate
from triage.services.sweep import sweep
from triage.services.tokens import keep_fresh
from triage.store import ledger, mailboxes
from triage.store.messages import newest_message_id
from triage.store.proposals import rules_changed
from triage.watchdog import keep_watch, pause

log = structlog.get_logger(__name__)

_SWEEP_SECONDS = 2.0
_DELIVER_SECONDS = 1.0
_LEARN_SECONDS = 2.0
_INDEX_SECONDS = 1.0
#: Whether a search for phantom parents is due.
_PHANTOM_SECONDS = 60.0
#: New mail is shown to the models every so many looks for corrections.
_LOOKS_PER_QUESTION = 10
#: Every so many questions the board is renewed, and voices that grew old are fitted anew, few at a time.
_QUESTIONS_PER_VOICES = 30
_VOICES_AT_ONCE = 10
_FIRST_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(minutes=5)
#: A refused password is not tried more often than this: servers lock accounts (reliability fault 40).
_AFTER_REFUSAL = timedelta(minutes=5)
#: Mail that comes during a look makes another one; a server whose numbers never agree is waited for.
_LOOKS_BEFORE_WAITING = 3
#: How often a mailbox whose sign-in was refused looks whether it may try again; costs no connection.
_GATE_SECONDS = 2.0
_TOKENS_SECONDS = 30.0
#: Whether a test mail is due.
_CANARY_SECONDS = 5.0
#: With the 15 seconds of a lease, a dead worker is replaced within 20 (reliability fault 84).
_WHILE_ANOTHER_READS = timedelta(seconds=4)


class CurrentTools:
    """The tools of all loops, with the practice as people last changed it."""

    def __init__(self, tools: Tools, reread: Callable[[], Practice]) -> None:
        """Begin with tools; ``reread`` returns the practice as it is now."""
        self.now = tools
        self._reread = reread
        self._seen = ""

    def refresh(self) -> None:
        """Read the practice again if people confirmed rules since.

        Raises:
            StoreError: If the database cannot be read.
        """
        with self.now.database.read() as connection:
            word = rules_changed(connection)
        if word != self._seen:
            self.now = replace(self.now, practice=self._reread())
            self._seen = word


class MailboxWatch:
    """Watches one mailbox: IDLE as a hint, a poll that runs anyway."""

    def __init__(self, job: MailboxJob, current: CurrentTools, stop: threading.Event) -> None:
        self._job = job
        self._current = current
        self._stop = stop

    @property
    def _tools(self) -> Tools:
        return self._current.now

    def run(self) -> None:
        """Watch until told to stop; whatever goes wrong is recorded, told, and tried again."""
        wait = _FIRST_PAUSE
        while not self._stop.is_set():
            report = self._safe_visit()
            if report.error is None:
                wait = _FIRST_PAUSE
                continue
            log.warning("mailbox not read", mailbox=self._job.name, reason=str(report.error))
            if isinstance(report.error, LeaseLost):
                pause(self._stop, _WHILE_ANOTHER_READS.total_seconds())
                continue
            if isinstance(report.error, SignInError) and self._job.gate is not None:
                self._await_admission(self._job.gate)
                continue
            is_lasting = isinstance(report.error, MailboxError) and report.error.permanent
            pause(self._stop, (_AFTER_REFUSAL if is_lasting else wait).total_seconds())
            wait = min(wait * 2, _LONGEST_PAUSE)

    def _await_admission(self, gate: Gate) -> None:
        """Wait until a sign-in may be tried: when its time comes, the secret changes, or a person acted."""
        while not pause(self._stop, _GATE_SECONDS):
            try:
                if gate.is_open():
                    return
            except StoreError as err:
                log.warning("sign-in not asked for", mailbox=self._job.name, reason=str(err))

    def _safe_visit(self) -> PollReport:
        """Visit; an error that nobody expected is recorded like the others, for a silent end is worse."""
        try:
            return self._visit()
        except Exception as error:
            log.exception("mailbox watch failed", mailbox=self._job.name)
            reason = f"mailbox {self._job.name}: reading failed ({type(error).__name__}); it is tried again"
            report = PollReport(mailbox=self._job.name, error=MailboxError(reason))
        try:
            record_state(self._job, self._tools, report)
        except Exception:
            # The database itself may be what fails; the proof grows old and says so.
            log.exception("mailbox state not recorded", mailbox=self._job.name)
        return report

    def _visit(self) -> PollReport:
        """Connect and read until something goes wrong or the worker stops."""
        report = PollReport(mailbox=self._job.name)
        try:
            with self._tools.database.write() as connection:
                mailbox_id = mailboxes.register_mailbox(connection, self._job.name, kind="imap")
            with held_lease(
                self._tools.database,
                mailbox_id,
                name=self._job.name,
                owner=self._tools.owner,
                clock=self._tools.clock,
            ) as epoch:
                try:
                    self._stay(epoch, report)
                except MailboxError as error:
                    report.error = error
                    record_state(self._job, self._tools, report)
        except (Conflict, LeaseLost, StoreError) as error:
            report.error = error
        return report

    def _stay(self, epoch: int, report: PollReport) -> None:
        with self._job.connect() as reader:
            while not self._stop.is_set():
                next_look_at = time.monotonic() + self._job.pause.total_seconds()
                report.error, report.ingested = None, Ingested()
                done = read_folders(reader, self._job, self._tools, epoch=epoch, report=report)
                record_state(self._job, self._tools, report)
                if not done.has_more:
                    self._wait(reader, done.choice, epoch=epoch, until=next_look_at)

    def _wait(self, reader: MailboxReader, choice: FolderChoice, *, epoch: int, until: float) -> None:
        """Wait for the next look at all folders; new mail in the inbox is read as it comes.

        Args:
            until: By the monotonic clock: the system's may jump.
        """
        inbox = next((one for one in choice.folders if one.role is FolderRole.INBOX), None)
        if inbox is None:
            pause(self._stop, max(0.0, until - time.monotonic()))
            return
        while not self._stop.is_set() and (left := until - time.monotonic()) > 0:
            for _ in range(_LOOKS_BEFORE_WAITING):
                state = reader.examine(inbox)
                if self._is_unchanged(inbox, state):
                    break
                self._look(reader, inbox, state, epoch)
                if self._has_backlog(inbox):
                    return
            # IDLE tells about the open folder, which is the inbox since the look just above.
            reader.wait_for_news(timedelta(seconds=left), stop=self._stop.is_set)

    def _look(self, reader: MailboxReader, inbox: WatchedFolder, state: FolderState, epoch: int) -> None:
        FolderReading(reader, inbox, mailbox=self._job.name, tools=self._tools, epoch=epoch).look(
            self._job.pace.messages, state=state
        )

    def _has_backlog(self, inbox: WatchedFolder) -> bool:
        """Tell whether more came than is read at once: the next look at all folders reads it."""
        with self._tools.database.read() as connection:
            row = mailboxes.find_folder(connection, self._job.name, inbox.name)
        return row is not None and row.backlog_until_uid is not None

    def _is_unchanged(self, inbox: WatchedFolder, state: FolderState) -> bool:
        """Tell whether everything in the inbox is here: mail may have come meanwhile."""
        with self._tools.database.read() as connection:
            row = mailboxes.find_folder(connection, self._job.name, inbox.name)
            if state.uidnext is None:
                return row is not None and ledger.count_located(connection, row) == state.exists
        return is_unchanged(row, state)


def run_worker(
    jobs: tuple[MailboxJob, ...],
    tools: Tools,
    channels: Mapping[str, Channel],
    models: Path,
    stop: threading.Event,
    *,
    reread: Callable[[], Practice] | None = None,
    canary: CanaryJob | None = None,
) -> None:
    """Run all loops until the event is set; returns when the last one has ended.

    Args:
        models: Folder of the project models.
        reread: Returns the practice as it is now, for when people confirm rules; None: it never changes.
        canary: Sends test mails to one of the mailboxes.
    """
    current = CurrentTools(tools, reread or (lambda: tools.practice))
    watches = [
        threading.Thread(target=MailboxWatch(job, current, stop).run, name=f"watch-{job.name}")
        for job in jobs
    ]
    learner = _Learner(current, models)
    works: dict[str, tuple[float, Callable[[], object]]] = {
        "sweep": (
            _SWEEP_SECONDS,
            lambda: sweep(current.now.database, current.now.practice, now=current.now.clock()),
        ),
        "deliver": (
            _DELIVER_SECONDS,
            lambda: deliver_due(current.now.database, channels, now=current.now.clock),
        ),
        "learn": (_LEARN_SECONDS, learner.look),
        "phantoms": (
            _PHANTOM_SECONDS,
            lambda: look_for_phantoms(current.now.database, clock=current.now.clock),
        ),
        "index": (
            _INDEX_SECONDS,
            lambda: index_all(current.now.database, is_stopped=stop.is_set),
        ),
    }
    keepers = [job.tokens for job in jobs if job.tokens is not None]
    if keepers:
        works["tokens"] = (_TOKENS_SECONDS, lambda: keep_fresh(keepers))
    if canary is not None:
        works["canary"] = (
            _CANARY_SECONDS,
            lambda: send_canary(canary, tools.database, owner=tools.owner, clock=tools.clock),
        )
    loops = [
        threading.Thread(target=repeat, args=(name, work, stop), kwargs={"seconds": seconds}, name=name)
        for name, (seconds, work) in works.items()
    ]
    for thread in (*watches, *loops):
        thread.start()
    keep_watch([*watches, *loops])
    for thread in (*watches, *loops):
        thread.join()


def repeat(name: str, work: Callable[[], object], stop: threading.Event, *, seconds: float) -> None:
    """Do the work again and again until the event is set; what fails once is tried again."""
    while not pause(stop, seconds):
        try:
            work()
        except StoreError as err:
            log.warning("put off", loop=name, reason=str(err))
        except Exception:
            # One of the three top loops of the house style: a loop that ends would end in silence.
            log.exception("put off after an unexpected error", loop=name)


class _Learner:
    """Heeds what people confirmed, refits models after corrections, and asks them about new mail."""

    def __init__(self, current: CurrentTools, models: Path) -> None:
        self._current = current
        self._models = models
        self._looks = itertools.count(1)
        self._questions = itertools.count()
        self._has_news = False
        self._asked_at = -1

    def look(self) -> None:
        """Look once; the models are asked at every so many looks."""
        self._current.refresh()
        tools = self._current.now
        if refit_wanted(tools.database, tools.practice, self._models, now=tools.clock()):
            self._has_news = True
        if next(self._looks) % _LOOKS_PER_QUESTION == 0:
            self._renew_voices(tools)
            self._asked_at = _ask_models(tools, self._models, self._asked_at)
            if self._has_news:
                post_questions_and_states(tools.database, tools.practice, self._models, now=tools.clock())
                self._has_news = False

    def _renew_voices(self, tools: Tools) -> None:
        if next(self._questions) % _QUESTIONS_PER_VOICES:
            return
        now = tools.clock()
        self._has_news = True
        post_proposals(tools.database, tools.practice, now=now)
        forget_gone(tools.database, self._models)
        stale = stale_voices(tools.database, self._models, now=now, most=_VOICES_AT_ONCE)
        if stale:
            train_voices(tools.database, tools.practice, self._models, now=now, accounts=stale)
            self._asked_at = -1


def _ask_models(tools: Tools, models: Path, asked_at: int) -> int:
    """Ask about mail newer than the message ``asked_at``; return the newest that was asked about."""
    with tools.database.read() as connection:
        newest = newest_message_id(connection)
    if newest != asked_at and any(models.glob("*.json")):
        suggest(tools.database, tools.practice, models, now=tools.clock())
        hint_accounts(tools.database, tools.practice, models, now=tools.clock())
        return newest
    return asked_at
