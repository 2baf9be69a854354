"""The project model of one account: learns from its labels, suggests, explains, abstains.

It holds words of one customer only. It never decides: a suggestion waits for a person.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # a part of scikit-learn

from triage.classify.experience import PROVEN, RISK, Calibration, Experience, calibrate
from triage.classify.label import LabelledMessage, LabelSource, MailText, Reasons, Suggestion, Term
from triage.classify.linear import (
    Floats,
    Integers,
    Learner,
    LinearModel,
    fit_linear,
    leads,
    suited_learner,
)
from triage.classify.risk import Decision, certify
from triage.classify.tokens import document
from triage.classify.vectors import Vectors, as_vectors, count, weigh, weigh_apart
from triage.core.errors import TriageError
from triage.core.ids import AccountId, MessageId, ProjectId, ThreadId

_HALF_LIFE = timedelta(days=90)
_LEAST_WEIGHT = 0.05
_CORRECTION_WEIGHT = 3.0
#: Shares of the labels to learn from before each trial on those that follow. With many labels one
#: trial has enough decisions, and a refit stays quick.
_CUTS_OF_FEW, _CUTS_OF_MANY, _MANY = (0.7, 0.8, 0.9), (0.8,), 1000
_SHOWN_TERMS = 5
#: While labels are few, so many times a part of the threads is left out.
_PARTS = 20


class TooFewLabels(TriageError):
    """An account has labels of less than two projects: there is nothing to tell apart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectModel:
    """A fitted model.

    Attributes:
        linear: What ranks the projects.
        sentry: Complement naive Bayes, which notices messages of projects that nobody taught;
            the same object as ``linear`` while labels are few.
        examples: The weighted terms of the labelled messages, to find the nearest one.
        example_projects: One for each example.
        example_messages: One for each example.
        experience: How the model did on later mail.
        calibration: From where on it may speak.
        made_at: When it was fitted.
        newest_at: When the newest message it learnt from was received.
    """

    account: AccountId
    vectors: Vectors
    linear: LinearModel
    sentry: LinearModel
    examples: csr_array
    example_projects: Integers
    example_messages: Integers
    experience: Experience
    calibration: Calibration
    made_at: datetime
    newest_at: datetime

    def suggest(self, mails: Sequence[MailText]) -> list[Suggestion]:
        """Return the likeliest project of each mail, and whether the model is sure enough."""
        if not mails:
            return []
        vectors = self.vectors.of([document(mail) for mail in mails])
        scores = self.linear.scores(vectors)
        found = leads(scores)
        strange = found if self.sentry is self.linear else leads(self.sentry.scores(vectors))
        probabilities = self.calibration.probabilities(found)
        likeness = csr_array(vectors @ self.examples.T)
        terms = self.vectors.terms
        suggestions = []
        for row, ranked in enumerate(np.argsort(-scores, axis=1, kind="stable")):
            best, second = int(ranked[0]), int(ranked[1])
            novel_below = self.calibration.novel_below
            reasons = Reasons(
                terms=self._strongest(vectors, row, best, second, terms),
                is_novel=novel_below is not None and bool(strange[row] < novel_below),
            )
            suggestions.append(
                Suggestion(
                    project=ProjectId(int(self.linear.projects[best])),
                    probability=float(probabilities[row]),
                    abstained=not self.calibration.accepts(float(found[row]), float(strange[row])),
                    reasons=self._with_nearest(reasons, likeness, row, int(self.linear.projects[best])),
                )
            )
        return suggestions

    def calibrated_with(self, others: Iterable[Experience]) -> "ProjectModel":
        """Return the model with the experience of other accounts added to its own.

        Only numbers cross the border between customers, never a word.
        """
        return replace(self, calibration=calibrate((self.experience, *others)))

    def _strongest(
        self, vectors: csr_array, row: int, best: int, second: int, terms: Sequence[str]
    ) -> tuple[Term, ...]:
        """Return the terms that speak loudest for the best project against the second."""
        columns, values = _row(vectors, row)
        weights = self.linear.weights
        spoken = values * (weights[columns, best] - weights[columns, second])
        order = np.argsort(-spoken, kind="stable")[:_SHOWN_TERMS]
        return tuple(
            Term(term=terms[columns[index]], weight=float(spoken[index]))
            for index in order
            if spoken[index] > 0
        )

    def _with_nearest(self, reasons: Reasons, likeness: csr_array, row: int, project: int) -> Reasons:
        """Add the labelled message of the project that is most alike."""
        rows, cosines = _row(likeness, row)
        own = np.where(self.example_projects[rows] == project, cosines, -1.0)
        if not own.size or own.max() <= 0:
            return reasons
        nearest = int(np.argmax(own))
        message = MessageId(int(self.example_messages[rows[nearest]]))
        return replace(reasons, nearest=message, likeness=float(own[nearest]))


def fit(account: AccountId, labelled: Sequence[LabelledMessage], *, now: datetime) -> ProjectModel:
    """Fit the model of an account. The same labels give the same weights, in any order.

    Raises:
        TooFewLabels: If the labels name less than two projects.
    """
    rows = sorted(labelled, key=lambda row: (row.received_at, row.message))
    projects = np.array([row.project for row in rows], dtype=np.int64)
    if len(set(projects.tolist())) < 2:  # noqa: PLR2004 (two things are needed to tell apart)
        raise TooFewLabels(f"account {account} needs labelled messages of at least two projects")
    learner = suited_learner(projects)
    with threadpool_limits(limits=1):  # the order in which threads add up changes the last bits
        terms, counts = count([document(row.mail) for row in rows])
        weighter, vectors = weigh(counts)
        weights = _weights(rows)
        sentry = fit_linear(vectors, projects, weights, Learner.COMPLEMENT_NB)
        linear = sentry if learner is sentry.learner else fit_linear(vectors, projects, weights, learner)
        decisions = tuple(_out_of_time(rows, counts, projects, weights, learner))
        # Trials of threads left out are for those who have no proof; with many labels they take too long.
        is_unproven = len(rows) < _MANY and certify(decisions, risk=RISK, confidence=PROVEN).threshold is None
        threads = _thread_numbers(rows)
        experience = Experience(
            decisions=decisions,
            trials=tuple(_without_thread(threads, counts, projects, weights, learner)) if is_unproven else (),
            strange_leads=tuple(_left_out(threads, counts, projects, weights)),
        )
        calibration = calibrate((experience,))
    return ProjectModel(
        account=account,
        vectors=as_vectors(terms, weighter),
        linear=linear,
        sentry=sentry,
        examples=vectors,
        example_projects=projects,
        example_messages=np.array([row.message for row in rows], dtype=np.int64),
        experience=experience,
        calibration=calibration,
        made_at=now,
        newest_at=rows[-1].received_at,
    )


def _weights(rows: Sequence[LabelledMessage]) -> Floats:
    """Return how much each label counts: old ones less, what a person corrected more.

    Age counts from the newest label of the same project, so that a quiet project is not forgotten,
    and a model depends on its labels only, not on the day it is fitted.
    """
    newest = {row.project: row.received_at for row in rows}
    ages = ((newest[row.project] - row.received_at) / _HALF_LIFE for row in rows)
    faded = np.maximum([0.5**age for age in ages], _LEAST_WEIGHT)
    corrected = [_CORRECTION_WEIGHT if row.source is LabelSource.PERSON else 1.0 for row in rows]
    return np.asarray(faded * np.array(corrected))


def _out_of_time(
    rows: Sequence[LabelledMessage], counts: csr_array, projects: Integers, weights: Floats, learner: Learner
) -> Iterable[Decision]:
    """Yield decisions about the first message of each thread that began after what was learnt."""
    shares = _CUTS_OF_MANY if len(rows) >= _MANY else _CUTS_OF_FEW
    cuts = [*(int(len(rows) * share) for share in shares), len(rows)]
    for cut, end in pairwise(cuts):
        if len(set(projects[:cut].tolist())) < 2:  # noqa: PLR2004 (two things are needed to tell apart)
            continue
        tried = _first_of_threads(rows, cut, end)
        if not tried:
            continue
        known, later = weigh_apart(counts[tried], counts[:cut])
        model = fit_linear(known, projects[:cut], weights[:cut], learner)
        scores = model.scores(later)
        said = model.projects[scores.argmax(axis=1)]
        for row, lead, project in zip(tried, leads(scores), said, strict=True):
            yield Decision(
                score=float(lead),
                is_right=bool(project == projects[row]),
                message=rows[row].message,
                said=ProjectId(int(project)),
            )


def _first_of_threads(rows: Sequence[LabelledMessage], cut: int, end: int) -> list[int]:
    seen = {row.thread for row in rows[:cut]}
    tried = []
    for index in range(cut, end):
        if rows[index].thread not in seen:
            seen.add(rows[index].thread)
            tried.append(index)
    return tried


def _thread_numbers(rows: Sequence[LabelledMessage]) -> Integers:
    """Return the number of each row's thread, in the order in which the threads began."""
    numbers: dict[ThreadId, int] = {}
    return np.array([numbers.setdefault(row.thread, len(numbers)) for row in rows], dtype=np.int64)


def _without_thread(
    threads: Integers, counts: csr_array, projects: Integers, weights: Floats, learner: Learner
) -> Iterable[Decision]:
    """Yield decisions about the first message of each thread by models that know nothing of the thread."""
    _, firsts = np.unique(threads, return_index=True)
    for part in range(min(_PARTS, len(firsts))):
        tried = firsts[part::_PARTS]
        is_known = ~np.isin(threads, threads[tried])
        if len(np.unique(projects[is_known])) < 2:  # noqa: PLR2004 (two things are needed to tell apart)
            continue
        known, strange = weigh_apart(counts[tried], counts[is_known])
        model = fit_linear(known, projects[is_known], weights[is_known], learner)
        scores = model.scores(strange)
        right = model.projects[scores.argmax(axis=1)] == projects[tried]
        for lead, is_right in zip(leads(scores), right, strict=True):
            yield Decision(score=float(lead), is_right=bool(is_right))


def _left_out(threads: Integers, counts: csr_array, projects: Integers, weights: Floats) -> Iterable[float]:
    """Yield the leads that messages get from a model that never met their project.

    Of two projects only one is left, so its threads are dealt into two parts that stand for projects.
    """
    for project in np.unique(projects):
        is_known = projects != project
        names = projects[is_known]
        if len(np.unique(names)) < 2:  # noqa: PLR2004 (two things are needed to tell apart)
            _, order = np.unique(threads[is_known], return_inverse=True)
            names = order % 2
        if len(np.unique(names)) < 2:  # noqa: PLR2004 (one thread cannot be dealt)
            continue
        known, strange = weigh_apart(counts[~is_known], counts[is_known])
        model = fit_linear(known, names, weights[is_known], Learner.COMPLEMENT_NB)
        yield from (float(lead) for lead in leads(model.scores(strange)))


def _row(matrix: csr_array, row: int) -> tuple[Integers, Floats]:
    """Return the columns and values of a row."""
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[part].astype(np.int64), matrix.data[part]
