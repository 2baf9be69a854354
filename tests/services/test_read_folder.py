"""What one visit to a folder proves, and what it must not believe."""

from collections.abc import Iterator

import pytest

from tests.acceptance.mail import letter
from tests.fakes.mailbox import FakeMailbox, FakeReader
from tests.services.workplace import EVERYTHING, Workplace
from triage.core.coverage import CoverageState
from triage.core.errors import LeaseLost
from triage.core.queue_entry import QueueFilters
from triage.mailbox.folders import FolderRole, FolderState, WatchedFolder
from triage.services.export import export_messages
from triage.services.poll import MailboxJob, PollReport, poll_mailbox
from triage.services.queue import queue
from triage.services.read_folder import FolderReading
from triage.store import leases, ledger, mailboxes
from triage.store.database import Database
from triage.store.ledger import NewLocation

INBOX = WatchedFolder(name="INBOX", wire_name=b"INBOX", role=FolderRole.INBOX)


@pytest.fixture
def place(database: Database) -> Workplace:
    return Workplace(database)


class ForgetfulReader(FakeReader):
    """A server whose SEARCH leaves out every message."""

    def uids_after(self, last_uid: int) -> Iterator[list[int]]:
        return iter(())


def _poll(place: Workplace, reader: type[FakeReader]) -> PollReport:
    job = MailboxJob(name="desk", wanted=("auto",), connect=lambda: reader(place.mailbox))
    return poll_mailbox(job, place.tools())


def _coverage(place: Workplace) -> CoverageState:
    return queue(place.database, EVERYTHING, QueueFilters(), now=place.now).coverage.state


def _ids(place: Workplace) -> list[str]:
    return sorted(row.message_id or "" for row in export_messages(place.database, EVERYTHING))


def test_search_that_contradicts_exists_proves_nothing(place: Workplace) -> None:
    place.mailbox.append(letter("one"))

    _poll(place, ForgetfulReader)

    assert _coverage(place) is CoverageState.UNKNOWN
    place.poll()
    assert _coverage(place) is CoverageState.PROVEN
    assert _ids(place) == ["one@mail.example"]


def test_search_that_forgets_for_a_while_makes_no_message_new(place: Workplace) -> None:
    place.mailbox.append(letter("one"))
    place.poll()
    place.mailbox.append(letter("two", subject="Other"))
    _poll(place, ForgetfulReader)

    place.poll()

    assert _ids(place) == ["one@mail.example", "two@mail.example"]
    assert _coverage(place) is CoverageState.PROVEN


def test_mailbox_restored_to_yesterday_is_read_anew_though_uidvalidity_stayed(place: Workplace) -> None:
    for number in range(3):
        place.mailbox.append(letter(f"m{number}", subject=f"Matter {number}"))
    place.poll()

    # The backup held one message; the next one gets a UID that another message had.
    inbox = place.mailbox.folders["INBOX"]
    inbox.messages, inbox.next_uid = {1: inbox.messages[1]}, 2
    place.mailbox.append(letter("after", subject="After the restore"))
    place.poll()

    assert "after@mail.example" in _ids(place)
    assert len(_ids(place)) == 4
    assert _coverage(place) is CoverageState.PROVEN


def test_uidnext_that_is_wrong_all_the_time_opens_no_epoch(place: Workplace) -> None:
    place.mailbox.append(letter("one"))
    place.poll()
    place.mailbox.folders["INBOX"].next_uid = 1

    place.poll()

    with place.database.read() as connection:
        row = mailboxes.find_folder(connection, "desk", "INBOX")
    assert row is not None
    assert row.generation == 0


def test_message_held_back_that_left_and_came_back_is_read_again(place: Workplace) -> None:
    uid = place.mailbox.append(letter("one"))
    place.mailbox.append(letter("two", subject="Other"))
    place.poll()
    with place.database.write() as connection:
        row = mailboxes.find_folder(connection, "desk", "INBOX")
        assert row is not None
        held = NewLocation(uid=9, state="quarantined", evidence={"reason": "odd"}, raw=b"bytes")
        ledger.add_locations(connection, row, [held], now=place.now)
        ledger.mark_gone(connection, row, {uid, 9}, witness="SEARCH", now=place.now)
    inbox = place.mailbox.folders["INBOX"]
    inbox.messages[9], inbox.next_uid = (place.now, letter("nine", subject="Nine")), 10

    report = place.poll()

    assert report.error is None
    assert _ids(place) == ["nine@mail.example", "one@mail.example", "two@mail.example"]
    assert _coverage(place) is CoverageState.PROVEN


def test_folder_that_was_renamed_does_not_make_coverage_unknown_for_ever(place: Workplace) -> None:
    for folders in (("INBOX", "Sent"), ("INBOX",)):
        place.wait(hours=1)
        job = MailboxJob(name="desk", wanted=folders, connect=place.mailbox.connect)
        assert poll_mailbox(job, place.tools()).error is None

    assert _coverage(place) is CoverageState.PROVEN


@pytest.mark.parametrize("change", ["expunge", "renumber", "append", "nothing"])
def test_worker_that_lost_its_lease_writes_nothing_about_the_folder(place: Workplace, change: str) -> None:
    uid = place.mailbox.append(letter("one"))
    place.mailbox.append(letter("two", subject="Other"))
    place.poll()
    epoch = _take_over(place)
    before = _ledger(place)
    if change == "expunge":
        place.mailbox.expunge(uid)
    elif change == "renumber":
        place.mailbox.renumber()
    elif change == "append":
        place.mailbox.append(letter("three"))

    with place.mailbox.connect() as reader, pytest.raises(LeaseLost):
        FolderReading(reader, INBOX, mailbox="desk", tools=place.tools(), epoch=epoch).read()

    assert _ledger(place) == before


def _take_over(place: Workplace) -> int:
    """Let another worker take the mailbox, and return the epoch that the first one still holds."""
    with place.database.write() as connection:
        mailbox = mailboxes.register_mailbox(connection, "desk", kind="imap")
        place.wait(minutes=5)
        found = leases.acquire(connection, mailbox, owner="other", now=place.now, lasts=place.now - place.now)
        assert found is not None
        return found - 1


def _ledger(place: Workplace) -> object:
    with place.database.read() as connection:
        row = mailboxes.find_folder(connection, "desk", "INBOX")
        assert row is not None
        return row, ledger.located_between(connection, row, 1, 99)


def test_counts_that_are_equal_by_chance_do_not_hide_a_missing_message_from_an_audit(
    place: Workplace,
) -> None:
    mailbox: FakeMailbox = place.mailbox
    uid = mailbox.append(letter("one"))
    mailbox.append(letter("two", subject="Other"))
    place.poll()
    with place.database.write() as connection:
        row = mailboxes.find_folder(connection, "desk", "INBOX")
        assert row is not None
        ledger.mark_gone(connection, row, {uid}, witness="SEARCH", now=place.now)
        ledger.add_locations(
            connection,
            row,
            [NewLocation(uid=77, state="unfetchable", evidence={"reason": "odd"})],
            now=place.now,
        )
        epoch = leases.acquire(
            connection, row.mailbox_id, owner="worker", now=place.now, lasts=place.now - place.now
        )
    assert epoch is not None

    with mailbox.connect() as reader:
        audit = FolderReading(reader, INBOX, mailbox="desk", tools=place.tools(), epoch=epoch).audit()

    assert (audit.server_messages, audit.here_messages) == (2, 2)
    assert (audit.missing, audit.departed, audit.unexplained) == (1, 1, 0)


class CourierReader(FakeReader):
    """A server that gives an empty folder another UIDVALIDITY at each look."""

    def examine(self, folder: WatchedFolder) -> FolderState:
        if not (found := self._mailbox.folders[folder.name]).messages:
            found.uidvalidity += 1
        return super().examine(folder)


def test_empty_folder_whose_uidvalidity_never_stays_is_no_fault(place: Workplace) -> None:
    assert _poll(place, CourierReader).error is None
    assert _coverage(place) is CoverageState.PROVEN

    place.mailbox.append(letter("one"))

    assert _poll(place, CourierReader).error is None
    assert _ids(place) == ["one@mail.example"]
    assert _coverage(place) is CoverageState.PROVEN
