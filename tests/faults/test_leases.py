"""Faults 82 to 84: two workers, one that stops and goes on, one that dies; on both databases."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.acceptance.mail import letter
from tests.fakes.mailbox import FakeReader
from tests.services.workplace import EVERYTHING, Workplace, read_all
from triage.core.errors import LeaseLost
from triage.mailbox.fetched import Fetched
from triage.mailbox.read_mail import ReadMail
from triage.services.export import export_messages
from triage.services.lease_holder import LASTS
from triage.services.poll import MailboxJob, PollReport
from triage.services.read_folder import Parse, Tools
from triage.services.watch import CurrentTools, MailboxWatch
from triage.store import leases, mailboxes
from triage.store.database import Database


@pytest.fixture
def place(database: Database) -> Workplace:
    return Workplace(database)


class Passing(threading.Event):
    """Whoever waits for the end of the worker lets the clock pass instead; after the limit it is over."""

    def __init__(self, place: Workplace, limit: timedelta) -> None:
        super().__init__()
        self._place = place
        self._until = place.now + limit

    def wait(self, timeout: float | None = None) -> bool:
        self._place.wait(seconds=timeout or 0)
        if self._place.now >= self._until:
            self.set()
        return self.is_set()


class IdlingReader(FakeReader):
    """Lets the clock pass while it waits for news."""

    def __init__(self, place: Workplace, passing: Passing) -> None:
        super().__init__(place.mailbox)
        self._passing = passing

    def wait_for_news(self, patience: timedelta, *, stop: Callable[[], bool]) -> bool:
        self._passing.wait(patience.total_seconds())
        return stop()


def _tools(place: Workplace, owner: str, parse: Parse = read_all) -> Tools:
    return replace(place.tools(), owner=owner, parse=parse)


def _subjects(place: Workplace) -> list[str]:
    return sorted(row.subject for row in export_messages(place.database, EVERYTHING))


def _watch(place: Workplace, tools: Tools, passing: Passing) -> None:
    job = MailboxJob(name="desk", wanted=("auto",), connect=lambda: IdlingReader(place, passing))
    MailboxWatch(job, CurrentTools(tools, place.practice), passing).run()


def _leave_lease(place: Workplace, owner: str) -> None:
    """Let a worker take the mailbox and never be heard of again."""
    with place.database.write() as connection:
        mailbox = mailboxes.register_mailbox(connection, "desk", kind="imap")
        assert leases.acquire(connection, mailbox, owner=owner, now=place.now, lasts=LASTS)


def test_fault_83_of_two_workers_at_once_every_mail_is_stored_once(place: Workplace) -> None:
    for number in range(6):
        place.mailbox.append(letter(f"m{number}", subject=f"Matter {number}"))
    reports: list[PollReport] = []
    start = threading.Barrier(2)
    tools = [_tools(place, owner) for owner in ("one", "two")]

    def poll(mine: Tools) -> None:
        start.wait(20)
        reports.append(place.poll(mine))

    workers = [threading.Thread(target=poll, args=(mine,)) for mine in tools]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert sum(report.ingested.stored for report in reports) == 6
    assert all(report.error is None or isinstance(report.error, LeaseLost) for report in reports)
    assert _subjects(place) == [f"Matter {number}" for number in range(6)]


def test_fault_82_worker_that_slept_through_its_lease_cannot_commit(place: Workplace) -> None:
    place.mailbox.append(letter("one", subject="One"))
    reports: list[PollReport] = []

    def parse_and_sleep(fetched: Sequence[Fetched]) -> list[ReadMail]:
        # Stopped by the system for longer than the lease lasts; meanwhile another one does the work.
        place.wait(seconds=LASTS.total_seconds() + 1)
        reports.append(place.poll(_tools(place, "second")))
        place.mailbox.append(letter("two", subject="Two"))
        return read_all(fetched)

    late = place.poll(_tools(place, "first", parse_and_sleep))

    assert isinstance(late.error, LeaseLost)
    assert late.ingested.stored == 0
    assert reports[0].error is None
    assert _subjects(place) == ["One"]
    assert place.poll(_tools(place, "second")).ingested.stored == 1
    assert _subjects(place) == ["One", "Two"]


def test_fault_84_dead_worker_is_replaced_within_20_seconds_however_long_it_lived(place: Workplace) -> None:
    place.mailbox.append(letter("one"))
    place.poll(_tools(place, "waiting"))
    renewed_until = place.now + timedelta(minutes=30)
    stored_at: list[timedelta] = []

    def parse(fetched: Sequence[Fetched]) -> list[ReadMail]:
        stored_at.append(place.now - died_at)
        return read_all(fetched)

    class Renewing(Passing):
        """The other worker renews its lease until it dies."""

        def wait(self, timeout: float | None = None) -> bool:
            if place.now < renewed_until:
                _leave_lease(place, "other")
            return super().wait(timeout)

    _leave_lease(place, "other")
    place.mailbox.append(letter("two", subject="Two"))
    died_at = renewed_until
    _watch(place, _tools(place, "waiting", parse), Renewing(place, timedelta(minutes=32)))

    assert _subjects(place) == ["Portal", "Two"]
    assert stored_at[0] <= timedelta(seconds=20)


@pytest.mark.parametrize("error", [RuntimeError, KeyError], ids=lambda error: error.__name__)
def test_error_that_nobody_expected_is_told_and_does_not_end_the_watch(
    place: Workplace, error: Callable[[str], Exception]
) -> None:
    place.mailbox.append(letter("one"))
    states: list[str] = []

    def parse(fetched: Sequence[Fetched]) -> list[ReadMail]:
        with place.database.read() as connection:
            mailbox = mailboxes.find_folder(connection, "desk", "INBOX")
            assert mailbox is not None
            states.append(mailboxes.mailbox_state(connection, mailbox.mailbox_id).state)
        if len(states) == 1:
            raise error("a bug")
        return read_all(fetched)

    _watch(place, _tools(place, "worker", parse), Passing(place, timedelta(minutes=1)))

    assert states == ["new", "degraded"]
    assert _subjects(place) == ["Portal"]
