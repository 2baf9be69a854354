"""Corrections reach the models within seconds."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import structlog

from tests.services.desk import NOW, Desk, lend_experience
from tests.services.workplace import Silence
from triage.classify.keep import ModelRefused, load
from triage.core.ids import AccountId, ThreadId
from triage.services.correct import Correction, correct
from triage.services.learn import go_back, tags, train
from triage.services.read_folder import Tools
from triage.services.refit import refit_wanted
from triage.services.watch import run_worker
from triage.store.labels import taught_words

FIRST, SECOND = AccountId(1), AccountId(2)


def own_threads(desk: Desk, customer: int = 0) -> list[ThreadId]:
    keys = {one.key for one in desk.company.customers[customer].projects}
    return [thread for thread in desk.taught() if desk.truth[thread].key in keys]


def test_a_correction_refits_its_account_and_no_other(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())
    refit_wanted(desk.database, desk.practice, folder, now=NOW)
    before = {one: load(folder, one).example_messages.size for one in (FIRST, SECOND)}
    new = next(one for one in desk.truth if one not in desk.taught() and desk.truth[one].is_trained)
    first = desk.tag(new).account == desk.company.customers[0].name
    word = Correction(thread=new, project=desk.truth[new].key)

    correct(desk.database, desk.practice, [word], actor="anna", now=NOW)
    done = refit_wanted(desk.database, desk.practice, folder, now=NOW)

    changed = FIRST if first else SECOND
    assert [(one.account, one.is_promoted) for one in done] == [(changed, True)]
    after = {one: load(folder, one).example_messages.size for one in (FIRST, SECOND)}
    assert {one for one in after if after[one] > before[one]} == {changed}


def test_what_was_learnt_is_not_learnt_again(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())
    refit_wanted(desk.database, desk.practice, folder, now=NOW)

    assert refit_wanted(desk.database, desk.practice, folder, now=NOW) == []


def test_words_of_a_thread_that_moves_leave_the_models_of_its_old_account(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())
    refit_wanted(desk.database, desk.practice, folder, now=NOW)
    list(train(desk.database, desk.practice, folder, now=NOW))
    thread = own_threads(desk)[0]
    word = Correction(thread=thread, account=desk.company.customers[1].name, project="")

    correct(desk.database, desk.practice, [word], actor="anna", now=NOW)
    refit_wanted(desk.database, desk.practice, folder, now=NOW)

    assert not list(folder.glob("account-1.previous.*"))
    with desk.database.read() as connection:
        left = {row.message for row in taught_words(connection, FIRST)}
    assert set(load(folder, FIRST).example_messages.tolist()) == left


def test_an_account_that_cannot_be_taught_any_more_suggests_nothing(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())
    lend_experience(folder)
    refit_wanted(desk.database, desk.practice, folder, now=NOW)
    name = desk.company.customers[0].name
    assert [one for one in tags(desk.database) if one.account == name and one.project_state == "suggested"]
    other = desk.company.customers[1].name
    words = [Correction(thread=one, account=other, project="") for one in own_threads(desk)]

    correct(desk.database, desk.practice, words, actor="anna", now=NOW)
    refit_wanted(desk.database, desk.practice, folder, now=NOW)

    assert not [
        one for one in tags(desk.database) if one.account == name and one.project_state == "suggested"
    ]
    assert not list(folder.glob("account-1.*"))


def test_the_old_model_can_be_gone_back_to(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught()[::2])
    refit_wanted(desk.database, desk.practice, folder, now=NOW)
    before = load(folder, FIRST).example_messages.size
    desk.teach(desk.taught())
    refit_wanted(desk.database, desk.practice, folder, now=NOW)

    go_back(desk.database, desk.practice, folder, FIRST, now=NOW)

    assert load(folder, FIRST).example_messages.size == before


def test_without_an_old_model_there_is_no_way_back(desk: Desk, folder: Path) -> None:
    with pytest.raises(ModelRefused, match="triage train"):
        go_back(desk.database, desk.practice, folder, FIRST, now=NOW)


def test_a_first_training_complains_about_nothing(desk: Desk, folder: Path) -> None:
    desk.teach(desk.taught())

    with structlog.testing.capture_logs() as logs:
        list(train(desk.database, desk.practice, folder, now=NOW))

    assert {line["event"] for line in logs} == {"model trained"}


def test_the_worker_learns_from_a_correction_within_seconds(desk: Desk, folder: Path) -> None:
    stop = threading.Event()
    tools = Tools(
        database=desk.database,
        practice=desk.practice,
        parse=lambda _fetched: [],
        owner="worker",
        clock=lambda: NOW,
        watcher=Silence(),
    )
    worker = threading.Thread(target=run_worker, args=((), tools, {}, folder, stop))
    worker.start()
    try:
        desk.teach(desk.taught())
        deadline = time.monotonic() + 30
        while not (folder / "account-2.json").exists() and time.monotonic() < deadline:
            stop.wait(0.05)
    finally:
        stop.set()
        worker.join()

    assert (folder / "account-2.json").exists()


def test_taking_a_correction_does_not_load_the_learning_library() -> None:
    code = "import sys, triage.services.refit; sys.exit('sklearn' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
