"""What all tables share: naming convention, JSON, and instants that cannot be naive."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

import orjson
from sqlalchemy import BigInteger, Boolean, DateTime, Integer, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import JSON, TypeDecorator

#: Primary keys: 64 bits; SQLite autoincrements only a plain INTEGER, which has 64 bits there.
BigId = BigInteger().with_variant(Integer(), "sqlite")

#: Characters of an instant on SQLite, ``2026-01-31 09:30:00.000000``.
_WITHOUT_ZONE = 26


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant in UTC; refuses naive values instead of guessing their zone.

    SQLite keeps it as sortable text without a zone. The processors are those of the column as a whole:
    a mail has twenty instants, and one call for each is less than the three of the usual way.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """Return what turns an instant into what the driver takes."""
        return _text_of if dialect.name == "sqlite" else _utc_of

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Return what turns a stored value into an aware instant in UTC."""
        del coltype
        return _instant_of if dialect.name == "sqlite" else _utc_of


def _utc_of(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("naive datetime bound to a UtcDateTime column")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _text_of(value: datetime | None) -> str | None:
    utc = _utc_of(value)
    return None if utc is None else utc.isoformat(" ", "microseconds")[:_WITHOUT_ZONE]


def _instant_of(text: str | None) -> datetime | None:
    if text is None:
        return None
    # Earlier versions wrote the zone behind since when a mailbox is in a state.
    return datetime.fromisoformat(text if text.endswith("+00:00") else f"{text}Z")


class Json(TypeDecorator[Any]):
    """JSON for lists of reasons and addresses, never queried into; None is NULL.

    On SQLite the processors are those of the column as a whole, as for instants: a mail has ten lists, most
    of them empty, and threads read them again.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Return what turns a value into what the driver takes."""
        return _json_of if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Return what turns a stored value into lists and dictionaries."""
        return _value_of if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _json_of(value: object) -> str | None:
    return None if value is None else json_text(value)


def _value_of(text: str | None) -> object:
    return None if text is None else orjson.loads(text)


def json_text(value: object) -> str:
    """Return a value as JSON."""
    if value == []:
        # Most lists of a message are empty.
        return "[]"
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # Half a surrogate pair and numbers beyond 64 bits: the standard library writes them.
        return json.dumps(value)


class Flag(Boolean):
    """True or false, as SQLAlchemy has it but for looking at each value whether it is one."""

    def bind_processor(self, dialect: Dialect) -> None:
        """Hand values to the driver as they are; all drivers take a ``bool``."""
        del dialect


class Base(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {bool: Flag}

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
