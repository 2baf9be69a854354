"""How right the project models would have been on the vendor's own mail."""
# ruff: noqa: PLC0415 (see triage.services.learn)

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.classify.label import LabelledMessage, Suggestion
from triage.core.ids import AccountId, ProjectId
from triage.services.learn import labelled_messages
from triage.services.practice import Practice
from triage.store import labels
from triage.store.database import Database

if TYPE_CHECKING:
    from triage.classify.evaluate import Outcome, Report
    from triage.classify.model import ProjectModel

#: What is said where nothing was taught.
_NOTHING = Suggestion(project=ProjectId(0), probability=0.0, abstained=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What came of teaching so many threads a project.

    Attributes:
        by_language: Slices by the language of the account; empty for accounts without one.
    """

    budget: int
    together: "Report"
    by_language: Mapping[str, "Report"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Trial:
    account: AccountId
    model: "ProjectModel | None"
    later: Sequence[LabelledMessage]
    hidden: ProjectId | None


def measure(
    database: Database, practice: Practice, budgets: Sequence[int], *, languages: Mapping[str, str]
) -> Iterator[Measured]:
    """Measure models on the vendor's own mail: taught the first threads, judged by those that follow.

    One project an account is hidden from the model, to see whether it notices strangers.

    Args:
        budgets: Threads a project to teach.
        languages: Of the accounts, by key.
    """
    from triage.classify.evaluate import report

    with database.read() as connection:
        accounts = labels.accounts_with_projects(connection)
    known = {account: list(labelled_messages(database, practice, account)) for account in accounts}
    for budget in budgets:
        slices: defaultdict[str, list[Outcome]] = defaultdict(list)
        for account, outcome in _outcomes(known, budget):
            slices[languages.get(practice.account_key(account), "")].append(outcome)
        yield Measured(
            budget=budget,
            together=report(outcome for some in slices.values() for outcome in some),
            by_language={language: report(some) for language, some in sorted(slices.items()) if language},
        )


def _outcomes(
    known: Mapping[AccountId, Sequence[LabelledMessage]], budget: int
) -> Iterator[tuple[AccountId, "Outcome"]]:
    from triage.classify.evaluate import Outcome

    trials = [_trial(account, rows, budget) for account, rows in known.items()]
    for trial in trials:
        for row, said in zip(trial.later, _said(trial, trials), strict=True):
            truth = None if row.project == trial.hidden else row.project
            yield trial.account, Outcome(truth=truth, suggestion=said)


def _trial(account: AccountId, rows: Sequence[LabelledMessage], budget: int) -> _Trial:
    from triage.classify.evaluate import time_split
    from triage.classify.model import TooFewLabels, fit

    hidden = _smallest(rows)
    taught, later = time_split(rows, budget, hidden=hidden)
    try:
        model = fit(account, taught, now=rows[-1].received_at)
    except TooFewLabels:
        model = None
    return _Trial(account=account, model=model, later=later, hidden=hidden)


def _said(trial: _Trial, trials: Sequence[_Trial]) -> Sequence[Suggestion]:
    """Ask the model, with the experience of the other accounts."""
    model = trial.model
    if model is None:
        return [_NOTHING] * len(trial.later)
    alike = (
        other.model.experience
        for other in trials
        if other is not trial
        and other.model is not None
        and other.model.linear.learner is model.linear.learner
    )
    return model.calibrated_with(alike).suggest([row.mail for row in trial.later])


def _smallest(rows: Sequence[LabelledMessage]) -> ProjectId | None:
    """Return the project with the fewest messages, if two are left without it."""
    counts = Counter(row.project for row in rows)
    return min(counts, key=lambda project: (counts[project], project)) if len(counts) > 2 else None  # noqa: PLR2004 (two to tell apart)
