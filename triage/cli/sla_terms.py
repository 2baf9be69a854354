"""``triage sla test`` and ``triage sla explain``: what is promised, and why a thread is due then."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from triage.app import App, utc_now
from triage.core.business_time import Segment
from triage.core.policy import ThreadFacts
from triage.core.scope import Scope
from triage.services.sla import ExplainedCycle, Promise, promises, thread_sla

#: Who can read the database file may read all of it.
_EVERYTHING = Scope(accounts=frozenset(), sees_all=True, name="command line")


def show_promises(
    config: Path | None,
    *,
    at: str,
    account: str,
    project: str,
    priority: str,
    mailboxes: list[str] | None,
    as_json: bool,
) -> None:
    """Print the policy for a mail and its due times."""
    moment = _instant(at)
    app = App.open(config)
    known = [one.key for one in app.config.accounts]
    if account and account not in known:
        raise typer.BadParameter(f"{account!r} is no account; there are {', '.join(known) or 'none'}")
    practice = app.prepare()
    facts = ThreadFacts(
        account=account,
        project=project,
        priority=priority or practice.priorities.get(account, "normal"),
        mailboxes=frozenset(mailboxes or ()),
    )
    policy, found = promises(practice, facts, at=moment)
    app.database.close()
    if as_json:
        typer.echo(json.dumps({"policy": policy.name, "targets": [_promise_json(one) for one in found]}))
        return
    console = Console(highlight=False)
    console.print(f"Policy: {policy.name}", markup=False)
    for one in found:
        console.print(f"\n{one.target}: {one.minutes} minutes of {one.schedule}", markup=False)
        console.print(f"  due {_both(one.due_at, one.zone)}", markup=False)
        _print_segments(console, one.segments, one.zone)


def explain(config: Path | None, thread: int, *, as_json: bool) -> None:
    """Print the clocks of a thread."""
    app = App.open(config)
    app.database.check_version()
    found = thread_sla(app.database, _EVERYTHING, app.practice(), thread, now=utc_now())
    app.database.close()
    if as_json:
        cycles = [_cycle_json(one) for one in found.cycles]
        typer.echo(json.dumps({"thread_id": found.thread_id, "clocks": cycles}))
        return
    console = Console(highlight=False)
    if not found.cycles:
        console.print("No clock: nobody of a customer has written in this thread.")
    for one in found.cycles:
        cycle = one.cycle
        console.print(
            f"{cycle.target} {cycle.number}: {cycle.state}, {cycle.minutes} minutes of {cycle.schedule}, "
            f"policy {cycle.policy}",
            markup=False,
        )
        console.print(f"  since {_both(cycle.anchor_at, one.zone)}", markup=False)
        console.print(f"  {_end(one)}", markup=False)
        _print_segments(console, one.segments, one.zone)


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as err:
        raise typer.BadParameter(f"{text!r} is no instant; write 2026-03-27T16:30+01:00") from err
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{text!r} has no offset; add Z or one such as +01:00")
    return moment


def _end(one: ExplainedCycle) -> str:
    if one.cycle.ended_at is not None:
        due = "" if one.cycle.due_at is None else f"; was due {_both(one.cycle.due_at, one.zone)}"
        return f"ended {_both(one.cycle.ended_at, one.zone)}{due}"
    left = _duration(one.seconds_left or 0)
    if one.cycle.due_at is None:
        return f"paused with {left} of working time left"
    return f"due {_both(one.cycle.due_at, one.zone)}, {left} of working time left"


def _print_segments(console: Console, segments: Sequence[Segment], zone: str) -> None:
    if not segments:
        return
    table = Table("From", "To", "What", "Length", box=None, padding=(0, 2, 0, 4))
    for segment in segments:
        what = f"{segment.kind} ({segment.name})" if segment.name else segment.kind.value
        table.add_row(
            _local(segment.start, zone), _local(segment.end, zone), what, _duration(segment.seconds)
        )
    console.print(table)


def _both(moment: datetime, zone: str) -> str:
    """Say an instant in the customer's time and in UTC."""
    return f"{_local(moment, zone)} {zone} ({moment:%Y-%m-%d %H:%M} UTC)"


def _local(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%a %Y-%m-%d %H:%M %z")


def _duration(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return f"{hours} h {rest // 60:02} min"


def _promise_json(one: Promise) -> dict[str, object]:
    return {
        "target": one.target,
        "minutes": one.minutes,
        "schedule": one.schedule,
        "zone": one.zone,
        "due_at": one.due_at.isoformat(),
        "warn_at": [moment.isoformat() for moment in one.warn_at],
        "segments": [_segment_json(segment) for segment in one.segments],
    }


def _cycle_json(one: ExplainedCycle) -> dict[str, object]:
    cycle = one.cycle
    return {
        "target": cycle.target,
        "cycle": cycle.number,
        "state": cycle.state,
        "policy": cycle.policy,
        "policy_version": cycle.policy_version,
        "schedule": cycle.schedule,
        "zone": one.zone,
        "minutes": cycle.minutes,
        "anchor_at": cycle.anchor_at.isoformat(),
        "due_at": cycle.due_at.isoformat() if cycle.due_at else None,
        "warn_at": [moment.isoformat() for moment in cycle.warn_at],
        "ended_at": cycle.ended_at.isoformat() if cycle.ended_at else None,
        "seconds_left": one.seconds_left,
        "segments": [_segment_json(segment) for segment in one.segments],
    }


def _segment_json(segment: Segment) -> dict[str, object]:
    return {
        "kind": segment.kind,
        "from": segment.start.isoformat(),
        "to": segment.end.isoformat(),
        "name": segment.name,
    }
