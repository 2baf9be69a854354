"""What a person is told, and no more: never a subject, never a word of a mail."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from triage.core.instant import as_utc


class AlertLevel(StrEnum):
    """Why the alert is sent."""

    WARNING = "warning"
    BREACH = "breach"
    RETRACTED = "retracted"
    MAILBOX = "mailbox"
    TEST = "test"


_ABOUT_MAILBOXES: Final = {
    "sign_in": "Sign-in of a mailbox runs out",
    "test_mail": "Test mail does not arrive",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """A message to a channel.

    Attributes:
        customer: Name of the account, or of the mailbox for a mailbox alert.
        project: Name of the project, or empty.
        clock: The target, such as ``first_reply``; of a mailbox what it is about: sign_in, test_mail, or
            empty when it cannot be read. Empty for a test.
        due_at: When the clock is or was due; None for a mailbox or a test.
        zone: IANA zone of the contract, in which the due time is shown.
        link: Address of the thread in the queue.
        reason: Why a mailbox cannot be read, and what to do; empty for everything else.
    """

    level: AlertLevel
    customer: str
    project: str = ""
    clock: str = ""
    due_at: datetime | None = None
    zone: str = "UTC"
    link: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        """Refuse naive instants."""
        if self.due_at is not None:
            object.__setattr__(self, "due_at", as_utc(self.due_at))

    @property
    def due_text(self) -> str:
        """The due time as it is said, absolute and with its zone, or empty."""
        if self.due_at is None:
            return ""
        return f"{self.due_at.astimezone(ZoneInfo(self.zone)):%a %Y-%m-%d %H:%M} {self.zone}"

    @property
    def headline(self) -> str:
        """What happened, in a few words."""
        clock = self.clock.replace("_", " ") or "reply"
        match self.level:
            case AlertLevel.WARNING:
                return f"{clock.capitalize()} due soon"
            case AlertLevel.BREACH:
                return f"{clock.capitalize()} overdue"
            case AlertLevel.RETRACTED:
                return f"{clock.capitalize()} is answered, the alert is withdrawn"
            case AlertLevel.MAILBOX:
                return _ABOUT_MAILBOXES.get(self.clock, "Mailbox cannot be read")
            case AlertLevel.TEST:
                return "Test alert: this channel works"
