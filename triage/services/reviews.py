"""The open review items, and settling one: keep the two threads apart, or make them one."""

from dataclasses import dataclass
from datetime import datetime

from triage.core.errors import Conflict, NotFound
from triage.core.review import Review, Settlement
from triage.core.scope import Scope
from triage.services.practice import Practice
from triage.services.project_threads import project_threads
from triage.store import thread_decisions as store
from triage.store.database import Database
from triage.store.review_list import open_review, open_reviews
from triage.store.scoped import ScopedReader
from triage.store.thread_decisions import Decided


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewPage:
    """Open items, newest first.

    Attributes:
        next: Id from which the next page goes on; None on the last page.
    """

    reviews: tuple[Review, ...]
    next: int | None
    as_of: datetime


def list_reviews(
    database: Database, scope: Scope, *, before: int | None = None, limit: int = 50, now: datetime
) -> ReviewPage:
    """Return a page of the open items that the scope may see.

    Args:
        before: ``next`` of the page before.
        limit: Items of the page, at least 1.
    """
    with database.read() as connection:
        found = open_reviews(connection, ScopedReader(connection, scope), before=before, limit=limit + 1)
    shown = found[:limit]
    return ReviewPage(reviews=shown, next=shown[-1].id if len(found) > limit else None, as_of=now)


def settle_review(
    database: Database,
    practice: Practice,
    scope: Scope,
    review_id: int,
    settlement: Settlement,
    *,
    now: datetime,
) -> Decided:
    """Decide about the two threads of an item; it leaves the list, and the decision can be undone.

    Joining moves the messages of the thread that refers into the one referred to.

    Raises:
        NotFound: If there is no such open item for whoever may see both threads.
        Conflict: If the two belong to two confirmed accounts and were to be joined.
    """
    with database.write() as connection:
        review = open_review(connection, ScopedReader(connection, scope), review_id)
        if review.child is None or review.parent is None:
            raise NotFound("there is no such open review item")
        below, above = review.child.thread_id, review.parent.thread_id
        if settlement is Settlement.APART:
            decided = store.keep_apart(connection, below, above, actor=scope.name, now=now)
        elif review.can_join:
            decided = store.merge(connection, above, below, actor=scope.name, now=now)
        else:
            raise Conflict("the two threads belong to two customers and stay apart")
        project_threads(connection, practice, decided.rethreaded.touched, now=now)
    return decided
