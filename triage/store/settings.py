"""Facts about the database itself."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Setting


def read_setting(connection: Connection, key: str) -> str | None:
    """Return a fact, or None when it was never written."""
    return connection.scalar(sa.select(Setting.value).where(Setting.key == key))


def write_setting(connection: Connection, key: str, value: str) -> None:
    """Write a fact."""
    if connection.execute(sa.update(Setting).where(Setting.key == key).values(value=value)).rowcount == 0:
        connection.execute(sa.insert(Setting).values(key=key, value=value))
