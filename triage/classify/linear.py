"""The linear text model of one account: weights of terms, one score per project.

With few labels complement naive Bayes is the better learner, with many logistic regression is
(Rennie et al., 2003, and docs/classifier.md). Both end as one matrix of weights, so a prediction is
a product and its reasons are exact.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Labels a project, in the middle of all projects, from which logistic regression learns better.
_MANY = 60


class Learner(StrEnum):
    """Which estimator made the weights."""

    COMPLEMENT_NB = "complement_nb"
    LOGISTIC = "logistic_regression"


@dataclass(frozen=True, kw_only=True, slots=True)
class LinearModel:
    """Fitted weights.

    Attributes:
        estimator: The fitted scikit-learn estimator; kept for the file.
        projects: In the order of the columns of ``weights``.
        weights: Terms by projects.
        offsets: One for each project.
    """

    estimator: Any
    learner: Learner
    projects: Integers
    weights: Floats
    offsets: Floats

    def scores(self, vectors: csr_array) -> Floats:
        """Return one row a document, one column a project."""
        return np.asarray(vectors @ self.weights) + self.offsets


def suited_learner(projects: Integers) -> Learner:
    """Return the learner for this many labels."""
    _, counts = np.unique(projects, return_counts=True)
    return Learner.LOGISTIC if np.median(counts) >= _MANY else Learner.COMPLEMENT_NB


def fit_linear(vectors: csr_array, projects: Integers, weights: Floats, learner: Learner) -> LinearModel:
    """Fit a model. The same rows in the same order give the same bits.

    Args:
        vectors: Weighted terms, one row a document.
        projects: One for each row; at least two different ones.
        weights: How much each row counts.
        learner: Which estimator to fit.
    """
    if learner is Learner.COMPLEMENT_NB:
        estimator = ComplementNB(alpha=0.1)
    else:
        estimator = LogisticRegression(C=10.0, max_iter=200, tol=2e-3)
    estimator.fit(vectors, projects, sample_weight=weights)
    return as_linear(estimator, learner)


def as_linear(estimator: Any, learner: Learner) -> LinearModel:  # noqa: ANN401 (untyped library)
    """Return the weights of a fitted estimator."""
    if learner is Learner.COMPLEMENT_NB:
        weights, offsets = estimator.feature_log_prob_.T, np.zeros(len(estimator.classes_))
    else:
        weights, offsets = estimator.coef_.T, estimator.intercept_
        if weights.shape[1] == 1:  # two projects: one column, which speaks for the second
            weights, offsets = np.hstack((-weights, weights)) / 2, np.array([-0.5, 0.5]) * offsets
    return LinearModel(
        estimator=estimator,
        learner=learner,
        projects=np.asarray(estimator.classes_, dtype=np.int64),
        # The weights of one term side by side: a sparse row then reads whole lines of memory.
        weights=np.ascontiguousarray(weights, dtype=np.float64),
        offsets=np.asarray(offsets, dtype=np.float64),
    )


def leads(scores: Floats) -> Floats:
    """Return by how much the best project leads over the mean of all, one for each row.

    A message of no known project scores low for all of them, so its lead is small; measured, this
    tells strangers apart better than the distance to the second best (docs/classifier.md).
    """
    return np.asarray(scores.max(axis=1) - scores.mean(axis=1))
