"""The page of what was kept apart, and its form; it needs no script."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Caller, Context
from api.routes.reviews import ReviewNumber, settle_one
from api.schemas import RowId
from api.web.assets import page
from triage.core.errors import Conflict, NotFound
from triage.core.review import Settlement
from triage.services.reviews import list_reviews

router = APIRouter(prefix="/reviews")

#: What the page says after its form.
DONE = {
    "apart": "Kept apart. They stay two threads, whatever later mail says.",
    "join": "Joined. The messages of both are in one thread.",
    "gone": "That item is not open any more. Nothing was changed.",
    "refused": "The two belong to two customers and stay apart. Nothing was changed.",
}
_MISSED = frozenset({"gone", "refused"})


@router.get("")
async def reviews_page(  # noqa: PLR0917 - the parts of the address
    request: Request,
    scope: Caller,
    context: Context,
    cursor: RowId | None = None,
    done: Annotated[str, Query(max_length=40)] = "",
    thread: RowId | None = None,
    event: RowId | None = None,
) -> Response:
    """Show the open items; after a decision also how to take it back."""
    listed = await context.run(list_reviews, context.database, scope, before=cursor, now=context.clock())
    return page(
        request,
        "reviews.html",
        listed=listed,
        scope=scope,
        is_first=cursor is None,
        done=DONE.get(done, ""),
        has_failed=done in _MISSED,
        thread=thread,
        event=event,
    )


@router.post("/{review_id}/settle")
async def settle(
    review_id: ReviewNumber, scope: Caller, context: Context, decision: Annotated[Settlement, Form()]
) -> Response:
    """Settle an item and show the list again."""
    try:
        decided = await settle_one(context, scope, review_id, decision)
    except NotFound:
        return _back("gone")
    except Conflict:
        return _back("refused")
    return _back(f"{decision}&thread={decided.thread_id}&event={decided.event_id}")


def _back(done: str) -> Response:
    return RedirectResponse(f"/reviews?done={done}", status_code=303)
