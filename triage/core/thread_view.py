"""A thread as it is opened: its messages, its clocks and the evidence for where it belongs."""

from dataclasses import dataclass
from datetime import datetime

from triage.core.ids import MessageId, ThreadId
from triage.core.message import Address, Attachment, Evidence, Zone
from triage.core.queue_entry import QueueEntry
from triage.core.queue_row import QueueRow


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadView:
    """The head of a thread.

    Attributes:
        row: As in the queue.
        entry: The same as values.
        account_evidence: Why it belongs to its account; refused links stand here as well.
        project_evidence: Why it belongs to its project.
    """

    row: QueueRow
    entry: QueueEntry
    account_evidence: tuple[Evidence, ...]
    project_evidence: tuple[Evidence, ...]
    first_message_at: datetime | None
    last_inbound_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageView:
    """One message of a thread.

    Attributes:
        received_at: When our server took it: the trusted time.
        sent_at: What the Date header claims; None when it is absent.
        direction: inbound, outbound or internal.
        message_class: human, auto_reply, bounce, bulk, calendar or receipt.
        text: Whole safe text; ``zones`` tile it.
        has_more_text: The text went past the fetch cap.
    """

    id: MessageId
    header_id: str | None
    received_at: datetime
    sent_at: datetime | None
    direction: str
    message_class: str
    class_evidence: tuple[Evidence, ...]
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    account_state: str
    account_evidence: tuple[Evidence, ...]
    text: str
    zones: tuple[Zone, ...]
    has_more_text: bool
    attachments: tuple[Attachment, ...]
    defects: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClockView:
    """One cycle of one clock.

    Attributes:
        state: running, paused, breached, met, missed_late, cancelled or superseded.
        policy: Name of the SLA policy that set it.
        schedule: Name of the working hours it is counted in.
        minutes: Working minutes that the policy gives.
        due_at: None while paused.
        remaining_seconds: Working seconds left while paused; None otherwise.
    """

    target: str
    cycle: int
    state: str
    policy: str
    schedule: str
    minutes: int
    anchor_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    remaining_seconds: int | None

    def state_at(self, now: datetime) -> str:
        """Return the state; a running clock at or past its due time is breached."""
        if self.state == "running" and self.due_at is not None and self.due_at <= now:
            return "breached"
        return self.state


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedLink:
    """A link between two threads that was seen and not followed.

    Attributes:
        reason: wall, decided, stranger, hijack, hub or ambiguous.
        is_ours: A message of this thread refers to the other one, not the other way round.
    """

    reason: str
    is_ours: bool
    other_thread_id: ThreadId

    @property
    def sentence(self) -> str:
        """What a person is told."""
        who = (
            "A message here refers to another thread" if self.is_ours else "Another thread refers to this one"
        )
        return f"{who}: {_REFUSALS.get(self.reason, 'a person has to decide')}."


_REFUSALS = {
    "wall": "the two belong to different customers, so they stay apart",
    "decided": "a person keeps the two apart",
    "stranger": "its author never took part in the conversation referred to",
    "hijack": "an old message was used to start another topic",
    "hub": "mail of several customers refers to the same message",
    "ambiguous": "several messages carry the id referred to",
}
