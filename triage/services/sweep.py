"""What time alone brings about: warnings, breaches, and silence that makes a mail ours.

Level-triggered: one indexed question finds the threads to which something happens by now, and they
are derived anew. Nothing waits in memory, so nothing is lost with a process.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from triage.core.errors import StoreError
from triage.core.ids import ThreadId
from triage.services.mailbox_alerts import tell_of_mailboxes
from triage.services.practice import Practice
from triage.services.project_threads import project_threads
from triage.store import projections
from triage.store.database import Database

log = structlog.get_logger(__name__)

#: Threads a transaction.
_BATCH = 200
#: A thread that cannot be derived is tried again after this time; it stays in the queue meanwhile.
_LATER = timedelta(minutes=10)


def sweep(database: Database, practice: Practice, *, now: datetime) -> int:
    """Bring every thread up to date to which something happens by now, and tell of mailboxes in trouble.

    Returns:
        How many threads that were.

    Raises:
        StoreError: If the database cannot be written.
    """
    tell_of_mailboxes(database, practice, now=now)
    count = 0
    while True:
        with database.read() as connection:
            due = projections.due_threads(connection, now=now, limit=_BATCH)
        if not due:
            return count
        _derive(database, practice, due, now)
        count += len(due)


def _derive(database: Database, practice: Practice, due: Sequence[ThreadId], now: datetime) -> None:
    try:
        with database.write() as connection:
            project_threads(connection, practice, due, now=now)
    except StoreError:
        raise
    except Exception:
        # One of the three top loops of the house style: one thread must not hold up all others.
        if len(due) > 1:
            log.exception("sweep failed, trying its threads alone", threads=len(due))
            for thread_id in due:
                _derive(database, practice, [thread_id], now)
            return
        log.exception("thread cannot be derived", thread=due[0])
        with database.write() as connection:
            projections.put_off(connection, due[0], until=now + _LATER)
