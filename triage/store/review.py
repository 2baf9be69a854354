"""Review items: what something connects and something keeps apart, for a person to look at.

An item names two messages and nothing of what they say. Each side is shown through ``scoped`` to
those who may see it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Message, ReviewItem
from triage.core.conversation.edge import Refusal, RefusedEdge
from triage.core.conversation.node import Node
from triage.core.conversation.partition import Partition
from triage.core.ids import MessageId, ThreadId
from triage.core.review import ANSWERED
from triage.store.among import among
from triage.store.components import insert_missing

#: A hub says nothing about two messages, and what a person decided needs no second look.
_SILENT = frozenset({Refusal.HUB, Refusal.DECIDED})
#: Columns that an item keeps for good.
_IDENTITY = frozenset({"message_id", "other_message_id"})


#: Two messages: the one that refers to the other, and the other.
Pair = tuple[MessageId, MessageId]


def record(
    connection: Connection, result: Partition, nodes: Mapping[MessageId, Node], *, now: datetime
) -> None:
    """Open an item for each pair of threads kept apart; close the open ones that became moot."""
    wanted = {pair: _refused(pair, edges, now=now) for pair, edges in _one_per_pair(result, nodes).items()}
    known = _known(connection, among(ReviewItem.message_id, nodes))
    # A refused link between the two says more than that one may answer the other.
    _write(connection, wanted, known, is_ours=lambda one: one.reason != ANSWERED, outranks=True, now=now)


def record_answers(
    connection: Connection, thread_ids: Collection[ThreadId], found: Collection[Pair], *, now: datetime
) -> None:
    """Open an item for each mail of ours that may answer an open mail of these threads; close the others.

    Args:
        thread_ids: All threads that were looked at.
        found: Our mail and the mail that it may answer.
    """
    known = _known(connection, among(Message.thread_id, thread_ids))
    wanted = {pair: _answer(pair, now=now) for pair in sorted(found)}
    _write(connection, wanted, known, is_ours=lambda one: one.reason == ANSWERED, outranks=False, now=now)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """An item that is there."""

    id: int
    state: str
    reason: str


def _known(connection: Connection, condition: sa.ColumnElement[bool]) -> dict[Pair, _Known]:
    """Return the items that meet a condition, on themselves or on the message referred to."""
    rows = connection.execute(
        sa.select(
            ReviewItem.id,
            ReviewItem.state,
            ReviewItem.reason,
            ReviewItem.message_id,
            ReviewItem.other_message_id,
        )
        .join(Message, Message.id == ReviewItem.other_message_id)
        .where(condition)
    )
    return {
        (MessageId(row.message_id), MessageId(row.other_message_id)): _Known(
            id=row.id, state=row.state, reason=row.reason
        )
        for row in rows
    }


def _write(
    connection: Connection,
    wanted: Mapping[Pair, Mapping[str, object]],
    known: Mapping[Pair, _Known],
    *,
    is_ours: Callable[[_Known], bool],
    outranks: bool,
    now: datetime,
) -> None:
    """Open what is wanted and close what is not, among the items of one origin.

    Args:
        is_ours: Whether an item is of that origin; the others are left alone.
        outranks: Whether an open item of another origin is taken over, too.
    """
    new = [row for pair, row in wanted.items() if pair not in known]
    # Another transaction may have opened the same item meanwhile.
    insert_missing(connection, ReviewItem, new)
    again, moot = [], []
    for pair, one in known.items():
        if pair not in wanted:
            if is_ours(one) and one.state == "open":
                moot.append(one.id)
        elif is_ours(one):
            if one.state != "open":
                again.append(one.id)
        elif outranks or one.state != "open":
            values = {key: value for key, value in wanted[pair].items() if key not in _IDENTITY}
            connection.execute(sa.update(ReviewItem).where(ReviewItem.id == one.id).values(values))
    _set_state(connection, moot, state="moot", closed_at=now)
    _set_state(connection, again, state="open", closed_at=None)


def _one_per_pair(
    result: Partition, nodes: Mapping[MessageId, Node]
) -> dict[tuple[MessageId, MessageId], list[RefusedEdge]]:
    """Return the refused edges by pair of threads, under the two messages of the earliest one."""
    place = {key: number for number, group in enumerate(result.groups) for key in group}
    pairs: dict[tuple[int, ...], list[RefusedEdge]] = {}
    for refused in result.refused:
        if refused.reason not in _SILENT:
            edge = refused.edge
            pairs.setdefault(tuple(sorted((place[edge.child], place[edge.parent]))), []).append(refused)
    found = {}
    for edges in pairs.values():
        edges.sort(key=lambda one: (nodes[one.edge.child].order, nodes[one.edge.parent].order))
        found[edges[0].edge.child, edges[0].edge.parent] = edges
    return found


def _refused(pair: Pair, edges: list[RefusedEdge], *, now: datetime) -> dict[str, object]:
    first = edges[0]
    return _row(pair, first.reason.value, first.edge.kind.value, now=now) | {
        "account_id": first.child_account,
        "other_account_id": first.parent_account,
        "edge_count": len(edges),
    }


def _answer(pair: Pair, *, now: datetime) -> dict[str, object]:
    return _row(pair, ANSWERED, ANSWERED, now=now)


def _row(pair: Pair, reason: str, kind: str, *, now: datetime) -> dict[str, object]:
    return {
        "message_id": pair[0],
        "other_message_id": pair[1],
        "reason": reason,
        "edge_kind": kind,
        "account_id": None,
        "other_account_id": None,
        "edge_count": 1,
        "state": "open",
        "opened_at": now,
        "closed_at": None,
    }


def _set_state(
    connection: Connection, item_ids: Collection[int], *, state: str, closed_at: datetime | None
) -> None:
    if item_ids:
        connection.execute(
            sa.update(ReviewItem)
            .where(among(ReviewItem.id, item_ids))
            .values(state=state, closed_at=closed_at)
        )
