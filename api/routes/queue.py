"""The queue."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import present
from api.deps import Context, Sent
from api.hot import HotRoute
from api.schemas import QueuePage, QueueQuery
from triage.core.queue_entry import QueueFilters
from triage.services.queue import queue

router = APIRouter(prefix="/v1", tags=["queue"], route_class=HotRoute)


@router.get("/queue", response_model=QueuePage, summary="List a view of the queue")
async def list_queue(query: Annotated[QueueQuery, Query()], sent: Sent, context: Context) -> Response:
    """Breached first, then by due time, then by wait; each with its reasons and the coverage."""
    filters = QueueFilters(view=query.view, accounts=tuple(query.account), projects=tuple(query.project))
    page = await context.run(
        queue,
        context.database,
        sent,
        filters,
        cursor=query.cursor,
        limit=query.limit,
        now=context.clock(),
    )
    return present.json_response(present.queue_page(page), headers=_next_link(query, page.next_cursor))


def _next_link(query: QueueQuery, next_cursor: str | None) -> dict[str, str]:
    if next_cursor is None:
        return {}
    given = query.model_dump(mode="json", exclude_defaults=True) | {"cursor": next_cursor}
    return {"Link": f'</v1/queue?{urlencode(given, doseq=True)}>; rel="next"'}
