"""A row of the queue as it is stored: what a page is written from without making values of each column.

A page has up to 200 rows and is asked for all day. Instants are text in UTC,
``2026-03-11 09:30:00.000000``, which sorts as time does; reasons are JSON, ``[[kind, text], ...]``.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from triage.core.ids import AccountId, ThreadId

#: The instant of a row's text without its zone, which is UTC.
plain_instant = datetime.fromisoformat


class QueueRow(NamedTuple):
    """One thread in the queue; the fields are those of ``queue_entry.QueueEntry``."""

    thread_id: ThreadId
    subject: str
    account_id: AccountId | None
    account_key: str | None
    account_name: str | None
    account_state: str
    account_probability: float | None
    account_is_proven: int
    project_key: str | None
    project_name: str | None
    project_state: str
    project_probability: float | None
    project_is_proven: int
    status: str
    priority: str
    waiting_on: str
    waiting_since: str | None
    is_pending: int
    due_at: str | None
    target: str | None
    stored_clock_state: str | None
    snippet: str
    last_sender: str
    message_count: int
    last_message_at: str | None
    turn_evidence: str
    version: int


def rows_of(stored: Iterable[tuple[Any, ...]]) -> Iterable[QueueRow]:
    """Return tuples of all fields as rows."""
    # The class would check and copy each in Python, which takes twice as long.
    return map(partial(tuple.__new__, QueueRow), stored)


def stored_text(instant: datetime) -> str:
    """Return an aware instant as a row holds it."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def stored_instant(text: str) -> datetime:
    """Return the aware instant of a row's text."""
    return plain_instant(text).replace(tzinfo=UTC)
