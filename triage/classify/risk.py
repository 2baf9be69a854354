"""How far a score may be trusted: abstention with a proven bound on the error.

A decision is a score that a model gave to a message it had not learnt from, and whether it was
right. Decisions are taken from the surest to the least sure. Each threshold is a hypothesis, "its
error is above the limit", and is refuted when so few errors would be too unlikely otherwise (the
exact binomial test, whose other face is the bound of Clopper and Pearson). What is not proven is
shared out in equal parts over a few starts along the way: a walk begins at a start with its part,
goes on while it refutes, takes the part of every start that it passes, and loses all at the first
threshold that it cannot refute; the next start begins anew. So one early error does not end
everything. The starts and the order depend on the scores and their number only, never on outcomes,
so all refuted thresholds hold together with the wanted confidence, and the loosest is taken.

Source: Angelopoulos, Bates, Candes, Jordan, Lei, "Learn then Test", 2021 (fixed-sequence testing with
several starts); Wiens and Dmitrienko, "The fallback procedure", 2005; Clopper and Pearson, 1934.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betaincinv

from triage.core.ids import MessageId, ProjectId

#: More walks make each of them weaker.
_MOST_STARTS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One out-of-time prediction, and whether it was right.

    Attributes:
        score: How sure the model was; larger is surer.
        message: What it was about, to compare two models on the same mail; None where nobody compares.
        said: What was predicted.
    """

    score: float
    is_right: bool
    message: MessageId | None = None
    said: ProjectId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """What was proven about a threshold.

    Attributes:
        risk: The largest share of wrong decisions allowed among those accepted.
        confidence: That the true share is not above ``bound``.
        threshold: Accept scores from here on; None: nothing can be accepted yet.
        accepted: Decisions at or above the threshold.
        wrong: Those of them that were wrong.
        bound: Upper bound of the share of wrong ones; 1 when nothing is accepted.
        decisions: Decisions looked at.
        starts: Walks that shared what is not proven; 1 where nothing had to be shared.
    """

    risk: float
    confidence: float
    threshold: float | None
    accepted: int
    wrong: int
    bound: float
    decisions: int
    starts: int = 1

    def accepts(self, score: float) -> bool:
        """Return whether a prediction with this score may be shown."""
        return self.threshold is not None and score >= self.threshold


def upper_bound(wrong: int, total: int, confidence: float) -> float:
    """Return the Clopper-Pearson upper bound of an error rate."""
    if wrong >= total:
        return 1.0
    return float(betaincinv(wrong + 1, total - wrong, confidence))


def lower_bound(wrong: int, total: int, confidence: float) -> float:
    """Return the Clopper-Pearson lower bound of an error rate."""
    return 0.0 if wrong == 0 else float(betaincinv(wrong, total - wrong + 1, 1 - confidence))


def fewest(risk: float, confidence: float) -> int:
    """Return how many decisions without any error prove the risk."""
    return math.ceil(math.log(1 - confidence) / math.log(1 - risk))


def certify(decisions: Sequence[Decision], *, risk: float, confidence: float) -> Certificate:
    """Find the loosest threshold whose error is proven to be within the risk.

    Decisions with the same score are accepted together or not at all.
    """
    ordered = sorted(decisions, key=lambda decision: -decision.score)
    scores = np.array([decision.score for decision in ordered])
    wrong = np.cumsum([not decision.is_right for decision in ordered], dtype=np.int64)
    ends = np.flatnonzero(np.append(scores[1:] < scores[:-1], np.ones(min(1, len(scores)), dtype=bool)))
    starts = max(1, min(_MOST_STARTS, len(ordered) // fewest(risk, confidence)))
    found, doubt = _walk(wrong[ends], ends + 1, risk, 1 - confidence, starts)
    accepted = 0 if found is None else int(ends[found]) + 1
    return Certificate(
        risk=risk,
        confidence=confidence,
        threshold=None if found is None else float(scores[ends[found]]),
        accepted=accepted,
        wrong=0 if found is None else int(wrong[ends[found]]),
        bound=1.0 if found is None else upper_bound(int(wrong[ends[found]]), accepted, 1 - doubt),
        decisions=len(ordered),
        starts=starts,
    )


def _walk(
    wrong: NDArray[np.int64], counts: NDArray[np.int64], risk: float, doubt: float, starts: int
) -> tuple[int | None, float]:
    """Return the last threshold that was refuted, and the doubt it was refuted with.

    Args:
        wrong: Wrong decisions down to each threshold.
        counts: All decisions down to it.
        doubt: Probability of being wrong about any threshold, shared by the starts.
    """
    if not len(counts):
        return None, doubt
    part = doubt / starts
    first = fewest(risk, 1 - part)
    places = [first + round(number * (counts[-1] - first) / starts) for number in range(starts)]
    chances = bdtr(wrong, counts, risk)
    found, found_with, left = None, doubt, 0.0
    for index, count in enumerate(counts):
        while places and count >= places[0]:
            left += part
            del places[0]
        if left and chances[index] <= left:
            found, found_with = index, left
        else:
            left = 0.0
    return found, found_with
