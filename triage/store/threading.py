"""Threads in the database: recompute what a batch of mail touches, and nothing else.

The decision is ``core.conversation.partition``; here its input is gathered and its result applied:
thread ids that stay, aliases that never die, a log of merges and splits, and review items for what
was refused. The same code computes one new mail and everything anew, with the same result.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Message, MessageLink, Thread, ThreadEvent, ThreadSide
from triage.core.conversation.edge import RefusedEdge
from triage.core.conversation.fingerprint import Prints
from triage.core.conversation.names import Names, name
from triage.core.conversation.node import HumanDecision, Node
from triage.core.conversation.partition import Partition, partition
from triage.core.direction import Own
from triage.core.ids import HeaderId, MessageId, ThreadId
from triage.store import components, hubs, line_index
from triage.store.among import among
from triage.store.link_facts import add_links, link_keys, new_nodes, nodes
from triage.store.messages import MessageValues
from triage.store.plain_rows import change_rows, new_ids
from triage.store.review import record

MACHINE = ""
#: Any number that no other advisory lock of this program has.
_THREADS_LOCK = 0x7472_6961_6765


@dataclass(frozen=True, kw_only=True, slots=True)
class Rethreaded:
    """What changed.

    Attributes:
        touched: Threads whose messages or facts may have changed, new ones included.
        threads: Of each message asked for, and of those that were looked at anew because of them.
        retired: Threads that became aliases, each with the thread it leads to.
        refused: Edges that were seen and not followed, in the components that were looked at.
    """

    touched: frozenset[ThreadId]
    threads: Mapping[MessageId, ThreadId]
    retired: dict[ThreadId, ThreadId]
    refused: tuple[RefusedEdge, ...]


def rethread(
    connection: Connection,
    message_ids: Sequence[MessageId],
    *,
    now: datetime,
    own: Own,
    prints: Mapping[MessageId, Prints] | None = None,
    written: Sequence[MessageValues] = (),
) -> Rethreaded:
    """Put messages into threads: new ones, or ones whose account changed.

    Call it inside the transaction that stored the messages. Their account must be set: messages of
    two confirmed accounts never share a thread.

    Args:
        message_ids: A batch, in any order.
        now: Aware instant, UTC, for the log.
        own: Our addresses and domains.
        prints: Fingerprints of messages just stored, so that their texts need not be read again.
        written: Rows of messages that this transaction stored, which need not be read either.
    """
    hold(connection)
    new = new_nodes(connection, message_ids, own=own, prints=prints, written=written)
    affected = _register(connection, new).union(message_ids)
    at_hand = {row.id for row in written}
    return _recompute(
        connection,
        components.roots(connection, affected),
        affected,
        now=now,
        new=[node for node in new if node.key in at_hand],
    )


def _register(connection: Connection, new: Sequence[Node]) -> set[MessageId]:
    """Store the facts of messages not seen before and put them into components.

    Returns:
        Messages in other components that have to be looked at anew.
    """
    placed = components.place(connection, {node.key: link_keys(node) for node in new})
    add_links(connection, new, placed.component)
    hubs.note_mentions(connection, new, placed.hubs)
    replies = hubs.claim_owned(connection, new, placed.hubs)
    quotes, affected = line_index.index(connection, new)
    components.join_messages(connection, quotes)
    return affected.union(replies)


def hold(connection: Connection) -> None:
    """Let no other worker change threads until this transaction ends.

    A batch joins components as it finds reasons to, so two batches would lock the same ones in two
    orders; and a reply without ids shares no key with its parent on which they could meet. SQLite has
    one writer anyway. Reading, parsing and storing mail go on beside it.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_THREADS_LOCK)))


def recompute(connection: Connection, message_ids: Collection[MessageId], *, now: datetime) -> Rethreaded:
    """Compute the components of stored messages anew and write what changed."""
    hold(connection)
    return _recompute(connection, components.roots(connection, message_ids), message_ids, now=now)


def recompute_all(connection: Connection, after: int, *, limit: int, now: datetime) -> int | None:
    """Compute the next components of all anew and write what changed; None when there are no more.

    Args:
        after: What the last call returned; 0 at first.
        limit: Components at a time; one is as large as what is linked.
    """
    hold(connection)
    roots = components.roots_after(connection, after, limit=limit)
    if not roots:
        return None
    _recompute(connection, roots, (), now=now)
    return roots[-1]


def _recompute(
    connection: Connection,
    roots: Sequence[int],
    asked_for: Collection[MessageId],
    *,
    now: datetime,
    new: Sequence[Node] = (),
) -> Rethreaded:
    """Compute components; ``new`` are messages of theirs that need not be read: they are in no thread yet."""
    current, members = _members(connection, roots, new)
    known_hubs = hubs.known(connection, members.values())
    result = _partition(connection, roots, members, known_hubs)
    hubs.mark(connection, members.values(), result.hubs, known_hubs)
    ordered = sorted(members, key=lambda key: members[key].order)
    threads, retired = _write(connection, result, current, ordered, now=now)
    record(connection, result, members, now=now)
    left = {before for key, before in current.items() if before is not None and before != threads[key]}
    entered = {thread for key, thread in threads.items() if current[key] != thread}
    asked = {key: threads[key] for key in asked_for}
    return Rethreaded(
        touched=frozenset(({*asked.values()} | left | entered) - retired.keys()),
        threads=asked,
        retired=retired,
        refused=result.refused,
    )


def recomputed(connection: Connection, message_ids: Collection[MessageId]) -> Partition:
    """Compute the components of stored messages anew and write nothing: why all is where it is."""
    roots = components.roots(connection, message_ids)
    _, members = _members(connection, roots)
    return _partition(connection, roots, members, hubs.known(connection, members.values()))


def _members(
    connection: Connection, roots: Sequence[int], new: Sequence[Node] = ()
) -> tuple[dict[MessageId, ThreadId | None], dict[MessageId, Node]]:
    """Return the thread and the node of each message of some components."""
    others = ~among(Message.id, [node.key for node in new])
    found = nodes(connection, sa.and_(components.in_roots(roots), others))
    found += [(node, None) for node in new]
    return {node.key: thread for node, thread in found}, {node.key: node for node, _ in found}


def _partition(
    connection: Connection,
    roots: Sequence[int],
    members: Mapping[MessageId, Node],
    known_hubs: Collection[HeaderId],
) -> Partition:
    return partition(
        members.values(),
        _decisions(connection, roots),
        known_hubs=known_hubs,
        common_lines=line_index.common_lines(connection, members.values()),
    )


def _decisions(connection: Connection, roots: Sequence[int]) -> list[HumanDecision]:
    """Return what people decided about messages of these components and did not take back."""
    sides: dict[int, tuple[set[MessageId], set[MessageId]]] = {}
    rows = connection.execute(
        sa.select(ThreadSide.event_id, ThreadSide.message_id, ThreadSide.side)
        .join(ThreadEvent, ThreadEvent.id == ThreadSide.event_id)
        .join(MessageLink, MessageLink.message_id == ThreadSide.message_id)
        .where(components.in_roots(roots), ThreadEvent.undone_by_id.is_(None))
    )
    for event_id, message_id, side in rows:
        sides.setdefault(event_id, (set(), set()))[side].add(MessageId(message_id))
    return [
        HumanDecision(order=order, sides=tuple(frozenset(side) for side in both if side))
        for order, both in sides.items()
    ]


def _write(
    connection: Connection,
    result: Partition,
    current: Mapping[MessageId, ThreadId | None],
    ordered: Sequence[MessageId],
    *,
    now: datetime,
) -> tuple[dict[MessageId, ThreadId], dict[ThreadId, ThreadId]]:
    """Write thread ids, aliases and the log; return the thread of each message, and the aliases."""
    names = name(result.groups, current, ordered)
    ids = _with_new(connection, names)
    threads = {key: ids[number] for number, group in enumerate(result.groups) for key in group}
    retired = {thread: ids[number] for thread, number in names.retired.items()}
    assign(connection, {key: thread for key, thread in threads.items() if current[key] != thread})
    retire(connection, retired)
    _log(connection, threads, current, retired, now=now)
    return threads, retired


def _with_new(connection: Connection, names: Names) -> list[ThreadId]:
    """Return the thread id of each group, creating the threads that are missing."""
    fresh = new_ids(connection, Thread.id, sum(one is None for one in names.kept))
    if fresh:
        connection.execute(sa.insert(Thread), [{"id": one, "subject": ""} for one in fresh])
    made = iter(fresh)
    return [ThreadId(next(made)) if one is None else one for one in names.kept]


def assign(connection: Connection, threads: Mapping[MessageId, ThreadId]) -> None:
    """Put messages into threads."""
    rows = [(thread, key) for key, thread in threads.items()]
    change_rows(connection, (Message.thread_id,), rows, key=Message.id)


def retire(connection: Connection, retired: Mapping[ThreadId, ThreadId]) -> None:
    """Make aliases; aliases of an alias lead to its target too, so that one look is enough."""
    if not retired:
        return
    connection.execute(
        sa.update(Thread)
        .where(sa.or_(Thread.id == sa.bindparam("old"), Thread.alias_of == sa.bindparam("old")))
        .values(alias_of=sa.bindparam("new")),
        [{"old": old, "new": new} for old, new in retired.items()],
    )


def _log(
    connection: Connection,
    threads: Mapping[MessageId, ThreadId],
    current: Mapping[MessageId, ThreadId | None],
    retired: Mapping[ThreadId, ThreadId],
    *,
    now: datetime,
) -> None:
    """Log what moved from one thread to another."""
    moved: dict[tuple[ThreadId, ThreadId], list[MessageId]] = {}
    for key, thread in threads.items():
        before = current[key]
        if before is not None and before != thread:
            moved.setdefault((before, thread), []).append(key)
    if moved:
        connection.execute(
            sa.insert(ThreadEvent),
            [
                {
                    "at": now,
                    "actor": MACHINE,
                    "kind": "merge" if before in retired else "split",
                    "thread_id": after,
                    "from_thread_id": before,
                    "message_ids": sorted(keys),
                    "undone_by_id": None,
                }
                for (before, after), keys in moved.items()
            ],
        )
