import random
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from tests.classify.taught import labelled
from triage.classify.experience import Experience, calibrate
from triage.classify.label import LabelledMessage, LabelSource, MailText
from triage.classify.linear import Learner
from triage.classify.model import ProjectModel, TooFewLabels, fit
from triage.classify.risk import Decision
from triage.classify.tokens import document
from triage.core.ids import AccountId, MessageId, ProjectId, ThreadId

ACCOUNT = AccountId(1)


@pytest.fixture(scope="module")
def rows() -> list[LabelledMessage]:
    return labelled(340)


@pytest.fixture(scope="module")
def now(rows: list[LabelledMessage]) -> datetime:
    return rows[-1].received_at


@pytest.fixture(scope="module")
def model(rows: list[LabelledMessage], now: datetime) -> ProjectModel:
    return fit(ACCOUNT, rows[:280], now=now)


def test_later_mail_is_mostly_told_right(model: ProjectModel, rows: list[LabelledMessage]) -> None:
    later = rows[280:]

    found = model.suggest([row.mail for row in later])

    right = [one.project == row.project for one, row in zip(found, later, strict=True)]
    assert np.mean(right) > 0.9
    shown = [is_right for one, is_right in zip(found, right, strict=True) if not one.abstained]
    assert len(shown) > 5
    assert np.mean(shown) > 0.97


@pytest.mark.parametrize("count", [60, 280])
def test_training_twice_gives_identical_weights(
    rows: list[LabelledMessage], now: datetime, count: int
) -> None:
    shuffled = rows[:count]
    random.Random(4).shuffle(shuffled)  # noqa: S311 (a seeded order)

    one, other = fit(ACCOUNT, rows[:count], now=now), fit(ACCOUNT, shuffled, now=now)

    assert one.linear.weights.tobytes() == other.linear.weights.tobytes()
    assert one.linear.offsets.tobytes() == other.linear.offsets.tobytes()
    assert one.calibration == other.calibration


def test_the_learner_follows_the_number_of_labels(rows: list[LabelledMessage], now: datetime) -> None:
    assert fit(ACCOUNT, rows[:60], now=now).linear.learner is Learner.COMPLEMENT_NB
    assert fit(ACCOUNT, rows[:280], now=now).linear.learner is Learner.LOGISTIC


def test_the_terms_shown_add_up_to_the_lead_over_the_second(
    model: ProjectModel, monkeypatch: pytest.MonkeyPatch, rows: list[LabelledMessage]
) -> None:
    monkeypatch.setattr("triage.classify.model._SHOWN_TERMS", 100_000)
    mail = rows[290].mail
    vector = model.vectors.of([document(mail)])
    scores = np.sort(model.linear.scores(vector)[0])
    (found,) = model.suggest([mail])
    columns = {term: index for index, term in enumerate(model.vectors.terms)}
    best = int(np.flatnonzero(model.linear.projects == found.project)[0])
    second = int(np.argsort(-model.linear.scores(vector)[0])[1])
    offset = model.linear.offsets[best] - model.linear.offsets[second]
    against = sum(
        vector[0, column] * (model.linear.weights[column, best] - model.linear.weights[column, second])
        for term, column in columns.items()
        if vector[0, column] and term not in {shown.term for shown in found.reasons.terms}
    )

    spoken = sum(term.weight for term in found.reasons.terms)

    assert spoken + against + offset == pytest.approx(scores[-1] - scores[-2])


def test_the_nearest_labelled_message_is_named(model: ProjectModel, rows: list[LabelledMessage]) -> None:
    (found,) = model.suggest([rows[7].mail])

    assert found.reasons.nearest == rows[7].message
    assert found.reasons.likeness == pytest.approx(1)


def test_a_mail_of_unknown_words_is_not_shown(model: ProjectModel) -> None:
    (found,) = model.suggest([MailText(subject="zzzz", text="qqqq xxxx")])

    assert found.abstained
    assert found.reasons.is_novel
    assert found.reasons.nearest is None


def test_no_mail_gets_no_suggestion(model: ProjectModel) -> None:
    assert model.suggest([]) == []


def test_one_project_cannot_be_told_apart(rows: list[LabelledMessage], now: datetime) -> None:
    same = [replace(row, project=ProjectId(1)) for row in rows[:10]]

    with pytest.raises(TooFewLabels, match="two projects"):
        fit(ACCOUNT, same, now=now)


def test_two_projects_are_enough_to_rank_and_too_few_to_show(
    rows: list[LabelledMessage], now: datetime
) -> None:
    wanted = sorted({row.project for row in rows})[:2]
    few = [row for row in rows if row.project in wanted][:8]

    found = fit(ACCOUNT, few, now=now).suggest([few[0].mail])

    assert found[0].project == few[0].project
    assert found[0].abstained


def test_two_projects_with_many_labels_use_the_one_column(rows: list[LabelledMessage], now: datetime) -> None:
    wanted = sorted({row.project for row in rows})[:2]
    many = [row for row in rows if row.project in wanted]

    model = fit(ACCOUNT, many, now=now)
    found = model.suggest([row.mail for row in many])

    assert model.linear.learner is Learner.LOGISTIC
    assert [one.project for one in found] == [row.project for row in many]


def test_what_a_person_corrected_weighs_more(rows: list[LabelledMessage], now: datetime) -> None:
    first, second = sorted({row.project for row in rows})[:2]
    mail = MailText(text="harbour crane harbour crane")
    at = now - timedelta(days=1)
    base = [row for row in rows[:60] if row.project in (first, second)]

    def told(project: ProjectId, number: int, source: LabelSource) -> LabelledMessage:
        return LabelledMessage(
            message=MessageId(number),
            thread=ThreadId(number),
            project=project,
            mail=mail,
            received_at=at,
            source=source,
        )

    imported = [told(first, number, LabelSource.IMPORT) for number in (10_001, 10_002)]
    corrected = told(second, 10_003, LabelSource.PERSON)

    (found,) = fit(ACCOUNT, [*base, *imported, corrected], now=now).suggest([mail])

    assert found.project == second


def test_experience_of_other_accounts_lets_a_small_one_speak(
    rows: list[LabelledMessage], now: datetime
) -> None:
    small = fit(ACCOUNT, rows[:24], now=now)
    others = Experience(
        decisions=tuple(Decision(score=0.05 + index / 200, is_right=True) for index in range(400)),
        strange_leads=(0.0,) * 400,
    )

    alone = small.suggest([row.mail for row in rows[24:60]])
    together = small.calibrated_with([others]).suggest([row.mail for row in rows[24:60]])

    assert all(one.abstained for one in alone)
    assert sum(not one.abstained for one in together) > 10


def small_company(*leads: float, wrong: float = 0.5, stranger: float = 0.4) -> Experience:
    """Return trials without any later mail: one wrong, the others right."""
    right = (Decision(score=lead, is_right=True) for lead in leads)
    return Experience(trials=(Decision(score=wrong, is_right=False), *right), strange_leads=(stranger,) * 30)


def test_a_small_company_speaks_above_all_that_was_wrong_and_strange() -> None:
    found = calibrate([small_company(*(0.6 + one / 100 for one in range(40)))])

    assert not found.is_proven
    assert found.accepts(0.61, 0.61)
    assert not found.accepts(0.55, 0.7)  # no better than what was wrong
    assert not found.accepts(0.7, 0.55)  # no better than half above what was strange
    assert found.certificate.wrong == 0
    assert 0.02 < found.certificate.bound < 0.1


def test_a_handful_of_right_trials_shows_nothing() -> None:
    found = calibrate([small_company(*(0.6 + one / 100 for one in range(29)))])

    assert not found.accepts(5.0, 5.0)


def test_no_probability_is_higher_than_the_number_of_trials_allows() -> None:
    found = calibrate([small_company(*(0.6 + one / 100 for one in range(40)))])

    assert found.probabilities(np.array([9.0])) == pytest.approx([42 / 43])


def test_two_projects_meet_strangers_too(rows: list[LabelledMessage], now: datetime) -> None:
    wanted = sorted({row.project for row in rows})[:2]
    two = [row for row in rows if row.project in wanted][:20]

    found = fit(ACCOUNT, two, now=now).experience

    assert len(found.strange_leads) == len(two)
    assert len(found.trials) == len({row.thread for row in two})


def test_a_trial_knows_nothing_of_its_thread(now: datetime, rows: list[LabelledMessage]) -> None:
    first, second = sorted({row.project for row in rows})[:2]
    base = [row for row in rows if row.project in {first, second}][:12]
    odd = [
        replace(
            base[0],
            message=MessageId(9_000 + number),
            thread=ThreadId(9_000),
            project=second,
            mail=next(row.mail for row in base if row.project == first),
        )
        for number in range(3)
    ]

    trials = fit(ACCOUNT, [*base, *odd], now=now).experience.trials

    assert sum(not trial.is_right for trial in trials) >= 1


def test_probabilities_follow_the_leads() -> None:
    draw = random.Random(2)  # noqa: S311 (seeded)
    decisions = tuple(
        Decision(score=score, is_right=draw.random() < score) for score in np.linspace(0, 1, 400)
    )

    found = calibrate([Experience(decisions=decisions)]).probabilities(np.array([0.1, 0.5, 0.9]))

    assert found == pytest.approx([0.1, 0.5, 0.9], abs=0.12)


def test_without_experience_every_probability_is_a_coin_toss() -> None:
    found = calibrate([Experience()])

    assert found.probabilities(np.array([3.0])) == pytest.approx([0.5])
    assert not found.accepts(3.0, 3.0)
