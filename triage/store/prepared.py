"""Statements that are compiled once and run on the driver itself, for reads that are asked often.

SQLAlchemy looks up the compiled text, turns every column of every row and wraps each row anew at each
run, which takes longer than a page of the queue takes to read. What comes back is as SQLite stores it,
from both databases: instants and JSON are text, truth is a number.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect

from triage.core.queue_row import stored_text

Row = tuple[Any, ...]


class Prepared:
    """One statement in the words of one database."""

    def __init__(self, statement: sa.Select[Any], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._names = None if compiled.positiontup is None else tuple(compiled.positiontup)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Row]:
        """Run it in the transaction of the connection and return all rows.

        Args:
            values: Of the parameters by name; more than it has are ignored. Instants are aware.
        """
        if not connection.in_transaction():
            connection.begin()
        driver: Any = connection.connection.driver_connection
        bound = {**self._fixed, **values}
        if self._names is not None:
            given = [plain(bound[name]) for name in self._names]
            rows: list[Row] = driver.execute(self._text, given).fetchall()
            return rows
        return [tuple(map(plain, row)) for row in driver.execute(self._text, bound).fetchall()]


def plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    """Return a value as SQLite stores it."""
    if isinstance(value, datetime):
        return stored_text(value)
    return orjson.dumps(value).decode() if isinstance(value, list) else value
