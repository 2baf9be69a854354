"""What the models ask and how right they are: questions, proposals, and their state."""

from fastapi import APIRouter
from starlette.responses import Response

from api import learned, present
from api.context import ApiContext
from api.deps import Caller, Context
from triage.core.scope import Scope
from triage.services.learning import Board, answer_question, read_board, refuse_listed, take_listed

router = APIRouter(prefix="/v1", tags=["learning"])


@router.get("/questions", response_model=learned.QuestionsJson, summary="What to answer today")
async def list_questions(scope: Caller, context: Context) -> Response:
    """At most five a day about threads whose project nobody knows, the most useful first."""
    return present.json_response(learned.questions(await _board(context, scope)))


@router.post("/questions/answer", response_model=learned.AnsweredJson, summary="Answer a question")
async def answer(request: learned.AnswerRequest, scope: Caller, context: Context) -> Response:
    """Give the threads of a question to a project of their account; the model learns from it."""
    await give_answer(context, scope, request.threads, request.project)
    done: learned.AnsweredJson = {"threads": len(set(request.threads))}
    return present.json_response(done)


@router.get("/proposals", response_model=learned.ProposalsJson, summary="New contacts and domains")
async def list_proposals(scope: Caller, context: Context) -> Response:
    """Rules that confirmed threads speak for; empty for readers of single accounts."""
    return present.json_response(learned.proposals(await _board(context, scope)))


@router.post("/proposals/take", response_model=learned.AnsweredJson, summary="Take a proposal")
async def take(request: learned.ProposalRequest, scope: Caller, context: Context) -> Response:
    """Keep it as a rule, from the first time on that it would have spoken."""
    done: learned.AnsweredJson = {"threads": await take_one(context, scope, request.id)}
    return present.json_response(done)


@router.post("/proposals/refuse", response_model=learned.AnsweredJson, summary="Refuse a proposal")
async def refuse(request: learned.ProposalRequest, scope: Caller, context: Context) -> Response:
    """Never propose it for this account again."""
    await refuse_one(context, scope, request.id)
    done: learned.AnsweredJson = {"threads": 0}
    return present.json_response(done)


@router.get("/models", response_model=learned.ModelsJson, summary="How right the models are")
async def list_models(scope: Caller, context: Context) -> Response:
    """For each account: what is proven, how it was tried, what people answered, week by week."""
    return present.json_response(learned.models(await _board(context, scope)))


async def give_answer(context: ApiContext, scope: Scope, threads: list[int], project: str) -> None:
    """Keep an answer to a question."""
    practice = await context.practised()
    await context.run_long(
        answer_question, context.database, practice, scope, threads, project, now=context.clock()
    )


async def take_one(context: ApiContext, scope: Scope, proposal_id: str) -> int:
    """Keep a proposed rule; return how many threads were derived anew."""
    practice = await context.practised()
    return await context.run_long(
        take_listed,
        context.database,
        practice,
        scope,
        proposal_id,
        reread=context.practice or (lambda: practice),
        now=context.clock(),
    )


async def refuse_one(context: ApiContext, scope: Scope, proposal_id: str) -> None:
    """Never propose a rule again."""
    practice = await context.practised()
    await context.run_long(refuse_listed, context.database, practice, scope, proposal_id, now=context.clock())


async def _board(context: ApiContext, scope: Scope) -> Board:
    practice = await context.practised()
    return await context.run(read_board, context.database, practice, scope, now=context.clock())
