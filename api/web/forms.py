"""What the forms of the thread page do: decide, split, merge, undo. Each leads back to the thread.

They need no script. The session cookie is refused unless the form comes from our own page.
"""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse, Response

from api.deps import Caller, Context
from api.routes.threads import ThreadNumber
from api.schemas import RowId
from triage.core.errors import Conflict
from triage.core.ids import MessageId, ThreadId
from triage.core.policy import Status
from triage.core.queue_entry import View
from triage.services.correct import NOBODY
from triage.services.decide import Change, Priority, change_thread, undo_decision
from triage.services.thread_decisions import merge_threads, split_thread, undo_thread_event

router = APIRouter(prefix="/threads/{thread_id}")

#: What a form sends for "none"; an empty field counts as not sent.
NONE = "-"
_Key = Annotated[str | None, Form(max_length=200)]


@router.post("/decide")
async def decide(  # noqa: PLR0917 - the fields of the forms
    thread_id: ThreadNumber,
    scope: Caller,
    context: Context,
    version: Annotated[int, Form(ge=1)],
    account: _Key = None,
    project: _Key = None,
    priority: Annotated[Priority | None, Form()] = None,
    status: Annotated[Status | None, Form()] = None,
    no_reply_needed: Annotated[str | None, Form(max_length=10)] = None,
    then: Annotated[View | None, Form()] = None,
) -> Response:
    """Keep what was decided, if the thread is still as the page showed it; ``then`` leads to the queue."""
    change = Change(
        account=_key(account),
        project=_key(project),
        priority=priority,
        status=status,
        no_reply_needed=no_reply_needed is not None,
    )
    practice = await context.practised()
    try:
        await context.run_long(
            change_thread,
            context.database,
            practice,
            scope,
            thread_id,
            change,
            versions=(version,),
            now=context.clock(),
        )
    except Conflict:
        return _back(thread_id, "stale")
    return (
        _back(thread_id, "decided") if then is None else RedirectResponse(f"/?view={then}", status_code=303)
    )


@router.post("/split")
async def split(
    thread_id: ThreadNumber,
    scope: Caller,
    context: Context,
    message_id: Annotated[list[RowId] | None, Form()] = None,
) -> Response:
    """Take the chosen messages into a thread of their own, and show it."""
    if not message_id:
        return _back(thread_id, "nothing")
    decided = await context.run_long(
        split_thread,
        context.database,
        await context.practised(),
        scope,
        [MessageId(one) for one in dict.fromkeys(message_id)],
        thread_id=ThreadId(thread_id),
        now=context.clock(),
    )
    return _back(decided.thread_id, "split")


@router.post("/merge")
async def merge(
    thread_id: ThreadNumber, scope: Caller, context: Context, other_id: Annotated[RowId, Form()]
) -> Response:
    """Move the messages of the other thread into this one."""
    decided = await context.run_long(
        merge_threads,
        context.database,
        await context.practised(),
        scope,
        ThreadId(thread_id),
        ThreadId(other_id),
        now=context.clock(),
    )
    return _back(decided.thread_id, "merged")


@router.post("/undo")
async def undo(
    thread_id: ThreadNumber,
    scope: Caller,
    context: Context,
    event_id: Annotated[RowId | None, Form()] = None,
    decision_id: Annotated[RowId | None, Form()] = None,
) -> Response:
    """Take back a merge or split, or a decision."""
    practice, now = await context.practised(), context.clock()
    if event_id is not None:
        await context.run_long(
            undo_thread_event,
            context.database,
            practice,
            scope,
            event_id,
            thread_id=ThreadId(thread_id),
            now=now,
        )
    elif decision_id is not None:
        await context.run_long(
            undo_decision, context.database, practice, scope, thread_id, decision_id, now=now
        )
    return _back(thread_id, "undone")


def _key(given: str | None) -> str | None:
    return NOBODY if given == NONE else given


def _back(thread_id: int, done: str) -> Response:
    return RedirectResponse(f"/threads/{thread_id}?done={done}", status_code=303)
