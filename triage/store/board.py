"""What the worker found worth asking and telling about the models, kept for those who read it.

Finding it takes the learning library and looks at many messages, so the worker does it now and then, and
pages only read. Each list is one JSON value among the settings; its items name their account.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Decision, Thread
from triage.core.ids import AccountId, ThreadId
from triage.store.among import among
from triage.store.scoped import ScopedReader
from triage.store.settings import read_setting, write_setting

_PREFIX = "board-"


def write_list(connection: Connection, name: str, items: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """Keep a list in the place of the one before."""
    write_setting(connection, f"{_PREFIX}{name}", json.dumps({"at": now.isoformat(), "items": list(items)}))


def read_list(connection: Connection, name: str) -> tuple[list[dict[str, Any]], datetime | None]:
    """Return a list and when it was found; empty and None before the first time."""
    stored = read_setting(connection, f"{_PREFIX}{name}")
    if stored is None:
        return [], None
    found = json.loads(stored)
    return found["items"], datetime.fromisoformat(found["at"])


def drop_item(connection: Connection, name: str, item_id: str) -> None:
    """Take one item off a list; the instant of the list stays."""
    items, at = read_list(connection, name)
    if at is not None:
        write_list(connection, name, [one for one in items if one["id"] != item_id], now=at)


def still_open(
    connection: Connection, reader: ScopedReader, threads: Collection[ThreadId]
) -> dict[ThreadId, AccountId]:
    """Return those of the threads that may be seen and whose project is still not known, by account."""
    rows = connection.execute(
        sa.select(Thread.id, Thread.account_id).where(
            reader.visible(),
            Thread.project_state == "unknown",
            Thread.account_id.is_not(None),
            among(Thread.id, threads),
        )
    )
    return {ThreadId(one): AccountId(account) for one, account in rows if account is not None}


def answered_threads(connection: Connection, reader: ScopedReader, *, since: datetime) -> int:
    """Return how many threads that may be seen a person gave a project since."""
    count = (
        sa.select(sa.func.count(sa.distinct(Decision.thread_id)))
        .join(Thread, Thread.id == Decision.thread_id)
        .where(reader.visible(), Decision.kind == "project", Decision.at >= since)
    )
    return int(connection.scalar(count) or 0)
