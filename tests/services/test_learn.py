"""From stored mail to suggestions: labels, training, tagging, corrections, on a real database."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks.company import Company, CustomerProject, Mail, mails, make_company
from tests.classify.taught import labelled
from triage.classify.experience import Experience
from triage.classify.keep import save
from triage.classify.model import fit
from triage.classify.risk import Decision
from triage.config import Config
from triage.config.to_core import policies, schedules
from triage.core.errors import NotFound
from triage.core.ids import AccountId, HeaderId, ThreadId
from triage.core.rules import RuleBook
from triage.services.correct import NOBODY, Correction, correct
from triage.services.ingest import Arrived, ingest
from triage.services.label_file import WrongLine, export_labels, import_labels, read_lines
from triage.services.learn import evaluate, suggest, tags, train
from triage.services.practice import Practice
from triage.store import mailboxes
from triage.store.accounts import (
    AccountSeed,
    ProjectSeed,
    RuleSeed,
    read_directory,
    read_rules,
    sync_accounts,
)
from triage.store.database import Database
from triage.store.labels import TaggedThread, find_threads
from triage.store.threads import stored_threads

NOW = datetime(2026, 9, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A stored company, and the truth about its threads."""

    database: Database
    practice: Practice
    company: Company
    truth: dict[ThreadId, CustomerProject]
    headers: dict[ThreadId, HeaderId]

    def taught(self) -> list[ThreadId]:
        return [thread for thread, project in self.truth.items() if project.is_trained and thread % 4]

    def teach(self, threads: Iterable[ThreadId]) -> None:
        lines = (json.dumps({"thread_id": one, "project": self.truth[one].key}) for one in threads)
        import_labels(self.database, self.practice, read_lines(lines), actor="anna", now=NOW)

    def tag(self, thread: ThreadId) -> TaggedThread:
        return next(one for one in tags(self.database) if one.thread_id == thread)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Desk]:
    """The company is stored once; each test works on a copy of the file."""
    path = tmp_path_factory.mktemp("desk") / "triage.db"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    desk = _desk(database)
    database.close()
    return path, desk


@pytest.fixture
def desk(stored: tuple[Path, Desk], tmp_path: Path) -> Iterator[Desk]:
    path, desk = stored
    copy = shutil.copy(path, tmp_path / "copy.db")
    database = Database(f"sqlite:///{copy}")
    yield replace(desk, database=database)
    database.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def _desk(database: Database) -> Desk:
    company = make_company(11, customers=2, projects=(3, 3))
    history = [_in_thread(one) for one in mails(company, 12, threads_a_project=12)]
    practice = _store(database, company, history)
    ids = {one.message.message_id: one for one in history if one.message.message_id}
    with database.read() as connection:
        found = find_threads(connection, ids)
    threads = {thread: header for header, ones in found.items() for thread in ones}
    confirmed = {one.thread_id for one in tags(database) if one.account_state == "confirmed"} & threads.keys()
    return Desk(
        database=database,
        practice=practice,
        company=company,
        truth={thread: ids[threads[thread]].project for thread in sorted(confirmed)},
        headers={thread: threads[thread] for thread in confirmed},
    )


def _in_thread(mail: Mail) -> Mail:
    root = HeaderId(f"thread-{mail.thread}@customer.example")
    return replace(mail, message=replace(mail.message, references=(root,)))


def _store(database: Database, company: Company, history: list[Mail]) -> Practice:
    source = company.source()
    names = {customer.id: customer.name for customer in company.customers}
    accounts = [
        AccountSeed(
            key=customer.name,
            name=customer.name,
            projects=tuple(ProjectSeed(key=one.key, name=one.key) for one in customer.projects),
        )
        for customer in company.customers
    ]
    seeds = [RuleSeed(kind=one.kind, value=one.value, account=names[one.account]) for one in source.rules]
    with database.write() as connection:
        sync_accounts(connection, accounts, seeds, now=NOW)
        mailbox = mailboxes.register_mailbox(connection, "desk", kind="import")
        folder = mailboxes.register_folder(connection, mailbox, "INBOX", role="inbox")
        mailboxes.start_epoch(connection, folder, uidvalidity=1, newest_uid=10**9)
        rules, directory = read_rules(connection), read_directory(connection)
    config = Config()
    practice = Practice(
        rules=RuleBook(replace(source, rules=rules)),
        directory=directory,
        policies=policies(config),
        schedules=schedules(config, years=range(2025, 2028)),
        priorities={},
    )
    items = [Arrived(uid=number, message=one.message, raw=b"") for number, one in enumerate(history, 1)]
    ingest(database, practice, folder.id, items, epoch=None, now=NOW)
    return practice


def _lend_experience(folder: Path) -> None:
    """Put a model of a third account beside the others: they are too small to know their own error."""
    rows = labelled(60)
    lead = Experience(
        decisions=tuple(Decision(score=0.2 + one / 1000, is_right=True) for one in range(400)),
        strange_leads=(0.1,) * 400,
    )
    save(replace(fit(AccountId(99), rows, now=NOW), experience=lead), folder)


def test_labels_become_a_model_and_the_model_suggests(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())

    trained = list(train(desk.database, desk.practice, folder, now=NOW))
    _lend_experience(folder)
    shown = suggest(desk.database, desk.practice, folder)

    assert [one.is_promoted for one in trained] == [True, True]
    suggested = [one for one in tags(desk.database) if one.project_state == "suggested"]
    assert len(suggested) == shown > 0
    wrong = [one for one in suggested if one.project != desk.truth[one.thread_id].key]
    assert len(wrong) <= 0.1 * shown
    assert all({kind for kind, _ in one.reasons} >= {"model", "nearest"} for one in suggested)
    assert all(0.5 < (one.probability or 0) <= 1 for one in suggested)
    assert {path.name for path in folder.iterdir()} >= {"account-1.skops", "account-2.json"}


def test_what_a_model_says_again_changes_nothing(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())
    list(train(desk.database, desk.practice, folder, now=NOW))
    _lend_experience(folder)
    suggest(desk.database, desk.practice, folder)
    before = _versions(desk)

    suggest(desk.database, desk.practice, folder)

    assert _versions(desk) == before


def _versions(desk: Desk) -> dict[ThreadId, int]:
    with desk.database.read() as connection:
        return {one: row.version for one, row in stored_threads(connection, desk.truth).items()}


def test_a_confirmed_project_is_not_overwritten_by_a_model(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())
    list(train(desk.database, desk.practice, folder, now=NOW))

    suggest(desk.database, desk.practice, folder)

    for thread in desk.taught():
        tag = desk.tag(thread)
        assert (tag.project, tag.project_state) == (desk.truth[thread].key, "confirmed")


def test_a_damaged_model_is_rebuilt_from_the_labels(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())
    list(train(desk.database, desk.practice, folder, now=NOW))
    (folder / "account-1.skops").write_bytes(b"broken")

    suggest(desk.database, desk.practice, folder)
    again = list(train(desk.database, desk.practice, folder, now=NOW))

    assert [one.is_promoted for one in again] == [True, True]
    assert len((folder / "account-1.skops").read_bytes()) > 1000


def test_a_model_that_got_surely_worse_is_not_promoted(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())
    list(train(desk.database, desk.practice, folder, now=NOW))
    before = (folder / "account-1.skops").read_bytes()
    first = desk.company.customers[0]
    keys = [one.key for one in first.projects]
    own = [thread for thread in desk.taught() if desk.truth[thread].key in keys]
    mixed = [Correction(thread=thread, project=keys[number % len(keys)]) for number, thread in enumerate(own)]
    correct(desk.database, desk.practice, mixed, actor="anna", now=NOW)

    again = {one.account: one.is_promoted for one in train(desk.database, desk.practice, folder, now=NOW)}

    assert again == {1: False, 2: True}
    assert (folder / "account-1.skops").read_bytes() == before


def test_a_model_is_measured_on_later_threads(desk: Desk) -> None:
    desk.teach(desk.taught())

    reports = dict(evaluate(desk.database, desk.practice, (2, 4)))

    assert reports[4].accuracy > 0.7
    assert reports[4].strangers > 0
    assert reports[2].judged > reports[4].judged


def test_a_correction_holds_at_once_and_is_exported(desk: Desk) -> None:
    thread = min(desk.truth)
    project = desk.truth[thread]

    correct(
        desk.database, desk.practice, [Correction(thread=thread, project=project.key)], actor="anna", now=NOW
    )

    tag = desk.tag(thread)
    assert (tag.project, tag.project_state) == (project.key, "confirmed")
    exported = list(export_labels(desk.database))
    assert {(one.thread_id, one.project, one.source) for one in exported} == {(thread, project.key, "person")}


def test_a_thread_can_be_given_to_another_account_or_to_nobody(desk: Desk) -> None:
    thread = min(desk.truth)
    other = desk.company.customers[1].name
    correct(desk.database, desk.practice, [Correction(thread=thread, account=other)], actor="anna", now=NOW)
    moved = desk.tag(thread)

    correct(desk.database, desk.practice, [Correction(thread=thread, account=NOBODY)], actor="anna", now=NOW)

    assert (moved.account, moved.account_state) == (other, "confirmed")
    assert (desk.tag(thread).account, desk.tag(thread).account_state) == (None, "unknown")


@pytest.mark.parametrize(
    "wrong", [{"account": "nobody-of-that-name"}, {"project": "no-such-project"}, {"thread": 999_999}]
)
def test_a_correction_that_names_nothing_keeps_nothing(desk: Desk, wrong: dict[str, object]) -> None:
    thread = min(desk.truth)
    good = Correction(thread=thread, project=desk.truth[thread].key)
    bad = replace(good, **wrong)  # type: ignore[arg-type]

    with pytest.raises(NotFound):
        correct(desk.database, desk.practice, [good, bad], actor="anna", now=NOW)

    assert list(export_labels(desk.database)) == []


def test_labels_by_message_id_are_imported_and_wrong_ones_told(desk: Desk) -> None:
    thread = min(desk.truth)
    key = desk.truth[thread].key
    lines = [
        json.dumps({"message_id": f"<{desk.headers[thread]}>", "project": key}),
        "",
        json.dumps({"message_id": "<gone@nowhere.example>", "project": key}),
        json.dumps({"thread_id": thread, "project": "no-such-project"}),
    ]

    outcome = import_labels(desk.database, desk.practice, read_lines(lines), actor="anna", now=NOW)

    assert outcome.threads == 1
    assert [sentence.partition(":")[0] for sentence in outcome.refused] == ["line 3", "line 4"]
    assert desk.tag(thread).project == key


@pytest.mark.parametrize(
    "line", ["{", "[]", "3", '{"project": "x"}', '{"thread_id": 1}', '{"thread_id": "x"}']
)
def test_a_line_that_is_no_label_is_named(line: str) -> None:
    with pytest.raises(WrongLine, match="line 2"):
        list(read_lines(["", line]))


def test_the_services_do_not_load_the_learning_library() -> None:
    code = (
        "import sys, triage.services.learn, triage.services.correct, triage.services.label_file;"
        "sys.exit('sklearn' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
