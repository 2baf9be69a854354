"""What happened in a thread, reduced to what turn and clocks ask: who wrote to whom, who decided what.

Times are the server's INTERNALDATE. Built from stored facts by ``entry_of``; the words of a mail are
looked at here once and do not travel further.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from triage.core.direction import Direction, Own
from triage.core.instant import as_utc
from triage.core.message import CalendarMethod, MessageClass
from triage.core.policy import Status
from triage.core.wording import NO_WORDING, Wording, wording_of


class EntryKind(StrEnum):
    """What a message is to the clocks. Only the first two drive them."""

    CUSTOMER_HUMAN = "customer_human"
    AGENT_HUMAN = "agent_human"
    #: Ours, to nobody outside: a note, a forward inside, a reply to a colleague only.
    INTERNAL_NOTE = "internal_note"
    #: Ours or theirs: out of office, automatic acknowledgement.
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    BULK = "bulk"
    #: Ours: the answer to an invitation, and nothing else.
    RSVP = "rsvp"
    #: Theirs: an invitation taken back.
    INVITATION_CANCELLED = "invitation_cancelled"
    #: Receipts, answers to our invitations, published calendars.
    SYSTEM = "system"


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageFacts:
    """What is stored of a message, as far as turn and clocks need it.

    Attributes:
        message_id: Our row, for pointing at it.
        header_id: Normalised Message-ID, for finding what a bounce brought back.
        received_at: INTERNALDATE.
        sent_at: The Date header: only orders mails of the same second.
        to: Addresses of To; any case.
        text_new: The sender's own new words.
        is_backfill: It was there when its folder was first seen.
    """

    message_id: int
    header_id: str | None = None
    received_at: datetime
    sent_at: datetime | None = None
    direction: Direction
    message_class: MessageClass
    sender_email: str
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    text_new: str = ""
    has_attachments: bool = False
    failed_recipients: tuple[str, ...] = ()
    failed_ids: tuple[str, ...] = ()
    calendar_method: CalendarMethod | None = None
    is_backfill: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One message of a thread. Addresses are in lower case.

    Attributes:
        message_id: Our row; None for what is no mail.
        to: Addresses of To.
        recipients: Addresses of To and Cc.
        reply_to: Where the sender wants answers; they count as the sender.
        customer_recipients: Recipients that belong to the customer of the thread.
        is_addressed_to_us: False for a mail that only copies us and names a customer in To.
        is_invitation: A calendar request, which an RSVP answers.
        wording: What the new words are: closing, holding, asking.
        failed_recipients: For a bounce, who could not be reached.
        failed_ids: For a bounce, the Message-IDs that came back.
        is_backfill: History: it never alerts.
    """

    at: datetime
    kind: EntryKind
    message_id: int | None = None
    header_id: str | None = None
    sent_at: datetime | None = None
    is_from_us: bool = False
    sender_email: str = ""
    to: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    customer_recipients: tuple[str, ...] = ()
    is_addressed_to_us: bool = True
    is_invitation: bool = False
    wording: Wording = NO_WORDING
    failed_recipients: tuple[str, ...] = ()
    failed_ids: tuple[str, ...] = ()
    is_backfill: bool = False

    def __post_init__(self) -> None:
        """Refuse naive instants; drop parts of a second, which no clock here counts."""
        object.__setattr__(self, "at", as_utc(self.at).replace(microsecond=0))


class DecisionKind(StrEnum):
    """What a person decided about a thread."""

    STATUS = "status"
    NO_REPLY_NEEDED = "no_reply_needed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """A person's decision. Undone decisions are left out by the caller.

    Attributes:
        status: For ``status``.
        message_id: For ``no_reply_needed``: only this message; None for all until then.
        actor: Who, for the evidence.
    """

    at: datetime
    kind: DecisionKind
    status: Status = Status.OPEN
    message_id: int | None = None
    actor: str = ""

    def __post_init__(self) -> None:
        """Refuse naive instants; drop parts of a second."""
        object.__setattr__(self, "at", as_utc(self.at).replace(microsecond=0))


@dataclass(frozen=True, kw_only=True, slots=True)
class CommitmentPoint:
    """A confirmed promise with a due time of its own.

    Attributes:
        number: Tells the commitments of a thread apart; the cycle number of its clock, from 1.
        confirmed_at: From when it counts.
        done_at: When it was kept; None while open.
        dropped_at: When a person withdrew it.
    """

    number: int
    confirmed_at: datetime
    due_at: datetime
    done_at: datetime | None = None
    dropped_at: datetime | None = None
    message_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Timeline:
    """Everything that happened in one thread, in any order."""

    entries: tuple[Entry, ...] = ()
    decisions: tuple[Decision, ...] = ()
    commitments: tuple[CommitmentPoint, ...] = ()

    def in_order(self) -> tuple[Entry | Decision, ...]:
        """Return entries and decisions as they happened.

        Within one second the Date header decides between mails, then the customer's mail comes
        before ours, and decisions come last: they were made with the mail in sight.
        """
        return tuple(sorted([*self.entries, *self.decisions], key=_order))


_ANSWERS_LATER = {EntryKind.CUSTOMER_HUMAN: 0}
_DECISIONS = 2


def _order(item: Entry | Decision) -> tuple[datetime, int, datetime, int, int]:
    if isinstance(item, Decision):
        return item.at, 1, item.at, _DECISIONS, item.message_id or 0
    sent_at = item.at if item.sent_at is None else as_utc(item.sent_at)
    return item.at, 0, sent_at, _ANSWERS_LATER.get(item.kind, 1), item.message_id or 0


_MACHINES = {
    MessageClass.AUTO_REPLY: EntryKind.AUTO_REPLY,
    MessageClass.BOUNCE: EntryKind.BOUNCE,
    MessageClass.BULK: EntryKind.BULK,
    MessageClass.RECEIPT: EntryKind.SYSTEM,
}


def entry_of(
    facts: MessageFacts,
    *,
    own: Own,
    is_customer: Callable[[str], bool],
) -> Entry:
    """Return a message as the clocks see it.

    Args:
        own: What tells our own addresses from others.
        is_customer: Tells whether an address, in lower case, belongs to the account of the thread. In
            a thread without an account every address outside counts.
    """
    to, cc, reply_to = _lower(facts.to), _lower(facts.cc), _lower(facts.reply_to)
    recipients = to + tuple(email for email in cc if email not in to)
    customers = tuple(email for email in recipients if not own.holds(email) and is_customer(email))
    kind = entry_kind(facts, has_customer_recipient=bool(customers))
    is_ours = facts.direction is not Direction.INBOUND
    names_customers_only = bool(to) and all(is_customer(email) and not own.holds(email) for email in to)
    return Entry(
        at=facts.received_at,
        kind=kind,
        message_id=facts.message_id,
        header_id=facts.header_id,
        sent_at=facts.sent_at,
        is_from_us=is_ours,
        sender_email=facts.sender_email.lower(),
        to=to,
        recipients=recipients,
        reply_to=reply_to,
        customer_recipients=customers,
        is_addressed_to_us=is_ours or not (names_customers_only and any(map(own.holds, cc))),
        is_invitation=_is_invitation(facts),
        wording=wording_of(facts.text_new, has_attachments=facts.has_attachments),
        failed_recipients=_lower(facts.failed_recipients),
        failed_ids=facts.failed_ids,
        is_backfill=facts.is_backfill,
    )


def entry_kind(facts: MessageFacts, *, has_customer_recipient: bool) -> EntryKind:
    """Return what the message is to the clocks; a person's mail when in doubt.

    Args:
        has_customer_recipient: Somebody of the thread's account is in To or Cc.
    """
    if facts.message_class in _MACHINES:
        return _MACHINES[facts.message_class]
    if facts.message_class is MessageClass.CALENDAR and not _is_invitation(facts):
        return _calendar_kind(facts)
    if facts.direction is Direction.INBOUND:
        return EntryKind.CUSTOMER_HUMAN
    return EntryKind.AGENT_HUMAN if has_customer_recipient else EntryKind.INTERNAL_NOTE


def _is_invitation(facts: MessageFacts) -> bool:
    # A calendar mail whose method could not be read may be an invitation: do not miss it.
    return facts.message_class is MessageClass.CALENDAR and facts.calendar_method in {
        CalendarMethod.REQUEST,
        None,
    }


def _calendar_kind(facts: MessageFacts) -> EntryKind:
    if facts.direction is not Direction.INBOUND and facts.calendar_method in {
        CalendarMethod.REPLY,
        CalendarMethod.COUNTER,
    }:
        return EntryKind.RSVP
    if facts.direction is Direction.INBOUND and facts.calendar_method is CalendarMethod.CANCEL:
        return EntryKind.INVITATION_CANCELLED
    return EntryKind.SYSTEM


def _lower(emails: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(str.lower, emails)))
