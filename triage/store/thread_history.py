"""A thread explained, computed anew from the stored facts: edges are derived and never kept twice."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from models import Message, Participant, Thread, ThreadEvent
from triage.core.conversation.partition import Partition
from triage.core.ids import MessageId, ThreadId
from triage.core.thread_history import Place, Proposal, Refused, ThreadHistory
from triage.core.thread_history import ThreadEvent as Event
from triage.store.link_facts import chunks
from triage.store.scoped import ScopedReader
from triage.store.threading import recomputed

#: More would be a list of everything that says "Invoice".
_MAX_PROPOSALS = 5


def history(connection: Connection, reader: ScopedReader, thread_id: ThreadId) -> ThreadHistory:
    """Explain a thread to a reader.

    Args:
        thread_id: A thread that the reader may see; not an alias.
    """
    members = connection.scalars(sa.select(Message.id).where(Message.thread_id == thread_id)).all()
    result = recomputed(connection, [MessageId(one) for one in members])
    own = {MessageId(one) for one in members}
    return ThreadHistory(
        thread=thread_id,
        places=_places(result, own),
        refused=_refused(connection, reader, result, own),
        events=_events(connection, reader, thread_id),
        proposals=proposals(connection, reader, thread_id),
    )


def proposals(connection: Connection, reader: ScopedReader, thread_id: ThreadId) -> tuple[Proposal, ...]:
    """Return threads of the same account, person and subject, not long apart; newest first.

    A thread without a confirmed account proposes nothing: a subject is no evidence of who somebody is.
    """
    here, there = aliased(Message), aliased(Message)
    mine, theirs = aliased(Participant), aliased(Participant)
    rows = connection.execute(
        sa.select(Thread.id, Thread.subject, sa.func.min(theirs.email).label("person"))
        .select_from(here)
        .join(
            there,
            sa.and_(
                there.account_id == here.account_id,
                there.base_subject == here.base_subject,
                there.thread_id != here.thread_id,
            ),
        )
        .join(mine, sa.and_(mine.message_id == here.id, mine.role == "from"))
        .join(theirs, sa.and_(theirs.message_id == there.id, theirs.email == mine.email))
        .join(Thread, Thread.id == there.thread_id)
        .where(
            here.thread_id == thread_id,
            here.account_state == "confirmed",
            there.account_state == "confirmed",
            here.base_subject != "",
            here.direction == "inbound",
            reader.visible(),
        )
        .group_by(Thread.id, Thread.subject, Thread.last_message_at)
        .order_by(Thread.last_message_at.desc(), Thread.id.desc())
        .limit(_MAX_PROPOSALS)
    )
    return tuple(Proposal(thread=ThreadId(row.id), subject=row.subject, person=row.person) for row in rows)


def _places(result: Partition, own: Collection[MessageId]) -> tuple[Place, ...]:
    joins = {edge.child: edge for edge in reversed(result.joins)}
    children: dict[MessageId | None, list[MessageId]] = {}
    for key in (key for group in result.groups for key in group if key in own):
        children.setdefault(result.parents.get(key), []).append(key)
    places = []
    waiting = [(key, 0) for key in reversed(children.get(None, []))]
    while waiting:
        key, depth = waiting.pop()
        edge = joins.get(key)
        places.append(
            Place(
                message=key,
                parent=result.parents.get(key),
                joined_by=edge.kind if edge else None,
                joined_to=edge.parent if edge else None,
                via=edge.via if edge else None,
                shared_lines=edge.shared_lines if edge else 0,
                depth=depth,
            )
        )
        waiting += [(child, depth + 1) for child in reversed(children.get(key, []))]
    return tuple(places)


def _refused(
    connection: Connection, reader: ScopedReader, result: Partition, own: Collection[MessageId]
) -> tuple[Refused, ...]:
    edges = [one for one in result.refused if (one.edge.child in own) != (one.edge.parent in own)]
    others = {one.edge.parent if one.edge.child in own else one.edge.child for one in edges}
    thread_of = _visible_threads(connection, reader, sorted(others))
    found = []
    for one in edges:
        mine, other = (
            (one.edge.child, one.edge.parent) if one.edge.child in own else (one.edge.parent, one.edge.child)
        )
        if other in thread_of:
            found.append(
                Refused(
                    message=mine,
                    other_message=other,
                    other_thread=thread_of[other],
                    is_ours=mine == one.edge.child,
                    kind=one.edge.kind,
                    reason=one.reason,
                    via=one.edge.via,
                    shared_lines=one.edge.shared_lines,
                )
            )
    return tuple(found)


def _visible_threads(
    connection: Connection, reader: ScopedReader, message_ids: Sequence[MessageId]
) -> Mapping[MessageId, ThreadId]:
    found: dict[MessageId, ThreadId] = {}
    for some in chunks(message_ids):
        rows = connection.execute(
            sa.select(Message.id, Thread.id)
            .join(Thread, Thread.id == Message.thread_id)
            .where(Message.id.in_(some), reader.visible())
        )
        found |= {MessageId(one): ThreadId(thread) for one, thread in rows}
    return found


def _events(connection: Connection, reader: ScopedReader, thread_id: ThreadId) -> tuple[Event, ...]:
    """Return what happened to the thread, where its other side is merged away or may be seen."""
    visible = sa.select(Thread.id).where(sa.or_(Thread.alias_of == thread_id, reader.visible()))
    rows = connection.execute(
        sa.select(ThreadEvent.__table__)
        .where(
            sa.or_(ThreadEvent.thread_id == thread_id, ThreadEvent.from_thread_id == thread_id),
            ThreadEvent.thread_id.in_(visible),
            ThreadEvent.from_thread_id.in_(visible),
        )
        .order_by(ThreadEvent.id)
    )
    return tuple(
        Event(
            id=row.id,
            at=row.at,
            actor=row.actor,
            kind=row.kind,
            thread=ThreadId(row.thread_id),
            origin=ThreadId(row.from_thread_id),
            messages=tuple(MessageId(one) for one in row.message_ids),
            undone_by=row.undone_by_id,
        )
        for row in rows
    )
