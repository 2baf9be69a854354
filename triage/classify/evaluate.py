"""Measuring suggestions against the truth: accuracy alone says nothing about a model that abstains."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triage.classify.label import LabelledMessage, Suggestion
from triage.core.ids import ProjectId, ThreadId


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """A suggestion and the truth; None is a project that the model was never taught."""

    truth: ProjectId | None
    suggestion: Suggestion

    @property
    def is_right(self) -> bool:
        """Whether the likeliest project is the true one."""
        return self.truth == self.suggestion.project


@dataclass(frozen=True, kw_only=True, slots=True)
class CurvePoint:
    """The error if only the surest are shown: shares, 0 to 1."""

    coverage: float
    error: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What came of suggestions; shares are 0 to 1.

    Attributes:
        judged: Messages of projects that were taught.
        accuracy: The likeliest project is right, shown or not.
        macro_f1: Mean over the projects of the harmonic mean of precision and recall.
        coverage: Suggestions shown.
        error: Wrong ones among those shown.
        strangers: Messages of projects that were never taught.
        strangers_accepted: Those of them that were shown with some project.
        curve: Error over coverage, from the surest on.
    """

    judged: int
    accuracy: float
    macro_f1: float
    coverage: float
    error: float
    strangers: int
    strangers_accepted: float
    curve: tuple[CurvePoint, ...] = ()

    def coverage_at(self, risk: float) -> float:
        """Return the largest coverage whose error is within the risk, seen after the fact."""
        return max((point.coverage for point in self.curve if point.error <= risk), default=0.0)


def time_split(
    labelled: Sequence[LabelledMessage], budget: int, *, hidden: ProjectId | None = None
) -> tuple[list[LabelledMessage], list[LabelledMessage]]:
    """Return what is taught and what is judged: the first threads of each project, and what follows.

    A thread is on one side as a whole. What came before the last taught thread is not judged, since
    a model would know the future.

    Args:
        labelled: All labelled messages of an account.
        budget: Threads a project to teach.
        hidden: A project that is not taught, to see whether the model notices.
    """
    rows = sorted(labelled, key=lambda row: (row.received_at, row.message))
    threads: dict[ThreadId, ProjectId] = {}
    counts: Counter[ProjectId] = Counter()
    for row in rows:
        if row.thread not in threads and row.project != hidden and counts[row.project] < budget:
            counts[row.project] += 1
            threads[row.thread] = row.project
    taught = [row for row in rows if row.thread in threads]
    last = max((row.received_at for row in taught), default=None)
    later = [row for row in rows if row.thread not in threads and (last is None or row.received_at > last)]
    return taught, later


def report(outcomes: Iterable[Outcome]) -> Report:
    """Measure outcomes."""
    every = list(outcomes)
    taught = [outcome for outcome in every if outcome.truth is not None]
    strangers = [outcome for outcome in every if outcome.truth is None]
    shown = [outcome for outcome in taught if not outcome.suggestion.abstained]
    return Report(
        judged=len(taught),
        accuracy=_share(sum(outcome.is_right for outcome in taught), len(taught)),
        macro_f1=_macro_f1(taught),
        coverage=_share(len(shown), len(taught)),
        error=_share(sum(not outcome.is_right for outcome in shown), len(shown)),
        strangers=len(strangers),
        strangers_accepted=_share(
            sum(not outcome.suggestion.abstained for outcome in strangers), len(strangers)
        ),
        curve=tuple(_curve(taught)),
    )


def _macro_f1(outcomes: Sequence[Outcome]) -> float:
    true: Counter[ProjectId | None] = Counter(outcome.truth for outcome in outcomes)
    said: Counter[ProjectId | None] = Counter(outcome.suggestion.project for outcome in outcomes)
    right = Counter(outcome.truth for outcome in outcomes if outcome.is_right)
    scores = [2 * right[project] / (true[project] + said[project]) for project in true]
    return _share(sum(scores), len(scores))


def _curve(outcomes: Sequence[Outcome]) -> Iterable[CurvePoint]:
    wrong = 0
    surest_first = sorted(outcomes, key=lambda outcome: -outcome.suggestion.probability)
    for count, outcome in enumerate(surest_first, 1):
        wrong += not outcome.is_right
        yield CurvePoint(coverage=count / len(outcomes), error=wrong / count)


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 0.0
