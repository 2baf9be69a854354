"""What a recomputation changed in clocks that a store already holds: taken over, or gone.

``clocks`` answers as if it had always known what it knows now. The store's event log is append-only,
so that the difference becomes events of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from triage.core.clocks import ClockEvent, ClockEventKind, ClockState, Cycle
from triage.core.instant import as_utc
from triage.core.policy import TargetKind


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownCycle:
    """A cycle as it is stored."""

    target: TargetKind
    number: int
    anchor_at: datetime
    policy_version: str
    state: ClockState


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """An event to append for a stored cycle.

    Attributes:
        event: ``supersede`` when the cycle goes on under other terms or from another anchor, with
            the cause ``breached_by_correction`` when only that made it late; ``cancel`` when it is
            no more.
    """

    target: TargetKind
    number: int
    event: ClockEvent


def corrections(
    known: Iterable[KnownCycle], cycles: Iterable[Cycle], *, now: datetime
) -> tuple[Correction, ...]:
    """Compare what is stored with what was recomputed.

    Args:
        now: When the correction was made; its events carry this time.
    """
    moment = as_utc(now).replace(microsecond=0)
    present = {(cycle.target, cycle.number): cycle for cycle in cycles}
    found: list[Correction] = []
    for before in known:
        after = present.get((before.target, before.number))
        event = _vanished(before, moment) if after is None else _taken_over(before, after, moment)
        if event is not None:
            found.append(Correction(target=before.target, number=before.number, event=event))
    return tuple(found)


def _vanished(before: KnownCycle, now: datetime) -> ClockEvent | None:
    if before.state in {ClockState.CANCELLED, ClockState.SUPERSEDED}:
        return None
    return ClockEvent(
        kind=ClockEventKind.CANCEL, at=now, key=_key(before.anchor_at, now), cause="no_longer_applies"
    )


def _taken_over(before: KnownCycle, after: Cycle, now: datetime) -> ClockEvent | None:
    if (before.anchor_at, before.policy_version) == (after.anchor_at, after.policy_version):
        return None
    is_late_now = after.state is ClockState.BREACHED and before.state is not ClockState.BREACHED
    cause = "breached_by_correction" if is_late_now else "corrected"
    return ClockEvent(
        kind=ClockEventKind.SUPERSEDE,
        at=now,
        key=f"{_key(after.anchor_at, now)}/{after.policy_version}",
        cause=cause,
        message_id=after.anchor_message_id,
    )


def _key(anchor_at: datetime, now: datetime) -> str:
    return f"{anchor_at:%Y-%m-%dT%H:%M:%SZ}/{now:%Y-%m-%dT%H:%M:%SZ}"
