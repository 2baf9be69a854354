"""When each promise starts to count and when it is kept, one rule per kind of target.

The table of targets of sla.md, read off the course of a thread. No due times here: a span is the
same whatever the contract allows for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple, assert_never

from triage.core.policy import OnReopen, Status, Target, TargetKind
from triage.core.timeline import CommitmentPoint, Entry
from triage.core.turn import speaks_after
from triage.core.waits import Course, StatusChange, Undelivered, Wait, WaitEnd


class SpanEnd(StrEnum):
    """How a span ended."""

    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"


class Turnback(NamedTuple):
    """A fulfilment that did not last: the answer came back, or the customer wrote again."""

    fulfilled_at: datetime
    fulfilled_by: int | None
    reopened_at: datetime
    reopened_by: int | None
    cause: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """From when a promise counts until it is kept.

    Attributes:
        number: 1 for the first of its target.
        due_at: Set by commitments, which bring their due time; None for all others.
        end: None while open.
        ended_by: The mail that ended it.
        cause: Why it was cancelled.
        pauses: Stretches that do not count, ascending; the last may still go on (None).
        awaits_answer: False for a thank-you, or a mail that only copies us.
        is_alerting: False when nobody is to be alerted about it: it awaits nothing, or is history.
    """

    number: int
    anchor_at: datetime
    anchor_message_id: int | None = None
    due_at: datetime | None = None
    end: SpanEnd | None = None
    ended_at: datetime | None = None
    ended_by: int | None = None
    cause: str = ""
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()
    turnbacks: tuple[Turnback, ...] = ()
    awaits_answer: bool = True
    is_alerting: bool = True


def spans(
    course: Course, commitments: Iterable[CommitmentPoint], target: Target, *, now: datetime
) -> tuple[Span, ...]:
    """Return the spans of one target, oldest first.

    Source: sla.md section 3, table of targets.
    """
    match target.kind:
        case TargetKind.FIRST_REPLY:
            return tuple(_first_replies(course, now))
        case TargetKind.NEXT_REPLY:
            return tuple(_next_replies(course, target, now))
        case TargetKind.ACKNOWLEDGEMENT:
            return tuple(_acknowledgements(course, target))
        case TargetKind.PERIODIC_UPDATE:
            return tuple(_updates(course, target))
        case TargetKind.RESOLUTION:
            return tuple(_resolutions(course, target))
        case TargetKind.COMMITMENT:
            return tuple(_commitments(commitments))
        case _:
            assert_never(target.kind)


def _first_replies(course: Course, now: datetime) -> Iterator[Span]:
    for number, wait in enumerate(_before_first_reply(course), start=1):
        yield _reply_span(wait, number, now, holding_counts=True)


def _next_replies(course: Course, target: Target, now: datetime) -> Iterator[Span]:
    first = _before_first_reply(course)
    later = course.waits[len(first) :]
    if first and first[-1].held_by is not None:
        # The first reply only announced an answer: from there on the answer itself is owed.
        later = (first[-1], *later)
    for number, wait in enumerate(later, start=1):
        span = _reply_span(wait, number, now, holding_counts=False)
        if wait is first[-1] and wait.held_by is not None:
            span = replace(span, anchor_at=wait.held_by.at, turnbacks=())
        pauses = _pauses(course.statuses, target.paused_in, span.anchor_at, span.ended_at)
        yield replace(span, pauses=pauses)


def _before_first_reply(course: Course) -> Sequence[Wait]:
    """Waits up to the one that the first reply ended; cancelled ones before it are tries."""
    for index, wait in enumerate(course.waits):
        if wait.end is WaitEnd.ANSWERED or wait.held_by is not None:
            return course.waits[: index + 1]
    return course.waits


def _reply_span(wait: Wait, number: int, now: datetime, *, holding_counts: bool) -> Span:
    becomes_ours_at = speaks_after(wait)
    end, ended_at, ended_by, cause = _end_of(wait)
    if holding_counts and wait.held_by is not None:
        end, ended_at, ended_by, cause = (
            SpanEnd.FULFILLED,
            wait.held_by.at,
            wait.held_by.message_id,
            "holding_reply",
        )
    awaits_answer = wait.needs_reply or (becomes_ours_at is not None and now >= becomes_ours_at)
    return Span(
        number=number,
        anchor_at=wait.anchor.at,
        anchor_message_id=wait.anchor.message_id,
        end=end,
        ended_at=ended_at,
        ended_by=ended_by,
        cause=cause,
        turnbacks=tuple(map(_turnback, wait.undelivered)),
        awaits_answer=awaits_answer,
        is_alerting=awaits_answer and _is_live(wait),
    )


def _end_of(wait: Wait) -> tuple[SpanEnd | None, datetime | None, int | None, str]:
    if wait.end is None:
        return None, None, None, ""
    if wait.end is WaitEnd.ANSWERED:
        return SpanEnd.FULFILLED, wait.ended_at, wait.answer.message_id if wait.answer else None, ""
    return SpanEnd.CANCELLED, wait.ended_at, None, wait.end.value


def _acknowledgements(course: Course, target: Target) -> Iterator[Span]:
    """One for the first mail of the customer, and one for each mail that reopened the thread."""
    starts = [
        wait for index, wait in enumerate(course.waits) if index == 0 or _begins_reopening(course, index)
    ]
    sent = list(course.replies)
    if target.accepts_automatic:
        sent = sorted([*sent, *course.acknowledgements], key=lambda entry: entry.at)
    for number, wait in enumerate(starts, start=1):
        reply = next((entry for entry in sent if entry.at >= wait.anchor.at), None)
        cancelled = wait.ended_at if wait.end not in (None, WaitEnd.ANSWERED) else None
        if reply is not None and (cancelled is None or reply.at <= cancelled):
            span = _from(wait.anchor, number, SpanEnd.FULFILLED, reply.at, reply.message_id, wait=wait)
        elif cancelled is not None and wait.end is not None:
            span = _from(wait.anchor, number, SpanEnd.CANCELLED, cancelled, cause=wait.end.value, wait=wait)
        else:
            span = _from(wait.anchor, number, wait=wait)
        yield replace(span, turnbacks=_came_back(course, span))


def _begins_reopening(course: Course, index: int) -> bool:
    return course.waits[index].is_reopening and not course.waits[index - 1].is_reopening


def _updates(course: Course, target: Target) -> Iterator[Span]:
    """From each reply of ours to the next, while the thread is not solved."""
    live = [reply for reply in course.replies if _status_at(course.statuses, reply.at) is not Status.SOLVED]
    solved = [change.at for change in course.statuses if change.status is Status.SOLVED]
    for number, reply in enumerate(live, start=1):
        following = next((later for later in course.replies if later.at > reply.at), None)
        stop = next((at for at in solved if at >= reply.at), None)
        if stop is not None and (following is None or stop <= following.at):
            span = _from(reply, number, SpanEnd.CANCELLED, stop, cause=WaitEnd.SOLVED.value)
        elif following is not None:
            span = _from(reply, number, SpanEnd.FULFILLED, following.at, following.message_id)
        else:
            span = _from(reply, number)
        pauses = _pauses(course.statuses, target.paused_in, reply.at, span.ended_at)
        yield replace(span, pauses=pauses, turnbacks=_came_back(course, span))


def _resolutions(course: Course, target: Target) -> Iterator[Span]:
    if not course.waits:
        return
    begun = next((wait for wait in course.waits if wait.needs_reply), course.waits[0])
    rounds = tuple(_rounds(course, begun.anchor))
    alerting = begun.needs_reply and any(map(_is_live, course.waits))
    if target.on_reopen is OnReopen.TOTAL:
        rounds = (_joined(rounds),)
    for number, turn in enumerate(rounds, start=1):
        end = None if turn.solved_at is None else SpanEnd.FULFILLED
        pauses = _pauses(course.statuses, target.paused_in, turn.opened.at, turn.solved_at)
        yield Span(
            number=number,
            anchor_at=turn.opened.at,
            anchor_message_id=turn.opened.message_id,
            end=end,
            ended_at=turn.solved_at,
            pauses=tuple(sorted([*pauses, *turn.stood], key=lambda pause: pause[0])),
            turnbacks=turn.turnbacks,
            awaits_answer=begun.needs_reply,
            is_alerting=alerting,
        )


class _Round(NamedTuple):
    """A time in which the thread was not solved."""

    opened: Entry
    solved_at: datetime | None
    stood: tuple[tuple[datetime, datetime], ...] = ()
    turnbacks: tuple[Turnback, ...] = ()


def _joined(rounds: Sequence[_Round]) -> _Round:
    """Make one of all rounds: what lay between them, solved, is a pause."""
    between = [
        (before.solved_at, after.opened) for before, after in pairwise(rounds) if before.solved_at is not None
    ]
    return _Round(
        opened=rounds[0].opened,
        solved_at=rounds[-1].solved_at,
        stood=tuple((solved_at, opened.at) for solved_at, opened in between),
        turnbacks=tuple(
            Turnback(solved_at, None, opened.at, opened.message_id, "reopened")
            for solved_at, opened in between
        ),
    )


def _rounds(course: Course, first: Entry) -> Iterator[_Round]:
    opened: Entry | None = first
    for change in course.statuses:
        if change.at < first.at:
            continue
        if change.status is Status.SOLVED and opened is not None:
            yield _Round(opened, change.at)
            opened = None
        elif change.status is not Status.SOLVED and opened is None:
            opened = change.resumed_by or replace(first, at=change.at, message_id=None)
    if opened is not None:
        yield _Round(opened, None)


def _commitments(commitments: Iterable[CommitmentPoint]) -> Iterator[Span]:
    for point in sorted(commitments, key=lambda point: point.number):
        end = SpanEnd.FULFILLED if point.done_at is not None else None
        if end is None and point.dropped_at is not None:
            end = SpanEnd.CANCELLED
        yield Span(
            number=point.number,
            anchor_at=point.confirmed_at,
            anchor_message_id=point.message_id,
            due_at=point.due_at,
            end=end,
            ended_at=point.done_at or point.dropped_at,
            cause="dropped" if end is SpanEnd.CANCELLED else "",
        )


def _from(
    entry: Entry,
    number: int,
    end: SpanEnd | None = None,
    ended_at: datetime | None = None,
    ended_by: int | None = None,
    *,
    cause: str = "",
    wait: Wait | None = None,
) -> Span:
    return Span(
        number=number,
        anchor_at=entry.at,
        anchor_message_id=entry.message_id,
        end=end,
        ended_at=ended_at,
        ended_by=ended_by,
        cause=cause,
        awaits_answer=wait is None or wait.needs_reply,
        is_alerting=not entry.is_backfill if wait is None else wait.needs_reply and _is_live(wait),
    )


def _turnback(undelivered: Undelivered) -> Turnback:
    reply, bounce = undelivered
    return Turnback(reply.at, reply.message_id, bounce.at, bounce.message_id, "bounce")


def _came_back(course: Course, span: Span) -> tuple[Turnback, ...]:
    """Return the reply that kept the promise until it came back, if there is one."""
    for undelivered in course.undelivered:
        at = undelivered.reply.at
        if at > span.anchor_at and (span.ended_at is None or at < span.ended_at):
            return (_turnback(undelivered),)
    return ()


def _is_live(wait: Wait) -> bool:
    """Tell whether any of it arrived while we watched: history alone never alerts."""
    return any(not entry.is_backfill for entry in wait.entries)


def _status_at(statuses: Iterable[StatusChange], at: datetime) -> Status:
    before = [change.status for change in statuses if change.at < at]
    return before[-1] if before else Status.OPEN


def _pauses(
    statuses: Iterable[StatusChange], paused_in: frozenset[Status], start: datetime, end: datetime | None
) -> tuple[tuple[datetime, datetime | None], ...]:
    """Return the stretches in a pausing status, cut at the span; the last may go on (None)."""
    found: list[tuple[datetime, datetime | None]] = []
    since: datetime | None = None
    for change in statuses:
        if end is not None and change.at >= end:
            break
        if change.status in paused_in:
            since = since or max(change.at, start)
        elif since is not None:
            if change.at > since:
                found.append((since, change.at))
            since = None
    if since is not None:
        found.append((since, end))
    return tuple(found)
