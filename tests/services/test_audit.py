"""The audit: every message compared, what is missing fetched, what others speak of listed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.acceptance.mail import letter
from tests.fakes.mailbox import FakeReader
from tests.services.workplace import EVERYTHING, NOW, Workplace
from triage.core.audit_level import AuditLevel
from triage.core.errors import SignInError
from triage.services.audit import MailboxAudit, audit_mailbox, look_for_phantoms, phantoms
from triage.services.export import export_messages
from triage.services.poll import MailboxJob
from triage.services.queue import coverage_report
from triage.store import leases, ledger, mailboxes
from triage.store.audit_runs import last_run_at
from triage.store.database import Database
from triage.store.ledger import NewLocation


@pytest.fixture
def place(database: Database) -> Workplace:
    return Workplace(database)


def _audit(place: Workplace, level: AuditLevel = AuditLevel.ALL) -> MailboxAudit:
    job = MailboxJob(name="desk", wanted=("auto",), connect=place.mailbox.connect)
    return audit_mailbox(job, replace(place.tools(), owner="auditor"), levels=[level])


def _lose(place: Workplace, uid: int) -> None:
    """Forget a message, and hide it behind an equal count."""
    with place.database.write() as connection:
        row = mailboxes.find_folder(connection, "desk", "INBOX")
        assert row is not None
        ledger.mark_gone(connection, row, {uid}, witness="none", now=place.now)
        ghost = NewLocation(uid=900, state="unfetchable", evidence={"reason": "never there"})
        ledger.add_locations(connection, row, [ghost], now=place.now)


def _figures(audit: MailboxAudit) -> list[tuple[str, int, int, int, int, int]]:
    return [
        (one.folder, one.server_messages, one.here_messages, one.missing, one.departed, one.unexplained)
        for one in audit.folders
    ]


def test_folder_in_order_is_proven(place: Workplace) -> None:
    place.mailbox.append(letter("one"))
    place.poll()

    audit = _audit(place)

    assert _figures(audit) == [("INBOX", 1, 1, 0, 0, 0), ("Sent", 0, 0, 0, 0, 0)]
    assert audit.is_proven


def test_new_mail_is_read_and_is_no_incident(place: Workplace) -> None:
    place.mailbox.append(letter("one"))

    audit = _audit(place)

    assert _figures(audit)[0] == ("INBOX", 1, 1, 0, 0, 0)
    assert place.pending() == ["Portal"]


def test_missing_message_behind_an_equal_count_is_found(place: Workplace) -> None:
    uid = place.mailbox.append(letter("one"))
    place.poll()
    _lose(place, uid)

    audit = _audit(place)

    assert _figures(audit)[0] == ("INBOX", 1, 1, 1, 1, 0)
    assert audit.is_proven
    assert _figures(_audit(place))[0] == ("INBOX", 1, 1, 0, 0, 0)


def test_polling_finds_it_within_a_day(place: Workplace) -> None:
    uid = place.mailbox.append(letter("one"))
    place.poll()
    place.poll()
    _lose(place, uid)

    place.wait(hours=25)
    place.poll()

    assert _figures(_audit(place))[0] == ("INBOX", 1, 1, 0, 0, 0)


def test_mailbox_of_a_worker_is_only_looked_at(place: Workplace) -> None:
    uid = place.mailbox.append(letter("one"))
    place.poll()
    _lose(place, uid)
    with place.database.write() as connection:
        mailbox = mailboxes.register_mailbox(connection, "desk", kind="imap")
        leases.acquire(connection, mailbox, owner="worker", now=place.now, lasts=timedelta(minutes=1))

    audit = _audit(place)

    assert audit.worker_reads
    assert _figures(audit)[0] == ("INBOX", 1, 1, 1, 1, 1)
    assert not audit.is_proven
    place.wait(minutes=2)
    assert _figures(_audit(place))[0] == ("INBOX", 1, 1, 1, 1, 0)


def test_mailbox_that_cannot_be_opened_is_not_proven(place: Workplace) -> None:
    place.poll()
    place.mailbox.faults = [SignInError("mailbox desk: refused")]

    audit = _audit(place)

    assert isinstance(audit.error, SignInError)
    assert not audit.is_proven


def test_mail_that_is_answered_and_was_never_seen_is_a_phantom_of_its_customer(place: Workplace) -> None:
    place.mailbox.append(letter("two", subject="Re: Portal", reply_to="one"))
    place.mailbox.append(letter("three", subject="Re: Portal", reply_to="one", body="And?"))
    place.mailbox.append(letter("four", subject="Re: Portal", reply_to="two", body="Well?"))
    place.poll()

    (phantom,) = phantoms(place.database, clock=lambda: place.now)

    threads = {row.message_id: row.thread_id for row in export_messages(place.database, EVERYTHING)}
    assert (phantom.account, phantom.header_id, phantom.mentions) == ("acme", "one@mail.example", 2)
    assert phantom.thread_id == threads["three@mail.example"]

    place.mailbox.append(letter("one"))
    place.poll()
    assert phantoms(place.database, clock=lambda: place.now) == ()


def _levels(place: Workplace) -> list[tuple[str, str, int]]:
    """Return folder, level and unexplained of the last comparisons."""
    report = coverage_report(place.database, EVERYTHING, now=place.now)
    return sorted((one.folder, one.level.value, one.unexplained) for one in report.comparisons)


def test_each_level_runs_when_it_is_due_and_leaves_a_row(place: Workplace) -> None:
    place.mailbox.append(letter("one"))
    place.poll()
    first = _levels(place)
    place.wait(minutes=16)
    place.poll()
    after_minutes = _levels(place)
    place.wait(days=8)
    for _ in range(2):
        place.wait(minutes=1)
        place.poll()

    assert first == [("INBOX", "all", 0), ("Sent", "all", 0)]
    assert ("INBOX", "recent", 0) in after_minutes
    assert ("INBOX", "content", 0) not in after_minutes
    assert ("INBOX", "content", 0) in _levels(place)


def test_message_missing_behind_equal_numbers_is_found_within_15_minutes(place: Workplace) -> None:
    uid = place.mailbox.append(letter("one"))
    place.mailbox.append(letter("two", subject="Other"))
    place.poll()
    _lose(place, uid)

    place.wait(minutes=5)
    place.poll()
    hidden = _located(place)
    place.wait(minutes=11)
    place.poll()

    assert uid not in hidden
    assert uid in _located(place)
    assert max(one.missing for one in coverage_report(place.database, EVERYTHING, now=place.now).comparisons)


def _located(place: Workplace, folder: str = "INBOX") -> set[int]:
    with place.database.read() as connection:
        row = mailboxes.find_folder(connection, "desk", folder)
        assert row is not None
        return ledger.located_between(connection, row, 1, 99)


def test_other_mail_under_a_known_uid_is_found_by_its_content_and_read(place: Workplace) -> None:
    """A backup was put back and grew past our newest UID before anybody looked."""
    uid = place.mailbox.append(letter("one"))
    place.poll()
    at, _ = place.mailbox.folders["INBOX"].messages[uid]
    place.mailbox.folders["INBOX"].messages[uid] = (at, letter("other", subject="Another matter"))
    place.poll()

    audit = _audit(place, AuditLevel.CONTENT)
    place.poll()

    assert _figures(audit)[0] == ("INBOX", 1, 0, 0, 0, 1)
    assert not audit.is_proven
    assert sorted(row.message_id or "" for row in export_messages(place.database, EVERYTHING)) == [
        "one@mail.example",
        "other@mail.example",
    ]


def test_content_that_is_the_same_is_called_so(place: Workplace) -> None:
    for number in range(3):
        place.mailbox.append(letter(f"m{number}", subject=f"Matter {number}"))
    place.poll()
    fetched = len(place.mailbox.fetched)

    audit = _audit(place, AuditLevel.CONTENT)

    assert audit.is_proven
    assert _figures(audit)[0] == ("INBOX", 1, 1, 0, 0, 0)
    assert len(place.mailbox.fetched) == fetched + 1


def test_search_for_phantoms_is_done_once_a_day(place: Workplace) -> None:
    for _ in range(3):
        look_for_phantoms(place.database, clock=lambda: place.now)
        place.wait(hours=11)

    with place.database.read() as connection:
        assert last_run_at(connection, AuditLevel.PARENTS) == NOW
        place.wait(hours=3)
    look_for_phantoms(place.database, clock=lambda: place.now)

    with place.database.read() as connection:
        assert last_run_at(connection, AuditLevel.PARENTS) == place.now


class Omitting(FakeReader):
    """A server whose SEARCH leaves out the first message for as long as a comparison lasts."""

    def uids_after(self, last_uid: int) -> Iterator[list[int]]:
        return ([uid for uid in window if uid != 1] for window in super().uids_after(last_uid))


def test_comparison_that_could_not_be_explained_is_looked_into_though_the_numbers_stay(
    place: Workplace,
) -> None:
    for number in range(3):
        place.mailbox.append(letter(f"m{number}", subject=f"Matter {number}"), folder="Sent")
    place.poll()
    job = MailboxJob(name="desk", wanted=("auto",), connect=lambda: Omitting(place.mailbox))

    audit = audit_mailbox(job, replace(place.tools(), owner="auditor"))
    doubted = _located(place, "Sent")
    place.wait(minutes=1)
    place.poll()

    assert not audit.is_proven
    assert doubted == {2, 3}
    assert _located(place, "Sent") == {1, 2, 3}
