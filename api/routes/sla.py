"""Why a thread is due when it is, and how promises were kept in a period."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api import present, schemas
from api.deps import Caller, Context
from api.problems import INVALID_REQUEST, Refused
from triage.core.sla_figures import Figures, GroupBy
from triage.services.sla import ExplainedCycle, report, thread_sla

router = APIRouter(prefix="/v1", tags=["service levels"])

_USUAL_DAYS = 28
#: A report derives every thread of its period anew.
_MOST_DAYS = 400


@router.get(
    "/threads/{thread_id}/sla", response_model=schemas.ThreadSlaJson, summary="Explain the clocks of a thread"
)
async def explain_clocks(
    thread_id: Annotated[int, Path(ge=1, le=2**63 - 1)], scope: Caller, context: Context
) -> Response:
    """Each clock with its due time, the working time left, and the stretches that lead to it."""
    practice = await context.practised()
    found = await context.run(thread_sla, context.database, scope, practice, thread_id, now=context.clock())
    answer: schemas.ThreadSlaJson = {
        "thread_id": found.thread_id,
        "clocks": [_clock(one) for one in found.cycles],
        "as_of": found.as_of,
    }
    return present.json_response(answer)


@router.get("/reports/sla", response_model=schemas.SlaReportJson, summary="Count promises kept in a period")
async def report_compliance(
    scope: Caller,
    context: Context,
    since: Annotated[date | None, Query(description="First day, UTC. Default: 28 days ago")] = None,
    until: Annotated[date | None, Query(description="Last day, UTC. Default: today")] = None,
    by: Annotated[GroupBy, Query(description="What a line is about")] = GroupBy.ACCOUNT,
    *,
    what_if: Annotated[bool, Query(description="Count the past by the present terms")] = False,
) -> Response:
    """Compliance and response times, of the accounts that the token may see."""
    now = context.clock()
    # Nothing is counted of days to come, and the calendar has a last day.
    behind = min(until or now.date(), now.date()) + timedelta(days=1)
    first = since or behind - timedelta(days=_USUAL_DAYS)
    if not 0 < (behind - first).days <= _MOST_DAYS:
        raise Refused(INVALID_REQUEST, f"Ask for a period of 1 to {_MOST_DAYS} days.")
    practice = await context.practised()
    found = await context.run_long(
        report,
        context.database,
        scope,
        practice,
        since=_midnight(first),
        until=_midnight(behind),
        by=by,
        what_if=what_if,
        now=now,
    )
    answer: schemas.SlaReportJson = {
        "since": found.since,
        "until": found.until,
        "by": found.by.value,
        "what_if": found.is_what_if,
        "lines": [_figures(line) for line in found.lines],
        "as_of": found.as_of,
    }
    return present.json_response(answer)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _clock(one: ExplainedCycle) -> schemas.SlaClockJson:
    cycle = one.cycle
    return {
        "target": cycle.target.value,
        "cycle": cycle.number,
        "state": cycle.state.value,
        "policy": cycle.policy,
        "policy_version": cycle.policy_version,
        "schedule": cycle.schedule,
        "zone": one.zone,
        "minutes": cycle.minutes,
        "anchor_at": cycle.anchor_at,
        "due_at": cycle.due_at,
        "warn_at": list(cycle.warn_at),
        "ended_at": cycle.ended_at,
        "working_seconds_left": one.seconds_left,
        "alerts": cycle.is_alerting,
        "segments": [
            {
                "kind": segment.kind.value,
                "start": segment.start,
                "end": segment.end,
                "seconds": segment.seconds,
                "name": segment.name,
            }
            for segment in one.segments
        ],
    }


def _figures(line: Figures) -> schemas.SlaFiguresJson:
    return {
        "group": line.group,
        "target": line.target.value,
        "compliance": line.compliance,
        "met": line.met,
        "missed_late": line.missed_late,
        "breached": line.breached,
        "running": line.running,
        "cancelled": line.cancelled,
        "median_seconds": line.median_seconds,
        "p90_seconds": line.p90_seconds,
    }
