"""Groups of messages that grow by joining, and the walls between them."""

from collections.abc import Iterable

from triage.core.conversation.edge import Refusal
from triage.core.conversation.node import HumanDecision, Node
from triage.core.ids import AccountId, MessageId


class _Group:
    """What the messages of one group have in common."""

    __slots__ = ("account", "lists", "members", "parties", "sides")

    def __init__(self, node: Node) -> None:
        self.members = [node]
        self.account: AccountId | None = node.account
        self.parties = set(node.parties)
        self.lists = {node.list_id} if node.list_id else set()
        #: Decision that keeps apart -> the side this group is on.
        self.sides: dict[int, int] = {}


class Groups:
    """Disjoint groups of messages. A join that would break a wall is refused, never made."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._group_of: dict[MessageId, _Group] = {node.key: _Group(node) for node in nodes}

    def are_together(self, one: Node, other: Node) -> bool:
        """Return whether both are in one group."""
        return self._group_of[one.key] is self._group_of[other.key]

    def account(self, node: Node) -> AccountId | None:
        """Return the confirmed account of the message's group."""
        return self._group_of[node.key].account

    def refusal(self, child: Node, parent: Node) -> Refusal | None:
        """Return why a reply may not join what it refers to, or None.

        Where a confirmed account is at stake, the author of the child must be one of us, or of that
        account, or have taken part on the parent's side, or write to the same list: anybody can write
        an id into a header. People of whom nothing is known may answer one another.
        """
        below, above = self._group_of[child.key], self._group_of[parent.key]
        if wall := self._wall(below, above):
            return wall
        is_known = (
            child.author is None
            or (child.account is not None and child.account == above.account)
            or child.author in above.parties
            or (bool(child.list_id) and child.list_id in above.lists)
            or (above.account is None and below.account is None)
        )
        return None if is_known else Refusal.STRANGER

    def wall(self, one: Node, other: Node) -> Refusal | None:
        """Return the wall between two groups that not even a person may join, or None."""
        return self._wall(self._group_of[one.key], self._group_of[other.key])

    def are_kept_apart(self, one: Node, other: Node) -> bool:
        """Return whether a person's decision keeps the two groups apart."""
        return self._is_decided(self._group_of[one.key], self._group_of[other.key])

    def join(self, one: Node, other: Node) -> None:
        """Make one group of two different ones; the smaller one moves."""
        large, small = self._group_of[one.key], self._group_of[other.key]
        if len(large.members) < len(small.members):
            large, small = small, large
        large.members += small.members
        large.account = large.account if large.account is not None else small.account
        large.parties |= small.parties
        large.lists |= small.lists
        large.sides |= small.sides
        for node in small.members:
            self._group_of[node.key] = large

    def decide(
        self, decisions: Iterable[HumanDecision], nodes: dict[MessageId, Node]
    ) -> list[tuple[Node, Node, Refusal]]:
        """Follow what people decided, the newest decision first.

        Returns:
            The joins a person asked for and a wall forbids.
        """
        refused: list[tuple[Node, Node, Refusal]] = []
        for decision in sorted(decisions, key=lambda one: -one.order):
            sides = [
                sorted((nodes[key] for key in side if key in nodes), key=lambda node: node.order)
                for side in decision.sides
            ]
            if len(sides) > 1:
                self._keep_apart(decision.order, sides)
            for side in sides:
                for node in side[1:]:
                    if self.are_together(side[0], node):
                        continue
                    if wall := self.wall(node, side[0]):
                        refused.append((node, side[0], wall))
                    else:
                        self.join(side[0], node)
        return refused

    def _keep_apart(self, order: int, sides: list[list[Node]]) -> None:
        marks: dict[int, set[int]] = {}
        for number, side in enumerate(sides):
            for node in side:
                marks.setdefault(id(self._group_of[node.key]), set()).add(number)
        for number, side in enumerate(sides):
            for node in side:
                group = self._group_of[node.key]
                # A newer decision joined the two sides here: the older one has no say any more.
                if len(marks[id(group)]) == 1:
                    group.sides[order] = number

    @classmethod
    def _wall(cls, one: _Group, other: _Group) -> Refusal | None:
        if one.account is not None and other.account is not None and one.account != other.account:
            return Refusal.WALL
        return Refusal.DECIDED if cls._is_decided(one, other) else None

    @staticmethod
    def _is_decided(one: _Group, other: _Group) -> bool:
        fewer, more = sorted((one.sides, other.sides), key=len)
        return any(more.get(order, side) != side for order, side in fewer.items())

    def all(self) -> list[list[Node]]:
        """Return the groups, each in canonical order, the one with the earliest message first."""
        distinct = {id(group): group for group in self._group_of.values()}
        groups = [sorted(group.members, key=lambda node: node.order) for group in distinct.values()]
        return sorted(groups, key=lambda group: group[0].order)
