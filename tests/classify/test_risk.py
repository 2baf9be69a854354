import numpy as np
import pytest
from scipy.stats import beta

from triage.classify.risk import Decision, certify, fewest, upper_bound


def decisions(*outcomes: bool) -> list[Decision]:
    """Return decisions, the surest first."""
    return [Decision(score=1 - index / 1000, is_right=right) for index, right in enumerate(outcomes)]


@pytest.mark.parametrize(("wrong", "total"), [(0, 10), (1, 50), (5, 300), (40, 100)])
def test_the_bound_is_that_of_clopper_and_pearson(wrong: int, total: int) -> None:
    assert upper_bound(wrong, total, 0.95) == pytest.approx(beta.ppf(0.95, wrong + 1, total - wrong))


def test_nothing_is_known_where_all_is_wrong() -> None:
    assert upper_bound(0, 0, 0.95) == 1
    assert upper_bound(3, 3, 0.95) == 1


@pytest.mark.parametrize(("risk", "count"), [(0.02, 149), (0.005, 598), (0.01, 299)])
def test_so_many_clean_decisions_prove_a_risk(risk: float, count: int) -> None:
    assert fewest(risk, 0.95) == count
    assert upper_bound(0, count, 0.95) <= risk < upper_bound(0, count - 1, 0.95)


def test_too_few_decisions_prove_nothing() -> None:
    found = certify(decisions(*[True] * 148), risk=0.02, confidence=0.95)

    assert found.threshold is None
    assert not found.accepts(1.0)


def test_the_threshold_is_the_loosest_that_is_proven() -> None:
    found = certify(decisions(*[True] * 200, *[False] * 20), risk=0.02, confidence=0.95)

    assert found.accepted == 200
    assert found.accepts(found.threshold or 0)
    assert not found.accepts((found.threshold or 0) - 1e-9)


def test_many_errors_among_the_surest_prove_nothing() -> None:
    found = certify(decisions(*[False] * 30, *[True] * 970), risk=0.02, confidence=0.95)

    assert found.threshold is None


def test_a_few_errors_among_the_surest_do_not_end_everything() -> None:
    outcomes = [False, False, *[True] * 1200, *[False] * 60]

    found = certify(decisions(*outcomes), risk=0.02, confidence=0.95)

    assert found.starts == 5
    assert found.accepted > 600
    assert found.bound <= 0.02
    assert upper_bound(2, 149, 0.95) > 0.02  # where a single start would have ended


def test_a_walk_that_never_fails_has_the_whole_doubt_in_the_end() -> None:
    found = certify(decisions(*[True] * 1000), risk=0.02, confidence=0.95)

    assert found.accepted == 1000
    assert found.bound == pytest.approx(upper_bound(0, 1000, 0.95))


def test_no_decisions_prove_nothing() -> None:
    assert certify([], risk=0.02, confidence=0.95).threshold is None


def test_equal_scores_are_accepted_together_or_not_at_all() -> None:
    equal = [Decision(score=0.5, is_right=index > 40) for index in range(200)]

    assert certify(equal, risk=0.02, confidence=0.95).threshold is None


@pytest.mark.parametrize("count", [500, 1500], ids=["three starts", "five starts"])
def test_the_bound_holds_in_repeated_draws(count: int) -> None:
    draw = np.random.default_rng(1)
    broken = 0
    for _ in range(120):
        # The error grows as the score falls, so the true error above a threshold is known.
        scores, luck = draw.random((2, count))
        sample = [
            Decision(score=score, is_right=chance < score**0.05)
            for score, chance in zip(scores, luck, strict=True)
        ]
        found = certify(sample, risk=0.02, confidence=0.95)
        if found.threshold is not None:
            low = found.threshold
            right = (1 - low**1.05) / 1.05 / (1 - low)
            broken += 1 - right > 0.02

    # With 95 % confidence at most 6 are expected; more than 12 would be a one-in-a-hundred accident.
    assert broken <= 12


def test_the_bound_holds_where_every_threshold_is_just_too_bad() -> None:
    """The hardest case: the error is the same everywhere and a little above what is allowed."""
    draw = np.random.default_rng(2)
    broken = 0
    for _ in range(200):
        outcomes = draw.random(1000) > 0.0201
        sample = decisions(*outcomes.tolist())
        broken += certify(sample, risk=0.02, confidence=0.95).threshold is not None

    # At most 10 are expected; more than 18 would be a one-in-a-hundred accident.
    assert broken <= 18
