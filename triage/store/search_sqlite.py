"""The words of the index on SQLite: the FTS5 table ``search_words``, whose row ids are places.

The table keeps no content, so that taking an entry out needs the words that were put in: the same
message gives the same words (``core.search_document``).
"""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import SearchEntry
from triage.core.ids import AccountId, MessageId
from triage.core.search_document import FIELDS, SearchDocument, account_mark

_COLUMNS = ", ".join(("rowid", "marks", *FIELDS))
_VALUES = ", ".join("?" * (len(FIELDS) + 2))
_ADD = f"INSERT INTO search_words({_COLUMNS}) VALUES ({_VALUES})"  # noqa: S608 - names of our own
_REMOVE = f"INSERT INTO search_words(search_words, {_COLUMNS}) VALUES ('delete', {_VALUES})"  # noqa: S608

_Marked = tuple[SearchDocument, AccountId | None]


class SqliteWords:
    """Keeps the words in FTS5. Rows come in the order of their places: any other order costs a flush."""

    def add(self, connection: Connection, new: Sequence[_Marked]) -> None:
        """Write the entries of messages that have none."""
        connection.execute(
            sa.insert(SearchEntry),
            [
                {"message_id": one.message_id, "place": one.place, "account_id": account}
                for one, account in new
            ],
        )
        _run(connection, _ADD, new)

    def move(
        self, connection: Connection, moved: Sequence[_Marked], before: dict[MessageId, AccountId | None]
    ) -> None:
        """Give entries another account."""
        _run(connection, _REMOVE, [(one, before[one.message_id]) for one, _ in moved])
        _run(connection, _ADD, moved)
        connection.execute(
            sa.update(SearchEntry)
            .where(SearchEntry.message_id == sa.bindparam("one"))
            .values(account_id=sa.bindparam("account")),
            [{"one": one.message_id, "account": account} for one, account in moved],
        )

    def remove(self, connection: Connection, gone: Sequence[_Marked]) -> None:
        """Take words out."""
        _run(connection, _REMOVE, gone)

    def clear(self, connection: Connection) -> None:
        """Take all words out."""
        connection.exec_driver_sql("INSERT INTO search_words(search_words) VALUES ('delete-all')")


def _run(connection: Connection, statement: str, documents: Iterable[_Marked]) -> None:
    rows = [_row(one, account) for one, account in documents]
    if rows:
        connection.exec_driver_sql(statement, rows)


def _row(one: SearchDocument, account: AccountId | None) -> tuple[Any, ...]:
    words = (getattr(one.words, field) for field in FIELDS)
    return (one.place, " ".join((*one.marks, account_mark(account))), *words)
