"""What is known about how right a model is, and from where on its word may be shown.

A model is tried on mail that came later than what it had learnt, one message a thread, because
messages of one thread are not independent. And each project is left out once, to see how sure a
model sounds about a project it has never met. While there is too little later mail for a proof, each
thread is left out once as well: that is no proof, since the model knows what came after, but it shows
which leads have been wrong. All are plain numbers without any word of a customer, so small accounts
may share them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from triage.classify.linear import Floats
from triage.classify.risk import Certificate, Decision, certify, upper_bound

#: A suggestion may be wrong this often.
RISK = 0.02
#: Messages of a project that was never taught may pass this often: a quarter of what is allowed, since
#: words drift, and a thread that grows leads by more than the first messages this is measured on.
_NOVEL_RISK = 0.0025
PROVEN = 0.95
#: Without a proof nothing is shown before so many trials were right, and all those surer as well.
_FEWEST_TRIALS = 30
#: Few labels have met few strangers: later ones may lead this much more than any did so far.
_NOVEL_MARGIN = 1.5
_FEWEST_STRANGERS = 30
_FEWEST_FOR_SLOPE = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Experience:
    """The trials of a model.

    Attributes:
        decisions: Out-of-time predictions.
        trials: Predictions about each thread by a model without it; none once a proof needs none.
        strange_leads: Leads that messages of left-out projects got.
    """

    decisions: tuple[Decision, ...] = ()
    trials: tuple[Decision, ...] = ()
    strange_leads: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """From where on a model may speak.

    Attributes:
        certificate: The bound on the error of what is shown.
        is_proven: False while there are too few decisions for 95 % confidence within the risk; the
            certificate then says how large the error may be.
        novel_below: Leads under this one may come from a project that nobody taught; None: unknown.
        slope: Of the logistic curve from a lead to the probability of being right.
        offset: Of that curve.
        ceiling: The largest probability: nobody has seen more than so many predictions.
    """

    certificate: Certificate
    is_proven: bool
    novel_below: float | None
    slope: float
    offset: float
    ceiling: float

    def probabilities(self, found: Floats) -> Floats:
        """Return how likely predictions with these leads are right."""
        return np.minimum(1 / (1 + np.exp(-(self.slope * found + self.offset))), self.ceiling)

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
    trials = [decision for experience in known for decision in experience.trials]
    strange = [lead for experience in known for lead in experience.strange_leads]
    proven = certify(decisions, risk=risk, confidence=PROVEN)
    is_proven = proven.threshold is not None
    seen = decisions if is_proven else [*decisions, *trials]
    slope, offset = _curve(seen)
    return Calibration(
        certificate=proven if is_proven else _above_every_wrong(decisions, trials, risk),
        is_proven=is_proven,
        novel_below=_novel_below(strange, is_proven=is_proven),
        slope=slope,
        offset=offset,
        ceiling=(len(seen) + 1) / (len(seen) + 2),
    )


def _above_every_wrong(decisions: Sequence[Decision], trials: Sequence[Decision], risk: float) -> Certificate:
    """Return the threshold above all that was ever wrong, or none while too few trials are above it.

    The bound holds for as many clean predictions as were tried; it is no promise for later mail.
    """
    highest_wrong = max((one.score for one in (*decisions, *trials) if not one.is_right), default=0.0)
    clean = [trial.score for trial in trials if trial.score > highest_wrong]
    is_enough = len(clean) >= _FEWEST_TRIALS
    return Certificate(
        risk=risk,
        confidence=PROVEN,
        threshold=min(clean) if is_enough else None,
        accepted=len(clean) if is_enough else 0,
        wrong=0,
        bound=upper_bound(0, len(clean), PROVEN) if is_enough else 1.0,
        decisions=len(decisions) + len(trials),
    )


def _novel_below(strange: Sequence[float], *, is_proven: bool) -> float | None:
    if len(strange) < _FEWEST_STRANGERS:
        return None
    return float(np.quantile(strange, 1 - _NOVEL_RISK)) if is_proven else _NOVEL_MARGIN * max(strange)


def _curve(decisions: Sequence[Decision]) -> tuple[float, float]:
    """Fit the logistic curve (Platt, 1999); a coin toss where there is too little to fit."""
    right = np.array([decision.is_right for decision in decisions], dtype=bool)
    if len(decisions) < _FEWEST_FOR_SLOPE or right.all() or not right.any():
        share = (right.sum() + 1) / (len(right) + 2)
        return 0.0, float(np.log(share / (1 - share)))
    scores = np.array([[decision.score] for decision in decisions])
    curve = LogisticRegression(C=100.0).fit(scores, right)
    return float(curve.coef_[0, 0]), float(curve.intercept_[0])
