"""A new model replaces the old one only if its risk on later mail does not rise."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.classify.taught import labelled
from triage.classify.keep import kept_cards, load, note_refused, save
from triage.classify.label import LabelledMessage
from triage.classify.model import ProjectModel, fit
from triage.classify.promote import Comparison, compare
from triage.core.ids import AccountId, MessageId, ProjectId

ACCOUNT = AccountId(7)


@pytest.fixture(scope="module")
def rows() -> list[LabelledMessage]:
    return labelled(90)


@pytest.fixture(scope="module")
def model(rows: list[LabelledMessage]) -> ProjectModel:
    return taught(rows)


def taught(rows: Sequence[LabelledMessage]) -> ProjectModel:
    return fit(ACCOUNT, rows, now=rows[-1].received_at)


def told_wrong(model: ProjectModel, messages: set[MessageId], *, other: ProjectId) -> ProjectModel:
    """Return the model as if it had told these trials wrong."""
    decisions = tuple(
        replace(one, is_right=False, said=other) if one.message in messages else one
        for one in model.experience.decisions
    )
    return replace(model, experience=replace(model.experience, decisions=decisions))


def tried(model: ProjectModel) -> list[MessageId]:
    return [one.message for one in model.experience.decisions if one.message is not None and one.is_right]


def test_the_same_model_again_is_no_rise(model: ProjectModel, rows: list[LabelledMessage]) -> None:
    found = compare(model, model, rows)

    assert found.is_promoted
    assert found.compared == len(model.experience.decisions) > 10
    assert found.wrong_now == found.wrong_before


def test_one_thread_more_told_wrong_is_a_rise(model: ProjectModel, rows: list[LabelledMessage]) -> None:
    worse = told_wrong(model, {tried(model)[0]}, other=ProjectId(-1))

    assert not compare(worse, model, rows).is_promoted
    assert compare(model, worse, rows).is_promoted


def test_threads_that_only_one_was_tried_on_are_not_compared(
    model: ProjectModel, rows: list[LabelledMessage]
) -> None:
    first, *others = model.experience.decisions
    shorter = replace(model, experience=replace(model.experience, decisions=tuple(others)))

    found = compare(told_wrong(model, {MessageId(first.message or 0)}, other=ProjectId(-1)), shorter, rows)

    assert found.compared == len(others)
    assert found.is_promoted


def test_a_correction_counts_for_both_models(model: ProjectModel, rows: list[LabelledMessage]) -> None:
    """Who is corrected must not be punished: the old model was wrong there as well, by today's label."""
    message = tried(model)[0]
    now_other = next(row.project for row in rows if row.message != message)
    corrected = [replace(row, project=now_other) if row.message == message else row for row in rows]

    found = compare(model, model, corrected)

    assert found.wrong_before == found.wrong_now
    assert found.is_promoted


def test_the_old_model_is_asked_about_threads_it_never_learnt(rows: list[LabelledMessage]) -> None:
    old, new = taught(rows[:45]), taught(rows)

    found = compare(new, old, rows)

    # The trials of the two do not overlap, yet they are compared.
    assert not set(tried(old)) & set(tried(new))
    assert found.compared > 10


def test_a_model_of_bad_labels_is_refused_though_both_err_by_them(
    model: ProjectModel, rows: list[LabelledMessage]
) -> None:
    projects = sorted({row.project for row in rows})
    mixed = [replace(row, project=projects[number % len(projects)]) for number, row in enumerate(rows)]

    found = compare(taught(mixed), model, mixed)

    assert found.is_surely_worse
    assert not found.is_promoted


def test_the_card_says_how_a_model_came_into_use_and_what_was_refused_since(
    model: ProjectModel, tmp_path: Path
) -> None:
    better = Comparison(compared=20, wrong_before=2, wrong_now=1)
    worse = Comparison(compared=20, wrong_before=1, wrong_now=2)
    save(model, tmp_path, promotion=better)

    note_refused(tmp_path, ACCOUNT, worse, now=model.made_at)

    kept = kept_cards(tmp_path)[ACCOUNT]
    assert (kept.promotion, kept.refused, kept.refused_at) == (better, worse, model.made_at)
    assert load(tmp_path, ACCOUNT).experience == model.experience
    card = json.loads((tmp_path / "account-7.json").read_text())
    assert "no more threads wrong than the model before" in card["promotion_rule"]
