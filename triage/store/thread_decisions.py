"""Splits and merges by people: they win over the machine, over later mail, and survive a recompute."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from models import Message, Thread, ThreadEvent, ThreadSide
from triage.core.errors import Conflict, NotFound
from triage.core.ids import MessageId, ThreadId
from triage.store import components
from triage.store.link_facts import chunks
from triage.store.review import Pair
from triage.store.threading import MACHINE, Rethreaded, assign, hold, recompute, retire

#: Kind of the event that keeps two threads apart; no message moves.
APART = "apart"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """A decision that took effect.

    Attributes:
        event_id: Names it for ``undo``.
        thread_id: The thread that the moved messages are in now.
    """

    event_id: int
    thread_id: ThreadId
    rethreaded: Rethreaded


def resolve(connection: Connection, thread_id: ThreadId) -> ThreadId:
    """Return the thread itself or the one it is an alias of.

    Raises:
        NotFound: If there never was such a thread.
    """
    row = connection.execute(sa.select(Thread.id, Thread.alias_of).where(Thread.id == thread_id)).first()
    if row is None:
        raise NotFound(f"there is no thread {thread_id}")
    return ThreadId(row.id if row.alias_of is None else row.alias_of)


def threads_of(connection: Connection, message_ids: Collection[MessageId]) -> frozenset[ThreadId]:
    """Return the threads of messages.

    Raises:
        NotFound: If a message does not exist.
    """
    found = _threads(connection, message_ids)
    if not found or len(found) < len(set(message_ids)):
        raise NotFound("a message that was named does not exist or is in no thread")
    return frozenset(found.values())


def event_threads(connection: Connection, event_id: int) -> frozenset[ThreadId]:
    """Return the two threads of a merge or split.

    Raises:
        NotFound: If there is no such event.
    """
    row = connection.execute(
        sa.select(ThreadEvent.thread_id, ThreadEvent.from_thread_id).where(ThreadEvent.id == event_id)
    ).first()
    if row is None:
        raise NotFound(f"there is no thread event {event_id}")
    return frozenset(ThreadId(one) for one in row)


def split(
    connection: Connection, message_ids: Collection[MessageId], *, actor: str, now: datetime
) -> Decided:
    """Take messages out of their thread into a new one; both parts stay together and apart.

    Args:
        actor: Who decided, as in ``decision.actor``.

    Raises:
        NotFound: If a message does not exist.
        Conflict: If the messages are of several threads, or are all of their thread.
    """
    hold(connection)
    origin = _thread_of(connection, message_ids)
    rest = [one for one in _members(connection, origin) if one not in set(message_ids)]
    if not rest:
        raise Conflict(f"all messages of thread {origin} are named; leave at least one in it")
    return _part(connection, sorted(set(message_ids)), rest, origin, actor=actor, now=now)


def merge(
    connection: Connection, into: ThreadId, thread_id: ThreadId, *, actor: str, now: datetime
) -> Decided:
    """Move all messages of a thread into another one; its id becomes an alias.

    Raises:
        NotFound: If one of them does not exist.
        Conflict: If both are the same, or belong to two confirmed accounts.
    """
    hold(connection)
    kept, other = resolve(connection, into), resolve(connection, thread_id)
    if kept == other:
        raise Conflict(f"thread {thread_id} is already part of thread {kept}")
    both = [_members(connection, kept), _members(connection, other)]
    if not all(both):
        raise Conflict("a thread without messages cannot be merged")
    members = [one for some in both for one in some]
    components.join_messages(connection, [members])
    event_id = _decide(
        connection, "merge", (members,), thread_id=kept, origin=other, moved=both[1], actor=actor, now=now
    )
    assign(connection, dict.fromkeys(both[1], kept))
    retire(connection, {other: kept})
    rethreaded = recompute(connection, members, now=now)
    if len(set(_threads(connection, members).values())) > 1:
        raise Conflict(f"threads {kept} and {other} belong to two customers and stay apart")
    return Decided(event_id=event_id, thread_id=kept, rethreaded=rethreaded)


def keep_apart(
    connection: Connection, one: ThreadId, other: ThreadId, *, actor: str, now: datetime
) -> Decided:
    """Decide that two threads are two conversations; each stays together, and apart from the other.

    Raises:
        NotFound: If one of them does not exist.
        Conflict: If both are the same.
    """
    hold(connection)
    first, second = resolve(connection, one), resolve(connection, other)
    if first == second:
        raise Conflict(f"{one} and {other} are one thread; split it to part its messages")
    sides = [_members(connection, first), _members(connection, second)]
    if not all(sides):
        raise Conflict("a thread without messages cannot be kept apart")
    event_id = _decide(
        connection, APART, sides, thread_id=first, origin=second, moved=(), actor=actor, now=now
    )
    rethreaded = recompute(connection, [*sides[0], *sides[1]], now=now)
    return Decided(event_id=event_id, thread_id=first, rethreaded=rethreaded)


def kept_apart(connection: Connection, pairs: Collection[Pair]) -> frozenset[Pair]:
    """Return those pairs of messages that a person's decision puts on two sides."""
    one, other = aliased(ThreadSide), aliased(ThreadSide)
    found: set[Pair] = set()
    for some in chunks(sorted(pairs)):
        rows = connection.execute(
            sa.select(one.message_id, other.message_id)
            .join(other, sa.and_(other.event_id == one.event_id, other.side != one.side))
            .join(ThreadEvent, ThreadEvent.id == one.event_id)
            .where(
                one.message_id.in_({pair[0] for pair in some}),
                other.message_id.in_({pair[1] for pair in some}),
                ThreadEvent.undone_by_id.is_(None),
            )
        )
        found |= {(MessageId(first), MessageId(second)) for first, second in rows}
    return frozenset(found.intersection(pairs))


def undo(connection: Connection, event_id: int, *, actor: str, now: datetime) -> Decided:
    """Take back a merge or a split, by a person or by the machine.

    What a person decided is forgotten and the messages go back; then mail decides again. What the
    machine did is decided the other way round, and that is kept.

    Raises:
        NotFound: If there is no such event.
        Conflict: If it was taken back before, is an undo itself, or later events overtook it.
    """
    hold(connection)
    event = connection.execute(sa.select(ThreadEvent).where(ThreadEvent.id == event_id)).first()
    if event is None:
        raise NotFound(f"there is no thread event {event_id}")
    if event.undone_by_id is not None or event.kind == "undo":
        raise Conflict(f"thread event {event_id} cannot be undone: it was taken back before, or is an undo")
    moved = [MessageId(one) for one in event.message_ids]
    origin = ThreadId(event.from_thread_id)
    if event.kind == APART:
        return _forget(connection, event_id, ThreadId(event.thread_id), origin, actor=actor, now=now)
    if event.actor == MACHINE:
        decided = _reverse(connection, event.kind, moved, origin, actor=actor, now=now)
    else:
        decided = _take_back(connection, event_id, moved, origin, actor=actor, now=now)
    connection.execute(
        sa.update(ThreadEvent).where(ThreadEvent.id == event_id).values(undone_by_id=decided.event_id)
    )
    return decided


def _reverse(
    connection: Connection,
    kind: str,
    moved: Sequence[MessageId],
    origin: ThreadId,
    *,
    actor: str,
    now: datetime,
) -> Decided:
    """Decide the opposite of what the machine did."""
    if kind == "merge":
        return split(connection, moved, actor=actor, now=now)
    return merge(connection, origin, _thread_of(connection, moved), actor=actor, now=now)


def _forget(
    connection: Connection,
    event_id: int,
    thread_id: ThreadId,
    origin: ThreadId,
    *,
    actor: str,
    now: datetime,
) -> Decided:
    """Forget that two threads were kept apart; mail decides again."""
    members = _side_members(connection, event_id)
    undo_id = _decide(
        connection, "undo", (), thread_id=thread_id, origin=origin, moved=(), actor=actor, now=now
    )
    connection.execute(sa.update(ThreadEvent).where(ThreadEvent.id == event_id).values(undone_by_id=undo_id))
    rethreaded = recompute(connection, members, now=now)
    return Decided(event_id=undo_id, thread_id=resolve(connection, thread_id), rethreaded=rethreaded)


def _side_members(connection: Connection, event_id: int) -> list[MessageId]:
    rows = connection.scalars(sa.select(ThreadSide.message_id).where(ThreadSide.event_id == event_id))
    return sorted({MessageId(one) for one in rows})


def _take_back(
    connection: Connection,
    event_id: int,
    moved: Sequence[MessageId],
    origin: ThreadId,
    *,
    actor: str,
    now: datetime,
) -> Decided:
    """Forget a person's decision and put its messages back; mail may move them on at once."""
    everybody = sorted({*_side_members(connection, event_id), *moved})
    before = _thread_of(connection, moved)
    undo_id = _decide(
        connection, "undo", (), thread_id=origin, origin=before, moved=moved, actor=actor, now=now
    )
    connection.execute(sa.update(ThreadEvent).where(ThreadEvent.id == event_id).values(undone_by_id=undo_id))
    connection.execute(sa.update(Thread).where(Thread.id == origin).values(alias_of=None))
    assign(connection, dict.fromkeys(moved, origin))
    if not _members(connection, before):
        retire(connection, {before: origin})
    rethreaded = recompute(connection, everybody, now=now)
    after = _threads(connection, moved)[moved[0]]
    touched = (rethreaded.touched | {before, origin}) - rethreaded.retired.keys()
    return Decided(
        event_id=undo_id,
        thread_id=after,
        rethreaded=replace(rethreaded, touched=touched),
    )


def _part(
    connection: Connection,
    moved: Sequence[MessageId],
    rest: Sequence[MessageId],
    origin: ThreadId,
    *,
    actor: str,
    now: datetime,
) -> Decided:
    fresh = ThreadId(connection.scalars(sa.insert(Thread).returning(Thread.id), [{"subject": ""}]).one())
    event_id = _decide(
        connection, "split", (moved, rest), thread_id=fresh, origin=origin, moved=moved, actor=actor, now=now
    )
    assign(connection, dict.fromkeys(moved, fresh))
    rethreaded = recompute(connection, [*moved, *rest], now=now)
    return Decided(event_id=event_id, thread_id=_threads(connection, moved)[moved[0]], rethreaded=rethreaded)


def _decide(
    connection: Connection,
    kind: str,
    sides: Sequence[Collection[MessageId]],
    *,
    thread_id: ThreadId,
    origin: ThreadId,
    moved: Collection[MessageId],
    actor: str,
    now: datetime,
) -> int:
    """Log a decision and keep its sides, which every later computation follows."""
    event_id = connection.scalars(
        sa.insert(ThreadEvent).returning(ThreadEvent.id),
        [
            {
                "at": now,
                "actor": actor,
                "kind": kind,
                "thread_id": thread_id,
                "from_thread_id": origin,
                "message_ids": sorted(moved),
                "undone_by_id": None,
            }
        ],
    ).one()
    rows = [
        {"event_id": event_id, "message_id": one, "side": number}
        for number, side in enumerate(sides)
        for one in side
    ]
    if rows:
        connection.execute(sa.insert(ThreadSide), rows)
    return event_id


def _threads(connection: Connection, message_ids: Collection[MessageId]) -> dict[MessageId, ThreadId]:
    found: dict[MessageId, ThreadId] = {}
    for some in chunks(sorted(message_ids)):
        rows = connection.execute(sa.select(Message.id, Message.thread_id).where(Message.id.in_(some)))
        found |= {MessageId(one): ThreadId(thread) for one, thread in rows if thread is not None}
    return found


def _thread_of(connection: Connection, message_ids: Collection[MessageId]) -> ThreadId:
    """Return the one thread of the messages.

    Raises:
        NotFound: If a message does not exist.
        Conflict: If there are several threads.
    """
    found = threads_of(connection, message_ids)
    if len(found) > 1:
        raise Conflict("the messages are of several threads; name messages of one thread")
    return next(iter(found))


def _members(connection: Connection, thread_id: ThreadId) -> list[MessageId]:
    rows = connection.scalars(
        sa.select(Message.id).where(Message.thread_id == thread_id).order_by(Message.id)
    )
    return [MessageId(one) for one in rows]
