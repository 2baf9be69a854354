"""The public JSON contract of review items; part of version 1."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from api.schemas import RowId
from triage.core.review import Review, ReviewSide, Settlement
from triage.services.reviews import ReviewPage


class ReviewSideJson(TypedDict):
    """One of the two messages, with its thread."""

    thread_id: int
    thread_subject: str
    account: Annotated[str | None, Field(description="Key of the confirmed account; null: not known")]
    message_id: int
    subject: str
    sender: str
    received_at: datetime


class ReviewJson(TypedDict):
    """Two threads that something connects and something keeps apart."""

    id: int
    reason: Annotated[str, Field(description="wall, stranger, hijack, ambiguous or answered")]
    link: Annotated[str, Field(description="What connects the two messages")]
    links: Annotated[int, Field(description="How many links between the two threads were refused alike")]
    title: str
    sentence: str
    opened_at: datetime
    child: Annotated[
        ReviewSideJson | None,
        Field(description="The message that refers to the other; null: of a thread you may not see"),
    ]
    parent: Annotated[
        ReviewSideJson | None, Field(description="The message referred to; null: of a thread you may not see")
    ]
    can_keep_apart: bool
    can_join: Annotated[bool, Field(description="Never across two confirmed accounts")]


class ReviewsJson(TypedDict):
    """A page of open items, newest first."""

    reviews: list[ReviewJson]
    next_cursor: Annotated[int | None, Field(description="Fetches the next page; null on the last one")]
    as_of: datetime


class ReviewsQuery(BaseModel):
    """What to list. A parameter that is not known is an error, not silence."""

    model_config = ConfigDict(extra="forbid")

    cursor: RowId | None = Field(default=None, description="`next_cursor` of the page before")
    limit: int = Field(default=50, ge=1, le=200, description="Items of the page")


class SettleRequest(BaseModel):
    """What a person says of an item."""

    model_config = ConfigDict(extra="forbid")

    decision: Settlement = Field(description="apart: they stay two threads; join: they become one")


def reviews(page: ReviewPage) -> ReviewsJson:
    """Return a page of items."""
    return {
        "reviews": [_review(one) for one in page.reviews],
        "next_cursor": page.next,
        "as_of": page.as_of,
    }


def _review(one: Review) -> ReviewJson:
    return {
        "id": one.id,
        "reason": one.reason,
        "link": one.link,
        "links": one.links,
        "title": one.title,
        "sentence": one.sentence,
        "opened_at": one.opened_at,
        "child": _side(one.child),
        "parent": _side(one.parent),
        "can_keep_apart": one.can_keep_apart,
        "can_join": one.can_join,
    }


def _side(side: ReviewSide | None) -> ReviewSideJson | None:
    if side is None:
        return None
    return {
        "thread_id": side.thread_id,
        "thread_subject": side.thread_subject,
        "account": side.account_key,
        "message_id": side.message_id,
        "subject": side.subject,
        "sender": side.sender,
        "received_at": side.received_at,
    }
