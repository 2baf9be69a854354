"""Derive everything anew from messages and people's decisions, after a change of the configuration.

What comes out depends on what is stored, not on what was derived before: a second run changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from triage.core.attribution import attribute
from triage.core.direction import direction
from triage.core.ids import MessageId, ThreadId
from triage.core.message import Address, Message
from triage.services.practice import Practice
from triage.services.project_threads import project_threads
from triage.store import threading
from triage.store import threads as store
from triage.store.database import Connection, Database
from triage.store.link_facts import renew_people
from triage.store.messages import update_attributions
from triage.store.threads import StoredMessage

_MESSAGES = 500
_THREADS = 200
_COMPONENTS = 200


def recompute(
    database: Database,
    practice: Practice,
    *,
    now: datetime,
    advance: Callable[[int], None] = lambda _count: None,
) -> None:
    """Attribute all messages, then put them into threads, then derive all threads.

    The transactions are of bounded size.

    Args:
        advance: Is told how many messages and threads are done.

    Raises:
        StoreError: If the database cannot be written; a later run takes it from the beginning.
    """
    after = 0
    while True:
        with database.write() as connection:
            some = store.messages_after(connection, after, limit=_MESSAGES)
            _attribute(connection, practice, some)
            renew_people(connection, _ids(some), own=practice.rules.own)
        if not some:
            break
        after = some[-1].facts.message_id
        advance(len(some))
    done: int | None = 0
    while done is not None:
        with database.write() as connection:
            done = threading.recompute_all(connection, done, limit=_COMPONENTS, now=now)
    after = 0
    while True:
        with database.write() as connection:
            threads = store.all_threads(connection, after=after, limit=_THREADS)
            project_threads(connection, practice, threads, now=now)
        if not threads:
            break
        after = threads[-1]
        advance(len(threads))


def recompute_threads(
    database: Database, practice: Practice, thread_ids: Sequence[ThreadId], *, now: datetime
) -> None:
    """Attribute the messages of some threads anew, and derive the threads that they end up in.

    Raises:
        StoreError: If the database cannot be written.
    """
    for start in range(0, len(thread_ids), _THREADS):
        with database.write() as connection:
            found = store.messages_of(connection, thread_ids[start : start + _THREADS])
            messages = [message for some in found.values() for message in some]
            moved = _attribute(connection, practice, messages)
            touched = threading.recompute(connection, moved, now=now).touched if moved else frozenset()
            threads = store.threads_of(connection, _ids(messages)) | touched
            project_threads(connection, practice, threads, now=now)


def _attribute(
    connection: Connection, practice: Practice, messages: Sequence[StoredMessage]
) -> list[MessageId]:
    """Attribute messages anew; return those whose account changed."""
    found = []
    for one in messages:
        way = direction(_envelope(one), practice.rules.own)
        found.append((one, way, attribute(replace(one.evidence, direction=way), practice.rules)))
    update_attributions(
        connection, [(MessageId(one.facts.message_id), way, account) for one, way, account in found]
    )
    return _ids(
        [
            one
            for one, _, account in found
            if (one.attribution.state, one.attribution.account) != (account.state, account.account)
        ]
    )


def _ids(messages: Sequence[StoredMessage]) -> list[MessageId]:
    return [MessageId(one.facts.message_id) for one in messages]


def _envelope(one: StoredMessage) -> Message:
    """Return who wrote to whom, which is all that the direction depends on."""
    return Message(
        received_at=one.facts.received_at,
        senders=one.evidence.senders,
        to=tuple(Address(email=email) for email in one.evidence.recipients),
    )
