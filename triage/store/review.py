"""Review items: what something connects and something keeps apart, for a person to look at.

An item names two messages and nothing of what they say. Each side is shown through ``scoped`` to
those who may see it.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import ReviewItem
from triage.core.conversation.edge import Refusal, RefusedEdge
from triage.core.conversation.node import Node
from triage.core.conversation.partition import Partition
from triage.core.ids import MessageId
from triage.store.link_facts import chunks

#: A hub says nothing about two messages, and what a person decided needs no second look.
_SILENT = frozenset({Refusal.HUB, Refusal.DECIDED})


def record(
    connection: Connection, result: Partition, nodes: Mapping[MessageId, Node], *, now: datetime
) -> None:
    """Open an item for each pair of threads kept apart; close the open ones that became moot."""
    wanted = _one_per_pair(result, nodes)
    known: dict[tuple[MessageId, MessageId], sa.Row[int, str, int, int]] = {}
    for some in chunks(sorted(nodes)):
        rows = connection.execute(
            sa.select(
                ReviewItem.id, ReviewItem.state, ReviewItem.message_id, ReviewItem.other_message_id
            ).where(ReviewItem.message_id.in_(some), ReviewItem.reason.in_(list(Refusal)))
        )
        known |= {(MessageId(row.message_id), MessageId(row.other_message_id)): row for row in rows}
    new = [_row(edges, now) for pair, edges in wanted.items() if pair not in known]
    if new:
        connection.execute(sa.insert(ReviewItem), new)
    _set_state(
        connection,
        [row.id for pair, row in known.items() if pair not in wanted and row.state == "open"],
        state="moot",
        closed_at=now,
    )
    _set_state(
        connection,
        [row.id for pair, row in known.items() if pair in wanted and row.state == "moot"],
        state="open",
        closed_at=None,
    )


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


def _row(edges: list[RefusedEdge], now: datetime) -> dict[str, object]:
    first = edges[0]
    return {
        "message_id": first.edge.child,
        "other_message_id": first.edge.parent,
        "reason": first.reason.value,
        "edge_kind": first.edge.kind.value,
        "account_id": first.child_account,
        "other_account_id": first.parent_account,
        "edge_count": len(edges),
        "state": "open",
        "opened_at": now,
        "closed_at": None,
    }


def _set_state(
    connection: Connection, item_ids: Iterable[int], *, state: str, closed_at: datetime | None
) -> None:
    for some in chunks(list(item_ids)):
        connection.execute(
            sa.update(ReviewItem).where(ReviewItem.id.in_(some)).values(state=state, closed_at=closed_at)
        )
