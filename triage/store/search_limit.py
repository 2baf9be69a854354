"""A search that would take too long ends with a sentence, before others have to wait for it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from triage.core.errors import InvalidQuery

#: SQLite looks at the clock after so many steps of its machine, well under a millisecond.
_STEPS = 10_000
#: What PostgreSQL says of a statement that ran out of time (query_canceled).
_CANCELED = "57014"


@contextmanager
def bounded(connection: Connection, *, seconds: float) -> Iterator[None]:
    """Let no statement of the block run longer.

    Raises:
        InvalidQuery: If one would.
    """
    try:
        with _clock(connection, seconds):
            yield
    except OperationalError as err:
        if str(err.orig) != "interrupted" and getattr(err.orig, "sqlstate", None) != _CANCELED:
            raise
        raise InvalidQuery(
            f"the question takes longer than {seconds:g} seconds; write longer words, or say when or whose"
        ) from err


@contextmanager
def _clock(connection: Connection, seconds: float) -> Iterator[None]:
    if connection.dialect.name != "sqlite":
        # It ends with the transaction, which only reads.
        connection.execute(sa.text(f"SET LOCAL statement_timeout = {round(seconds * 1000)}"))
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    end = time.monotonic() + seconds
    driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)
