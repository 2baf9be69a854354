"""Why each message is in its thread, what was refused, and what happened to the thread."""

from dataclasses import dataclass
from datetime import datetime

from triage.core.conversation.edge import EdgeKind, Refusal
from triage.core.ids import HeaderId, MessageId, ThreadId

#: Kind of a decision that takes another one back; its value names it as ``decision``.
UNDO = "undo"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a message stands.

    Attributes:
        parent: The message it answers; None at a root.
        joined_by: What holds it in the thread; None for the message that others joined.
        joined_to: The message at the other end of that.
        via: The id that both ends share, where one does.
        shared_lines: How many lines of the other end it quotes, where that joined them.
        depth: Steps below a root.
    """

    message: MessageId
    parent: MessageId | None
    joined_by: EdgeKind | None
    joined_to: MessageId | None
    via: HeaderId | None
    shared_lines: int
    depth: int

    @property
    def strength(self) -> int | None:
        """How strong the link is that holds it, from 6 down to 3; None for the message others joined."""
        return self.joined_by.strength if self.joined_by else None

    @property
    def sentence(self) -> str:
        """Why the message is here."""
        if self.joined_by is None:
            return "Here from the start."
        reason = _JOINED[self.joined_by].format(lines=self.shared_lines)
        return f"Here because {reason} (message {self.joined_to})."


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """A link to another thread that was seen and not followed.

    Attributes:
        message: Of this thread.
        is_ours: It refers to the other one, not the other way round.
        via: The id that one names and the other has or names too, where one does.
        shared_lines: How many lines one quotes of the other, where that is the link.
    """

    message: MessageId
    other_message: MessageId
    other_thread: ThreadId
    is_ours: bool
    kind: EdgeKind
    reason: Refusal
    via: HeaderId | None = None
    shared_lines: int = 0

    @property
    def link(self) -> str:
        """What connects the two, in some words."""
        mine = f"message {self.message}"
        other = f"message {self.other_message} of thread {self.other_thread}"
        child, parent = (mine, other) if self.is_ours else (other, mine)
        words = _LINKED[self.kind].format(child=child, parent=parent, lines=self.shared_lines)
        return words[:1].upper() + words[1:]

    @property
    def because(self) -> str:
        """Why the two stay apart, in some words."""
        return _REFUSED[self.reason]


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """Another thread that may belong here: the same subject alone proposes and never joins.

    Attributes:
        person: An address that takes part in both.
    """

    thread: ThreadId
    subject: str
    person: str

    @property
    def sentence(self) -> str:
        """Why it is proposed."""
        return f"Thread {self.thread} has the same subject and {self.person} takes part in both."


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadEvent:
    """A merge, a split, or the undoing of one.

    Attributes:
        actor: Empty for the machine.
        thread: Where the messages were afterwards.
        origin: Where they were before.
        undone_by: The event that took it back.
    """

    id: int
    at: datetime
    actor: str
    kind: str
    thread: ThreadId
    origin: ThreadId
    messages: tuple[MessageId, ...]
    undone_by: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptDecision:
    """What a person decided about a thread or one of its messages.

    Attributes:
        kind: account, project, priority, status or no_reply_needed.
        value: The key or word that was chosen; empty for none.
        undone_by: The decision that took it back.
    """

    id: int
    at: datetime
    actor: str
    kind: str
    value: str
    undone_by: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadHistory:
    """A thread explained.

    Attributes:
        places: In the order in which they are read: a parent, then its answers.
        refused: Only links whose other side the reader may see.
        proposals: Threads that a person may want to merge with this one.
    """

    thread: ThreadId
    places: tuple[Place, ...]
    refused: tuple[Refused, ...]
    events: tuple[ThreadEvent, ...]
    proposals: tuple[Proposal, ...] = ()


_JOINED = {
    EdgeKind.DECISION: "a person put it here",
    EdgeKind.IN_REPLY_TO: "its In-Reply-To names a message here",
    EdgeKind.REFERENCES: "its References name a message here",
    EdgeKind.SHARED_ANCESTOR: "it names a message that others here name too and nobody received",
    EdgeKind.COPY: "it is the same mail with other words around it",
    EdgeKind.GMAIL: "Gmail counts it to the same conversation",
    EdgeKind.THREAD_INDEX: "its Thread-Index continues one of a message here",
    EdgeKind.QUOTE: "it quotes {lines} lines of a message here",
}
_LINKED = {
    EdgeKind.DECISION: "a person put {child} and {parent} together",
    EdgeKind.IN_REPLY_TO: "the In-Reply-To of {child} names {parent}",
    EdgeKind.REFERENCES: "the References of {child} name {parent}",
    EdgeKind.SHARED_ANCESTOR: "{child} and {parent} name the same message, which nobody received",
    EdgeKind.COPY: "{child} and {parent} are the same mail with other words around it",
    EdgeKind.GMAIL: "Gmail counts {child} and {parent} to one conversation",
    EdgeKind.THREAD_INDEX: "the Thread-Index of {child} continues the one of {parent}",
    EdgeKind.QUOTE: "{child} quotes {lines} lines of {parent}",
}
_REFUSED = {
    Refusal.WALL: "two customers",
    Refusal.DECIDED: "a person keeps them apart",
    Refusal.STRANGER: "its sender took no part in that conversation",
    Refusal.HIJACK: "another topic, nothing quoted, long after or among other people",
    Refusal.HUB: "the id is named by mail of too many parties or topics",
    Refusal.AMBIGUOUS: "several messages carry the id",
}
