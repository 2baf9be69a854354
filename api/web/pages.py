"""The pages: the queue, a thread, coverage, and signing in. Everything works without JavaScript."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Caller, Context, caller, end_session, local_path, require_own_origin, start_session
from api.routes.threads import ThreadNumber
from api.web.assets import page
from api.web.when import ZONE_COOKIE, zone_named
from triage.core.errors import InvalidQuery
from triage.core.ids import ThreadId
from triage.core.queue_entry import QueueFilters, View
from triage.core.search_query import MOST_CHARACTERS
from triage.services.access import scope_of
from triage.services.decide import decisions_about
from triage.services.queue import coverage_report, open_thread, queue
from triage.services.search import search
from triage.services.sla import thread_sla
from triage.services.thread_decisions import explain_thread

router = APIRouter()

#: Views in the order of the tabs, with their names and the keys that follow ``g``.
TABS = (
    (View.PENDING, "Pending", "p"),
    (View.AT_RISK, "At risk", "r"),
    (View.WAITING_CUSTOMER, "Waiting on customer", "w"),
    (View.LOW, "Low priority", "l"),
    (View.UNKNOWN, "Unknown account", "u"),
    (View.ALL, "All", "a"),
)
#: What the page says after one of its forms.
DONE = {
    "decided": "Decided.",
    "undone": "Taken back.",
    "split": "Split off: this is the new thread.",
    "merged": "Merged: the messages of both threads are here.",
    "stale": "The thread changed meanwhile. Nothing was decided; look again.",
    "nothing": "No message was chosen. Nothing was changed.",
}
_Text = Annotated[str, Query(max_length=400)]


@router.get("/")
async def queue_page(
    request: Request,
    context: Context,
    *,
    view: View = View.PENDING,
    account: _Text = "",
    project: _Text = "",
    cursor: _Text = "",
    token: _Text = "",
) -> Response:
    """Show the queue; a link with a token signs in first and then drops the token from the address."""
    if token:
        return await _sign_in(request, context, token, "/")
    scope = await caller(request)
    filters = QueueFilters(
        view=view,
        accounts=(account,) if account else (),
        projects=(project,) if project else (),
    )
    listed = await context.run(
        queue,
        context.database,
        scope,
        filters,
        cursor=cursor or None,
        with_choices=True,
        now=context.clock(),
    )
    return page(
        request,
        "queue.html",
        queue=listed,
        scope=scope,
        tabs=TABS,
        view=view,
        account=account,
        project=project,
        is_first=not cursor,
    )


@router.get("/threads/{thread_id}")
async def thread_page(
    request: Request, thread_id: ThreadNumber, scope: Caller, context: Context, *, done: _Text = ""
) -> Response:
    """Show a thread; the old address of a merged one leads to the new one."""
    now, database = context.clock(), context.database
    opened = await context.run(open_thread, database, scope, thread_id, with_choices=True, now=now)
    if opened.thread.entry.thread_id != thread_id:
        # After a merge this may become its own thread again, so the browser asks each time.
        note = f"?done={done}" if done in DONE else ""
        return RedirectResponse(f"/threads/{opened.thread.entry.thread_id}{note}", status_code=307)
    practice = await context.practised()
    history = await context.run(explain_thread, database, scope, ThreadId(thread_id))
    return page(
        request,
        "thread.html",
        opened=opened,
        entry=opened.thread.entry,
        scope=scope,
        done=DONE.get(done, ""),
        has_failed=done in {"stale", "nothing"},
        history=history,
        places={place.message: place for place in history.places},
        decisions=await context.run(decisions_about, database, practice, scope, thread_id),
        sla=await context.run(thread_sla, database, scope, practice, thread_id, now=now),
    )


@router.get("/search")
async def search_page(
    request: Request,
    scope: Caller,
    context: Context,
    *,
    q: Annotated[str, Query(max_length=MOST_CHARACTERS)] = "",
    cursor: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Show the messages that a question finds; dates begin in the zone of the browser."""
    found, problem = None, ""
    if q.strip():
        try:
            found = await context.run_search(
                search,
                context.database,
                scope,
                q,
                zone=zone_named(request.cookies.get(ZONE_COOKIE)),
                cursor=cursor or None,
                now=context.clock(),
            )
        except InvalidQuery as err:
            problem = f"{str(err)[:1].upper()}{str(err)[1:]}."
    return page(
        request,
        "search.html",
        status=422 if problem else 200,
        q=q,
        found=found,
        problem=problem,
        scope=scope,
        is_first=not cursor,
    )


@router.get("/coverage")
async def coverage_page(request: Request, scope: Caller, context: Context) -> Response:
    """Show what the server has, what is here and what is held back."""
    report = await context.run(coverage_report, context.database, scope, now=context.clock())
    return page(request, "coverage.html", report=report, scope=scope)


@router.get("/login")
async def login_page(
    request: Request, next_path: Annotated[str, Query(alias="next", max_length=400)] = ""
) -> Response:
    """Ask for a token."""
    return page(request, "login.html", next_path=local_path(next_path), has_failed=False)


@router.post("/login")
async def login(
    request: Request,
    context: Context,
    token: Annotated[str, Form(max_length=400)] = "",
    next_path: Annotated[str, Form(alias="next", max_length=400)] = "",
) -> Response:
    """Start a session with a token."""
    require_own_origin(request)
    return await _sign_in(request, context, token.strip(), local_path(next_path))


@router.post("/logout")
async def logout(request: Request) -> Response:
    """End the session in this browser. The token stays valid until it is revoked."""
    require_own_origin(request)
    response = RedirectResponse("/login", status_code=303)
    end_session(request, response)
    return response


async def _sign_in(request: Request, context: Context, token: str, target: str) -> Response:
    if await context.run(scope_of, context.database, token) is None:
        return page(request, "login.html", status=401, next_path=target, has_failed=True)
    response = RedirectResponse(target, status_code=303)
    start_session(request, response, token)
    return response
