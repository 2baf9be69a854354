"""Searching mail, with how far the index is behind it."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from triage.core.scope import Scope
from triage.core.search_cursor import decode_search_cursor
from triage.core.search_hit import SearchHit
from triage.core.search_query import parse
from triage.store.database import Database
from triage.store.search import BEHIND_CAP, SearchReader
from triage.store.search_limit import bounded

__all__ = ["BEHIND_CAP", "SearchPage", "search"]

_LONGEST_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchPage:
    """A page of hits with what is needed to believe it.

    Attributes:
        next_cursor: Fetches the page behind it; None on the last page.
        behind: Messages that are stored and not searched yet; at ``BEHIND_CAP``, that many or more.
        unknown: Names in conditions that no account and no project has of those the scope may see.
        as_of: When it was read.
    """

    hits: tuple[SearchHit, ...]
    next_cursor: str | None
    behind: int
    unknown: tuple[str, ...]
    as_of: datetime

    @property
    def unknown_sentence(self) -> str:
        """What a person is told of names that nothing has; empty when there are none."""
        if not self.unknown:
            return ""
        return f"No customer or project that you may see is called {' or '.join(self.unknown)}."

    @property
    def behind_sentence(self) -> str:
        """What a person is told of mail that is not searched yet; empty when there is none."""
        if not self.behind:
            return ""
        count = f"{BEHIND_CAP:,} or more" if self.behind >= BEHIND_CAP else f"{self.behind:,}"
        be = "message is" if self.behind == 1 else "messages are"
        return f"{count} {be} stored but not searched yet; the index follows within seconds of reading."


def search(
    database: Database,
    scope: Scope,
    text: str,
    *,
    zone: tzinfo,
    cursor: str | None = None,
    limit: int = 50,
    now: datetime,
) -> SearchPage:
    """Return a page of the messages that a question finds among those the scope may see.

    Args:
        zone: In which dates of the question begin.
        limit: Hits of the page, 1 to 200.

    Raises:
        InvalidQuery: If the question cannot be read, or takes too long.
        InvalidCursor: If the cursor is not one of ours.
    """
    query = parse(text, zone=zone)
    start = decode_search_cursor(cursor) if cursor else None
    with database.read() as connection, bounded(connection, seconds=_LONGEST_SECONDS):
        reader = SearchReader(connection, scope)
        hits = reader.search(query, start, limit)
        behind = reader.count_behind()
    return SearchPage(
        hits=hits.hits,
        next_cursor=hits.next.encode() if hits.next else None,
        behind=behind,
        unknown=hits.unknown,
        as_of=now,
    )
