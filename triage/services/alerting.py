"""Which happenings somebody has to hear of, and on which channels."""

from collections.abc import Iterator, Sequence

from triage.core.alert import Alert, AlertLevel
from triage.core.clocks import ClockEventKind, ClockState, Cycle
from triage.core.policy import TargetKind
from triage.services.practice import Practice
from triage.store.outbox import NewDelivery
from triage.store.projections import EventRow, ThreadProjection

_LEVELS = {
    ClockEventKind.WARN.value: AlertLevel.WARNING,
    ClockEventKind.BREACH.value: AlertLevel.BREACH,
}


def alerts_of(
    event: EventRow, thread: ThreadProjection, cycles: Sequence[Cycle], practice: Practice
) -> Iterator[NewDelivery]:
    """Yield the alerts that an event of a clock causes: none, or one for each channel that takes it.

    A warning that comes together with the breach says nothing new, and what was kept meanwhile needs
    nobody: only clocks that are still open alert, and only of what is true now.
    """
    level = _LEVELS.get(event.kind)
    cycle = _cycle(event, cycles)
    if level is None or cycle is None or not cycle.is_alerting:
        return
    expected = ClockState.BREACHED if level is AlertLevel.BREACH else ClockState.RUNNING
    if cycle.state is not expected:
        return
    account = practice.confirmed_account(thread.account)
    for channel in practice.channels:
        if channel.takes(practice.account_key(account), level):
            yield NewDelivery(
                key=f"{thread.id}/{event.target}/{event.cycle}/{event.kind}/{event.key}",
                channel=channel.name,
                thread_id=thread.id,
                account_id=account,
                alert=_alert(level, cycle, thread, practice),
            )


def _cycle(event: EventRow, cycles: Sequence[Cycle]) -> Cycle | None:
    wanted = TargetKind(event.target), event.cycle
    return next((cycle for cycle in cycles if (cycle.target, cycle.number) == wanted), None)


def _alert(level: AlertLevel, cycle: Cycle, thread: ThreadProjection, practice: Practice) -> Alert:
    account = practice.confirmed_account(thread.account)
    names = practice.directory
    return Alert(
        level=level,
        customer=names.account_names[account] if account is not None else "Customer not known",
        project=names.project_names.get(thread.project_id, "") if thread.project_id is not None else "",
        clock=cycle.target.value,
        due_at=cycle.due_at,
        zone=practice.schedules[cycle.schedule][-1].zone,
        link=f"{practice.base_url}/threads/{thread.id}",
    )
