"""Clocks explained, what a mail would be promised, and the figures of a period. Reads only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from triage.core.business_time import Segment, add
from triage.core.clocks import Cycle, explain_cycle, working_seconds_left
from triage.core.ids import ThreadId
from triage.core.policy import Policy, TargetKind, ThreadFacts
from triage.core.schedule import Schedule, in_force
from triage.core.scope import Scope
from triage.core.sla_figures import Figures, GroupBy, Measured, figures, measure
from triage.services.practice import Practice
from triage.services.project_threads import derive_clocks
from triage.store.database import Database
from triage.store.scoped import ScopedReader

#: Threads that are derived together.
_BATCH = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplainedCycle:
    """A cycle with the reason for its due time.

    Attributes:
        zone: IANA zone of its schedule: the customer's time.
        seconds_left: Working time until the due time; None when it has ended.
        segments: Stretches from the anchor to the due time, or to now while paused.
    """

    cycle: Cycle
    zone: str
    seconds_left: int | None
    segments: tuple[Segment, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadSla:
    """All clocks of a thread, explained."""

    thread_id: ThreadId
    cycles: tuple[ExplainedCycle, ...]
    as_of: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Promise:
    """What a target would give a mail."""

    target: TargetKind
    minutes: int
    schedule: str
    zone: str
    due_at: datetime
    warn_at: tuple[datetime, ...]
    segments: tuple[Segment, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The figures of a period.

    Attributes:
        since: Cycles whose anchor is not earlier count.
        until: Cycles whose anchor is earlier count.
        is_what_if: All cycles are counted by the present terms, as if they had always held.
    """

    since: datetime
    until: datetime
    by: GroupBy
    is_what_if: bool
    lines: tuple[Figures, ...]
    as_of: datetime


def thread_sla(
    database: Database, scope: Scope, practice: Practice, thread_id: int, *, now: datetime
) -> ThreadSla:
    """Return the clocks of a thread, derived from its messages and decisions as they are now.

    Raises:
        NotFound: If there is none, or none that the scope may see.
    """
    with database.read() as connection:
        found = ScopedReader(connection, scope).thread(thread_id).entry.thread_id
        derived = derive_clocks(connection, practice, [found], now=now)
    cycles = derived[found].cycles if found in derived else ()
    return ThreadSla(
        thread_id=found, cycles=tuple(_explained(cycle, practice, now) for cycle in cycles), as_of=now
    )


def promises(practice: Practice, facts: ThreadFacts, *, at: datetime) -> tuple[Policy, tuple[Promise, ...]]:
    """Return the policy for a mail that comes at an instant, and what each of its targets would give it.

    Commitments are left out: they bring their own due time.
    """
    terms, _ = practice.terms(facts, now=at)
    return terms.policy, tuple(
        Promise(
            target=target.kind,
            minutes=target.minutes,
            schedule=target.schedule,
            zone=schedule.zone,
            due_at=due.at,
            warn_at=tuple(
                sorted(add(schedule, at, point.minutes_into(target.minutes) * 60).at for point in target.warn)
            ),
            segments=due.segments,
        )
        for target in terms.policy.targets
        if target.kind is not TargetKind.COMMITMENT
        for schedule in (terms.schedules[target.schedule],)
        for due in (add(schedule, at, target.minutes * 60),)
    )


def report(
    database: Database,
    scope: Scope,
    practice: Practice,
    *,
    since: datetime,
    until: datetime,
    by: GroupBy,
    what_if: bool = False,
    now: datetime,
) -> Report:
    """Return the figures of a period, derived from messages and decisions.

    Args:
        since: Inclusive; the anchor of a cycle decides.
        until: Exclusive.
        what_if: Count the past by the present policies and schedules as well.
    """
    terms = _as_if_always(practice, now) if what_if else practice
    measured: list[Measured] = []
    after = 0
    while True:
        with database.read() as connection:
            reader = ScopedReader(connection, scope)
            batch = reader.threads_active(since, until, after=after, limit=_BATCH)
            derived = derive_clocks(connection, terms, batch, now=now)
        if not batch:
            break
        after = batch[-1]
        for clocks in derived.values():
            # What a person decided meanwhile may have moved a thread out of the scope.
            if scope.may_see(clocks.account):
                account, project = terms.account_key(clocks.account), terms.project_path(clocks.project)
                measured.extend(_measured(clocks.cycles, terms, account, project, since, until))
    lines = figures(measured, by)
    return Report(since=since, until=until, by=by, is_what_if=what_if, lines=lines, as_of=now)


def _measured(  # noqa: PLR0917 - a loop of its caller
    cycles: Sequence[Cycle], practice: Practice, account: str, project: str, since: datetime, until: datetime
) -> Iterator[Measured]:
    for cycle in cycles:
        if not since <= cycle.anchor_at < until:
            continue
        schedule = _schedule(cycle, practice, cycle.ended_at or until)
        one = measure(cycle, schedule, account=account, project=project)
        if one is not None:
            yield one


def _explained(cycle: Cycle, practice: Practice, now: datetime) -> ExplainedCycle:
    schedule = _schedule(cycle, practice, cycle.ended_at or now)
    return ExplainedCycle(
        cycle=cycle,
        zone=schedule.zone,
        seconds_left=working_seconds_left(cycle, schedule, now=now),
        segments=explain_cycle(cycle, schedule, now=now),
    )


def _schedule(cycle: Cycle, practice: Practice, at: datetime) -> Schedule:
    """Return the version that the cycle was counted by: the one in force when it ended, or now."""
    versions = practice.schedules[cycle.schedule]
    return in_force(versions, at) or versions[0]


def _as_if_always(practice: Practice, now: datetime) -> Practice:
    """Return the practice in which the present versions of all terms have always been in force."""
    newest = {
        policy.name: policy
        for policy in sorted(practice.policies, key=lambda policy: policy.effective_from or _LONG_AGO)
        if policy.effective_from is None or policy.effective_from <= now
    }
    return replace(
        practice,
        policies=tuple(replace(policy, effective_from=None) for policy in newest.values()),
        schedules={
            name: (replace(in_force(versions, now) or versions[0], effective_from=None),)
            for name, versions in practice.schedules.items()
        },
    )


_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
