"""Full-text search."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import present
from api.deps import Caller, Context
from api.schemas import SearchJson, SearchParameters
from api.web.when import zone_named
from triage.services.search import search

router = APIRouter(prefix="/v1", tags=["search"])


@router.get("/search", response_model=SearchJson, summary="Find messages by their words")
async def find_messages(
    query: Annotated[SearchParameters, Query()], scope: Caller, context: Context
) -> Response:
    """Newest first; those in a message's own words come before those it only quotes."""
    page = await context.run_search(
        search,
        context.database,
        scope,
        query.q,
        zone=zone_named(query.zone),
        cursor=query.cursor,
        limit=query.limit,
        now=context.clock(),
    )
    headers = {}
    if page.next_cursor is not None:
        given = query.model_dump(mode="json", exclude_defaults=True) | {"cursor": page.next_cursor}
        headers = {"Link": f'</v1/search?{urlencode(given)}>; rel="next"'}
    return present.json_response(present.search_page(page), headers=headers)
