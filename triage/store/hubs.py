"""Hubs: ids that connect too much to mean anything, kept out of the components.

A message that names a hub is only noted. When the message that owns an unowned hub arrives after all,
the noted ones are its replies and are looked at together with it.
"""

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import HubMention, LinkKey
from triage.core.conversation.links import Hubs
from triage.core.conversation.node import Node
from triage.core.ids import HeaderId, MessageId
from triage.store import components
from triage.store.link_facts import chunks, header_key

_UNOWNED, _FINAL = "unowned", "final"


def note_mentions(connection: Connection, new: Collection[Node], hubs: Mapping[bytes, str]) -> None:
    """Note which new messages name a hub.

    Args:
        hubs: Those among their keys, with the kind of each.
    """
    _note(connection, new, hubs)


def claim_owned(connection: Connection, new: Collection[Node], hubs: Mapping[bytes, str]) -> list[MessageId]:
    """End the unowned hubs that a new message owns.

    Args:
        hubs: Those among their keys, with the kind of each.

    Returns:
        The messages that named them, now in one component with the owner.
    """
    if not hubs:
        return []
    owners = {header_key(node.header_id): node.key for node in new if node.header_id}
    ended = [key for key in sorted(owners) if hubs.get(key) == _UNOWNED]
    clusters = {key: [owners[key]] for key in ended}
    for some in chunks(ended):
        rows = connection.execute(
            sa.select(HubMention.key, HubMention.message_id).where(HubMention.key.in_(some))
        )
        for key, message_id in rows:
            clusters[key].append(MessageId(message_id))
        connection.execute(sa.update(LinkKey).where(LinkKey.key.in_(some)).values(hub=""))
    components.join_messages(connection, clusters.values())
    return [one for cluster in clusters.values() for one in cluster]


def known(connection: Connection, nodes: Collection[Node]) -> dict[HeaderId, str]:
    """Return the ids these messages carry that are marked as hubs, and of which kind."""
    names = {header_key(one): one for node in nodes for one in (node.header_id, *node.ancestors) if one}
    return {names[key]: hub for key, hub in _known(connection, names).items()}


def mark(
    connection: Connection, nodes: Collection[Node], found: Hubs, before: Mapping[HeaderId, str]
) -> None:
    """Mark what became a hub by these messages, and note which of them name it."""
    unowned = [header_key(one) for one in found.unowned if one not in before]
    final = [header_key(one) for one in found.final if before.get(one) != _FINAL]
    for keys, kind in ((unowned, _UNOWNED), (final, _FINAL)):
        for some in chunks(sorted(keys)):
            connection.execute(sa.update(LinkKey).where(LinkKey.key.in_(some)).values(hub=kind))
    _note(connection, nodes, set(unowned))


def _known(connection: Connection, keys: Collection[bytes]) -> Mapping[bytes, str]:
    found: dict[bytes, str] = {}
    for some in chunks(sorted(keys)):
        rows = connection.execute(
            sa.select(LinkKey.key, LinkKey.hub).where(LinkKey.key.in_(some), LinkKey.hub != "")
        )
        found.update(rows.all())
    return found


def _note(connection: Connection, nodes: Collection[Node], keys: Collection[bytes]) -> None:
    if not keys:
        return
    mentions = {
        (key, node.key) for node in nodes for one in node.ancestors if (key := header_key(one)) in keys
    }
    if mentions:
        components.insert_missing(
            connection,
            HubMention,
            [{"key": key, "message_id": message_id} for key, message_id in sorted(mentions)],
        )
