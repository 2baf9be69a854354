"""The clocks of a thread: one cycle per promise and wait, each a small state machine with its events.

Everything is recomputed from the timeline, the policy and the schedules. Nothing is remembered from
one run to the next but the events that a store keeps under their keys: a warning or a breach that is
already there is not given twice. ``clock_spans`` says where cycles begin and end; here they get
their due times.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from triage.core.business_time import Pause, Segment, add, elapsed, explain
from triage.core.clock_spans import Span, SpanEnd, spans
from triage.core.errors import InvalidPolicy
from triage.core.instant import as_utc
from triage.core.policy import Policy, Target, TargetKind, WarnPoint, terms_version
from triage.core.schedule import Schedule
from triage.core.timeline import Timeline
from triage.core.waits import Course, read_course


class ClockState(StrEnum):
    """Where a cycle stands."""

    RUNNING = "running"
    PAUSED = "paused"
    #: The due time has passed and the promise is still open.
    BREACHED = "breached"
    MET = "met"
    #: Kept, after the due time.
    MISSED_LATE = "missed_late"
    CANCELLED = "cancelled"
    #: Another version of the terms took over; only ever an event, the cycle itself goes on.
    SUPERSEDED = "superseded"


#: States in which the promise is still to be kept.
OPEN_STATES = frozenset({ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED})


class ClockEventKind(StrEnum):
    """What happens to a cycle."""

    ACTIVATE = "activate"
    PAUSE = "pause"
    RESUME = "resume"
    WARN = "warn"
    BREACH = "breach"
    FULFIL = "fulfil"
    CANCEL = "cancel"
    SUPERSEDE = "supersede"


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockEvent:
    """Something that happened to a cycle, dated when it happened by the clock.

    Attributes:
        key: With thread, target, cycle and kind: the same happening has the same key in every
            recomputation. Holds the anchor, so that another anchor is another happening.
        cause: What brought it about, in one word, such as ``solved``; for a warning the point of the
            policy, such as ``75%``; empty when the kind says it.
        message_id: The mail that brought it about.
    """

    kind: ClockEventKind
    at: datetime
    key: str
    cause: str = ""
    message_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cycle:
    """One run of one promise.

    Attributes:
        number: 1 for the first of its target.
        policy_version: Hash of the policy and the schedule it was counted by.
        due_at: None while paused, and for what ended in a pause.
        warn_at: The warn points that are known, ascending: all of them unless paused.
        remaining_seconds: Working time left while paused; None otherwise.
        awaits_answer: False for a thank-you, or a mail that only copies us.
        is_alerting: False for history, for thank-yous and for mails that only copy us: nobody is
            alerted, the clock is only shown.
        pauses: What was taken out, for the explanation.
    """

    target: TargetKind
    number: int
    state: ClockState
    policy: str
    policy_version: str
    schedule: str
    minutes: int
    anchor_at: datetime
    anchor_message_id: int | None
    due_at: datetime | None
    warn_at: tuple[datetime, ...]
    ended_at: datetime | None
    ended_by: int | None
    remaining_seconds: int | None
    awaits_answer: bool
    is_alerting: bool
    pauses: tuple[Pause, ...]
    events: tuple[ClockEvent, ...]

    @property
    def is_open(self) -> bool:
        """True while the promise is still to be kept."""
        return self.state in OPEN_STATES


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """A policy with its schedules that was in force before the present one.

    Attributes:
        until: The first instant at which it no longer was.
    """

    policy: Policy
    schedules: Mapping[str, Schedule]
    until: datetime


def clocks(
    timeline: Timeline,
    policy: Policy,
    schedules: Mapping[str, Schedule],
    *,
    now: datetime,
    earlier: Sequence[Terms] = (),
    course: Course | None = None,
) -> tuple[Cycle, ...]:
    """Return all cycles of a thread, ordered by target and number.

    A cycle that ended is counted by the terms in force at its end, an open one by those of now, from
    the same anchor.

    Args:
        schedules: By name; those that the policy names.
        now: Aware instant. Nothing in the timeline may be later.
        earlier: Terms that were in force before, in any order.
        course: Of this timeline, where it is known already.

    Raises:
        InvalidPolicy: If the policy names a schedule that is not given.
        InvalidSchedule: If a schedule does not open for 400 days.

    Source: sla.md section 3.
    """
    moment = as_utc(now).replace(microsecond=0)
    present = Terms(policy=policy, schedules=schedules, until=datetime.max.replace(tzinfo=moment.tzinfo))
    versions = sorted([*earlier, present], key=lambda terms: terms.until)
    course = course or read_course(timeline)
    cycles = [
        _cycle(span, target, terms, moment)
        for terms in versions
        for target in terms.policy.targets
        for span in spans(course, timeline.commitments, target, now=moment)
        if _terms_at(versions, span.ended_at or moment) is terms
    ]
    order = list(TargetKind)
    return tuple(sorted(cycles, key=lambda cycle: (order.index(cycle.target), cycle.number)))


def next_event_at(cycles: Iterable[Cycle], *, now: datetime) -> datetime | None:
    """Return when a cycle next warns or falls due, after ``now``; None when nothing will by itself."""
    upcoming = (
        at
        for cycle in cycles
        if cycle.state is ClockState.RUNNING
        for at in (*cycle.warn_at, cycle.due_at)
        if at is not None and at > now
    )
    return min(upcoming, default=None)


def next_due(cycles: Iterable[Cycle]) -> Cycle | None:
    """Return the open cycle with the earliest due time, paused ones last; None when none is open.

    Cycles that alert nobody come after those that do.
    """
    is_open = [cycle for cycle in cycles if cycle.is_open]
    return min(is_open, key=_urgency, default=None)


def explain_cycle(cycle: Cycle, schedule: Schedule, *, now: datetime) -> tuple[Segment, ...]:
    """Return the stretches from the anchor to the due time, or to now while paused, each with its kind."""
    until = cycle.due_at or cycle.ended_at or as_utc(now)
    return explain(schedule, cycle.anchor_at, until, cycle.pauses)


def working_seconds_left(cycle: Cycle, schedule: Schedule, *, now: datetime) -> int | None:
    """Return the working time until the due time; 0 after it, None when the cycle has ended."""
    if not cycle.is_open:
        return None
    if cycle.due_at is None:
        return cycle.remaining_seconds
    return elapsed(schedule, as_utc(now), cycle.due_at, cycle.pauses)


def _urgency(cycle: Cycle) -> tuple[bool, bool, datetime, str]:
    return not cycle.is_alerting, cycle.due_at is None, cycle.due_at or cycle.anchor_at, cycle.target


def _terms_at(versions: Sequence[Terms], at: datetime) -> Terms:
    return next(terms for terms in versions if at < terms.until)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Counted:
    """A span with its budget counted.

    Attributes:
        due_at: None when a pause goes on before it is reached.
        warnings: The warn points that are reached or will be, with their labels.
    """

    due_at: datetime | None
    warnings: tuple[tuple[datetime, str], ...]
    remaining_seconds: int | None = None
    pauses: tuple[Pause, ...] = field(default=())


def _cycle(span: Span, target: Target, terms: Terms, now: datetime) -> Cycle:
    schedule = terms.schedules.get(target.schedule)
    if schedule is None:
        raise InvalidPolicy(f"policy {terms.policy.name} names the unknown schedule {target.schedule!r}")
    counted = _count(span, target, schedule)
    state = _state(span, counted, now)
    return Cycle(
        target=target.kind,
        number=span.number,
        state=state,
        policy=terms.policy.name,
        policy_version=terms_version(terms.policy, schedule),
        schedule=target.schedule,
        minutes=target.minutes,
        anchor_at=span.anchor_at,
        anchor_message_id=span.anchor_message_id,
        due_at=counted.due_at,
        warn_at=tuple(at for at, _ in counted.warnings),
        ended_at=span.ended_at,
        ended_by=span.ended_by,
        remaining_seconds=counted.remaining_seconds if state is ClockState.PAUSED else None,
        awaits_answer=span.awaits_answer,
        is_alerting=span.is_alerting,
        pauses=counted.pauses,
        events=_events(span, counted, now),
    )


def _count(span: Span, target: Target, schedule: Schedule) -> _Counted:
    """Find the due time and the warn points, as far as pauses let them be known."""
    if span.due_at is not None:
        budget = elapsed(schedule, span.anchor_at, span.due_at)
        points = [(_commitment_warning(point, budget), point.label) for point in target.warn]
        warnings = [(add(schedule, span.anchor_at, seconds).at, label) for seconds, label in points]
        return _Counted(due_at=span.due_at, warnings=tuple(sorted(warnings)))
    closed = tuple((start, end) for start, end in span.pauses if end is not None)
    standing_since = next((start for start, end in span.pauses if end is None), None)
    budget = target.minutes * 60

    def reach(seconds: int) -> datetime | None:
        at = add(schedule, span.anchor_at, seconds, closed).at
        return at if standing_since is None or at <= standing_since else None

    due_at = reach(budget)
    reached = ((reach(point.minutes_into(target.minutes) * 60), point.label) for point in target.warn)
    warnings = sorted((at, label) for at, label in reached if at is not None)
    if due_at is not None or standing_since is None:
        return _Counted(due_at=due_at, warnings=tuple(warnings), pauses=closed)
    used = elapsed(schedule, span.anchor_at, standing_since, closed)
    return _Counted(due_at=None, warnings=tuple(warnings), remaining_seconds=budget - used, pauses=closed)


def _commitment_warning(point: WarnPoint, budget: int) -> int:
    if point.percent is not None:
        return -(-budget * point.percent // 100)
    return max(budget - (point.minutes_before or 0) * 60, 0)


def _state(span: Span, counted: _Counted, now: datetime) -> ClockState:
    due_at = counted.due_at
    match span.end:
        case SpanEnd.FULFILLED:
            is_late = due_at is not None and span.ended_at is not None and span.ended_at > due_at
            return ClockState.MISSED_LATE if is_late else ClockState.MET
        case SpanEnd.CANCELLED:
            return ClockState.CANCELLED
        case None:
            if due_at is None:
                return ClockState.PAUSED
            return ClockState.BREACHED if now >= due_at else ClockState.RUNNING


def _events(span: Span, counted: _Counted, now: datetime) -> tuple[ClockEvent, ...]:
    log = _Log(anchor=_stamp(span.anchor_at))
    log.add(ClockEventKind.ACTIVATE, span.anchor_at, message_id=span.anchor_message_id)
    for start, end in span.pauses:
        log.add(ClockEventKind.PAUSE, start, _stamp(start))
        if end is not None and end != span.ended_at:
            log.add(ClockEventKind.RESUME, end, _stamp(end))
    for kept in span.turnbacks:
        log.add(
            ClockEventKind.FULFIL, kept.fulfilled_at, _stamp(kept.fulfilled_at), message_id=kept.fulfilled_by
        )
        if span.ended_at is not None and kept.reopened_at > span.ended_at:
            # It was kept again before anybody knew that the first time had not counted.
            continue
        log.add(
            ClockEventKind.ACTIVATE,
            kept.reopened_at,
            _stamp(kept.reopened_at),
            cause=kept.cause,
            message_id=kept.reopened_by,
        )
    if span.is_alerting:
        # What nobody is to hear of is not logged, so that it can be new when somebody is to.
        _log_lateness(log, span, counted, now)
    if span.ended_at is not None:
        kind = ClockEventKind.FULFIL if span.end is SpanEnd.FULFILLED else ClockEventKind.CANCEL
        log.add(kind, span.ended_at, _stamp(span.ended_at), cause=span.cause, message_id=span.ended_by)
    return tuple(sorted(log.by_key.values(), key=lambda event: event.at))


def _log_lateness(log: "_Log", span: Span, counted: _Counted, now: datetime) -> None:
    for at, label in counted.warnings:
        if at <= now and (span.ended_at is None or at < span.ended_at):
            log.add(ClockEventKind.WARN, at, label, cause=label)
    # Answered in the second it was due counts as in time; while open, the due second is too late.
    due_at = counted.due_at
    if due_at is not None and due_at <= now and (span.ended_at is None or due_at < span.ended_at):
        log.add(ClockEventKind.BREACH, due_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Log:
    """Collects the events of one cycle under keys that hold its anchor.

    What happens twice in one second, as when two answers leave together, is one event.
    """

    anchor: str
    by_key: dict[tuple[ClockEventKind, str], ClockEvent] = field(default_factory=dict)

    def add(
        self,
        kind: ClockEventKind,
        at: datetime,
        key: str = "",
        *,
        cause: str = "",
        message_id: int | None = None,
    ) -> None:
        full_key = f"{self.anchor}/{key}" if key else self.anchor
        event = ClockEvent(kind=kind, at=at, key=full_key, cause=cause, message_id=message_id)
        self.by_key.setdefault((kind, full_key), event)


def _stamp(at: datetime) -> str:
    return f"{at.replace(tzinfo=None).isoformat()}Z"
