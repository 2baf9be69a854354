"""What is known about how right a model is, and from where on its word may be shown.

A model is tried on mail that came later than what it had learnt, one message a thread, because
messages of one thread are not independent. And each project is left out once, to see how sure a
model sounds about a project it has never met. Both are plain numbers without any word of a
customer, so small accounts may share them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from triage.classify.linear import Floats
from triage.classify.risk import Certificate, Decision, certify

#: A suggestion may be wrong this often.
RISK = 0.02
#: Messages of a project that was never taught may pass this often: half of what is allowed, since
#: words drift.
_NOVEL_RISK = 0.005
_PROVEN = 0.95
#: Too few decisions for a proof: the threshold is then the likeliest one, and said to be unproven.
_PROVISIONAL = 0.5
_FEWEST_STRANGERS = 30
_FEWEST_FOR_SLOPE = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Experience:
    """The trials of a model.

    Attributes:
        decisions: Out-of-time predictions.
        strange_leads: Leads that messages of left-out projects got.
    """

    decisions: tuple[Decision, ...] = ()
    strange_leads: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """From where on a model may speak.

    Attributes:
        certificate: The bound on the error of what is shown.
        is_proven: False while there are too few decisions for 95 % confidence.
        novel_below: Leads under this one may come from a project that nobody taught; None: unknown.
        slope: Of the logistic curve from a lead to the probability of being right.
        offset: Of that curve.
    """

    certificate: Certificate
    is_proven: bool
    novel_below: float | None
    slope: float
    offset: float

    def probabilities(self, found: Floats) -> Floats:
        """Return how likely predictions with these leads are right."""
        return np.asarray(1 / (1 + np.exp(-(self.slope * found + self.offset))))

    def accepts(self, lead: float, stranger_lead: float) -> bool:
        """Return whether a prediction may be shown."""
        is_known = self.novel_below is not None and stranger_lead >= self.novel_below
        return is_known and self.certificate.accepts(lead)


def calibrate(experiences: Iterable[Experience], *, risk: float = RISK) -> Calibration:
    """Find from where on models with these experiences may speak.

    Args:
        experiences: Of one account, or of several accounts with the same learner.
        risk: The largest share of wrong suggestions.
    """
    known = tuple(experiences)
    decisions = [decision for experience in known for decision in experience.decisions]
    strange = [lead for experience in known for lead in experience.strange_leads]
    proven = certify(decisions, risk=risk, confidence=_PROVEN)
    is_proven = proven.threshold is not None
    slope, offset = _curve(decisions)
    return Calibration(
        certificate=proven if is_proven else certify(decisions, risk=risk, confidence=_PROVISIONAL),
        is_proven=is_proven,
        novel_below=float(np.quantile(strange, 1 - _NOVEL_RISK))
        if len(strange) >= _FEWEST_STRANGERS
        else None,
        slope=slope,
        offset=offset,
    )


def _curve(decisions: Sequence[Decision]) -> tuple[float, float]:
    """Fit the logistic curve (Platt, 1999); a coin toss where there is too little to fit."""
    right = np.array([decision.is_right for decision in decisions], dtype=bool)
    if len(decisions) < _FEWEST_FOR_SLOPE or right.all() or not right.any():
        share = (right.sum() + 1) / (len(right) + 2)
        return 0.0, float(np.log(share / (1 - share)))
    scores = np.array([[decision.score] for decision in decisions])
    curve = LogisticRegression(C=100.0).fit(scores, right)
    return float(curve.coef_[0, 0]), float(curve.intercept_[0])
