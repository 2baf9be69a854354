"""One of many values, as one parameter: a statement whose text does not depend on how many there are.

``IN`` with a list has a parameter for each value, so its text is made anew at each run, SQLite and
PostgreSQL plan it anew, and a long list has to be cut. Here SQLite reads the values from a JSON array
and PostgreSQL from an array.
"""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


def among(
    column: InstrumentedAttribute[Any], values: Collection[int] | Collection[str]
) -> sa.ColumnElement[bool]:
    """Return the condition that a column of whole numbers or of text has one of the values."""
    kind = _TEXTS if isinstance(column.type, sa.String) else _NUMBERS
    return _Among(column, sa.literal(list(values), kind))


class _Values(sa.TypeDecorator[Any]):
    """The values as the database takes them."""

    impl = sa.JSON
    cache_ok = True

    def __init__(self, item: type[sa.types.TypeEngine[Any]]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        """Return an array where there are arrays."""
        array = postgresql.ARRAY(self.item)
        return dialect.type_descriptor(array if dialect.name == "postgresql" else sa.JSON())


_NUMBERS, _TEXTS = _Values(sa.BigInteger), _Values(sa.Text)


class _Among(FunctionElement[bool]):
    """The condition; its arguments are the column and the values.

    It has no type: SQLite has no truth of its own, and a Boolean would be compared with 1, past the index.
    """

    inherit_cache = True


@compiles(_Among)
def _in_json(element: _Among, compiler: SQLCompiler, **given: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column, values = (compiler.process(one, **given) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - the compiler quotes both


@compiles(_Among, "postgresql")
def _is_any(element: _Among, compiler: SQLCompiler, **given: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column, values = (compiler.process(one, **given) for one in element.clauses)
    return f"{column} = ANY ({values})"
