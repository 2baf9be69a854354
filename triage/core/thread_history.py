"""Why each message is in its thread, what was refused, and what happened to the thread."""

from dataclasses import dataclass
from datetime import datetime

from triage.core.conversation.edge import EdgeKind, Refusal
from triage.core.ids import HeaderId, MessageId, ThreadId


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a message stands.

    Attributes:
        parent: The message it answers; None at a root.
        joined_by: What holds it in the thread; None for the message that others joined.
        joined_to: The message at the other end of that.
        via: The id that both ends share, where one does.
        depth: Steps below a root.
    """

    message: MessageId
    parent: MessageId | None
    joined_by: EdgeKind | None
    joined_to: MessageId | None
    via: HeaderId | None
    depth: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """A link to another thread that was seen and not followed."""

    message: MessageId
    other_message: MessageId
    other_thread: ThreadId
    kind: EdgeKind
    reason: Refusal


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
class ThreadHistory:
    """A thread explained.

    Attributes:
        places: In the order in which they are read: a parent, then its answers.
        refused: Only links whose other side the reader may see.
    """

    thread: ThreadId
    places: tuple[Place, ...]
    refused: tuple[Refused, ...]
    events: tuple[ThreadEvent, ...]
