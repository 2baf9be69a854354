"""The words of the index on PostgreSQL: a tsvector a message, made of our own words.

Weights tell the fields apart: A subject, people and files, B the author's own words, D what is quoted.
Subject, sender, recipients and files are there a second time with the first letter of their field, so
that one field can be asked.
"""

from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import SearchEntry
from triage.core.ids import AccountId, MessageId
from triage.core.search_document import FIELDS, SearchDocument

#: The weight of a field's words, and what stands before them when the field is asked.
_WEIGHTS = {"subject": "A", "sender": "A", "recipients": "A", "files": "A", "own": "B", "quoted": "D"}
PREFIXES = {"subject": "s:", "sender": "f:", "recipients": "t:", "files": "a:"}
MARK = "m:"

_Marked = tuple[SearchDocument, AccountId | None]


class PostgresqlWords:
    """Keeps the words beside the entry."""

    def add(self, connection: Connection, new: Sequence[_Marked]) -> None:
        """Write the entries of messages that have none."""
        connection.execute(
            sa.insert(SearchEntry),
            [
                {
                    "message_id": one.message_id,
                    "place": one.place,
                    "account_id": account,
                    "words": vector(one),
                }
                for one, account in new
            ],
        )

    def move(
        self, connection: Connection, moved: Sequence[_Marked], before: dict[MessageId, AccountId | None]
    ) -> None:
        """Give entries another account."""
        del before
        connection.execute(
            sa.update(SearchEntry)
            .where(SearchEntry.message_id == sa.bindparam("one"))
            .values(account_id=sa.bindparam("account")),
            [{"one": one.message_id, "account": account} for one, account in moved],
        )

    def remove(self, connection: Connection, gone: Sequence[_Marked]) -> None:
        """Leave it to the deletion of the entry."""

    def clear(self, connection: Connection) -> None:
        """Leave it to the deletion of the entries."""


def vector(one: SearchDocument) -> str:
    """Return the words as a tsvector is written; a gap between fields keeps phrases within one."""
    places: dict[str, list[str]] = defaultdict(list)
    first = 1
    for field in FIELDS:
        weight, prefix = _WEIGHTS[field], PREFIXES.get(field)
        words = getattr(one.words, field).split()
        for position, word in enumerate(words, first):
            where = f"{position}{weight}"
            places[word].append(where)
            if prefix:
                places[prefix + word].append(where)
        first += len(words) + 1
    marks = [f"'{MARK}{mark}'" for mark in one.marks]
    # A word is letters and digits: nothing in it needs escaping.
    return " ".join([*marks, *(f"'{word}':{','.join(where)}" for word, where in places.items())])
