"""For supervisors and monitoring: is the process alive, can it answer, how does it do."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.deps import Caller, Context
from api.metrics import CONTENT_TYPE, Metrics
from triage.core.errors import NotFound
from triage.core.queue_entry import QueueFilters
from triage.services.access import scope_of
from triage.services.progress import kept
from triage.services.queue import canary_now, queue

router = APIRouter(tags=["health"])


@router.get("/livez", summary="The process is alive")
async def live() -> Response:
    """Answer without touching the database."""
    return Response(b"ok\n", media_type="text/plain")


@router.get("/readyz", summary="The database can be read")
async def ready(context: Context) -> Response:
    """Read one row; 503 when that fails."""
    await context.run(scope_of, context.database, "tri_readiness")
    return Response(b"ok\n", media_type="text/plain")


@router.get("/metrics", summary="Figures for Prometheus")
async def metrics(request: Request, scope: Caller, context: Context) -> Response:
    """Needs a token that sees all accounts, because the figures count all of them."""
    if not scope.sees_all:
        raise NotFound("metrics count all accounts")
    figures: Metrics = request.app.state.metrics
    page = await context.run(queue, context.database, scope, QueueFilters(), limit=1, now=context.clock())
    readings = await context.run(kept, context.database)
    canary = await context.run(canary_now, context.database, scope, now=context.clock())
    return Response(figures.render(page, readings, canary), media_type=CONTENT_TYPE)
