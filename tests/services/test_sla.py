"""Clocks explained and counted from stored mail, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from models import ClockEvent
from tests.acceptance.mail import letter
from tests.services.workplace import EVERYTHING, NOW, Workplace
from triage.core.errors import NotFound
from triage.core.policy import Policy, Target, TargetKind, ThreadFacts, WarnPoint
from triage.core.queue_entry import QueueFilters, View
from triage.core.schedule import LocalInterval, Schedule
from triage.core.scope import Scope
from triage.core.sla_figures import GroupBy
from triage.services.practice import Practice
from triage.services.queue import queue
from triage.services.recompute import recompute
from triage.services.sla import Report, promises, report, thread_sla
from triage.store.database import Database

OFFICE = Schedule(
    name="always", zone="Europe/Berlin", week=((LocalInterval.parse("09:00", "17:00"),),) * 5 + ((),) * 2
)
NOBODY = Scope(accounts=frozenset(), sees_all=False, name="outsider")


@pytest.fixture
def place(database: Database) -> Workplace:
    place = Workplace(database)
    # What is there at the first look is history and alerts nobody.
    place.poll()
    return place


def receive(place: Workplace, name: str, hours_ago: float, subject: str = "Portal") -> None:
    place.mailbox.append(letter(name, subject=subject), at=NOW - timedelta(hours=hours_ago))
    place.poll()


def thread_ids(place: Workplace) -> list[int]:
    page = queue(place.database, EVERYTHING, QueueFilters(view=View.ALL), limit=200, now=place.now)
    return [int(entry.thread_id) for entry in page.entries]


def figures_of(
    place: Workplace, *, scope: Scope = EVERYTHING, practice: Practice | None = None, what_if: bool = False
) -> Report:
    return report(
        place.database,
        scope,
        practice or place.practice(),
        since=NOW - timedelta(days=7),
        until=NOW + timedelta(days=1),
        by=GroupBy.ACCOUNT,
        what_if=what_if,
        now=place.now,
    )


def hours_of(minutes: int) -> Policy:
    target = Target(kind=TargetKind.FIRST_REPLY, minutes=minutes, schedule="always")
    return Policy(name="standard", position=0, targets=(target,))


def test_a_thread_says_why_it_is_due(place: Workplace) -> None:
    receive(place, "one", 1)
    (number,) = thread_ids(place)

    found = thread_sla(place.database, EVERYTHING, place.practice(), number, now=place.now)

    (one,) = found.cycles
    assert (one.cycle.target, one.zone) == (TargetKind.FIRST_REPLY, "Europe/Berlin")
    assert one.cycle.due_at == NOW + timedelta(hours=3)
    assert one.seconds_left == 3 * 3600
    assert [segment.seconds for segment in one.segments] == [4 * 3600]


def test_what_is_explained_is_what_is_stored(place: Workplace) -> None:
    receive(place, "one", 1)
    (number,) = thread_ids(place)
    page = queue(place.database, EVERYTHING, QueueFilters(view=View.ALL), limit=1, now=place.now)

    found = thread_sla(place.database, EVERYTHING, place.practice(), number, now=place.now)

    assert page.entries[0].due_at == found.cycles[0].cycle.due_at


def test_a_thread_that_may_not_be_seen_is_not_found(place: Workplace) -> None:
    receive(place, "one", 1)
    (number,) = thread_ids(place)

    with pytest.raises(NotFound):
        thread_sla(place.database, NOBODY, place.practice(), number, now=place.now)


def test_reading_an_explanation_writes_nothing(place: Workplace) -> None:
    receive(place, "one", 1)
    (number,) = thread_ids(place)
    wanted = QueueFilters(view=View.ALL)
    before = queue(place.database, EVERYTHING, wanted, limit=1, now=place.now)

    thread_sla(place.database, EVERYTHING, place.practice(), number, now=place.now + timedelta(days=3))

    assert queue(place.database, EVERYTHING, wanted, limit=1, now=place.now) == before


def test_a_mail_would_get_what_the_policy_of_that_time_gives(place: Workplace) -> None:
    later = replace(hours_of(60), effective_from=datetime(2026, 4, 1, tzinfo=UTC))
    practice = replace(place.practice(), policies=(hours_of(240), later), schedules={"always": (OFFICE,)})

    before = promises(practice, ThreadFacts(), at=datetime(2026, 3, 27, 15, 30, tzinfo=UTC))
    after = promises(practice, ThreadFacts(), at=datetime(2026, 4, 2, 14, 30, tzinfo=UTC))

    assert before[1][0].due_at == datetime(2026, 3, 30, 10, 30, tzinfo=UTC)
    assert after[1][0].due_at == datetime(2026, 4, 3, 7, 30, tzinfo=UTC)
    assert [segment.kind.value for segment in after[1][0].segments] == ["open", "closed", "open"]


def test_a_promise_says_when_it_would_warn(place: Workplace) -> None:
    target = Target(kind=TargetKind.FIRST_REPLY, minutes=60, schedule="always", warn=(WarnPoint(percent=50),))
    practice = replace(place.practice(), policies=(Policy(name="p", position=0, targets=(target,)),))

    _, (found,) = promises(practice, ThreadFacts(), at=NOW)

    assert found.warn_at == (NOW + timedelta(minutes=30),)


def test_the_report_counts_what_is_overdue_by_account(place: Workplace) -> None:
    receive(place, "late", 30, subject="One")
    receive(place, "fresh", 1, subject="Two")

    (line,) = figures_of(place).lines

    assert (line.group, line.breached, line.running, line.compliance) == ("acme", 1, 1, 0.0)


def test_what_lies_outside_the_period_is_not_counted(place: Workplace) -> None:
    receive(place, "old", 24 * 30)

    assert figures_of(place).lines == ()


def test_nobody_reads_the_figures_of_another_customer(place: Workplace) -> None:
    receive(place, "late", 30)

    assert figures_of(place, scope=NOBODY).lines == ()


def test_what_if_counts_the_past_by_the_present_terms(place: Workplace) -> None:
    receive(place, "one", 5)
    generous = replace(hours_of(600), effective_from=NOW - timedelta(hours=1))
    practice = replace(place.practice(), policies=(hours_of(60), generous))
    place.mailbox.append(
        letter("answer", sender="support@vendor.example", to="ada@acme.example", reply_to="one"),
        folder="Sent",
        at=NOW - timedelta(hours=2),
    )
    place.poll()

    (as_promised,) = figures_of(place, practice=practice).lines
    (what_if,) = figures_of(place, practice=practice, what_if=True).lines

    assert (as_promised.met, as_promised.missed_late) == (0, 1)
    assert (what_if.met, what_if.missed_late) == (1, 0)
    assert what_if.median_seconds == 3 * 3600


def test_a_corrected_policy_is_logged_once_and_says_when_it_made_a_thread_late(place: Workplace) -> None:
    receive(place, "one", 2)
    strict = replace(place.practice(), policies=(hours_of(60),))

    recompute(place.database, strict, now=place.now)
    recompute(place.database, strict, now=place.now)

    with place.database.read() as connection:
        rows = connection.execute(
            sa.select(ClockEvent.kind, ClockEvent.at, ClockEvent.detail).order_by(ClockEvent.id)
        ).all()
    superseded = [row for row in rows if row.kind == "supersede"]
    breaches = [row for row in rows if row.kind == "breach"]
    assert [(row.at, row.detail["cause"]) for row in superseded] == [(NOW, "breached_by_correction")]
    assert [row.at for row in breaches] == [NOW - timedelta(hours=1)]
