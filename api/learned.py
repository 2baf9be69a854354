"""The public JSON contract of questions, proposals and the state of the models; part of version 1."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas import Key, RowId
from triage.services.learning import Board, ModelState


class QuestionJson(TypedDict):
    """Threads of one account that are about the same thing, and whose project nobody knows."""

    account: str
    question: Annotated[str, Field(description="To put to a person")]
    thread_ids: list[int]
    messages: int
    terms: Annotated[list[str], Field(description="What the threads have in common")]
    code: Annotated[str | None, Field(description="Prefix of a code that several name and no rule knows")]
    may_be_new_project: bool
    value: Annotated[float, Field(description="How much an answer teaches; the list is ordered by it")]
    projects: Annotated[list[str], Field(description="Keys that may be the answer")]


class QuestionsJson(TypedDict):
    """At most five a day."""

    questions: list[QuestionJson]
    found_at: Annotated[datetime | None, Field(description="When the worker looked last; null: never")]
    as_of: datetime


class ProposalJson(TypedDict):
    """A contact or domain that may become a rule."""

    id: str
    kind: Annotated[str, Field(description="contact or domain")]
    value: str
    account: str
    people: Annotated[int, Field(description="How many addresses speak for it")]
    since: Annotated[datetime, Field(description="The rule would hold from here on")]
    moved_from: Annotated[
        str | None, Field(description="The account whose contact the person was until then")
    ]
    question: str


class ProposalsJson(TypedDict):
    """Proposals, domains first."""

    proposals: list[ProposalJson]
    as_of: datetime


class WeekJson(TypedDict):
    """Seven days of an account."""

    begins_at: datetime
    asked: Annotated[
        int, Field(description="Threads that began then and whose project only a model can tell")
    ]
    silent: Annotated[int, Field(description="Those without a suggestion")]
    answered: Annotated[int, Field(description="Suggestions that people confirmed or corrected then")]
    wrong: Annotated[int, Field(description="Those that were corrected")]


class ComparisonJson(TypedDict):
    """A new model beside the one before it, on the later threads that both were tried on."""

    compared: int
    wrong_before: int
    wrong_now: int


class ModelJson(TypedDict):
    """How right suggestions are, and whether they are shown."""

    account: Annotated[str, Field(description="Empty for the suggestions of accounts by words")]
    state: Annotated[str, Field(description="proven, not proven, silent or off")]
    risk: Annotated[float, Field(description="A suggestion may be wrong this often")]
    bound: Annotated[float, Field(description="With the stated confidence no more than this share is wrong")]
    confidence: float
    labels: Annotated[int | None, Field(description="Messages it learnt from")]
    made_at: datetime | None
    tried: Annotated[int, Field(description="Predictions about later threads")]
    wrong: int
    answered: Annotated[int, Field(description="Last suggestions that people answered, 90 days, at most 100")]
    answered_wrong: int
    least_error: Annotated[float, Field(description="Lower bound of the error by those answers")]
    promotion: Annotated[
        ComparisonJson | None, Field(description="With the model before; null for the first")
    ]
    refused: Annotated[ComparisonJson | None, Field(description="The last newer model that was not used")]
    refused_at: datetime | None
    curve: Annotated[list[list[float]], Field(description="Pairs of coverage and error, the surest first")]
    weeks: list[WeekJson]


class ModelsJson(TypedDict):
    """The models that the reader may see."""

    models: list[ModelJson]
    accounts_by_words: Annotated[ModelJson | None, Field(description="Null for readers of single accounts")]
    found_at: datetime | None
    as_of: datetime


class AnsweredJson(TypedDict):
    """What an answer did."""

    threads: Annotated[int, Field(description="Threads that were derived anew")]


class AnswerRequest(BaseModel):
    """The threads of a question and the project they belong to."""

    model_config = ConfigDict(extra="forbid")

    threads: list[RowId] = Field(min_length=1, max_length=200)
    project: Key


class ProposalRequest(BaseModel):
    """The id of a proposal."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=400)]


def questions(board: Board) -> QuestionsJson:
    """Return the questions."""
    return {
        "questions": [
            {
                "account": one.account_key,
                "question": one.text,
                "thread_ids": list(one.question.threads),
                "messages": one.question.messages,
                "terms": list(one.question.terms),
                "code": one.question.code or None,
                "may_be_new_project": one.question.may_be_new,
                "value": one.question.value,
                "projects": [key for key, _ in one.choices],
            }
            for one in board.questions
        ],
        "found_at": board.found_at,
        "as_of": board.as_of,
    }


def proposals(board: Board) -> ProposalsJson:
    """Return the proposals."""
    return {
        "proposals": [
            {
                "id": one.proposal.id,
                "kind": one.proposal.kind.value,
                "value": one.proposal.value,
                "account": one.account_key,
                "people": one.proposal.people,
                "since": one.proposal.since,
                "moved_from": one.moved_from or None,
                "question": one.text,
            }
            for one in board.proposals
        ],
        "as_of": board.as_of,
    }


def models(board: Board) -> ModelsJson:
    """Return the state of the models."""
    return {
        "models": [_model(one) for one in board.models],
        "accounts_by_words": None
        if board.words is None
        else _model(ModelState(account_key="", account_name="", facts=board.words)),
        "found_at": board.found_at,
        "as_of": board.as_of,
    }


def _model(one: ModelState) -> ModelJson:
    facts: dict[str, Any] = one.facts
    return {
        "account": one.account_key,
        "state": facts["state"],
        "risk": facts["risk"],
        "bound": facts["bound"],
        "confidence": facts["confidence"],
        "labels": facts.get("labels"),
        "made_at": _instant(facts.get("made_at")),
        "tried": facts["tried"],
        "wrong": facts["wrong"],
        "answered": facts["answered"],
        "answered_wrong": facts["answered_wrong"],
        "least_error": facts["least_error"],
        "promotion": facts.get("promotion"),
        "refused": facts.get("refused"),
        "refused_at": _instant(facts.get("refused_at")),
        "curve": facts["curve"],
        "weeks": [_week(week) for week in facts["weeks"]],
    }


def _week(facts: dict[str, Any]) -> WeekJson:
    return {
        "begins_at": datetime.fromisoformat(facts["begins_at"]),
        "asked": facts["asked"],
        "silent": facts["silent"],
        "answered": facts["answered"],
        "wrong": facts["wrong"],
    }


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
