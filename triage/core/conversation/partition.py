"""Threads as constrained components: join what belongs together, never across a wall."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from triage.core.conversation.edge import Edge, EdgeKind, Refusal, RefusedEdge
from triage.core.conversation.group import Groups
from triage.core.conversation.links import Hubs, Link, Links, is_hijack
from triage.core.conversation.node import HumanDecision, Node
from triage.core.conversation.tree import parents
from triage.core.ids import HeaderId, MessageId


@dataclass(frozen=True, kw_only=True, slots=True)
class Partition:
    """Messages in their threads.

    Attributes:
        groups: One a thread: its messages in canonical order; threads by their earliest message.
        parents: Parent of each message that has one within its thread.
        joins: The edges that hold the threads together.
        refused: Edges that were seen and not followed, and whose two ends are in different threads.
        hubs: Ids that these messages show to be hubs.
    """

    groups: tuple[tuple[MessageId, ...], ...]
    parents: dict[MessageId, MessageId]
    joins: tuple[Edge, ...]
    refused: tuple[RefusedEdge, ...]
    hubs: Hubs


def partition(
    nodes: Iterable[Node],
    decisions: Iterable[HumanDecision] = (),
    *,
    known_hubs: Collection[HeaderId] = (),
    common_lines: Collection[int] = (),
) -> Partition:
    """Return the threads of a set of messages.

    The result depends on the set only, never on the order or the keys. A group never holds messages
    of two confirmed accounts.

    Args:
        nodes: All messages that candidate links connect with one another; more do no harm.
        decisions: What people decided about any of them.
        known_hubs: Ids known to be hubs from messages outside this set.
        common_lines: Line fingerprints known to be too common from messages outside this set.

    Source: Kruskal's algorithm with forbidden pairs; RFC 5256 section 3 for the ids; the rules
        in docs/threads.md.
    """
    ordered = sorted(nodes, key=lambda node: node.order)
    return _Run(ordered, Links(ordered, known_hubs=known_hubs, common_lines=common_lines)).result(decisions)


class _Run:
    """One computation. Strongest links first; strangers are asked again once all others sit."""

    def __init__(self, nodes: list[Node], links: Links) -> None:
        self._nodes = {node.key: node for node in nodes}
        self._groups = Groups(nodes)
        self._links = links
        self._joins: list[Edge] = []
        self._refused: dict[Edge, RefusedEdge] = {refused.edge: refused for refused in links.refused}

    def result(self, decisions: Iterable[HumanDecision]) -> Partition:
        self._decide(decisions)
        waiting, joined = self._follow(self._links.links), 0
        # Whoever was a stranger may have become a participant by a join that came later.
        while waiting and joined < len(self._joins):
            joined = len(self._joins)
            waiting = self._follow(waiting)
        groups = self._groups.all()
        first_join: dict[MessageId, Edge] = {}
        for edge in self._joins:
            first_join.setdefault(edge.child, edge)
        tree: dict[MessageId, MessageId] = {}
        for group in groups:
            tree |= parents(group, first_join)
        return Partition(
            groups=tuple(tuple(node.key for node in group) for group in groups),
            parents=tree,
            joins=tuple(self._joins),
            refused=tuple(
                self._with_decision(one) for one in self._refused.values() if not self._are_together(one.edge)
            ),
            hubs=self._links.hubs,
        )

    def _decide(self, decisions: Iterable[HumanDecision]) -> None:
        for child, parent, reason in self._groups.decide(decisions, self._nodes):
            self._refuse(Edge(child=child.key, parent=parent.key, kind=EdgeKind.DECISION), reason)

    def _follow(self, links: Iterable[Link]) -> list[Link]:
        """Follow the links in order; return those of which a stranger was refused."""
        waiting = []
        for link in links:
            reasons = set()
            for parent in link.parents:
                reasons.add(self._try(link, parent))
                if link.kind is EdgeKind.QUOTE and None in reasons:
                    # Text that was posted twice stands in two threads; it is an answer in one.
                    break
            if Refusal.STRANGER in reasons:
                waiting.append(link)
        return waiting

    def _try(self, link: Link, parent: Node) -> Refusal | None:
        child = link.child
        if self._groups.are_together(child, parent):
            return None
        edge = link.edge(parent)
        reason = self._groups.refusal(child, parent)
        if reason is None and link.kind is not EdgeKind.COPY and is_hijack(child, parent):
            reason = Refusal.HIJACK
        if reason is not None:
            self._refuse(edge, reason)
            return reason
        self._groups.join(parent, child)
        self._joins.append(edge)
        return None

    def _refuse(self, edge: Edge, reason: Refusal) -> None:
        child, parent = self._nodes[edge.child], self._nodes[edge.parent]
        self._refused[edge] = RefusedEdge(
            edge=edge,
            reason=reason,
            child_account=self._groups.account(child),
            parent_account=self._groups.account(parent),
        )

    def _with_decision(self, refused: RefusedEdge) -> RefusedEdge:
        """Let what a person decided about the two sides count before every other reason."""
        edge = refused.edge
        if not self._groups.are_kept_apart(self._nodes[edge.child], self._nodes[edge.parent]):
            return refused
        return replace(refused, reason=Refusal.DECIDED)

    def _are_together(self, edge: Edge) -> bool:
        return self._groups.are_together(self._nodes[edge.child], self._nodes[edge.parent])
