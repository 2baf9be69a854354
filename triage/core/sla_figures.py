"""Figures of a period: how many promises were kept, and how long answers took."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from triage.core.business_time import elapsed
from triage.core.clocks import ClockState, Cycle
from triage.core.policy import TargetKind
from triage.core.schedule import Schedule


class GroupBy(StrEnum):
    """What a line of the report is about."""

    ACCOUNT = "account"
    PROJECT = "project"
    WEEK = "week"


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One cycle as it counts in a report.

    Attributes:
        account: Key; empty when not known.
        project: ``account/project``; empty when not known.
        week: ISO week of the anchor in UTC, such as ``2026-W11``.
        working_seconds: From the anchor to the end, in the working time of its schedule; None while
            open and when cancelled.
    """

    account: str
    project: str
    week: str
    target: TargetKind
    state: ClockState
    working_seconds: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """One line of the report.

    Attributes:
        group: Account, project or week; empty when not known.
        breached: Past the due time and still open.
        running: Open and not yet due, or paused.
        median_seconds: Working time to the end of what was kept, early or late; None when nothing was.
        p90_seconds: Nine of ten took no longer.
    """

    group: str
    target: TargetKind
    met: int
    missed_late: int
    breached: int
    running: int
    cancelled: int
    median_seconds: int | None
    p90_seconds: int | None

    @property
    def compliance(self) -> float | None:
        """Share that was kept in time of all that was kept or is overdue, 0 to 1; None of nothing."""
        counted = self.met + self.missed_late + self.breached
        return self.met / counted if counted else None


def measure(cycle: Cycle, schedule: Schedule, *, account: str, project: str) -> Measured | None:
    """Return a cycle as it counts; None for an open one that waits for no answer, such as a thank-you."""
    if cycle.is_open and not cycle.awaits_answer:
        return None
    taken = None
    if cycle.state in {ClockState.MET, ClockState.MISSED_LATE} and cycle.ended_at is not None:
        taken = elapsed(schedule, cycle.anchor_at, cycle.ended_at, cycle.pauses)
    return Measured(
        account=account,
        project=project,
        week=_week(cycle.anchor_at),
        target=cycle.target,
        state=cycle.state,
        working_seconds=taken,
    )


def figures(measured: Iterable[Measured], by: GroupBy) -> tuple[Figures, ...]:
    """Return a line for each group and target, ordered by both."""
    groups: dict[tuple[str, TargetKind], list[Measured]] = {}
    for one in measured:
        group = {GroupBy.ACCOUNT: one.account, GroupBy.PROJECT: one.project, GroupBy.WEEK: one.week}[by]
        groups.setdefault((group, one.target), []).append(one)
    order = list(TargetKind)
    return tuple(
        _line(group, target, groups[group, target])
        for group, target in sorted(groups, key=lambda key: (key[0], order.index(key[1])))
    )


def _line(group: str, target: TargetKind, cycles: Sequence[Measured]) -> Figures:
    def count(*states: ClockState) -> int:
        return sum(one.state in states for one in cycles)

    taken = sorted(one.working_seconds for one in cycles if one.working_seconds is not None)
    return Figures(
        group=group,
        target=target,
        met=count(ClockState.MET),
        missed_late=count(ClockState.MISSED_LATE),
        breached=count(ClockState.BREACHED),
        running=count(ClockState.RUNNING, ClockState.PAUSED),
        cancelled=count(ClockState.CANCELLED),
        median_seconds=_rank(taken, 50),
        p90_seconds=_rank(taken, 90),
    )


def _rank(ordered: Sequence[int], percent: int) -> int | None:
    """Return the nearest-rank percentile: a value that occurred."""
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None


def _week(moment: datetime) -> str:
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02}"
