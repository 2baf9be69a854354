"""The tree inside one group: which message answers which."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from triage.core.conversation.edge import Edge
from triage.core.conversation.node import Node
from triage.core.ids import HeaderId, MessageId

#: A place in the tree: a message, or an id that no message of the group owns.
_Place = MessageId | HeaderId


def parents(group: Sequence[Node], joins: Mapping[MessageId, Edge]) -> dict[MessageId, MessageId]:
    """Return the parent of each message that has one in its group.

    Args:
        group: Messages of one group in canonical order.
        joins: The edge over which a message without usable ids joined.

    Source: RFC 5256 section 3, REFERENCES, steps 1 and 2, made independent of the order of arrival:
        what messages say of themselves comes before what others say of them.
    """
    owner: dict[HeaderId, MessageId] = {}
    for node in group:
        if node.header_id:
            owner.setdefault(node.header_id, node.key)
    above: dict[_Place, _Place] = {}
    for node in group:
        if chain := _chain(node, owner):
            _hang(above, node.key, chain[-1])
    for node in group:
        chain = _chain(node, owner)
        for upper, lower in pairwise(chain):
            _hang(above, lower, upper)
    for node in group:
        edge = joins.get(node.key)
        if edge and node.key not in above:
            _hang(above, node.key, edge.parent)
    found = ((node.key, _nearest(above, node.key)) for node in group)
    return {child: parent for child, parent in found if parent is not None}


def _chain(node: Node, owner: Mapping[HeaderId, MessageId]) -> list[_Place]:
    """Return the ancestors the message names, the root first."""
    return [owner.get(one, one) for one in reversed(node.ancestors) if owner.get(one) != node.key]


def _hang(above: dict[_Place, _Place], lower: _Place, upper: _Place) -> None:
    """Put ``lower`` under ``upper`` unless it hangs already or a circle would close."""
    if lower in above:
        return
    place: _Place | None = upper
    while place is not None:
        if place == lower:
            return
        place = above.get(place)
    above[lower] = upper


def _nearest(above: Mapping[_Place, _Place], key: MessageId) -> MessageId | None:
    """Return the nearest place above that is a message, not a bare id."""
    place = above.get(key)
    while isinstance(place, str):
        place = above.get(place)
    return place
