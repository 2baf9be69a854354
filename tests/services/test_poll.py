"""Reading mailboxes, on both databases: nothing missed, nothing twice, alerts once."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.mail import letter
from tests.fakes.channel import FakeChannel
from tests.services.workplace import EVERYTHING, NOW, POLICY, Workplace, read_all
from triage.core.errors import LeaseLost, SignInError, StoreError, Unreachable
from triage.core.queue_entry import QueueFilters, View
from triage.core.rules import RuleKind
from triage.mailbox.faults import Declined
from triage.mailbox.fetched import Fetched
from triage.mailbox.read_mail import ReadMail
from triage.services.deliver import deliver_due
from triage.services.export import export_messages
from triage.services.queue import queue
from triage.services.recompute import recompute
from triage.services.sweep import sweep
from triage.store.accounts import RuleSeed
from triage.store.coverage import held_back
from triage.store.database import Database

if TYPE_CHECKING:
    from triage.services.poll import PollReport


@pytest.fixture
def place(database: Database) -> Workplace:
    return Workplace(database)


def _hours_before(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def _rows(place: Workplace) -> list[object]:
    return list(export_messages(place.database, EVERYTHING))


def _sent(place: Workplace) -> list[tuple[str, str]]:
    """Deliver what is due and return level and customer of each alert."""
    chat = FakeChannel(name="chat")
    deliver_due(place.database, {"chat": chat}, now=lambda: place.now)
    return [(alert.level.value, alert.customer) for _, alert in chat.sent]


def test_reading_again_fetches_nothing_and_changes_nothing(place: Workplace) -> None:
    for number in range(3):
        place.mailbox.append(letter(f"m{number}", subject=f"Matter {number}"))
    place.poll()
    before, fetched = _rows(place), list(place.mailbox.fetched)

    report = place.poll()

    assert (report.ingested.stored, report.ingested.known) == (0, 0)
    assert place.mailbox.fetched == fetched
    assert _rows(place) == before


def test_connection_lost_half_way_is_told_and_made_up_for(place: Workplace) -> None:
    for number in range(3):
        place.mailbox.append(letter(f"m{number}", subject=f"Matter {number}"))
    place.mailbox.faults = [SignInError("mailbox desk: refused")]

    first = place.poll()
    queue_then = queue(place.database, EVERYTHING, QueueFilters(), now=place.now)
    second = place.poll()

    assert isinstance(first.error, SignInError)
    assert queue_then.coverage.state == "unknown"
    assert second.error is None
    assert len(place.pending()) == 3


def test_what_came_before_the_connection_was_lost_is_not_fetched_again(place: Workplace) -> None:
    for number in range(3):
        place.mailbox.append(letter(f"m{number}", subject=f"Matter {number}"))
    place.mailbox.fault_at_uid[3] = Unreachable("mailbox desk: the connection was lost")

    place.poll()
    place.poll()

    assert place.mailbox.fetched == [1, 2, 3]
    assert len(place.pending()) == 3


def test_folder_that_the_server_declines_keeps_no_other_from_being_read(place: Workplace) -> None:
    place.mailbox.append(letter("one"), folder="Sent")
    place.mailbox.append(letter("two"))
    place.mailbox.declined.add("INBOX")

    report = place.poll()

    assert isinstance(report.error, Declined)
    assert report.ingested.stored == 1


def test_new_uidvalidity_with_new_mail_adds_just_the_new_mail(place: Workplace) -> None:
    for number in range(3):
        place.mailbox.append(letter(f"m{number}", subject=f"Matter {number}"))
    place.poll()

    place.mailbox.renumber()
    place.mailbox.append(letter("fresh", subject="Fresh"))
    report = place.poll()

    assert (report.ingested.stored, report.ingested.known) == (1, 3)
    assert sorted(place.pending()) == ["Fresh", "Matter 0", "Matter 1", "Matter 2"]


def test_fields_without_end_are_stored_and_shown(place: Workplace) -> None:
    long = f"{'a' * 5000}@acme.example"
    place.mailbox.append(letter("one", sender=f"X <{long}>", to=long, subject="S" * 9000))

    report = place.poll()

    assert (report.ingested.stored, report.ingested.not_read) == (1, 0)
    assert len(place.pending()) == 1


def test_moved_mail_is_one_message_and_still_pending(place: Workplace) -> None:
    uid = place.mailbox.append(letter("one"))
    place.poll()

    place.mailbox.move(uid, to="Sent")
    place.poll()

    assert len(_rows(place)) == 1
    assert place.pending() == ["Portal"]


def test_mail_deleted_by_somebody_stays_due_and_leaves_the_proof_whole(place: Workplace) -> None:
    uid = place.mailbox.append(letter("one"))
    place.mailbox.append(letter("two", subject="Other"))
    place.poll()

    place.mailbox.expunge(uid)
    place.wait(minutes=1)
    place.poll()

    page = queue(place.database, EVERYTHING, QueueFilters(), now=place.now)
    assert {entry.subject for entry in page.entries} == {"Portal", "Other"}
    assert page.coverage.state == "proven"
    assert page.coverage.since == place.now


def test_message_that_cannot_be_stored_is_held_back_and_its_neighbours_land(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        place.mailbox.append(letter(f"m{number}", subject=f"Matter {number}"))
    # The first visit is the whole batch, the second one is m0 alone, the third is m1.
    visits = iter([True, False, True, False, False, False])

    def reach(name: str) -> None:
        if name == "ingest.messages-added" and next(visits):
            raise RuntimeError(name)

    monkeypatch.setattr("triage.services.ingest.reach", reach)

    report = place.poll()

    assert sorted(place.pending()) == ["Matter 0", "Matter 2"]
    assert report.ingested.not_read == 1
    with place.database.read() as connection:
        held = held_back(connection)
    assert [(one.folder, one.uid, one.state) for one in held] == [("INBOX", 2, "quarantined")]
    assert "RuntimeError" in held[0].reason


def test_a_database_that_is_busy_costs_no_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.store.database._BUSY_SECONDS", 0)
    database = Database(f"sqlite:///{tmp_path / 'triage.db'}")
    database.upgrade()
    place = Workplace(database)
    for number in range(3):
        place.mailbox.append(letter(f"m{number}", subject=f"Matter {number}"))
    other = sqlite3.connect(tmp_path / "triage.db", isolation_level=None)
    tools = place.tools()

    def read_while_busy(fetched: Sequence[Fetched]) -> list[ReadMail]:
        other.execute("BEGIN IMMEDIATE")
        return read_all(fetched)

    report = place.poll(replace(tools, parse=read_while_busy))
    assert isinstance(report.error, StoreError)
    other.execute("ROLLBACK")
    place.wait(hours=1)

    assert place.poll().error is None
    assert sorted(place.pending()) == ["Matter 0", "Matter 1", "Matter 2"]
    with place.database.read() as connection:
        assert not held_back(connection)
    other.close()
    database.close()


def test_mail_in_time_warns_once_and_breaches_once(place: Workplace) -> None:
    place.poll()
    place.mailbox.append(letter("one"), at=NOW)
    place.poll()
    practice = place.practice()
    alerts = []

    for _ in range(30):
        place.wait(minutes=10)
        sweep(place.database, practice, now=place.now)
        alerts += [(place.now - NOW, *alert) for alert in _sent(place)]

    assert alerts == [
        (timedelta(hours=3), "warning", "ACME GmbH"),
        (timedelta(hours=4), "breach", "ACME GmbH"),
    ]


def test_breach_while_the_server_was_down_is_told_once_without_a_stale_warning(place: Workplace) -> None:
    place.poll()
    place.mailbox.append(letter("one"), at=NOW)
    place.poll()

    place.wait(hours=9)
    practice = place.practice()
    sweep(place.database, practice, now=place.now)
    sweep(place.database, practice, now=place.now)

    assert _sent(place) == [("breach", "ACME GmbH")]


def test_thanks_after_our_answer_is_neither_pending_nor_due(place: Workplace) -> None:
    place.mailbox.append(letter("one"), at=_hours_before(30))
    answer = letter(
        "two", sender="desk@vendor.example", to="ada@acme.example", subject="Re: Portal", reply_to="one"
    )
    place.mailbox.append(answer, folder="Sent", at=_hours_before(29))
    thanks = letter("three", subject="Re: Portal", reply_to="two", body="Thank you very much!")
    place.mailbox.append(thanks, at=_hours_before(28))

    place.poll()

    page = queue(place.database, EVERYTHING, QueueFilters(view=View.ALL), now=place.now)
    assert [(entry.is_pending, entry.due_at) for entry in page.entries] == [(False, None)]
    assert [reason.kind for reason in page.entries[0].turn_evidence] == ["closing"]


def test_shorter_promise_counts_from_the_hour_in_which_it_begins(place: Workplace) -> None:
    sooner = replace(POLICY.targets[0], minutes=60)
    begins = replace(POLICY, targets=(sooner,), effective_from=NOW + timedelta(hours=2))
    place.policies = (POLICY, begins)
    place.poll()
    place.mailbox.append(letter("one"), at=NOW)
    place.poll()

    place.wait(hours=1.5)
    sweep(place.database, place.practice(), now=place.now)
    before = _sent(place)
    place.wait(hours=0.5)
    sweep(place.database, place.practice(), now=place.now)

    assert before == []
    assert _sent(place) == [("breach", "ACME GmbH")]


def test_history_never_alerts(place: Workplace) -> None:
    place.mailbox.append(letter("old"), at=_hours_before(100))
    place.mailbox.append(letter("recent", subject="Recent"), at=_hours_before(1))

    place.poll()
    place.wait(hours=10)
    sweep(place.database, place.practice(), now=place.now)

    assert len(place.pending()) == 2
    assert _sent(place) == []


def test_answer_before_the_due_time_stops_the_alerts(place: Workplace) -> None:
    place.poll()
    place.mailbox.append(letter("one"), at=NOW)
    place.poll()
    reply = letter(
        "two", sender="desk@vendor.example", to="ada@acme.example", subject="Re: Portal", reply_to="one"
    )
    place.mailbox.append(reply, folder="Sent", at=NOW + timedelta(hours=1))
    place.wait(hours=1)
    place.poll()

    place.wait(hours=9)
    sweep(place.database, place.practice(), now=place.now)

    assert place.pending() == []
    assert _sent(place) == []


def test_alert_that_waits_in_the_outbox_goes_with_the_answer(place: Workplace) -> None:
    place.poll()
    place.mailbox.append(letter("one"), at=NOW)
    place.poll()
    place.wait(hours=5)
    sweep(place.database, place.practice(), now=place.now)

    reply = letter(
        "two", sender="desk@vendor.example", to="ada@acme.example", subject="Re: Portal", reply_to="one"
    )
    place.mailbox.append(reply, folder="Sent", at=place.now)
    place.poll()

    assert _sent(place) == []


def test_mail_of_two_workers_is_written_by_one(place: Workplace) -> None:
    place.mailbox.append(letter("one"))
    seen: list[PollReport] = []

    def parse_late(fetched: Sequence[Fetched]) -> list[ReadMail]:
        seen.append(place.poll(replace(place.tools(), owner="second")))
        return read_all(fetched)

    report = place.poll(replace(place.tools(), parse=parse_late))

    assert isinstance(seen[0].error, LeaseLost)
    assert report.ingested.stored == 1


def test_recompute_changes_nothing(place: Workplace) -> None:
    place.mailbox.append(letter("one"), at=_hours_before(5))
    place.mailbox.append(letter("two", sender="bo@beta.example", subject="Re: Portal", reply_to="one"))
    place.mailbox.append(letter("three", sender="eve@mail.example", subject="Hello"))
    place.poll()
    before = _rows(place)

    recompute(place.database, place.practice(), now=place.now)

    assert _rows(place) == before


def test_new_rule_names_the_customer_of_old_mail(place: Workplace) -> None:
    place.mailbox.append(letter("one", sender="eve@gamma.example", subject="Hello"))
    place.poll()
    assert [row.account_state for row in export_messages(place.database, EVERYTHING)] == ["unknown"]

    place.rules = (*place.rules, RuleSeed(kind=RuleKind.DOMAIN, value="gamma.example", account="beta"))
    recompute(place.database, place.practice(), now=place.now)

    assert [row.account for row in export_messages(place.database, EVERYTHING)] == ["beta"]


def test_reply_from_a_phone_outside_the_thread_answers(place: Workplace) -> None:
    place.mailbox.append(letter("one", subject="Cut-over date"), at=_hours_before(3))
    place.poll()
    phone = letter("phone", sender="desk@vendor.example", to="ada@acme.example", subject="Re: Cut-over date")

    place.mailbox.append(phone, folder="Sent", at=_hours_before(1))
    place.poll()

    assert place.pending() == []


def test_phone_reply_that_came_first_answers_as_well(place: Workplace) -> None:
    phone = letter("phone", sender="desk@vendor.example", to="ada@acme.example", subject="Re: Cut-over date")
    place.mailbox.append(phone, folder="Sent", at=_hours_before(1))
    place.poll()

    place.mailbox.append(letter("one", subject="Cut-over date"), at=_hours_before(3))
    place.poll()

    assert place.pending() == []
