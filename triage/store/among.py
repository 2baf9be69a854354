"""One of many values, as one parameter: a statement whose text does not depend on how many there are.

``IN`` with a list has a parameter for each value, so its text is made anew at each run, SQLite and
PostgreSQL plan it anew, and a long list has to be cut. Here SQLite reads the values from a JSON array
and PostgreSQL from an array.
"""

from collections.abc import Collection
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection
from sqlalchemy.orm import InstrumentedAttribute

_T = TypeVar("_T", int, str)


def among(
    connection: Connection, column: InstrumentedAttribute[Any], values: Collection[_T]
) -> sa.ColumnElement[bool]:
    """Return the condition that a column of whole numbers or of text has one of the values.

    The values are visited in order, whatever their order was, so that locks are taken in one order.
    """
    wanted = sorted(values)
    if connection.dialect.name == "postgresql":
        array = sa.literal(wanted, postgresql.ARRAY(column.type))
        return column == sa.any_(array)
    listed = sa.func.json_each(sa.literal(wanted, sa.JSON())).table_valued("value")
    return column.in_(sa.select(listed.c.value))
