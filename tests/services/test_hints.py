"""Accounts for unknown senders: suggested by words, confirmed by people, beaten by any evidence."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zlib import crc32

import pytest

from benchmarks.company import Customer
from tests.services.desk import NOW, Desk, store_company
from triage.core.errors import NotFound
from triage.core.ids import AccountId, HeaderId, MessageId, ThreadId
from triage.core.message import Address, Message, Zone, ZoneKind
from triage.core.queue_entry import QueueFilters, View
from triage.core.scope import Scope
from triage.mailbox.read_mail import derived
from triage.services.correct import NOBODY, Correction, correct
from triage.services.decide import Change, change_thread
from triage.services.hints import hint_accounts, hint_state, stale_voices, train_voices
from triage.services.ingest import Arrived, ingest
from triage.services.learn import tags
from triage.services.queue import open_thread, queue
from triage.services.recompute import recompute
from triage.services.refit import refit_wanted
from triage.store import mailboxes
from triage.store.database import Database
from triage.store.labels import TaggedThread, find_threads
from triage.store.threads import messages_of

EVERYTHING = Scope(accounts=frozenset(), sees_all=True, name="kim")
FIRST = AccountId(1)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Desk, Path]:
    """Five customers, stored and their voices fitted once; each test works on copies."""
    root = tmp_path_factory.mktemp("hints")
    database = Database(f"sqlite:///{root / 'triage.db'}")
    database.upgrade()
    desk = store_company(database, customers=5, projects=(2, 2), threads_a_project=12)
    train_voices(database, desk.practice, root / "models", now=NOW)
    database.close()
    return root / "triage.db", desk, root / "models"


@pytest.fixture
def folder(stored: tuple[Path, Desk, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(stored[2], tmp_path / "models"))


@pytest.fixture
def desk(stored: tuple[Path, Desk, Path], tmp_path: Path) -> Iterator[Desk]:
    database = Database(f"sqlite:///{shutil.copy(stored[0], tmp_path / 'copy.db')}")
    yield replace(stored[1], database=database)
    database.close()


def customer(desk: Desk, account: AccountId = FIRST) -> Customer:
    return next(one for one in desk.company.customers if one.id == account)


def words(desk: Desk, account: AccountId = FIRST) -> str:
    """Return words that this customer's people use and others hardly do."""
    one = customer(desk, account)
    return " ".join((*one.jargon, *one.projects[0].topic[:30]))


def receive(
    desk: Desk, text: str, *, sender: str = "someone@elsewhere.test", name: str = "", **more: object
) -> ThreadId:
    """Store a message that came a day ago, and return its thread."""
    number = crc32(f"{text} {sender} {name}".encode())
    header = HeaderId(f"{number}@elsewhere.test")
    message = Message(
        message_id=header,
        received_at=NOW - timedelta(days=1),
        senders=(Address(name=name, email=sender),),
        to=(Address(email="desk@vendor.example"),),
        subject="A question",
        text=text,
        zones=(Zone(ZoneKind.NEW, 0, len(text)),),
        **more,  # type: ignore[arg-type]
    )
    with desk.database.write() as connection:
        mailbox = mailboxes.register_mailbox(connection, "desk", kind="import")
        folder = mailboxes.register_folder(connection, mailbox, "INBOX", role="inbox")
    item = Arrived(uid=10**6 + number % 10**6, mail=derived(message, b""))
    ingest(desk.database, desk.practice, folder.id, [item], epoch=None, now=NOW)
    with desk.database.read() as connection:
        (thread,) = find_threads(connection, [header])[header]
    return thread


def tag(desk: Desk, thread: ThreadId) -> TaggedThread:
    return next(one for one in tags(desk.database) if one.thread_id == thread)


def test_words_suggest_an_account_and_confirm_nothing(desk: Desk, folder: Path) -> None:
    thread = receive(desk, words(desk))

    shown = hint_accounts(desk.database, desk.practice, folder, now=NOW)

    found = tag(desk, thread)
    assert shown >= 1
    assert (found.account, found.account_state) == (customer(desk).name, "suggested")
    assert 0.5 < (found.account_probability or 0) < 1
    assert {"model", "others"} <= {kind for kind, _ in found.reasons}
    assert found.project is None


def test_words_of_nobody_suggest_nobody(desk: Desk, folder: Path) -> None:
    thread = receive(desk, "Buy our watches now, they are very cheap this week only")

    hint_accounts(desk.database, desk.practice, folder, now=NOW)

    assert (tag(desk, thread).account, tag(desk, thread).account_state) == (None, "unknown")


def test_one_decision_confirms_and_counts_as_an_answer(desk: Desk, folder: Path) -> None:
    thread = receive(desk, words(desk))
    hint_accounts(desk.database, desk.practice, folder, now=NOW)

    change_thread(
        desk.database,
        desk.practice,
        EVERYTHING,
        thread,
        Change(account=customer(desk).name),
        versions=None,
        now=NOW,
    )

    found = tag(desk, thread)
    assert (found.account_state, found.account_probability) == ("confirmed", None)
    drift = hint_state(desk.database, folder, now=NOW).drift
    assert (drift.judged, drift.wrong) == (1, 0)


def test_whom_a_person_gave_to_nobody_is_not_suggested_again(desk: Desk, folder: Path) -> None:
    thread = receive(desk, words(desk))
    hint_accounts(desk.database, desk.practice, folder, now=NOW)
    word = Correction(thread=thread, account=NOBODY)
    correct(desk.database, desk.practice, [word], actor="kim", now=NOW)

    hint_accounts(desk.database, desk.practice, folder, now=NOW)

    assert (tag(desk, thread).account, tag(desk, thread).account_state) == (None, "unknown")
    assert hint_state(desk.database, folder, now=NOW).drift.wrong == 1


def test_evidence_beats_words(desk: Desk, folder: Path) -> None:
    """A contact of another customer who writes in the words of this one stays with the other."""
    second = customer(desk, AccountId(2))
    thread = receive(desk, words(desk), sender=second.people[0].email)

    hint_accounts(desk.database, desk.practice, folder, now=NOW)

    assert (tag(desk, thread).account, tag(desk, thread).account_state) == (second.name, "confirmed")


def test_words_are_not_heard_where_anything_speaks_against_the_sender(desk: Desk, folder: Path) -> None:
    known = customer(desk).people[0].email
    borrowed = receive(desk, words(desk), name=known)
    answered_elsewhere = receive(
        desk, words(desk), sender="other@elsewhere.test", reply_to=(Address(email=known),)
    )

    hint_accounts(desk.database, desk.practice, folder, now=NOW)

    assert tag(desk, borrowed).account_state == "unknown"
    assert tag(desk, answered_elsewhere).account_state != "suggested"


def test_deriving_everything_anew_keeps_what_was_suggested(desk: Desk, folder: Path) -> None:
    thread = receive(desk, words(desk))
    hint_accounts(desk.database, desk.practice, folder, now=NOW)
    before = tag(desk, thread)

    recompute(desk.database, desk.practice, now=NOW)

    assert tag(desk, thread) == before


def test_a_suggestion_said_again_changes_nothing(desk: Desk, folder: Path) -> None:
    thread = receive(desk, words(desk))
    hint_accounts(desk.database, desk.practice, folder, now=NOW)
    before = open_thread(desk.database, EVERYTHING, thread, now=NOW).thread.entry.version

    hint_accounts(desk.database, desk.practice, folder, now=NOW)

    assert open_thread(desk.database, EVERYTHING, thread, now=NOW).thread.entry.version == before


def test_readers_of_single_accounts_never_see_a_suggestion(desk: Desk, folder: Path) -> None:
    """Not even those of the account that is suggested: nothing is theirs before a person says so."""
    thread = receive(desk, words(desk))
    hint_accounts(desk.database, desk.practice, folder, now=NOW)

    for account in desk.practice.directory.account_keys:
        scope = Scope(accounts=frozenset({account}), sees_all=False, name="reader")
        page = queue(desk.database, scope, QueueFilters(view=View.ALL), limit=200, now=NOW)
        assert thread not in {one.thread_id for one in page.entries}
        assert not [one for one in page.entries if one.account_state != "confirmed"]
        with pytest.raises(NotFound):
            open_thread(desk.database, scope, thread, now=NOW)
    entry = open_thread(desk.database, EVERYTHING, thread, now=NOW).thread.entry
    assert (entry.account_state, entry.account_probability is None) == ("suggested", False)


def test_a_thread_that_moves_takes_its_words_out_of_the_old_voice(desk: Desk, folder: Path) -> None:
    with desk.database.read() as connection:
        messages = messages_of(connection, desk.truth)
    mine = [one for one in desk.truth if tag(desk, one).account == customer(desk).name]
    thread = max(mine, key=lambda one: len(messages[one]))
    moved = {MessageId(one.facts.message_id) for one in messages[thread]}
    word = Correction(thread=thread, account=customer(desk, AccountId(2)).name)

    correct(desk.database, desk.practice, [word], actor="kim", now=NOW)
    refit_wanted(desk.database, desk.practice, folder, now=NOW)

    from triage.classify.voice_file import load_voice  # noqa: PLC0415 (loads the learning library)

    tried = {one.message for one in load_voice(folder, FIRST).experience.trials}
    assert tried
    assert not tried & moved


def test_voices_are_fitted_again_when_they_are_a_day_old_and_mail_came_since(
    desk: Desk, folder: Path
) -> None:
    assert stale_voices(desk.database, folder, now=NOW + timedelta(days=2), most=10) == []
    receive(desk, "Hello again", sender=customer(desk).people[0].email)
    (folder / "voice-3.json").unlink()

    soon = stale_voices(desk.database, folder, now=NOW, most=10)
    train_voices(desk.database, desk.practice, folder, now=NOW - timedelta(days=3), accounts=[FIRST])
    later = stale_voices(desk.database, folder, now=NOW, most=1)

    assert soon == [3]
    assert later == [1]
