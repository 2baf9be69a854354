"""Candidate links of a set of messages: what might join them, strongest first, in canonical order.

Ids first, then the thread numbers of Gmail and Outlook, then quoted lines. An equal subject is no
candidate: it proposes (see ``outside_answer``) and never joins.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from triage.core.conversation.edge import Edge, EdgeKind, Refusal, RefusedEdge
from triage.core.conversation.node import Node
from triage.core.ids import HeaderId

#: An unowned id that mail of more parties refers to is a hub, such as a ticket system's constant root.
_HUB_PARTIES = 2
#: So is one under which more topics run. A series of patches answers one letter with a topic each, so an
#: id that a message owns may have many; and it may be claimed by more than one message, but not by many.
_HUB_TOPICS = 10
_HUB_TOPICS_OWNED = 200
_HUB_OWNERS = 10
_HIJACK_GAP = timedelta(days=30)
#: Two mailboxes may receive an answer before the mail it answers.
_CLOCK_SKEW = timedelta(days=1)
#: Lines that must be found again for a quote to join, and the messages that may share such a line.
QUOTED_LINES = 3
COMMON_LINE = 3
#: [MS-OXOMSG] section 2.2.1.3: one header block, then one block a reply.
_INDEX_HEADER, _INDEX_REPLY = 22, 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A child and the messages it may join over one reason, the best first.

    Attributes:
        is_direct: The reason names the parent itself, not an ancestor further up.
        rank: Place among the child's reasons.
    """

    child: Node
    parents: Sequence[Node]
    kind: EdgeKind
    is_direct: bool
    rank: int
    via: HeaderId | None = None

    @property
    def order(self) -> tuple[object, ...]:
        """Strongest first, direct before indirect, then in canonical order."""
        return (-self.kind.strength, not self.is_direct, *self.child.order, self.rank)

    def edge(self, parent: Node) -> Edge:
        """Return this reason as an edge to one of the parents."""
        lines = len(self.child.quoted_lines & parent.new_lines) if self.kind is EdgeKind.QUOTE else 0
        return Edge(child=self.child.key, parent=parent.key, kind=self.kind, via=self.via, shared_lines=lines)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hubs:
    """Ids that connect too much to mean anything.

    Attributes:
        unowned: No message owns it, and messages of more than two parties or on more than ten topics
            name it.
        final: More than 200 topics run under it, or more than ten messages claim it: a message that
            claims it later changes nothing.
    """

    unowned: frozenset[HeaderId]
    final: frozenset[HeaderId]


def hubs(nodes: Iterable[Node]) -> Hubs:
    """Return the ids that are hubs by what these messages show.

    A mailing list counts as one party, whoever writes to it.
    """
    parties: dict[HeaderId, set[str]] = defaultdict(set)
    subjects: dict[HeaderId, set[str]] = defaultdict(set)
    owners: dict[HeaderId, int] = defaultdict(int)
    for node in nodes:
        if node.header_id:
            owners[node.header_id] += 1
        around = {node.list_id} if node.list_id else node.parties
        for one in node.ancestors:
            parties[one] |= around
            subjects[one].add(node.base_subject)
    return Hubs(
        unowned=frozenset(
            one
            for one, topics in subjects.items()
            if one not in owners and (len(parties[one]) > _HUB_PARTIES or len(topics) > _HUB_TOPICS)
        ),
        final=frozenset(
            [one for one, topics in subjects.items() if len(topics) > _HUB_TOPICS_OWNED]
            + [one for one, count in owners.items() if count > _HUB_OWNERS]
        ),
    )


def is_hijack(child: Node, parent: Node) -> bool:
    """Return whether somebody used an old mail to begin a new topic.

    True when the subject changed, nothing of the parent is quoted, and more than 30 days lie between
    or no party is common.
    """
    if not child.base_subject or child.base_subject == parent.base_subject:
        return False
    if child.quoted_lines & parent.new_lines:
        return False
    is_late = abs(child.at - parent.at) > _HIJACK_GAP
    is_same_list = bool(child.list_id) and child.list_id == parent.list_id
    are_known = bool(child.parties and parent.parties) and child.has_recipients and parent.has_recipients
    are_others = are_known and not child.parties & parent.parties
    return is_late or (are_others and not is_same_list)


class Links:
    """The links of a set of messages, and the ones that are too weak to follow.

    Args:
        nodes: In canonical order.
        known_hubs: Ids known to be hubs from messages outside this set.
        common_lines: Fingerprints known to stand in too many messages outside this set.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        *,
        known_hubs: Collection[HeaderId] = (),
        common_lines: Collection[int] = (),
    ) -> None:
        self._nodes = nodes
        self.hubs = hubs(nodes)
        self._hubs = self.hubs.unowned | self.hubs.final | frozenset(known_hubs)
        self._common_lines = frozenset(common_lines)
        self._owners: dict[HeaderId, list[Node]] = defaultdict(list)
        for node in nodes:
            if node.header_id:
                self._owners[node.header_id].append(node)
        self.refused: list[RefusedEdge] = []
        self.links = sorted(self._all(), key=lambda link: link.order)

    def _all(self) -> Iterator[Link]:
        yield from self._id_links()
        yield from self._copies()
        yield from self._gmail_links()
        yield from self._index_links()
        yield from self._quote_links()

    def _id_links(self) -> Iterator[Link]:
        earlier: dict[HeaderId, _Circles] = defaultdict(_Circles)
        for node in self._nodes:
            for rank, one in enumerate(node.ancestors):
                kind = EdgeKind.IN_REPLY_TO if one in node.in_reply_to else EdgeKind.REFERENCES
                if one in self._hubs:
                    self._refuse_hub(node, one, kind, earlier[one].first())
                elif owners := self._owners.get(one):
                    if owner := self._resolved(node, one, kind, owners):
                        yield Link(
                            child=node, parents=(owner,), kind=kind, is_direct=rank == 0, rank=rank, via=one
                        )
                    continue
                elif before := earlier[one].first():
                    shared = EdgeKind.SHARED_ANCESTOR
                    yield Link(child=node, parents=before, kind=shared, is_direct=False, rank=rank, via=one)
                earlier[one].add(node)

    def _refuse_hub(self, node: Node, one: HeaderId, kind: EdgeKind, earlier: Sequence[Node]) -> None:
        """List the owners, and of those who name the id too the first one: there may be thousands."""
        owners = [owner for owner in self._owners.get(one, ()) if owner is not node]
        for other in (*owners[:_HUB_OWNERS], *earlier[:1]):
            edge = Edge(child=node.key, parent=other.key, kind=kind, via=one)
            self.refused.append(RefusedEdge(edge=edge, reason=Refusal.HUB))

    def _resolved(self, node: Node, one: HeaderId, kind: EdgeKind, owners: Sequence[Node]) -> Node | None:
        """Return the owner that is meant: the one with most people in common (section 1, step 2)."""
        candidates = [owner for owner in owners if owner is not node]
        if len(candidates) < 2:  # noqa: PLR2004 - one owner needs no choice
            return candidates[0] if candidates else None
        best = min(candidates, key=lambda owner: (-_affinity(node, owner), owner.order))
        is_sure = _affinity(node, best) > 0
        for owner in candidates:
            if owner is not best or not is_sure:
                edge = Edge(child=node.key, parent=owner.key, kind=kind, via=one)
                self.refused.append(RefusedEdge(edge=edge, reason=Refusal.AMBIGUOUS))
        return best if is_sure else None

    def _copies(self) -> Iterator[Link]:
        """Join the same mail in two wordings, such as with and without the footer of a list."""
        for one, owners in self._owners.items():
            if one in self._hubs:
                continue
            for place, owner in enumerate(owners[1:], 1):
                if same := [other for other in owners[:place] if is_copy(owner, other)]:
                    yield Link(
                        child=owner, parents=same[:1], kind=EdgeKind.COPY, is_direct=True, rank=0, via=one
                    )

    def _gmail_links(self) -> Iterator[Link]:
        earlier: dict[str, _Circles] = defaultdict(_Circles)
        for node in self._nodes:
            if node.gmail_thread is None:
                continue
            if before := earlier[node.gmail_thread].first():
                yield Link(child=node, parents=before, kind=EdgeKind.GMAIL, is_direct=False, rank=0)
            earlier[node.gmail_thread].add(node)

    def _index_links(self) -> Iterator[Link]:
        by_index: Mapping[bytes, list[Node]] = defaultdict(list)
        for node in self._nodes:
            if node.thread_index and is_thread_index(node.thread_index):
                by_index[node.thread_index].append(node)
        for index, children in by_index.items():
            parents = by_index.get(index[:-_INDEX_REPLY], []) if len(index) > _INDEX_HEADER else []
            for child in children:
                fitting = [
                    parent
                    for parent in parents
                    if parent.base_subject == child.base_subject and parent.parties & child.parties
                ]
                if fitting:
                    yield Link(
                        child=child, parents=fitting, kind=EdgeKind.THREAD_INDEX, is_direct=True, rank=0
                    )

    def _quote_links(self) -> Iterator[Link]:
        children = [node for node in self._nodes if not node.ancestors and node.quoted_lines]
        quoted = frozenset[int]().union(*(node.quoted_lines for node in children)) - self._common_lines
        if not quoted:
            return
        writers: dict[int, list[Node]] = defaultdict(list)
        for node in self._nodes:
            for line in node.new_lines & quoted:
                writers[line].append(node)
        for node in children:
            found: dict[int, int] = defaultdict(int)
            by_place: dict[int, Node] = {}
            for line in node.quoted_lines:
                if len(authors := writers.get(line, [])) <= COMMON_LINE:
                    for author in authors:
                        found[author.key] += 1
                        by_place[author.key] = author
            parents = [
                by_place[key]
                for key, lines in found.items()
                if lines >= QUOTED_LINES and _may_answer(node, by_place[key])
            ]
            parents.sort(key=lambda parent: (-found[parent.key], parent.order))
            if parents:
                yield Link(child=node, parents=parents, kind=EdgeKind.QUOTE, is_direct=True, rank=0)


def is_copy(one: Node, other: Node) -> bool:
    """Return whether two messages of one id are the same mail but for its words (a list footer)."""
    return (
        one.sent_at is not None
        and (one.author, one.sent_at, one.base_subject) == (other.author, other.sent_at, other.base_subject)
        and one.parties == other.parties
    )


def is_thread_index(value: bytes) -> bool:
    """Return whether the bytes are a Thread-Index of the known form.

    Source: [MS-OXOMSG] section 2.2.1.3.
    """
    return (
        value[:1] == b"\x01"
        and len(value) >= _INDEX_HEADER
        and not (len(value) - _INDEX_HEADER) % _INDEX_REPLY
    )


def _affinity(node: Node, owner: Node) -> int:
    """Return how much speaks for this owner: parties in common, and the same confirmed account."""
    is_same_account = node.account is not None and node.account == owner.account
    is_same_list = bool(node.list_id) and node.list_id == owner.list_id
    return len(node.parties & owner.parties) + is_same_list + 1_000 * is_same_account


def _may_answer(node: Node, quoted: Node) -> bool:
    """Return whether a quote is an answer: of an earlier mail, on the same topic.

    Under another subject four quotes in five are terms, log files and other text that goes around.
    """
    is_earlier = quoted.at <= node.at + _CLOCK_SKEW
    return node.base_subject == quoted.base_subject and is_earlier and quoted is not node


class _Circles:
    """Messages by topic, account and people: one of each is enough to decide who joins them."""

    def __init__(self) -> None:
        self._found: dict[object, Node] = {}

    def add(self, node: Node) -> None:
        circle = (node.base_subject, node.account, node.author, node.parties, node.list_id)
        self._found.setdefault(circle, node)

    def first(self) -> list[Node]:
        return list(self._found.values())
