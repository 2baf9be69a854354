"""Splits, merges and their undoing by people, and the explanation of a thread."""

from collections.abc import Collection
from datetime import datetime

from triage.core.errors import NotFound
from triage.core.ids import MessageId, ThreadId
from triage.core.scope import Scope
from triage.core.thread_history import ThreadHistory
from triage.services.practice import Practice
from triage.services.project_threads import project_threads
from triage.store import thread_decisions as store
from triage.store.database import Connection, Database
from triage.store.scoped import ScopedReader
from triage.store.thread_decisions import Decided
from triage.store.thread_history import history

__all__ = ["Decided", "explain_thread", "merge_threads", "split_thread", "undo_thread_event"]


def explain_thread(database: Database, scope: Scope, thread_id: ThreadId) -> ThreadHistory:
    """Say why each message of a thread is there, what was refused, and what happened to the thread.

    Raises:
        NotFound: If there is no such thread, or none that the scope may see.
    """
    with database.read() as connection:
        reader = ScopedReader(connection, scope)
        return history(connection, reader, reader.thread(thread_id).entry.thread_id)


def split_thread(
    database: Database,
    practice: Practice,
    scope: Scope,
    message_ids: Collection[MessageId],
    *,
    thread_id: ThreadId | None = None,
    now: datetime,
) -> Decided:
    """Take messages out of their thread into a new one; it holds against later mail.

    Args:
        thread_id: The thread that they must be in; None for whichever.

    Raises:
        NotFound: If a message does not exist, not for the scope, or not in that thread.
        Conflict: If the messages are of several threads, or are all of their thread.
    """
    with database.write() as connection:
        _check(connection, scope, store.threads_of(connection, message_ids), among=thread_id)
        decided = store.split(connection, message_ids, actor=scope.name, now=now)
        project_threads(connection, practice, decided.rethreaded.touched, now=now)
    return decided


def merge_threads(
    database: Database,
    practice: Practice,
    scope: Scope,
    into: ThreadId,
    thread_id: ThreadId,
    *,
    now: datetime,
) -> Decided:
    """Move all messages of a thread into another one; it holds against later mail.

    Raises:
        NotFound: If one of them does not exist, or not for the scope.
        Conflict: If both are the same, or belong to two confirmed accounts.
    """
    with database.write() as connection:
        _check(connection, scope, [into, thread_id])
        decided = store.merge(connection, into, thread_id, actor=scope.name, now=now)
        project_threads(connection, practice, decided.rethreaded.touched, now=now)
    return decided


def undo_thread_event(
    database: Database,
    practice: Practice,
    scope: Scope,
    event_id: int,
    *,
    thread_id: ThreadId | None = None,
    now: datetime,
) -> Decided:
    """Take back a merge or a split, by a person or by the machine.

    Args:
        thread_id: The thread that it must be about; None for whichever.

    Raises:
        NotFound: If there is no such event, not for the scope, or not about that thread.
        Conflict: If it was taken back before, or cannot be.
    """
    with database.write() as connection:
        _check(connection, scope, store.event_threads(connection, event_id), among=thread_id)
        decided = store.undo(connection, event_id, actor=scope.name, now=now)
        project_threads(connection, practice, decided.rethreaded.touched, now=now)
    return decided


def _check(
    connection: Connection,
    scope: Scope,
    thread_ids: Collection[ThreadId],
    *,
    among: ThreadId | None = None,
) -> None:
    """Refuse what the scope may not see, or what is about other threads, as if it did not exist."""
    reader = ScopedReader(connection, scope)
    seen = {reader.thread(one).entry.thread_id for one in thread_ids}
    if not seen or (among is not None and reader.thread(among).entry.thread_id not in seen):
        raise NotFound("there is no such thread")
