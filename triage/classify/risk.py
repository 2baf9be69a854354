"""How far a score may be trusted: abstention with a proven bound on the error.

A decision is a score that a model gave to a message it had not learnt from, and whether it was
right. Decisions are taken from the surest to the least sure; as long as the upper confidence bound
of the error among those taken stays within the limit, one more is taken. The score of the last one
is the threshold. Which decisions are tested first depends on their scores only, never on their
outcome, so the bound holds for the threshold that is found (a fixed-sequence test).

Source: Angelopoulos, Bates, Candes, Jordan, Lei, "Learn then Test", 2021; Clopper and Pearson, 1934.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import betaincinv


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The score of one out-of-time prediction, 0 to 1, and whether it was right."""

    score: float
    is_right: bool


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
    """

    risk: float
    confidence: float
    threshold: float | None
    accepted: int
    wrong: int
    bound: float
    decisions: int

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
    wrong = accepted = accepted_wrong = 0
    bound, threshold = 1.0, None
    for count, decision in enumerate(ordered, 1):
        wrong += not decision.is_right
        is_last_of_score = count == len(ordered) or ordered[count].score < decision.score
        if count < fewest(risk, confidence) or not is_last_of_score:
            continue
        reached = upper_bound(wrong, count, confidence)
        if reached > risk:
            break
        accepted, accepted_wrong, bound, threshold = count, wrong, reached, decision.score
    return Certificate(
        risk=risk,
        confidence=confidence,
        threshold=threshold,
        accepted=accepted,
        wrong=accepted_wrong,
        bound=bound,
        decisions=len(ordered),
    )
