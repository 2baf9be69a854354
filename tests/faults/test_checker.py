"""The checker finds nothing wrong with the program, and every bug that is planted in it."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from models import Message as MessageRow
from models.message import Location
from tests.fakes.mailbox import FakeReader
from tests.faults import world
from tests.faults.checker import ALLOWED, Verdict
from tests.faults.world import World
from tests.services import workplace
from triage.core import attribution
from triage.core.ids import AccountId, HeaderId
from triage.mailbox import read_mail
from triage.mailbox.fetched import Fetched, pack
from triage.mailbox.parse import read_fetched
from triage.mailbox.read_mail import ReadMail, derived
from triage.services import folder_round, ingest
from triage.services.ingest import Ingested
from triage.services.read_folder import FolderReading
from triage.store import ledger, mailboxes
from triage.store.database import Database

Patch = pytest.MonkeyPatch


def _trust_the_cursor(patch: Patch) -> None:
    """Do what most programs do: never compare."""

    def prove(self: FolderReading, state: Any, row: Any, outcome: Ingested) -> Ingested:  # noqa: ANN401
        self._mark_checked(row, state)
        return outcome

    patch.setattr(FolderReading, "_prove", prove)
    patch.setattr(folder_round, "due_level", lambda *_, **__: None)


def _break_first_batches(patch: Patch, **change: Any) -> None:  # noqa: ANN401 - a keyword for the wrapper
    """Let the first transaction of every third batch fail, as a crash would."""
    real, calls = ingest._transaction, iter(range(10**6))

    def transaction(database: Database, practice: Any, folder_id: Any, items: Any, **rest: Any) -> Any:  # noqa: ANN401
        if change.get("cursor_first") and items:
            with database.write() as connection:
                mailboxes.move_cursor(connection, folder_id, max(item.uid for item in items))
        if items and next(calls) % 3 == 1:
            if change.get("swallow") or change.get("cursor_first"):
                return Ingested()
            raise RuntimeError("crash")
        return real(database, practice, folder_id, items, **rest)

    patch.setattr(ingest, "_transaction", transaction)


def cursor_moves_before_the_mail_is_stored(patch: Patch) -> None:
    _trust_the_cursor(patch)
    _break_first_batches(patch, cursor_first=True)


def batch_that_fails_is_skipped(patch: Patch) -> None:
    _trust_the_cursor(patch)
    real_move = mailboxes.move_cursor
    _break_first_batches(patch, swallow=True)

    def read_uids(self: FolderReading, row: Any, uids: Sequence[int]) -> Ingested:  # noqa: ANN401
        outcome = real_read(self, row, uids)
        with self._tools.database.write() as connection:
            real_move(connection, row.id, max(uids, default=0))
        return outcome

    real_read = FolderReading._read_uids
    patch.setattr(FolderReading, "_read_uids", read_uids)


def message_id_alone_is_the_identity(patch: Patch) -> None:
    patch.setattr(read_mail, "content_hash", lambda message: (message.message_id or "").ljust(64, "0"))


def place_is_the_identity(patch: Patch) -> None:
    patch.setattr(read_mail, "content_hash", lambda _message: uuid.uuid4().hex * 2)


def empty_fetch_is_taken_for_an_absence(patch: Patch) -> None:
    patch.setattr(ledger, "restore", lambda *_: None)
    patch.setattr(FolderReading, "_count", lambda self, _row: self._reader.examine(self._folder).exists)


def folder_is_skipped_when_uidvalidity_changes(patch: Patch) -> None:
    _trust_the_cursor(patch)
    real = FolderReading._open_epoch

    def open_epoch(self: FolderReading, state: Any) -> Any:  # noqa: ANN401
        with self._tools.database.read() as connection:
            known = mailboxes.find_folder(connection, self._mailbox, self._folder.name)
        return real(self, state) if known is None else known

    patch.setattr(FolderReading, "_open_epoch", open_epoch)


def new_epoch_begins_at_the_newest_uid(patch: Patch) -> None:
    _trust_the_cursor(patch)
    real = mailboxes.start_epoch

    def start_epoch(connection: Any, row: Any, *, newest_uid: int, **rest: Any) -> Any:  # noqa: ANN401
        epoch = real(connection, row, newest_uid=newest_uid, **rest)
        if row.uidvalidity is not None:
            mailboxes.move_cursor(connection, row.id, newest_uid)
        return mailboxes.folder(connection, epoch.id)

    patch.setattr(mailboxes, "start_epoch", start_epoch)


def only_unread_mail_is_searched_for(patch: Patch) -> None:
    def uids_after(self: FakeReader, last_uid: int) -> Iterator[list[int]]:
        # Somebody read every fourth mail on a phone.
        yield [uid for uid in sorted(self._open.messages) if uid > last_uid and uid % 4]

    patch.setattr(world.ShyReader, "uids_after", uids_after)


def only_the_newest_mail_is_looked_at(patch: Patch) -> None:
    def uids_after(self: FakeReader, last_uid: int) -> Iterator[list[int]]:
        yield [uid for uid in sorted(self._open.messages)[-2:] if uid > last_uid]

    patch.setattr(world.ShyReader, "uids_after", uids_after)


def what_leaves_the_server_is_deleted_here(patch: Patch) -> None:
    real = ledger.mark_gone

    def mark_gone(connection: Any, row: Any, uids: Any, **rest: Any) -> None:  # noqa: ANN401
        real(connection, row, uids, **rest)
        gone = sa.select(Location.message_id).where(
            Location.folder_id == row.id, Location.uid.in_(list(uids))
        )
        found = [one for one in connection.scalars(gone) if one is not None]
        connection.execute(sa.update(MessageRow).where(MessageRow.id.in_(found)).values(text="removed"))

    patch.setattr(ledger, "mark_gone", mark_gone)


def equal_subjects_are_one_thread(patch: Patch) -> None:
    real = ingest._derive

    def derive(connection: Any, practice: Any, contents: Any, **rest: Any) -> Any:  # noqa: ANN401
        touched = real(connection, practice, contents, **rest)
        ids = list(contents.new.values())
        if len(ids) > 1:
            thread = connection.scalar(sa.select(MessageRow.thread_id).where(MessageRow.id == ids[0]))
            connection.execute(sa.update(MessageRow).where(MessageRow.id == ids[-1]).values(thread_id=thread))
        return touched

    patch.setattr(ingest, "_derive", derive)


def mail_goes_to_the_first_customer(patch: Patch) -> None:
    def attribute(facts: Any, rules: Any) -> Any:  # noqa: ANN401
        return replace(attribution.attribute(facts, rules), account=AccountId(1))

    patch.setattr(ingest, "attribute", attribute)


def long_words_are_cut(patch: Patch) -> None:
    def read_all(fetched: Sequence[Fetched]) -> list[ReadMail]:
        messages = [(one, read_fetched(one)) for one in fetched]
        return [derived(replace(read, text=read.text[:120], zones=()), pack(one)) for one, read in messages]

    patch.setattr(workplace, "read_all", read_all)


def words_of_the_neighbour_are_kept(patch: Patch) -> None:
    def read_all(fetched: Sequence[Fetched]) -> list[ReadMail]:
        messages = [(one, read_fetched(one)) for one in fetched]
        text = messages[-1][1].text if messages else ""
        return [derived(replace(read, text=text, zones=()), pack(one)) for one, read in messages]

    patch.setattr(workplace, "read_all", read_all)


def notice_of_our_own_is_stored_as_mail(patch: Patch) -> None:
    real = ingest._new_messages

    def new_messages(*arguments: Any) -> Any:  # noqa: ANN401
        new = real(*arguments)
        for content, one in list(new.items())[:1]:
            ghost = replace(
                one.message,
                message_id=HeaderId("notice@vendor.example"),
                text="A mail was received.",
                zones=(),
            )
            new[content[::-1]] = replace(one, message=ghost, content_hash=content[::-1])
        return new

    patch.setattr(ingest, "_new_messages", new_messages)


def folder_is_called_checked_whatever_happened(patch: Patch) -> None:
    real = FolderReading._read_uids

    def read_uids(self: FolderReading, row: Any, uids: Sequence[int]) -> Ingested:  # noqa: ANN401
        # One message too few, and nobody counts.
        return real(self, row, list(uids)[:-1])

    _trust_the_cursor(patch)
    patch.setattr(FolderReading, "_read_uids", read_uids)


#: Every bug, with the verdict that it must bring.
PLANTED: dict[Callable[[Patch], None], Verdict] = {
    cursor_moves_before_the_mail_is_stored: Verdict.LOST,
    batch_that_fails_is_skipped: Verdict.LOST,
    message_id_alone_is_the_identity: Verdict.LOST,
    place_is_the_identity: Verdict.DUPLICATED,
    empty_fetch_is_taken_for_an_absence: Verdict.LOST,
    folder_is_skipped_when_uidvalidity_changes: Verdict.LOST,
    new_epoch_begins_at_the_newest_uid: Verdict.LOST,
    only_unread_mail_is_searched_for: Verdict.LOST,
    only_the_newest_mail_is_looked_at: Verdict.LOST,
    what_leaves_the_server_is_deleted_here: Verdict.VANISHED,
    equal_subjects_are_one_thread: Verdict.WRONG_THREAD,
    mail_goes_to_the_first_customer: Verdict.WRONG_ACCOUNT,
    long_words_are_cut: Verdict.CORRUPTED,
    words_of_the_neighbour_are_kept: Verdict.LOST,
    notice_of_our_own_is_stored_as_mail: Verdict.GHOST,
    folder_is_called_checked_whatever_happened: Verdict.FALSE_PROOF,
}


#: 7 found a loss once: a false absence and a deletion made the counts equal.
@pytest.mark.parametrize("seed", [1, 7])
def test_program_passes(sqlite_database: Database, seed: int) -> None:
    verdicts = World(sqlite_database, seed=seed).run()

    assert set(verdicts.values()) <= ALLOWED
    assert len(verdicts) > 20


@pytest.mark.parametrize("bug", PLANTED, ids=lambda bug: bug.__name__)
def test_planted_bug_is_caught(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, bug: Callable[[Patch], None]
) -> None:
    bug(monkeypatch)

    verdicts = World(sqlite_database).run()

    assert PLANTED[bug] in verdicts.values(), set(verdicts.values())
