"""From stored mail to suggestions: labels, training, tagging, corrections, on a real database."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.services.desk import NOW, Desk, lend_experience
from triage.core.errors import NotFound
from triage.core.ids import ThreadId
from triage.services.correct import NOBODY, Correction, correct
from triage.services.label_file import export_labels, import_labels, read_lines
from triage.services.learn import suggest, tags, train
from triage.store.threads import stored_threads


def test_labels_become_a_model_and_the_model_suggests(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())

    trained = list(train(desk.database, desk.practice, folder, now=NOW))
    lend_experience(folder)
    shown = suggest(desk.database, desk.practice, folder, now=NOW)

    assert [one.is_promoted for one in trained] == [True, True]
    suggested = [one for one in tags(desk.database) if one.project_state == "suggested"]
    assert len(suggested) == shown > 0
    wrong = [one for one in suggested if one.project != desk.truth[one.thread_id].key]
    assert len(wrong) <= 0.1 * shown
    assert all({kind for kind, _ in one.reasons} >= {"model", "nearest"} for one in suggested)
    assert all(0.5 < (one.probability or 0) < 1 for one in suggested)
    assert not [one for one in suggested if "unproven" in {kind for kind, _ in one.reasons}]
    assert {path.name for path in folder.iterdir()} >= {"account-1.skops", "account-2.json"}


def test_a_small_company_gets_suggestions_that_say_they_are_not_proven(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())
    list(train(desk.database, desk.practice, folder, now=NOW))

    shown = suggest(desk.database, desk.practice, folder, now=NOW)

    suggested = [one for one in tags(desk.database) if one.project_state == "suggested"]
    assert len(suggested) == shown > 0
    assert all(one.project == desk.truth[one.thread_id].key for one in suggested)
    assert all("unproven" in {kind for kind, _ in one.reasons} for one in suggested)


def test_what_a_model_says_again_changes_nothing(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())
    list(train(desk.database, desk.practice, folder, now=NOW))
    lend_experience(folder)
    suggest(desk.database, desk.practice, folder, now=NOW)
    before = _versions(desk)

    suggest(desk.database, desk.practice, folder, now=NOW)

    assert _versions(desk) == before


def _versions(desk: Desk) -> dict[ThreadId, int]:
    with desk.database.read() as connection:
        return {one: row.version for one, row in stored_threads(connection, desk.truth).items()}


def test_a_confirmed_project_is_not_overwritten_by_a_model(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())
    list(train(desk.database, desk.practice, folder, now=NOW))

    suggest(desk.database, desk.practice, folder, now=NOW)

    for thread in desk.taught():
        tag = desk.tag(thread)
        assert (tag.project, tag.project_state) == (desk.truth[thread].key, "confirmed")


def test_a_damaged_model_is_rebuilt_from_the_labels(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())
    list(train(desk.database, desk.practice, folder, now=NOW))
    (folder / "account-1.skops").write_bytes(b"broken")

    suggest(desk.database, desk.practice, folder, now=NOW)
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


def test_a_correction_holds_at_once_and_is_exported(desk: Desk) -> None:
    thread = min(desk.truth)
    project = desk.truth[thread]

    correct(
        desk.database, desk.practice, [Correction(thread=thread, project=project.key)], actor="anna", now=NOW
    )

    tag = desk.tag(thread)
    assert (tag.project, tag.project_state) == (project.key, "confirmed")
    exported = list(export_labels(desk.database))
    assert {(one.thread_id, one.project, one.source, one.actor, one.at) for one in exported} == {
        (thread, project.key, "person", "anna", NOW)
    }


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
    assert [one.number for one in outcome.refused] == [3, 4]
    assert desk.tag(thread).project == key


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "3", '{"project": "x"}', '{"thread_id": 1}', '{"thread_id": "x"}', "[" * 100_000],
)
def test_a_line_that_is_no_label_is_told_and_the_others_count(desk: Desk, line: str) -> None:
    first, second, *_ = desk.truth
    good = [json.dumps({"thread_id": one, "project": desk.truth[one].key}) for one in (first, second)]

    outcome = import_labels(
        desk.database, desk.practice, read_lines([good[0], "", line, good[1]]), actor="anna", now=NOW
    )

    assert outcome.threads == 2
    assert [(one.number, one.why.partition(";")[0]) for one in outcome.refused] == [(3, "not a label")]
    assert [desk.tag(one).project for one in (first, second)] == [
        desk.truth[one].key for one in (first, second)
    ]


def test_the_services_do_not_load_the_learning_library() -> None:
    code = (
        "import sys, triage.services.learn, triage.services.correct, triage.services.label_file;"
        "sys.exit('sklearn' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
