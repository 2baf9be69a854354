"""What people decided about threads, as a log: read back, and taken back by a row that says so."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Decision, Message, Thread
from triage.core.errors import Conflict, NotFound
from triage.core.ids import ThreadId
from triage.core.thread_history import UNDO, KeptDecision

#: Kinds that a reader is told of; splits and merges are thread events.
_TOLD = ("account", "project", "priority", "status", "no_reply_needed", UNDO)


def decisions_about(connection: Connection, thread: ThreadId) -> tuple[KeptDecision, ...]:
    """Return the decisions about a thread and its messages, oldest first, with what was taken back.

    What was decided about a thread that was merged into this one counts here.
    """
    here = sa.select(Message.id).where(Message.thread_id == thread)
    merged = sa.select(Thread.id).where(sa.or_(Thread.id == thread, Thread.alias_of == thread))
    on_thread = sa.and_(Decision.thread_id.in_(merged), Decision.message_id.is_(None))
    rows = connection.execute(
        sa.select(Decision.id, Decision.at, Decision.actor, Decision.kind, Decision.value)
        .where(sa.or_(on_thread, Decision.message_id.in_(here)), Decision.kind.in_(_TOLD))
        .order_by(Decision.id)
    ).all()
    undone_by = {row.value["decision"]: row.id for row in rows if row.kind == UNDO}
    return tuple(
        KeptDecision(
            id=row.id,
            at=row.at,
            actor=row.actor,
            kind=row.kind,
            value=str(row.value.get(row.kind) or ""),
            undone_by=undone_by.get(row.id),
        )
        for row in rows
        if row.kind != UNDO
    )


def take_back(
    connection: Connection, thread: ThreadId, decision_id: int, *, actor: str, now: datetime
) -> KeptDecision:
    """Take a decision back; it stays in the log and counts no more.

    Raises:
        NotFound: If there is no such decision about the thread.
        Conflict: If it was taken back before.
    """
    known = {one.id: one for one in decisions_about(connection, thread)}
    if decision_id not in known:
        raise NotFound(f"there is no decision {decision_id} about thread {thread}")
    if known[decision_id].undone_by is not None:
        raise Conflict(f"decision {decision_id} was taken back before")
    # The new row goes wherever the old one goes when threads merge or split.
    place = sa.select(Decision.thread_id, Decision.message_id).where(Decision.id == decision_id)
    thread_id, message_id = connection.execute(place).one()
    row = {
        "at": now,
        "actor": actor,
        "thread_id": thread_id,
        "message_id": message_id,
        "kind": UNDO,
        "value": {"decision": decision_id},
    }
    connection.execute(sa.insert(Decision), [row])
    return known[decision_id]
