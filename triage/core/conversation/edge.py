"""Edges: the reasons to put two messages into one conversation, and the reasons not to."""

from dataclasses import dataclass
from enum import StrEnum

from triage.core.ids import AccountId, HeaderId, MessageId


class EdgeKind(StrEnum):
    """What connects two messages, with its strength. Below 3 it never joins."""

    DECISION = "decision"
    IN_REPLY_TO = "in_reply_to"
    REFERENCES = "references"
    SHARED_ANCESTOR = "shared_ancestor"
    COPY = "copy"
    GMAIL = "gmail"
    THREAD_INDEX = "thread_index"
    QUOTE = "quote"

    @property
    def strength(self) -> int:
        """From 6, a person said so, down to 3, quoted lines."""
        return _STRENGTHS[self]


_STRENGTHS = {
    EdgeKind.DECISION: 6,
    EdgeKind.IN_REPLY_TO: 5,
    EdgeKind.REFERENCES: 5,
    EdgeKind.SHARED_ANCESTOR: 5,
    EdgeKind.COPY: 5,
    EdgeKind.GMAIL: 4,
    EdgeKind.THREAD_INDEX: 4,
    EdgeKind.QUOTE: 3,
}


class Refusal(StrEnum):
    """Why an edge does not join its two messages."""

    #: The two sides belong to two confirmed accounts.
    WALL = "wall"
    #: A person keeps the two sides apart.
    DECIDED = "decided"
    #: The author never took part in the conversation he refers to.
    STRANGER = "stranger"
    #: Other topic, nothing quoted, and long after or among other people.
    HIJACK = "hijack"
    #: An id that no message owns and that several customers' mail refers to.
    HUB = "hub"
    #: Several messages own the id, and none of them has a party in common with the one that names it.
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """A reason to put ``child`` and ``parent`` together.

    Attributes:
        via: The id that connects them, for the kinds that rest on one.
        shared_lines: How many quoted lines were found, for a quote.
    """

    child: MessageId
    parent: MessageId
    kind: EdgeKind
    via: HeaderId | None = None
    shared_lines: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedEdge:
    """An edge that was seen and not followed: a person may have to look.

    Attributes:
        child_account: Confirmed account of the child's group when it was refused.
        parent_account: The same of the parent's group.
    """

    edge: Edge
    reason: Refusal
    child_account: AccountId | None = None
    parent_account: AccountId | None = None
