"""The pages: the queue, a thread, coverage, and signing in. Everything works without JavaScript."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from api.deps import Caller, Context, caller, end_session, local_path, require_own_origin, start_session
from api.routes.threads import ThreadNumber
from api.web.assets import page
from triage.core.queue_entry import QueueFilters, View
from triage.services.access import scope_of
from triage.services.queue import coverage_report, open_thread, queue

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
async def thread_page(request: Request, thread_id: ThreadNumber, scope: Caller, context: Context) -> Response:
    """Show a thread; the old address of a merged one leads to the new one."""
    opened = await context.run(open_thread, context.database, scope, thread_id, now=context.clock())
    if opened.thread.entry.thread_id != thread_id:
        return RedirectResponse(f"/threads/{opened.thread.entry.thread_id}", status_code=308)
    return page(request, "thread.html", opened=opened, entry=opened.thread.entry, scope=scope)


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
