"""The page of what the models ask and how right they are, and its forms; it needs no script."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.deps import Caller, Context
from api.routes.learning import give_answer, refuse_one, take_one
from api.schemas import RowId
from api.web.assets import page
from triage.risk_chart import Curve, risk_chart
from triage.services.learning import read_board

router = APIRouter(prefix="/learning")

#: What the page says after one of its forms.
DONE = {
    "answered": "Answered. The model of this customer learns from it within seconds.",
    "taken": "Taken. It speaks for its customer from now on.",
    "refused": "Refused. It is not proposed again.",
}


@router.get("")
async def learning_page(
    request: Request,
    scope: Caller,
    context: Context,
    *,
    done: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Show questions, proposals and the state of the models."""
    practice = await context.practised()
    board = await context.run(read_board, context.database, practice, scope, now=context.clock())
    curves = [
        Curve(name=one.account_name, points=[(point[0], point[1]) for point in one.facts["curve"]])
        for one in board.models
        if one.facts["curve"]
    ]
    # The drawing escapes the names that it shows.
    chart = Markup(risk_chart(curves[:8], risk=board.models[0].facts["risk"])) if curves else None  # noqa: S704
    return page(request, "learning.html", board=board, scope=scope, chart=chart, done=DONE.get(done, ""))


@router.post("/answer")
async def answer(
    scope: Caller,
    context: Context,
    thread_id: Annotated[list[RowId], Form()],
    project: Annotated[str, Form(min_length=1, max_length=200)],
) -> Response:
    """Give the threads of a question to a project."""
    await give_answer(context, scope, thread_id, project)
    return _back("answered")


@router.post("/take")
async def take(
    scope: Caller,
    context: Context,
    id: Annotated[str, Form(min_length=1, max_length=400)],  # noqa: A002
) -> Response:
    """Keep a proposed rule."""
    await take_one(context, scope, id)
    return _back("taken")


@router.post("/refuse")
async def refuse(
    scope: Caller,
    context: Context,
    id: Annotated[str, Form(min_length=1, max_length=400)],  # noqa: A002
) -> Response:
    """Never propose a rule again."""
    await refuse_one(context, scope, id)
    return _back("refused")


def _back(done: str) -> Response:
    return RedirectResponse(f"/learning?done={done}", status_code=303)
