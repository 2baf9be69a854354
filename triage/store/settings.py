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


def read_settings(connection: Connection, prefix: str) -> dict[str, str]:
    """Return the facts whose keys begin so, by key."""
    rows = connection.execute(
        sa.select(Setting.key, Setting.value)
        .where(Setting.key.startswith(prefix, autoescape=True))
        .order_by(Setting.key)
    )
    return {row.key: row.value for row in rows}
