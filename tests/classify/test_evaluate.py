import pytest

from triage.classify.evaluate import Outcome, report
from triage.classify.label import Suggestion
from triage.core.ids import ProjectId


def outcome(truth: int | None, said: int, probability: float = 0.9, *, abstained: bool = False) -> Outcome:
    return Outcome(
        truth=None if truth is None else ProjectId(truth),
        suggestion=Suggestion(project=ProjectId(said), probability=probability, abstained=abstained),
    )


def test_only_what_is_shown_counts_as_error() -> None:
    found = report([outcome(1, 1), outcome(1, 2, abstained=True), outcome(2, 2), outcome(2, 1)])

    assert found.accuracy == 0.5
    assert found.coverage == 0.75
    assert found.error == pytest.approx(1 / 3)


def test_strangers_are_counted_apart() -> None:
    found = report([outcome(1, 1), outcome(None, 1), outcome(None, 1, abstained=True)])

    assert (found.judged, found.strangers, found.strangers_accepted) == (1, 2, 0.5)


def test_every_project_weighs_the_same_in_macro_f1() -> None:
    found = report([*[outcome(1, 1)] * 9, outcome(2, 1)])

    assert found.macro_f1 == pytest.approx((2 * 9 / (9 + 10) + 0) / 2)


def test_the_curve_starts_with_the_surest() -> None:
    found = report([outcome(1, 1, 0.9), outcome(1, 2, 0.2), outcome(1, 1, 0.5)])

    assert [(point.coverage, point.error) for point in found.curve][:2] == [(1 / 3, 0), (2 / 3, 0)]
    assert found.coverage_at(0.02) == pytest.approx(2 / 3)


def test_nothing_measured_is_zero() -> None:
    found = report([])

    assert (found.accuracy, found.coverage, found.error, found.coverage_at(0.1)) == (0, 0, 0, 0)
