"""Faults 26, 27, 29 to 32, 48 to 50: mail that moves, folders numbered anew, many folders, wrong clocks."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.acceptance.mail import letter
from tests.fakes.channel import FakeChannel
from tests.fakes.mailbox import FakeFolder, FakeReader
from tests.faults.clients import NOW, read_inbox, session_to, settings_for
from tests.faults.scripted_server import CAPABILITY, Mailbox, ScriptedServer
from tests.servers.dovecot import MailUser
from tests.services.workplace import EVERYTHING, Workplace
from triage.core.coverage import CoverageState
from triage.core.errors import Unreachable
from triage.core.queue_entry import QueueFilters
from triage.mailbox.connection import Password
from triage.mailbox.fetch import Result
from triage.mailbox.fetched import Fetched
from triage.mailbox.folders import FolderRole, FolderState, WatchedFolder, snapshots
from triage.mailbox.parse import read_fetched
from triage.mailbox.reader import IMAPReader, MailboxReader
from triage.services.deliver import deliver_due
from triage.services.export import export_messages
from triage.services.poll import MailboxJob, PollReport, poll_mailbox
from triage.services.queue import queue
from triage.services.sweep import sweep
from triage.store import mailboxes
from triage.store.database import Database


@pytest.fixture
def place(sqlite_database: Database) -> Workplace:
    return Workplace(sqlite_database)


def _reader(user: MailUser, kind: type[IMAPReader] = IMAPReader) -> IMAPReader:
    return kind(settings_for(user, user=user.name), Password(user.password))


def _poll(place: Workplace, reader: MailboxReader) -> PollReport:
    place.wait(minutes=1)
    job = MailboxJob(name="desk", wanted=("auto",), connect=lambda: reader)
    return poll_mailbox(job, place.tools())


def _ids(place: Workplace) -> list[str]:
    rows = export_messages(place.database, EVERYTHING)
    return sorted((row.message_id or "").partition("@")[0] for row in rows)


def _is_proven(place: Workplace) -> bool:
    page = queue(place.database, EVERYTHING, QueueFilters(), now=place.now)
    return page.coverage.state is CoverageState.PROVEN


def _alerts(place: Workplace) -> int:
    """Sweep and deliver, and return how many alerts went out."""
    chat = FakeChannel(name="chat")
    sweep(place.database, place.practice(), now=place.now)
    deliver_due(place.database, {"chat": chat}, now=lambda: place.now)
    return len(chat.sent)


@pytest.mark.dovecot
def test_fault_26_a_message_moved_before_it_is_fetched_is_found_where_it_went(
    place: Workplace, dovecot: MailUser
) -> None:
    dovecot.append(letter("stays", subject="Stays"))
    uid = dovecot.append(letter("one"))

    class Mover(IMAPReader):
        """Somebody moves the message after SEARCH named it."""

        moved = False

        def fetch(self, wanted: Sequence[int], *, now: datetime) -> Iterator[Result]:
            if not Mover.moved:
                Mover.moved = True
                dovecot.move(uid, to="Sent")
            return super().fetch(wanted, now=now)

    assert _poll(place, _reader(dovecot, Mover)).error is None

    assert Mover.moved
    assert _ids(place) == ["one", "stays"]
    assert _is_proven(place)


@pytest.mark.dovecot
def test_fault_27_a_message_moved_after_it_was_stored_is_no_news(place: Workplace, dovecot: MailUser) -> None:
    _poll(place, _reader(dovecot))
    uid = dovecot.append(letter("one"), at=place.now - timedelta(hours=5))
    _poll(place, _reader(dovecot))
    first, threads = _alerts(place), place.pending()

    dovecot.move(uid, to="Sent")
    report = _poll(place, _reader(dovecot))

    assert (report.ingested.stored, report.ingested.known) == (0, 1)
    assert first > 0
    assert _alerts(place) == 0
    assert place.pending() == threads
    assert _is_proven(place)


@pytest.mark.dovecot
def test_fault_29_a_new_uidvalidity_with_new_mail_in_the_gap_adds_just_the_new_mail(
    place: Workplace, dovecot: MailUser
) -> None:
    for number in range(3):
        dovecot.append(letter(f"m{number}", subject=f"Matter {number}"))
    _poll(place, _reader(dovecot))

    dovecot.set_uidvalidity(4_000_000)
    dovecot.append(letter("gap", subject="In the gap"))
    report = _poll(place, _reader(dovecot))

    assert (report.ingested.stored, report.ingested.known) == (1, 3)
    assert _ids(place) == ["gap", "m0", "m1", "m2"]
    assert _is_proven(place)


@pytest.mark.dovecot
def test_fault_30_messages_that_vanish_and_reappear_with_other_uids_double_and_end_nothing(
    place: Workplace, dovecot: MailUser
) -> None:
    for number in range(3):
        dovecot.append(letter(f"m{number}", subject=f"Matter {number}"))
    reader = _reader(dovecot)
    with reader:
        job = MailboxJob(name="desk", wanted=("auto",), connect=lambda: nullcontext(reader))
        assert poll_mailbox(job, place.tools()).error is None
        pending = place.pending()

        # With the session open Dovecot loses sight of some, and gives them new numbers later.
        dovecot.set_uidvalidity(5_000_000)
        dovecot.set_next_uid(50)
        poll_mailbox(job, place.tools())
    for _ in range(2):
        _poll(place, _reader(dovecot))

    assert _ids(place) == ["m0", "m1", "m2"]
    assert place.pending() == pending
    assert _is_proven(place)


def test_fault_31_a_uidvalidity_that_comes_back_with_other_mail_is_read_anew(place: Workplace) -> None:
    for uidvalidity, name in ((1, "first"), (9, "second"), (1, "third")):
        place.mailbox.folders["INBOX"] = FakeFolder(uidvalidity=uidvalidity)
        for number in range(2):
            place.mailbox.append(letter(f"{name}{number}", subject=f"{name} {number}"))
        assert place.poll().error is None

    assert _ids(place) == ["first0", "first1", "second0", "second1", "third0", "third1"]
    assert _is_proven(place)


def test_fault_32_a_uidnext_that_fell_means_that_numbers_are_given_again(place: Workplace) -> None:
    for number in range(4):
        place.mailbox.append(letter(f"m{number}", subject=f"Matter {number}"))
    place.poll()

    inbox = place.mailbox.folders["INBOX"]
    inbox.messages, inbox.next_uid = {1: inbox.messages[1]}, 2
    place.mailbox.append(letter("again2", subject="Second again"))
    report = place.poll()

    assert (report.ingested.stored, report.ingested.known) == (1, 1)
    assert _ids(place) == ["again2", "m0", "m1", "m2", "m3"]
    assert _is_proven(place)


MANY = tuple(
    WatchedFolder(name=f"Kunde/{number:04}", wire_name=b"Kunde/%04d" % number, role=FolderRole.OTHER)
    for number in range(5_000)
)


def test_fault_48_5_000_folders_are_looked_at_with_one_command() -> None:
    states = b"".join(
        b'* LIST () "/" %s\r\n* STATUS %s (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7)\r\n' % (name, name)
        for name in (folder.wire_name for folder in MANY)
    )

    class Modern(Mailbox):
        def answer(self, command: bytes) -> bytes:
            if command == b"CAPABILITY":
                return CAPABILITY.replace(b"IDLE", b"IDLE LIST-STATUS LIST-EXTENDED")
            return states + b"{tag} OK done\r\n" if command[:4] == b"LIST" else super().answer(command)

    with ScriptedServer(mailbox=Modern()) as server, session_to(server) as session:
        (group,) = snapshots(session, MANY)

        assert [folder for folder, _ in group] == list(MANY)
        assert {state for _, state in group} == {FolderState(uidvalidity=7, uidnext=4, exists=3)}
        assert (len(server.commands("LIST")), len(server.commands("STATUS"))) == (1, 0)


def test_fault_48_without_that_command_the_caller_has_its_turn_after_every_hundred() -> None:
    with ScriptedServer() as server, session_to(server) as session:
        groups = snapshots(session, MANY)
        first = next(groups)

        assert len(first) == len(server.commands("STATUS")) == 100
        assert all(state is not None for _, state in first)


def test_fault_48_no_folder_starves_on_a_line_that_breaks_after_every_few(place: Workplace) -> None:
    names = [f"Kunde {number}" for number in range(5)]
    for name in names:
        place.mailbox.folders[name] = FakeFolder()

    class Breaking(FakeReader):
        looks = 0

        def examine(self, folder: WatchedFolder) -> FolderState:
            self.looks += 1
            if self.looks > 3:
                raise Unreachable("mailbox desk: the connection was lost")
            return super().examine(folder)

    job = MailboxJob(name="desk", wanted=("auto", *names), connect=lambda: Breaking(place.mailbox))
    for visit in range(8):
        # There is news in every folder, always.
        for name in names:
            place.mailbox.append(letter(f"{name[6:]}-{visit}", subject=f"{name} {visit}"), folder=name)
        place.wait(minutes=1)
        poll_mailbox(job, place.tools())

    with place.database.read() as connection:
        rows = mailboxes.watched_folders(connection, "desk")
    ages = [place.now - at for name in names if (at := rows[name].checked_at) is not None]
    assert len(ages) == len(names)
    assert max(ages) <= timedelta(minutes=5)


@pytest.mark.parametrize(
    ("date", "received_at", "flag"),
    [
        (b'"03-Mar-2026 11:30:00 +0000"', NOW, "internaldate:future"),
        (b'"28-Feb-2026 11:30:00 +0000"', NOW - timedelta(days=2, minutes=30), "date:disagrees"),
    ],
    ids=["a day ahead", "days behind"],
)
def test_fault_49_a_server_whose_clock_is_wrong_starts_no_clock_late(
    date: bytes, received_at: datetime, flag: str
) -> None:
    class WrongClock(Mailbox):
        def fetch(self, uid: int, command: bytes) -> bytes:
            return super().fetch(uid, command).replace(b'"02-Mar-2026 09:30:00 +0000"', date)

    message = (
        b"From: a@customer.example\r\nDate: Mon, 2 Mar 2026 11:30:00 +0000\r\nSubject: one\r\n\r\nHello\r\n"
    )
    with ScriptedServer(mailbox=WrongClock(message=message)) as server, session_to(server) as session:
        (result,) = read_inbox(session)

    assert isinstance(result, Fetched)
    assert result.received_at == received_at
    assert flag in read_fetched(result).defects


def test_fault_50_a_highestmodseq_that_never_moves_hides_no_mail() -> None:
    class Stuck(Mailbox):
        def _examined(self) -> bytes:
            return super()._examined() + b"* OK [HIGHESTMODSEQ 1]\r\n"

    box: Any = Stuck(uids=[1])
    greeting = b"* OK [CAPABILITY IMAP4rev1 CONDSTORE QRESYNC] ready\r\n"
    with ScriptedServer(mailbox=box, greeting=greeting) as server, session_to(server) as session:
        first = read_inbox(session)
        box.uids = [1, 2]
        second = read_inbox(session, after=1)

        assert [getattr(one, "uid", None) for one in (*first, *second)] == [1, 2]
        # It is never asked for, so it cannot mislead.
        assert not any(b"MODSEQ" in line or b"CHANGEDSINCE" in line for line in server.lines)
