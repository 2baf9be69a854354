"""What people decide about a thread, what they undo, and why each message is in it."""

import re
from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from api import present, schemas
from api.deps import Caller, Context
from api.problems import STALE, UNCONDITIONAL, Refused
from api.routes.threads import ThreadNumber, answer_thread
from triage.core.errors import Conflict
from triage.core.ids import MessageId, ThreadId
from triage.services.decide import change_thread, decisions_about, undo_decision
from triage.services.thread_decisions import explain_thread, merge_threads, split_thread, undo_thread_event

router = APIRouter(prefix="/v1/threads/{thread_id}", tags=["decisions"])

_TAG = re.compile(r'"(\d{1,18})-[0-9a-f]+"')
_ALREADY = {"model": schemas.ProblemJson, "description": "It is so already, or cannot be"}


@router.patch(
    "",
    response_model=schemas.ThreadJson,
    summary="Decide about a thread",
    responses={
        412: {"model": schemas.ProblemJson, "description": STALE.title},
        428: {"model": schemas.ProblemJson, "description": UNCONDITIONAL.title},
    },
)
async def decide(
    thread_id: ThreadNumber,
    request: schemas.ThreadPatch,
    scope: Caller,
    context: Context,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Account, project, priority, status, or that no reply is needed; it holds until it is undone.

    `If-Match` holds the `ETag` of the thread as it was read; of the tag, the version of the thread counts.
    """
    versions = _versions(if_match)
    practice = await context.practised()
    try:
        await context.run_long(
            change_thread,
            context.database,
            practice,
            scope,
            thread_id,
            request.change(),
            versions=versions,
            now=context.clock(),
        )
    except Conflict as err:
        raise Refused(STALE, "The thread has changed. Read it again, then decide.") from err
    return await answer_thread(context, scope, thread_id)


@router.get("/history", response_model=schemas.HistoryJson, summary="Explain a thread")
async def read_history(thread_id: ThreadNumber, scope: Caller, context: Context) -> Response:
    """Why each message is here, what was refused, and what people and the machine did."""
    practice = await context.practised()
    found = await context.run(explain_thread, context.database, scope, ThreadId(thread_id))
    decisions = await context.run(decisions_about, context.database, practice, scope, thread_id)
    return present.json_response(present.history(found, decisions))


@router.post(
    "/split",
    response_model=schemas.DoneJson,
    summary="Split messages off",
    responses={409: _ALREADY},
)
async def split(
    thread_id: ThreadNumber, request: schemas.SplitRequest, scope: Caller, context: Context
) -> Response:
    """Take messages into a thread of their own; later mail does not bring them back."""
    decided = await context.run_long(
        split_thread,
        context.database,
        await context.practised(),
        scope,
        [MessageId(one) for one in dict.fromkeys(request.message_ids)],
        thread_id=ThreadId(thread_id),
        now=context.clock(),
    )
    return _done(decided.thread_id, decided.event_id)


@router.post(
    "/merge",
    response_model=schemas.DoneJson,
    summary="Merge another thread into this one",
    responses={409: _ALREADY},
)
async def merge(
    thread_id: ThreadNumber, request: schemas.MergeRequest, scope: Caller, context: Context
) -> Response:
    """Move all messages of the other thread here; its id leads here from now on."""
    decided = await context.run_long(
        merge_threads,
        context.database,
        await context.practised(),
        scope,
        ThreadId(thread_id),
        ThreadId(request.other_id),
        now=context.clock(),
    )
    return _done(decided.thread_id, decided.event_id)


@router.post(
    "/undo",
    response_model=schemas.DoneJson,
    summary="Take back a decision, a merge or a split",
    responses={409: _ALREADY},
)
async def undo(
    thread_id: ThreadNumber, request: schemas.UndoRequest, scope: Caller, context: Context
) -> Response:
    """By its id in the history of the thread."""
    practice, now = await context.practised(), context.clock()
    if request.event_id is not None:
        decided = await context.run_long(
            undo_thread_event,
            context.database,
            practice,
            scope,
            request.event_id,
            thread_id=ThreadId(thread_id),
            now=now,
        )
        return _done(decided.thread_id, decided.event_id)
    assert request.decision_id is not None  # noqa: S101 - the request names one of the two
    await context.run_long(
        undo_decision, context.database, practice, scope, thread_id, request.decision_id, now=now
    )
    return _done(ThreadId(thread_id), None)


def _done(thread_id: ThreadId, event_id: int | None) -> Response:
    answer: schemas.DoneJson = {"thread_id": thread_id, "event_id": event_id}
    return present.json_response(answer)


def _versions(if_match: str | None) -> frozenset[int] | None:
    """Return the versions that the caller means, or None for whatever there is (RFC 9110 section 13.1.1).

    Raises:
        Refused: If the caller does not say.
    """
    if if_match is None:
        raise Refused(UNCONDITIONAL, "Send the ETag of the thread as If-Match, so that nobody is overruled.")
    given = [one.strip() for one in if_match.split(",")]
    if "*" in given:
        return None
    return frozenset(int(tag[1]) for one in given if (tag := _TAG.fullmatch(one)))
