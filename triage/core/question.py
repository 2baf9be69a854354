"""Which threads a person is asked about: those whose answer teaches most, and few of them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triage.core.ids import AccountId, ThreadId

#: More are not answered.
A_DAY = 5
_FEWEST_MESSAGES, _FEWEST_THREADS = 5, 2
_WEIGHTS = {"low": 0.5, "normal": 1.0, "high": 2.0, "urgent": 4.0}
#: Capital words and a number, joined by hyphens: ``HH-DOCK-12``.
_CODE = re.compile(r"(?<![\w-])([A-Z][A-Z0-9]{1,9}(?:-[A-Z][A-Z0-9]{1,9}){0,2})-[0-9]{1,6}(?![\w-])")


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """Threads about one thing whose project nobody knows.

    Attributes:
        threads: The one with most messages first.
        terms: What they speak of.
        code: Prefix of a code that several of them name and no rule knows; empty for none.
        sureness: How likely the model holds its best guess, 0 to 1; 0 without a model.
        priority: Usual priority of the account.
    """

    account: AccountId
    threads: tuple[ThreadId, ...]
    messages: int
    terms: tuple[str, ...]
    code: str = ""
    sureness: float = 0.0
    priority: str = "normal"

    @property
    def may_be_new(self) -> bool:
        """Whether this may be a project that is not configured yet."""
        is_large = self.messages >= _FEWEST_MESSAGES and len(self.threads) >= _FEWEST_THREADS
        return is_large or bool(self.code)

    @property
    def value(self) -> float:
        """Return how much an answer teaches."""
        return (1 - self.sureness) * len(self.threads) * _WEIGHTS.get(self.priority, 1.0)

    def text(self, account: str) -> str:
        """Return the question to put to a person.

        Args:
            account: Name of the account.
        """
        count = len(self.threads)
        what = "this thread" if count == 1 else f"these {count} threads"
        about = f" about {', '.join(self.terms)}" if self.terms else ""
        if self.may_be_new:
            named = f" with codes like {self.code}-1" if self.code else ""
            return f"Is this a new project of {account}{named}: {what}{about}?"
        verb = "does" if count == 1 else "do"
        return f"Which project of {account} {verb} {what}{about} belong to?"


def most_useful(questions: Iterable[Question], *, answered_today: int) -> tuple[Question, ...]:
    """Return at most five questions a day, those first whose answer teaches most."""
    ordered = sorted(questions, key=lambda one: (-one.value, one.threads))
    return tuple(ordered[: max(0, A_DAY - answered_today)])


def new_code(subjects: Sequence[str]) -> str:
    """Return the prefix of a code that at least two of the subjects name, or empty.

    Args:
        subjects: One for each thread, with known codes masked.
    """
    counts = Counter(prefix for subject in subjects for prefix in set(_CODE.findall(subject)))
    found = [(-number, prefix) for prefix, number in counts.items() if number >= _FEWEST_THREADS]
    return min(found)[1] if found else ""
