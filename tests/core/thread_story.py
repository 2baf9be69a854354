"""A thread told in a few words, for tests of turn and clocks: who wrote what to whom, at which hour."""

from datetime import UTC, datetime, timedelta

from triage.core.direction import Direction, Own
from triage.core.message import CalendarMethod, MessageClass
from triage.core.policy import Status
from triage.core.timeline import (
    CommitmentPoint,
    Decision,
    DecisionKind,
    Entry,
    MessageFacts,
    Timeline,
    entry_of,
)

#: Hours count from this Monday, nine o'clock.
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)

ANNA = "anna@acme.example"
BOB = "bob@acme.example"
OTHER_CUSTOMER = "carl@beta.example"
US = "support@vendor.example"
COLLEAGUE = "dora@vendor.example"

OWN = Own(domains=frozenset({"vendor.example"}))


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


class Story:
    """Collects what happened; every method returns the message or decision number."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.decisions: list[Decision] = []
        self.commitments: list[CommitmentPoint] = []

    @property
    def timeline(self) -> Timeline:
        return Timeline(
            entries=tuple(self.entries),
            decisions=tuple(self.decisions),
            commitments=tuple(self.commitments),
        )

    def mail(
        self,
        hours: float,
        sender: str,
        *to: str,
        cc: tuple[str, ...] = (),
        text: str = "The export has stopped since this morning.",
        message_class: MessageClass = MessageClass.HUMAN,
        method: CalendarMethod | None = None,
        failed_ids: tuple[str, ...] = (),
        failed_recipients: tuple[str, ...] = (),
        reply_to: tuple[str, ...] = (),
        sent_at: datetime | None = None,
        has_attachments: bool = False,
        is_backfill: bool = False,
    ) -> int:
        number = len(self.entries) + 1
        facts = MessageFacts(
            message_id=number,
            header_id=f"{number}@mail.example",
            received_at=at(hours),
            sent_at=sent_at,
            direction=self._direction(sender, (*to, *cc)),
            message_class=message_class,
            sender_email=sender,
            to=to,
            cc=cc,
            reply_to=reply_to,
            text_new=text,
            has_attachments=has_attachments,
            failed_recipients=failed_recipients,
            failed_ids=failed_ids,
            calendar_method=method,
            is_backfill=is_backfill,
        )
        self.entries.append(
            entry_of(facts, own=OWN, is_customer=lambda email: email.endswith("@acme.example"))
        )
        return number

    def customer(
        self,
        hours: float,
        text: str = "The export has stopped since this morning.",
        *,
        is_backfill: bool = False,
    ) -> int:
        return self.mail(hours, ANNA, US, text=text, is_backfill=is_backfill)

    def answer(self, hours: float, text: str = "It runs again.", *, is_backfill: bool = False) -> int:
        return self.mail(hours, US, ANNA, text=text, is_backfill=is_backfill)

    def bounce(self, hours: float, of: int, *recipients: str) -> int:
        return self.mail(
            hours,
            "mailer-daemon@acme.example",
            US,
            message_class=MessageClass.BOUNCE,
            failed_ids=(f"{of}@mail.example",),
            failed_recipients=recipients or (ANNA,),
        )

    def status(self, hours: float, status: Status) -> None:
        self.decisions.append(Decision(at=at(hours), kind=DecisionKind.STATUS, status=status, actor="eve"))

    def no_reply_needed(self, hours: float, message_id: int | None = None) -> None:
        self.decisions.append(
            Decision(at=at(hours), kind=DecisionKind.NO_REPLY_NEEDED, message_id=message_id, actor="eve")
        )

    @staticmethod
    def _direction(sender: str, recipients: tuple[str, ...]) -> Direction:
        if not OWN.holds(sender):
            return Direction.INBOUND
        return Direction.INTERNAL if all(map(OWN.holds, recipients)) else Direction.OUTBOUND
