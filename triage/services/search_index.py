"""Keeping the full-text index up to date where the transaction that stores a message does not.

New mail enters the index as it is stored. A step behind it, at its own pace, comes what got another
account, and everything after a change of the words. What is not read yet is counted with every answer.
"""

from collections.abc import Callable

from triage.fail_point import reach
from triage.store import search_index
from triage.store.database import Database

#: Messages of one transaction: FTS5 writes a segment for each, and holds the write lock meanwhile.
BATCH = 500


def index_some(database: Database, *, limit: int = BATCH) -> int:
    """Put messages that the index waits for into it, in one transaction.

    Returns:
        How many were taken from the list; 0 when the index is up to date.

    Raises:
        StoreError: If the database cannot be written; nothing was.
    """
    if database.is_sqlite:
        # The only writer of SQLite must not wait while we look for words.
        with database.read() as connection:
            texts = search_index.waiting(connection, limit)
        documents = [one.document() for one in texts]
        if not documents:
            return 0
        with database.write() as connection:
            search_index.write(connection, documents)
            reach("search.before-commit")
        return len(documents)
    with database.write() as connection:
        texts = search_index.waiting(connection, limit)
        search_index.write(connection, [one.document() for one in texts])
        reach("search.before-commit")
    return len(texts)


def index_all(
    database: Database,
    *,
    advance: Callable[[int], None] = lambda _count: None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Bring the index up to date; return how many messages were read.

    Args:
        advance: Is told how many messages a step read.
        is_stopped: Ends the work between two steps.

    Raises:
        StoreError: If the database cannot be written; a later run goes on where this one stopped.
    """
    total = 0
    make_current(database)
    while not is_stopped() and (count := index_some(database)):
        total += count
        advance(count)
    return total


def is_current(database: Database) -> bool:
    """Tell whether the index was made with the words of this program."""
    with database.read() as connection:
        return search_index.is_current_version(connection)


def make_current(database: Database) -> None:
    """Let an index with the words of another program be made anew; a new database has none.

    Raises:
        StoreError: If the database cannot be written; nothing was changed.
    """
    if not is_current(database):
        rebuild(database)


def rebuild(database: Database) -> int:
    """Empty the index and let it wait for every message; return how many those are.

    Raises:
        StoreError: If the database cannot be written; nothing was changed.
    """
    with database.write() as connection:
        search_index.start_anew(connection)
        return search_index.count_waiting(connection)
