"""One thread, and the threads that hold given Message-IDs."""

from typing import Annotated

from fastapi import APIRouter, Header, Path
from starlette.responses import Response

from api import present
from api.context import ApiContext
from api.deps import Caller, Context, Sent
from api.hot import HotRoute
from api.schemas import LookupJson, LookupRequest, ThreadJson
from triage.core.header_id import header_id
from triage.core.ids import HeaderId
from triage.core.scope import Scope
from triage.services.queue import find, open_thread

router = APIRouter(prefix="/v1", tags=["threads"])
hot = APIRouter(prefix="/v1", tags=["threads"], route_class=HotRoute)

#: The largest id that both databases hold.
ThreadNumber = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("/threads/{thread_id}", response_model=ThreadJson, summary="Open a thread")
async def read_thread(
    thread_id: ThreadNumber,
    scope: Caller,
    context: Context,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Its messages, clocks and evidence. The id of a merged thread leads to the one that took it in."""
    answer = await answer_thread(context, scope, thread_id)
    if _matches(if_none_match, answer.headers["ETag"]):
        headers = {name: answer.headers[name] for name in ("ETag", "Cache-Control", "Vary")}
        return Response(status_code=304, headers=headers)
    return answer


async def answer_thread(context: ApiContext, scope: Scope, thread_id: int) -> Response:
    """Return a thread as it is now, with its entity tag."""
    opened = await context.run(open_thread, context.database, scope, thread_id, now=context.clock())
    thread = present.opened_thread(opened)
    headers = {
        "ETag": present.etag(thread),
        "Cache-Control": "private, no-cache",
        "Vary": "Authorization, Cookie",
    }
    return present.json_response(thread, headers=headers)


@hot.post("/lookup", response_model=LookupJson, summary="Find the threads of a message")
async def look_up(request: LookupRequest, sent: Sent, context: Context) -> Response:
    """By the Message-ID that a mail client shows; then by the ids that the message refers to."""
    wanted = {
        "message_ids": _normalised(request.message_ids),
        "references": _normalised(request.references),
    }
    named_by = {one: name for name in ("references", "message_ids") for one in wanted[name]}
    ids = list(dict.fromkeys((*wanted["message_ids"], *wanted["references"])))
    now = context.clock()
    found, coverage = await context.run(find, context.database, sent, ids, now=now)
    proof = present.coverage_age(coverage, now)
    threads = present.queue_rows([row for _, row in found], proof, now)
    answer: LookupJson = {
        "matches": [
            {"message_id": one, "matched_by": named_by[one], "thread": thread}
            for (one, _), thread in zip(found, threads, strict=True)
        ],
        "coverage": proof,
        "as_of": now,
    }
    return present.json_response(answer)


def _normalised(given: list[str]) -> list[HeaderId]:
    return [one for text in given if (one := header_id(text)) is not None]


def _matches(if_none_match: str | None, tag: str) -> bool:
    """Compare weakly, as a GET does (RFC 9110 section 13.1.2)."""
    given = [one.strip().removeprefix("W/") for one in (if_none_match or "").split(",")]
    return tag in given or "*" in given
