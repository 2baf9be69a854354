"""Components: which messages have to be looked at together, found with a few queries a batch.

Two messages that share a key, such as an id that both name, are in one component. Components only
join. A component is a row that points to its root; joining changes the pointers of the smaller ones
and no message, so that one new mail never costs more than what it touches.

The caller holds ``threading.hold``: one transaction at a time changes components.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from models import Base, Component, LinkKey, MessageLink
from triage.core.ids import MessageId
from triage.store.among import among
from triage.store.link_facts import chunks
from triage.store.plain_rows import add_missing, add_rows, new_ids

Keys = Mapping[MessageId, Sequence[bytes]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """Where new messages are.

    Attributes:
        component: Of each new message.
        hubs: Which of their keys are hubs, and of which kind; a hub holds nothing together.
    """

    component: Mapping[MessageId, int]
    hubs: Mapping[bytes, str]


def place(connection: Connection, keys: Keys) -> Placed:
    """Put new messages into components, joining those they connect.

    Args:
        keys: The keys of each new message.
    """
    held = _held(connection, {key for some in keys.values() for key in some})
    fresh = _fresh(connection, keys)
    claims = {key: fresh[message_id] for message_id, some in keys.items() for key in some if key not in held}
    add_missing(
        connection,
        (LinkKey.key, LinkKey.component_id, LinkKey.hub),
        [(key, claims[key], "") for key in sorted(claims)],
    )
    holders = claims | {key: component for key, (component, hub) in held.items() if not hub}
    clusters = _Clusters()
    for message_id, some in keys.items():
        clusters.join(fresh[message_id], *(holders[key] for key in some if key in holders))
    _join(connection, clusters.all())
    return Placed(component=fresh, hubs={key: hub for key, (_, hub) in held.items() if hub})


def roots(connection: Connection, message_ids: Collection[MessageId]) -> list[int]:
    """Return the roots of the messages' components."""
    components = set(_components_of(connection, set(message_ids)).values())
    return sorted(set(_roots(connection, components).values()))


def roots_after(connection: Connection, after: int, *, limit: int) -> list[int]:
    """Return the next roots by id, for going through all components."""
    rows = connection.scalars(
        sa.select(Component.id)
        .where(Component.id > after, Component.root_id == Component.id)
        .order_by(Component.id)
        .limit(limit)
    )
    return list(rows)


def in_roots(roots: Collection[int]) -> sa.ColumnElement[bool]:
    """Return the condition on ``message_link`` to be in the components of the roots."""
    members = sa.select(Component.id).where(among(Component.root_id, roots))
    return MessageLink.component_id.in_(members)


def join_messages(connection: Connection, clusters: Iterable[Collection[MessageId]]) -> None:
    """Join the components of messages that belong together for another reason than a key."""
    wanted = [list(cluster) for cluster in clusters]
    of = _components_of(connection, {one for cluster in wanted for one in cluster})
    _join(connection, [{of[one] for one in cluster} for cluster in wanted])


def insert_missing(connection: Connection, table: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert the rows whose primary key is not there yet, in the order given."""
    if rows:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(insert(table).on_conflict_do_nothing(), rows)


def _fresh(connection: Connection, keys: Keys) -> dict[MessageId, int]:
    """Create a component for each new message, its own root."""
    ids = new_ids(connection, Component.id, len(keys))
    add_rows(connection, (Component.id, Component.root_id), [(one, one) for one in ids])
    return dict(zip(keys, ids, strict=True))


def _held(connection: Connection, keys: Collection[bytes]) -> dict[bytes, tuple[int, str]]:
    """Return the component that claimed each key, and which kind of hub the key is, if it is one."""
    found: dict[bytes, tuple[int, str]] = {}
    for some in chunks(sorted(keys)):
        rows = connection.execute(
            sa.select(LinkKey.key, LinkKey.component_id, LinkKey.hub).where(LinkKey.key.in_(some))
        )
        found |= {key: (component, hub) for key, component, hub in rows}
    return found


def _components_of(connection: Connection, message_ids: Collection[MessageId]) -> dict[MessageId, int]:
    found: dict[MessageId, int] = {}
    if message_ids:
        rows = connection.execute(
            sa.select(MessageLink.message_id, MessageLink.component_id).where(
                among(MessageLink.message_id, message_ids)
            )
        )
        found |= {MessageId(message_id): component_id for message_id, component_id in rows}
    return found


def _roots(connection: Connection, components: Collection[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    if components:
        rows = connection.execute(
            sa.select(Component.id, Component.root_id).where(among(Component.id, components))
        )
        found.update(rows.all())
    return found


def _join(connection: Connection, clusters: Iterable[Collection[int]]) -> None:
    """Make one component of each cluster: its lowest root stays, the others point to it."""
    wanted = [set(cluster) for cluster in clusters]
    components = {one for cluster in wanted for one in cluster}
    root_of = _roots(connection, components)
    moves = _Clusters()
    for cluster in wanted:
        moves.join(*(root_of[one] for one in cluster))
    moved = [
        {"old": root, "new": min(roots)} for roots in moves.all() for root in roots if root != min(roots)
    ]
    if moved:
        connection.execute(
            sa.update(Component)
            .where(Component.root_id == sa.bindparam("old"))
            .values(root_id=sa.bindparam("new")),
            moved,
        )


class _Clusters:
    """Disjoint sets of numbers."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def join(self, first: int, *others: int) -> None:
        for other in others:
            self._above[self._top(other)] = self._top(first)
        self._top(first)

    def all(self) -> list[set[int]]:
        found: dict[int, set[int]] = defaultdict(set)
        for one in list(self._above):
            found[self._top(one)].add(one)
        return list(found.values())

    def _top(self, one: int) -> int:
        while (above := self._above.setdefault(one, one)) != one:
            self._above[one] = self._above[above]
            one = above
        return one
