"""What people say to suggestions decides whether there are more of them."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.services.desk import NOW, Desk, lend_experience
from triage.core.ids import AccountId
from triage.services.correct import Correction, correct
from triage.services.drift import Drift, drift_of
from triage.services.learn import suggest, tags, train
from triage.services.risk_state import risk_states
from triage.store.labels import TaggedThread

FIRST = AccountId(1)


@pytest.fixture
def learned(desk: Desk, folder: Path) -> Desk:
    """Return the desk with suggestions for the threads that were not taught."""
    desk.teach(desk.taught()[::2])
    list(train(desk.database, desk.practice, folder, now=NOW))
    lend_experience(folder)
    suggest(desk.database, desk.practice, folder, now=NOW)
    return desk


def suggested(desk: Desk) -> list[TaggedThread]:
    name = desk.company.customers[0].name
    return [one for one in tags(desk.database) if one.account == name and one.project_state == "suggested"]


def answer(desk: Desk, tag: TaggedThread, *, right: bool) -> None:
    keys = [one.key for one in desk.company.customers[0].projects if (one.key == tag.project) == right]
    word = Correction(thread=tag.thread_id, project=keys[0])
    correct(desk.database, desk.practice, [word], actor="anna", now=NOW)


def test_answers_to_suggestions_are_counted_right_or_wrong(learned: Desk) -> None:
    first, second, third = suggested(learned)[:3]
    answer(learned, first, right=True)
    answer(learned, second, right=False)
    answer(learned, third, right=True)

    found = drift_of(learned.database, FIRST, now=NOW)

    assert (found.judged, found.wrong) == (3, 1)
    assert not found.is_alarming
    assert (found.weeks[-1].judged, found.weeks[-1].wrong) == (3, 1)


def test_what_was_not_suggested_counts_for_nothing(desk: Desk) -> None:
    desk.teach(desk.taught())

    assert drift_of(desk.database, FIRST, now=NOW).judged == 0


def test_too_many_wrong_suggestions_end_them_until_they_are_old(learned: Desk, folder: Path) -> None:
    for tag in suggested(learned)[:3]:
        answer(learned, tag, right=False)
    assert suggested(learned)

    suggest(learned.database, learned.practice, folder, now=NOW)
    off = suggested(learned)
    state = {one.account: one.word for one in risk_states(learned.database, folder, now=NOW)}
    suggest(learned.database, learned.practice, folder, now=NOW + timedelta(days=91))

    assert off == []
    assert state[FIRST] == "off"
    assert state[AccountId(2)] == "proven"
    assert suggested(learned)


@pytest.mark.parametrize(
    ("wrong", "least", "alarming"), [(3, 0.03, True), (2, 0.03, False), (3, 0.02, False)]
)
def test_an_alarm_needs_three_wrong_ones_and_more_than_chance(
    wrong: int, least: float, *, alarming: bool
) -> None:
    assert Drift(judged=50, wrong=wrong, least_error=least, weeks=()).is_alarming is alarming
