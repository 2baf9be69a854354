"""Whether the suggestions of a model are still as right as they were when it was tried.

What a person says to a suggestion counts: confirmed or corrected. When so many of the last ones were
wrong that chance alone does not explain it, the account gets no more suggestions until the bad ones
are old or the model is better.
"""
# ruff: noqa: PLC0415 (see triage.services.learn)

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.core.ids import AccountId
from triage.store import drift as store
from triage.store.database import Database
from triage.store.drift import AskedThread, JudgedSuggestion

#: A suggestion may be wrong this often; as in ``triage.classify.experience``.
RISK = 0.02
_CONFIDENCE = 0.95
_LOOKED_AT = 100
#: People correct more readily than they confirm: two wrong ones may be all that was ever answered.
_FEWEST_WRONG = 3
#: Answers count for so long.
MEMORY = timedelta(days=90)
_WEEKS = 8
_WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """Seven days of an account.

    Attributes:
        asked: Threads that began then and whose project only the model could tell.
        silent: Those of them without a suggestion.
        judged: Suggestions that a person confirmed or corrected then.
        wrong: Those of them that were corrected.
    """

    begins_at: datetime
    asked: int
    silent: int
    judged: int
    wrong: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """How suggestions for an account do of late.

    Attributes:
        judged: The last suggestions that people answered, at most 100 and 90 days.
        wrong: Those of them that were corrected.
        least_error: Lower bound of the error (Clopper and Pearson, 95 %).
        weeks: The last eight, oldest first.
    """

    judged: int
    wrong: int
    least_error: float
    weeks: tuple[Week, ...]

    @property
    def is_alarming(self) -> bool:
        """Whether the error is surely above what is allowed: suggestions are off then."""
        return self.wrong >= _FEWEST_WRONG and self.least_error > RISK


def drift_of(database: Database, account: AccountId, *, now: datetime) -> Drift:
    """Return how the suggestions for an account did.

    Raises:
        StoreError: If the database cannot be read.
    """
    with database.read() as connection:
        judged = store.judged_suggestions(connection, account, since=now - MEMORY)
        asked = store.asked_threads(connection, account, since=now - _WEEKS * _WEEK)
    return summary(judged, asked, now)


def summary(judged: Sequence[JudgedSuggestion], asked: Sequence[AskedThread], now: datetime) -> Drift:
    """Sum up what people said to suggestions of the last 90 days.

    Args:
        judged: Oldest first.
        asked: Threads that only a model can tell.
    """
    from triage.classify.risk import lower_bound

    last = judged[-_LOOKED_AT:]
    wrong = sum(not one.is_right for one in last)
    return Drift(
        judged=len(last),
        wrong=wrong,
        least_error=lower_bound(wrong, len(last), _CONFIDENCE),
        weeks=tuple(_weeks(judged, asked, now)),
    )


def _weeks(judged: Sequence[JudgedSuggestion], asked: Sequence[AskedThread], now: datetime) -> Iterable[Week]:
    for number in reversed(range(_WEEKS)):
        end = now - number * _WEEK
        begin = end - _WEEK
        answers = [one for one in judged if begin < one.at <= end]
        threads = [one for one in asked if begin < one.began_at <= end]
        yield Week(
            begins_at=begin,
            asked=len(threads),
            silent=sum(one.is_silent for one in threads),
            judged=len(answers),
            wrong=sum(not one.is_right for one in answers),
        )
