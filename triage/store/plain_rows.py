"""Writing many rows as the driver takes them.

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

Column: TypeAlias = InstrumentedAttribute[Any]
Columns: TypeAlias = tuple[Column, ...]
Rows: TypeAlias = Sequence[tuple[Any, ...]]


def add_rows(connection: Connection, columns: Columns, rows: Rows) -> None:
    """Insert rows, in the order given.

    Args:
        columns: Of one table, all that have no default of the database's; values stand in their order.
    """
    _run(connection, _insert(columns, connection.dialect), rows)


def add_missing(connection: Connection, columns: Columns, rows: Rows) -> None:
    """Insert the rows that meet no other under the same key, in the order given."""
    _run(connection, _insert(columns, connection.dialect, " ON CONFLICT DO NOTHING"), rows)


def change_rows(
    connection: Connection,
    columns: Columns,
    rows: Rows,
    *,
    key: Column,
    rising: Column | None = None,
) -> None:
    """Write columns of rows that are there.

    Args:
        columns: Of one table; values stand in their order, the key of the row last.
        rising: A number that grows by one with each change.
    """
    _run(connection, _update(columns, key, rising, connection.dialect), rows)


def new_ids(connection: Connection, column: Column, count: int) -> list[int]:
    """Return so many ids that no row has yet, in rising order, for rows that the caller inserts next.

    SQLite, asked for the ids of many new rows in their order, would be handed one row at a time. Its
    writer is alone, and the ids are those that it would give itself.
    """
    if not count:
        return []
    if connection.dialect.name == "sqlite":
        first = (connection.scalar(sa.select(sa.func.max(column))) or 0) + 1
        return list(range(first, first + count))
    table = sa.inspect(column.class_).local_table.name
    following = sa.func.nextval(sa.func.pg_get_serial_sequence(table, column.key))
    return sorted(connection.scalars(sa.select(following).select_from(sa.func.generate_series(1, count))))


class _Statement(NamedTuple):
    """A statement, and what turns the values of some places into what the driver takes."""

    text: str
    processors: tuple[tuple[int, Callable[[Any], Any]], ...]

    def bound(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for place, process in self.processors:
            values[place] = process(values[place])
        return tuple(values)


def _run(connection: Connection, statement: _Statement, rows: Rows) -> None:
    if rows:
        bound = [statement.bound(row) for row in rows] if statement.processors else list(rows)
        connection.exec_driver_sql(statement.text, bound)


@lru_cache(maxsize=64)
def _insert(columns: Columns, dialect: Dialect, ending: str = "") -> _Statement:
    names = ", ".join(_name(column, dialect) for column in columns)
    marks = ", ".join(_mark(dialect) for _ in columns)
    return _Statement(
        text=f"INSERT INTO {_table(columns[0])} ({names}) VALUES ({marks}){ending}",  # noqa: S608 - names of our own
        processors=_processors(columns, dialect),
    )


@lru_cache(maxsize=16)
def _update(columns: Columns, key: Column, rising: Column | None, dialect: Dialect) -> _Statement:
    changes = [f"{_name(column, dialect)} = {_mark(dialect)}" for column in columns]
    if rising is not None:
        changes.append(f"{_name(rising, dialect)} = {_name(rising, dialect)} + 1")
    return _Statement(
        text=f"UPDATE {_table(key)} SET {', '.join(changes)} WHERE {_name(key, dialect)} = {_mark(dialect)}",  # noqa: S608 - names of our own
        processors=_processors((*columns, key), dialect),
    )


def _table(column: Column) -> str:
    return str(sa.inspect(column.class_).local_table.name)


def _name(column: Column, dialect: Dialect) -> str:
    return str(dialect.identifier_preparer.quote(column.key))


def _mark(dialect: Dialect) -> str:
    return "?" if dialect.positional else "%s"


def _processors(columns: Columns, dialect: Dialect) -> tuple[tuple[int, Callable[[Any], Any]], ...]:
    processors = (column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns)
    return tuple((place, process) for place, process in enumerate(processors) if process)
