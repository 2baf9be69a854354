"""Inserting many rows as the driver takes them.

SQLAlchemy looks up every value of every row by its name and its type; for the rows that a message gets
by the dozen this takes longer than the database does. Here the statement and what each column does to
its values are made once.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import InstrumentedAttribute

Columns: TypeAlias = tuple[InstrumentedAttribute[Any], ...]
Rows: TypeAlias = Sequence[tuple[Any, ...]]


def add_rows(connection: Connection, columns: Columns, rows: Rows) -> None:
    """Insert rows, in the order given.

    Args:
        columns: Of one table, all that have no default of the database's; values stand in their order.
    """
    _add(connection, _prepared(columns, connection.dialect), rows)


def add_missing(connection: Connection, columns: Columns, rows: Rows) -> None:
    """Insert the rows that meet no other under the same key, in the order given."""
    _add(connection, _prepared(columns, connection.dialect, " ON CONFLICT DO NOTHING"), rows)


class _Insert(NamedTuple):
    """A statement, and what turns the values of some places into what the driver takes."""

    text: str
    processors: tuple[tuple[int, Callable[[Any], Any]], ...]

    def bound(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for place, process in self.processors:
            values[place] = process(values[place])
        return tuple(values)


def _add(connection: Connection, insert: _Insert, rows: Rows) -> None:
    if rows:
        bound = [insert.bound(row) for row in rows] if insert.processors else list(rows)
        connection.exec_driver_sql(insert.text, bound)


@lru_cache(maxsize=64)
def _prepared(columns: Columns, dialect: Dialect, ending: str = "") -> _Insert:
    table = sa.inspect(columns[0].class_).local_table.name
    names = ", ".join(column.key for column in columns)
    marks = ", ".join("?" if dialect.positional else "%s" for _ in columns)
    processors = (column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns)
    return _Insert(
        text=f"INSERT INTO {table} ({names}) VALUES ({marks}){ending}",  # noqa: S608 - names of our own
        processors=tuple((place, process) for place, process in enumerate(processors) if process),
    )
