"""What the worker finds reaches those who may see it; the process that shows it never learns."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from tests.services.desk import NOW, Desk
from triage.core.ids import AccountId, ThreadId
from triage.core.scope import Scope
from triage.services.board import QUESTIONS, account_of, post_proposals, post_questions_and_states
from triage.services.correct import Correction, correct
from triage.services.learn import train
from triage.services.learning import answer_question, read_board
from triage.store import board
from triage.store.threads import messages_of

EVERYTHING = Scope(accounts=frozenset(), sees_all=True, name="kim")
FIRST = Scope(accounts=frozenset({AccountId(1)}), sees_all=False, name="reader")


@pytest.fixture
def now(desk: Desk) -> datetime:
    """An instant shortly after the newest mail."""
    with desk.database.read() as connection:
        found = messages_of(connection, desk.truth)
    return max(one.facts.received_at for some in found.values() for one in some).replace(hour=12)


def post(desk: Desk, folder: Path, now: datetime) -> None:
    post_questions_and_states(desk.database, desk.practice, folder, now=now)
    post_proposals(desk.database, desk.practice, now=now)


def test_the_board_shows_questions_proposals_and_models(desk: Desk, folder: Path, now: datetime) -> None:
    desk.teach(desk.taught())
    list(train(desk.database, desk.practice, folder, now=NOW))

    post(desk, folder, now)

    board = read_board(desk.database, desk.practice, EVERYTHING, now=now)
    assert board.found_at == now
    assert len(board.questions) <= 5
    assert {one.account_key for one in board.models} == {one.name for one in desk.company.customers}
    facts = board.models[0].facts
    assert facts["labels"] > 50
    assert facts["tried"] == len(facts["curve"]) - 1 > 5
    assert facts["curve"][-1] == [1.0, facts["wrong"] / facts["tried"]]


def test_a_reader_of_one_account_sees_its_own_board(desk: Desk, folder: Path, now: datetime) -> None:
    desk.teach(desk.taught())
    list(train(desk.database, desk.practice, folder, now=NOW))
    post(desk, folder, now)

    board = read_board(desk.database, desk.practice, FIRST, now=now)

    assert {one.account_key for one in board.models} == {desk.company.customers[0].name}
    assert {one.account_key for one in board.questions} <= {desk.company.customers[0].name}
    assert board.proposals == ()
    assert board.words is None


def test_what_was_answered_since_the_worker_looked_is_not_asked_again(
    desk: Desk, folder: Path, now: datetime
) -> None:
    post(desk, folder, now)
    first, *others = read_board(desk.database, desk.practice, EVERYTHING, now=now).questions
    threads = first.question.threads
    assert len(others) == 4

    answer_question(desk.database, desk.practice, EVERYTHING, threads, first.choices[0][0], now=now)

    left = read_board(desk.database, desk.practice, EVERYTHING, now=now).questions
    asked: set[ThreadId] = {thread for one in left for thread in one.question.threads}
    assert not asked & set(threads)
    assert len(left) <= 5 - len(threads)


def test_a_question_is_not_asked_when_one_of_its_threads_went_to_another_customer(
    desk: Desk, folder: Path, now: datetime
) -> None:
    post(desk, folder, now)
    # A question about several threads, as the worker asks where they are alike.
    with desk.database.write() as connection:
        items, _ = board.read_list(connection, QUESTIONS)
        mine = [one for one in items if account_of(one) == 1]
        mine[0]["threads"] += mine[1]["threads"]
        board.write_list(connection, QUESTIONS, [mine[0]], now=now)
    moved = Correction(thread=ThreadId(mine[1]["threads"][0]), account=desk.company.customers[1].name)
    assert len(read_board(desk.database, desk.practice, EVERYTHING, now=now).questions) == 1

    correct(desk.database, desk.practice, [moved], actor="kim", now=now)

    assert read_board(desk.database, desk.practice, EVERYTHING, now=now).questions == ()


def test_before_the_worker_looked_there_is_nothing_on_the_board(desk: Desk, now: datetime) -> None:
    board = read_board(desk.database, desk.practice, EVERYTHING, now=now)

    assert (board.questions, board.models, board.found_at) == ((), (), None)


def test_showing_the_board_does_not_load_the_learning_library() -> None:
    code = "import sys, api.app, triage.services.learning; sys.exit('sklearn' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
