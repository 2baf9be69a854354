"""What all tables share: naming convention, and instants that cannot be naive."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import JSON, TypeDecorator

#: Primary keys: 64 bits; SQLite autoincrements only a plain INTEGER, which has 64 bits there.
BigId = BigInteger().with_variant(Integer(), "sqlite")

#: JSON for lists of reasons and addresses; never queried into.
Json = JSON(none_as_null=True)


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
