"""Whether a new model may replace the one in use: only if its risk on later mail does not rise.

The risk of a model is the share of wrong predictions about the first messages of threads that came
after what it had learnt. Two shares of two different sets of mail differ by chance alone, so both
models are compared on the very same threads, by the labels as they are now, and no allowance is made:
one thread more that is told wrong is a rise, and a tie is none. What the old model said about a thread
is asked of it where it never learnt the thread, and looked up in its trials otherwise.

That comparison says nothing where the labels themselves became worse, since then both models err by
them. So a new model is refused as well when it surely errs more than the old one did when it was tried
(lower bound of Clopper and Pearson, 95 %).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from triage.classify.label import LabelledMessage
from triage.classify.model import ProjectModel
from triage.classify.risk import Decision, lower_bound, upper_bound
from triage.core.ids import MessageId, ProjectId

#: Stands in the card.
RULE = (
    "Promoted only if it tells no more threads wrong than the model before, on the later threads that"
    " both were tried on, and if it does not surely (95 %) err more than that one did when it was tried."
)
_CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A new model beside the one in use.

    Attributes:
        compared: Threads that both were tried on.
        wrong_before: Those that the model in use told wrong.
        wrong_now: Those that the new model told wrong.
        is_surely_worse: The new one errs more on its own later mail than the old one did on its own.
    """

    compared: int
    wrong_before: int
    wrong_now: int
    is_surely_worse: bool = False

    @property
    def is_promoted(self) -> bool:
        """Whether the new model replaces the old one."""
        return self.wrong_now <= self.wrong_before and not self.is_surely_worse


def compare(new: ProjectModel, old: ProjectModel, labelled: Sequence[LabelledMessage]) -> Comparison:
    """Compare two models of an account.

    Args:
        labelled: What the new model was fitted from.
    """
    truth = {row.message: row.project for row in labelled}
    before = _said_before(new, old, labelled)
    both = [
        (one.said == truth[one.message], before[one.message] == truth[one.message])
        for one in new.experience.decisions
        if one.message is not None and one.message in before and one.message in truth
    ]
    return Comparison(
        compared=len(both),
        wrong_before=sum(not was_right for _, was_right in both),
        wrong_now=sum(not is_right for is_right, _ in both),
        is_surely_worse=_is_surely_worse(new.experience.decisions, old.experience.decisions),
    )


def _said_before(
    new: ProjectModel, old: ProjectModel, labelled: Sequence[LabelledMessage]
) -> Mapping[MessageId, ProjectId]:
    """Return what the old model says about the threads that the new one was tried on."""
    recorded = dict(_recorded(old))
    learnt = set(old.example_messages.tolist())
    known_threads = {row.thread for row in labelled if row.message in learnt}
    tried = {one.message for one in new.experience.decisions}
    fresh = [row for row in labelled if row.message in tried and row.thread not in known_threads]
    asked = zip(fresh, old.suggest([row.mail for row in fresh]), strict=True)
    return recorded | {row.message: said.project for row, said in asked}


def _recorded(model: ProjectModel) -> Iterator[tuple[MessageId, ProjectId]]:
    for one in model.experience.decisions:
        if one.message is not None and one.said is not None:
            yield one.message, one.said


def _is_surely_worse(after: Sequence[Decision], before: Sequence[Decision]) -> bool:
    """Return whether even the least error that the new one may have is above the most of the old one."""
    if not before:
        return False
    wrong_before = sum(not one.is_right for one in before)
    wrong_after = sum(not one.is_right for one in after)
    most = upper_bound(wrong_before, len(before), _CONFIDENCE)
    return lower_bound(wrong_after, len(after), _CONFIDENCE) > most
