"""Inserting many small rows of whole numbers, text and bytes, as the driver takes them.

SQLAlchemy looks at every value of every row for what its type may want to do with it; for an index that
gets ten rows a message this takes longer than the database does.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstrumentedAttribute

Plain: TypeAlias = int | str | bytes
Column: TypeAlias = InstrumentedAttribute[int] | InstrumentedAttribute[str] | InstrumentedAttribute[bytes]


def add_missing(
    connection: Connection, columns: tuple[Column, ...], rows: Sequence[tuple[Plain, ...]]
) -> None:
    """Insert the rows whose primary key is not there yet, in the order given.

    Args:
        columns: Of one table.
    """
    if rows:
        statement = _insert(columns, "?" if connection.dialect.positional else "%s")
        connection.exec_driver_sql(statement, list(rows))


@lru_cache(maxsize=32)
def _insert(columns: tuple[Column, ...], mark: str) -> str:
    table = sa.inspect(columns[0].class_).local_table.name
    names = ", ".join(column.key for column in columns)
    marks = ", ".join(mark for _ in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING"  # noqa: S608 - our names
