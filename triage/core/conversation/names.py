"""Stable thread ids: which thread keeps its id when threads join and part."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage.core.ids import MessageId, ThreadId


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """The ids of the groups of a partition.

    Attributes:
        kept: For each group the id it keeps, or None when it needs a new one.
        retired: Ids that lost their last claim, each with the number of the group it leads to.
    """

    kept: tuple[ThreadId | None, ...]
    retired: dict[ThreadId, int]


def name(
    groups: Sequence[Sequence[MessageId]],
    current: Mapping[MessageId, ThreadId | None],
    ordered: Sequence[MessageId],
) -> Names:
    """Give each group an id it had before, where one is due.

    An id goes where most of its messages went; between equals, where its earliest message went. A
    group with several ids keeps that of its earliest message; the others become aliases of it.

    Args:
        current: The thread each message is in now, None for a new message.
        ordered: All messages in canonical order.
    """
    place = {key: number for number, group in enumerate(groups) for key in group}
    votes: dict[ThreadId, Counter[int]] = {}
    for key in ordered:
        if (thread := current.get(key)) is not None:
            votes.setdefault(thread, Counter())[place[key]] += 1
    kept: list[ThreadId | None] = [None] * len(groups)
    retired: dict[ThreadId, int] = {}
    # Threads come by their earliest message, and among equal counts the first one seen wins.
    for thread, counts in votes.items():
        number = counts.most_common(1)[0][0]
        if kept[number] is None:
            kept[number] = thread
        else:
            retired[thread] = number
    return Names(kept=tuple(kept), retired=retired)
