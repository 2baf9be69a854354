"""The open review items, and settling one."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api import present, reviewed, schemas
from api.context import ApiContext
from api.deps import Caller, Context
from triage.core.review import Settlement
from triage.core.scope import Scope
from triage.services.reviews import list_reviews, settle_review
from triage.services.thread_decisions import Decided

router = APIRouter(prefix="/v1", tags=["reviews"])

ReviewNumber = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("/reviews", response_model=reviewed.ReviewsJson, summary="List what was kept apart")
async def read_reviews(
    query: Annotated[reviewed.ReviewsQuery, Query()], scope: Caller, context: Context
) -> Response:
    """Open items, newest first: links that were refused, and mail that may have been answered."""
    page = await context.run(
        list_reviews,
        context.database,
        scope,
        before=query.cursor,
        limit=query.limit,
        now=context.clock(),
    )
    more = f'</v1/reviews?limit={query.limit}&cursor={page.next}>; rel="next"'
    return present.json_response(reviewed.reviews(page), headers={"Link": more} if page.next else {})


@router.post(
    "/reviews/{review_id}/settle",
    response_model=schemas.DoneJson,
    summary="Settle an item",
    responses={409: {"model": schemas.ProblemJson, "description": "The two belong to two customers"}},
)
async def settle(
    review_id: ReviewNumber, request: reviewed.SettleRequest, scope: Caller, context: Context
) -> Response:
    """Keep its two threads apart, or make them one; the event can be taken back."""
    decided = await settle_one(context, scope, review_id, request.decision)
    answer: schemas.DoneJson = {"thread_id": decided.thread_id, "event_id": decided.event_id}
    return present.json_response(answer)


async def settle_one(context: ApiContext, scope: Scope, review_id: int, decision: Settlement) -> Decided:
    """Settle an item."""
    return await context.run_long(
        settle_review,
        context.database,
        await context.practised(),
        scope,
        review_id,
        decision,
        now=context.clock(),
    )
