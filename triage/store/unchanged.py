"""Answers that are kept while the database says that nothing was written since.

SQLite counts the commits of others (``PRAGMA data_version``) and the changes of a connection itself,
as a transaction sees them, so that a kept answer is never an old one. PostgreSQL has no such count;
there every answer is read anew.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

from triage.store.database import is_writing

T = TypeVar("T")

_KEPT = "triage_kept_answers"
#: More different questions than this are not asked between two writes.
_MOST = 256


def while_unchanged(connection: Connection, question: Hashable, read: Callable[[], T]) -> T:
    """Return what ``read`` returns, or what it returned to the same question if nothing was written since.

    Args:
        question: Says all that the answer depends on beside the database, its reader's rights among them.
        read: Its answer is shared, so it must be immutable.
    """
    # What a transaction has written itself may still be taken back.
    if connection.dialect.name != "sqlite" or is_writing(connection):
        return read()
    if not connection.in_transaction():
        connection.begin()
    driver: Any = connection.connection.dbapi_connection
    state = (driver.execute("PRAGMA data_version").fetchone()[0], driver.total_changes)
    # The answers live and die with the driver's connection, which one thread uses at a time.
    known, answers = connection.info.get(_KEPT, (None, {}))
    if known != state or len(answers) >= _MOST:
        answers = {}
        connection.info[_KEPT] = (state, answers)
    if question not in answers:
        answers[question] = read()
    answer: T = answers[question]
    return answer
