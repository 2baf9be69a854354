"""Review items: two messages that something connects and something keeps apart, as a reader sees them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from triage.core.ids import AccountId, MessageId, ThreadId

#: Reason of an item about a mail of ours that may answer an open mail of another thread; the reasons of
#: the others are refusals (``core.conversation.edge``).
ANSWERED = "answered"


class Settlement(StrEnum):
    """What a person says of an item."""

    #: The two threads are two conversations, whatever later mail says.
    APART = "apart"
    #: They are one.
    JOIN = "join"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewSide:
    """One of the two messages, with its thread.

    Attributes:
        account: Confirmed account of the thread.
    """

    thread_id: ThreadId
    thread_subject: str
    account: AccountId | None
    account_key: str | None
    account_name: str | None
    message_id: MessageId
    subject: str
    sender: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """An open item.

    Attributes:
        reason: wall, stranger, hijack, ambiguous or answered.
        link: What connects the two (``core.conversation.edge.EdgeKind``), or answered.
        links: How many links between the two threads were refused alike.
        child: The message that refers to the other one; None for one of a thread that may not be seen.
        parent: The message it refers to; None likewise.
    """

    id: int
    reason: str
    link: str
    links: int
    opened_at: datetime
    child: ReviewSide | None
    parent: ReviewSide | None

    @property
    def title(self) -> str:
        """What the item is about, in a few words."""
        return _TITLES.get(self.reason, "Two threads")

    @property
    def sentence(self) -> str:
        """Why somebody should look."""
        reason = _REASONS.get(self.reason, "Something keeps the two apart.")
        return reason if self.reason == ANSWERED else f"{_LINKS.get(self.link, 'They are linked')}. {reason}"

    @property
    def can_keep_apart(self) -> bool:
        """Whether the reader may decide: only who sees both sides."""
        return self.child is not None and self.parent is not None

    @property
    def can_join(self) -> bool:
        """Whether the two may become one: never across two confirmed accounts."""
        if self.child is None or self.parent is None:
            return False
        accounts = {self.child.account, self.parent.account} - {None}
        return len(accounts) < 2  # noqa: PLR2004 - one account, or none


_TITLES = {
    "wall": "Two customers, one conversation",
    "stranger": "A stranger in the conversation",
    "hijack": "An old mail, a new topic",
    "ambiguous": "Several mails with one id",
    ANSWERED: "Possibly answered",
}
_REASONS = {
    "wall": "The two belong to different customers and stay apart.",
    "stranger": "Its sender never took part in that conversation, so it was kept apart.",
    "hijack": "Another topic, nothing quoted, long after or among other people, so it was kept apart.",
    "ambiguous": "Several mails carry that id, and nothing tells which one is meant.",
    ANSWERED: "A mail of ours may answer the other one without naming it; the clock goes on.",
}
_LINKS = {
    "decision": "A person put the two together",
    "in_reply_to": "The first mail says that it answers the second one",
    "references": "The first mail names the second one, or one of its conversation",
    "shared_ancestor": "Both name a mail that nobody received",
    "copy": "Both look like the same mail",
    "gmail": "Gmail counts both to one conversation",
    "thread_index": "Outlook counts both to one conversation",
    "quote": "The first mail quotes the second one",
}
