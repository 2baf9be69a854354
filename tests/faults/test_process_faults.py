"""Faults 81 and 85 to 88: how the process ends, what kills its parts, and what clocks do."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.mail import letter
from tests.acceptance.program import Program
from tests.core import test_business_time_oracle
from tests.servers.dovecot import MailUser
from tests.services.workplace import EVERYTHING, NOW, Workplace
from tests.wait import until
from triage.alerts.channel import Receipt
from triage.core.alert import Alert
from triage.core.errors import LeaseLost
from triage.mailbox.fetched import Fetched
from triage.mailbox.parser_pool import ParserPool
from triage.mailbox.read_mail import ReadMail, read_mail
from triage.services.deliver import deliver_due
from triage.services.export import export_messages
from triage.services.lease_holder import LASTS
from triage.services.quarantine import quarantined, retry
from triage.services.queue import coverage_report
from triage.services.sweep import sweep
from triage.store import leases, mailboxes
from triage.store.database import Database


def _subjects(place: Workplace) -> list[str]:
    return sorted(row.subject for row in export_messages(place.database, EVERYTHING))


@pytest.mark.dovecot
@pytest.mark.slow
def test_fault_81_sigterm_ends_the_worker_with_status_0_and_gives_the_lease_back(
    program: Program, dovecot: MailUser
) -> None:
    dovecot.append(letter("one"))
    program.run("poll", "--once")
    dovecot.append(letter("two", subject="Second"))
    worker = subprocess.Popen(program.command("work"), env=program.environment(), stdin=subprocess.PIPE)
    until(lambda: len(program.messages()) == 2, "the worker reads", seconds=60)

    asked_at = time.monotonic()
    worker.terminate()
    status = worker.wait(60)

    assert status == 0
    assert time.monotonic() - asked_at < 10
    assert worker.stdin is not None
    worker.stdin.close()
    # A lease that was not given back would be refused for fifteen seconds.
    (report,) = program.json("poll", "--once")
    assert report["error"] is None


def read_or_die(fetched: Fetched) -> ReadMail:
    """Take all the memory there is, or be killed as the system does when there is none."""
    if b"eat" in fetched.header:
        bytearray(2**40)
    if b"die" in fetched.header:
        os.kill(os.getpid(), signal.SIGKILL)
    return read_mail(fetched)


def test_fault_85_killed_parser_costs_its_mail_and_the_neighbours_land(database: Database) -> None:
    place = Workplace(database)
    for number, subject in enumerate(("First", "die", "Second", "eat", "Third")):
        place.mailbox.append(letter(f"m{number}", subject=subject))

    with ParserPool(workers=2, reader=read_or_die) as pool:
        report = place.poll(replace(place.tools(), parse=pool.read))
        place.mailbox.append(letter("later", subject="Fourth"))
        again = place.poll(replace(place.tools(), parse=pool.read))

    assert (report.error, again.error) == (None, None)
    assert _subjects(place) == ["First", "Fourth", "Second", "Third"]
    held = coverage_report(database, EVERYTHING, now=place.now).held_back
    assert sorted(one.reason for one in held) == [
        "reading it took too much memory",
        "what read it was killed",
    ]
    for one in quarantined(database):
        assert retry(one.id, place.tools(), {}).is_stored
    assert "die" in _subjects(place)


@pytest.mark.dovecot
@pytest.mark.slow
def test_fault_86_stuck_thread_ends_the_worker_so_that_it_is_started_again(
    program: Program, dovecot: MailUser
) -> None:
    dovecot.append(letter("one"))
    # The patience of the watchdog is shortened from a minute and a half to seconds.
    code = (
        "from triage import watchdog; from triage.cli import main\n"
        "watchdog.LOOK_SECONDS, watchdog.STUCK_AFTER_LOOKS, watchdog._SLICE_SECONDS = 0.5, 8, 1.0\n"
        "main()"
    )
    log = program.folder / "log"
    with log.open("wb") as output:
        worker = subprocess.Popen(
            [sys.executable, "-c", code, "work"],
            env=program.environment({"TRIAGE_FAIL_POINT": "poll.before-state:sleep=600"}),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
        status = worker.wait(100)

    assert worker.stdin is not None
    worker.stdin.close()
    assert status == 75, log.read_text()
    assert "thread stuck" in log.read_text()
    assert "watch-desk" in log.read_text()
    program.run("poll", "--once")
    assert len(program.messages()) == 1


class Chat:
    """Counts what is sent."""

    name = "chat"

    def __init__(self) -> None:
        self.keys: list[str] = []

    def send(self, alert: Alert, *, key: str) -> Receipt:
        self.keys.append(key)
        return Receipt(status=200)


def test_fault_87_jumping_clock_reads_all_mail_and_repeats_no_alert(database: Database) -> None:
    place, chat = Workplace(database), Chat()
    jumps = (
        *(NOW, NOW + timedelta(hours=1), NOW - timedelta(hours=1), NOW),
        *(NOW + timedelta(days=3653), NOW, datetime(1970, 1, 1, tzinfo=UTC), NOW, NOW),
    )
    for number, place.now in enumerate(jumps):
        place.mailbox.append(letter(f"m{number}", subject=f"Matter {number}"), at=NOW - timedelta(hours=5))
        report = place.poll()
        assert report.error is None, place.now
        for _ in range(2):
            sweep(database, place.practice(), now=place.now)
            deliver_due(database, {"chat": chat}, now=lambda: place.now)

    assert _subjects(place) == [f"Matter {number}" for number in range(len(jumps))]
    # At most a warning and a breach for each: no storm, whatever the clock says.
    assert len(chat.keys) == len(set(chat.keys)) <= 2 * len(jumps)


def test_fault_87_lease_taken_by_a_clock_years_ahead_does_not_lock_the_mailbox(database: Database) -> None:
    place = Workplace(database)
    place.mailbox.append(letter("one", subject="One"))
    with database.write() as connection:
        mailbox = mailboxes.register_mailbox(connection, "desk", kind="imap")
        ahead = NOW + timedelta(days=3653)
        assert leases.acquire(connection, mailbox, owner="other", now=ahead, lasts=LASTS)

    assert place.poll().error is None
    assert _subjects(place) == ["One"]


def test_fault_87_lease_of_a_clock_minutes_ahead_still_holds(database: Database) -> None:
    place = Workplace(database)
    with database.write() as connection:
        mailbox = mailboxes.register_mailbox(connection, "desk", kind="imap")
        ahead = NOW + timedelta(minutes=2)
        assert leases.acquire(connection, mailbox, owner="other", now=ahead, lasts=LASTS)

    assert isinstance(place.poll().error, LeaseLost)


def test_fault_88_due_times_equal_an_independent_count_over_changes_of_zone_and_leap_days() -> None:
    """The oracle walks minute by minute; it is run by its own tests, and must not go missing."""
    tests = [name for name in vars(test_business_time_oracle) if name.startswith("test_")]

    assert len(tests) >= 2
