"""A row of the queue: a thread with its customer, its clock and the reasons for its place.

The stored clock state follows the sweep, which may be some seconds late; what the row says about a
breach is therefore decided here, from the due time and ``now``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from triage.core.ids import AccountId, ThreadId
from triage.core.message import Evidence

#: A clock that runs out within this time is at risk.
AT_RISK = timedelta(hours=1)
_AT_RISK_SECONDS = AT_RISK.total_seconds()
#: Characters of an instant to the minute.
_MINUTE = len("2026-03-11 09:30")


class View(StrEnum):
    """Which threads a queue page lists."""

    PENDING = "pending"
    AT_RISK = "at_risk"
    WAITING_CUSTOMER = "waiting_customer"
    LOW = "low"
    UNKNOWN = "unknown"
    ALL = "all"


class Flag(StrEnum):
    """What a row points out."""

    BREACHED = "breached"
    AT_RISK = "at_risk"
    URGENT = "urgent"
    HIGH = "high"
    LOW = "low"
    ACCOUNT_UNKNOWN = "account_unknown"
    ACCOUNT_SUGGESTED = "account_suggested"
    ACCOUNT_CONFLICT = "account_conflict"
    PROJECT_SUGGESTED = "project_suggested"


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueFilters:
    """What to list.

    Attributes:
        accounts: Keys of accounts; empty for all that the reader may see.
        projects: Keys of projects; empty for all.
    """

    view: View = View.PENDING
    accounts: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueEntry:
    """One thread in the queue.

    Attributes:
        account_id: Confirmed or suggested; None when the account is not known.
        account_key: None alike.
        account_state: confirmed, suggested, conflict or unknown.
        account_probability: Of a suggestion by the words alone; None where evidence suggested or decided.
        account_is_proven: False for such a suggestion while too little is known of how often it errs.
        project_state: confirmed, suggested or unknown.
        project_probability: Of a suggestion by the model; None where evidence decided.
        project_is_proven: As for the account.
        waiting_on: us, customer, third_party or nobody.
        is_pending: A person outside waits for an answer of ours.
        due_at: Of the earliest open clock; stays after the breach; None when no clock runs.
        target: Which clock it is, such as first_reply.
        stored_clock_state: As the last sweep left it; see ``clock_state``.
        turn_evidence: Why it is, or is not, in the queue.
        version: Counts writes.
    """

    thread_id: ThreadId
    subject: str
    account_id: AccountId | None
    account_key: str | None
    account_name: str
    account_state: str
    account_probability: float | None
    account_is_proven: bool
    project_key: str | None
    project_name: str
    project_state: str
    project_probability: float | None
    project_is_proven: bool
    status: str
    priority: str
    waiting_on: str
    waiting_since: datetime | None
    is_pending: bool
    due_at: datetime | None
    target: str | None
    stored_clock_state: str | None
    snippet: str
    last_sender: str
    message_count: int
    last_message_at: datetime | None
    turn_evidence: tuple[Evidence, ...]
    version: int

    def standing(self, now: datetime) -> "Standing":
        """Return what the entry's clock says now."""
        left = None if self.due_at is None else (self.due_at - now).total_seconds()
        return standing(self.stored_clock_state, left)

    def clock_state(self, now: datetime) -> str | None:
        """Return running, paused or breached; None when no clock is open. Due at ``now`` is breached."""
        return self.standing(now).state

    def is_at_risk(self, now: datetime) -> bool:
        """Tell whether a running clock has at most ``AT_RISK`` left."""
        return self.standing(now).is_at_risk

    def place(self, now: datetime) -> Evidence:
        """Return the reason for the entry's place in the order."""
        due, waits = (None if at is None else at.isoformat(" ") for at in (self.due_at, self.waiting_since))
        kind, text = place(self.standing(now), self.target, due, waits)
        return Evidence(kind=kind, text=text)

    def reasons(self, now: datetime) -> tuple[Evidence, ...]:
        """Return why the thread is in the queue, and why at this place; never empty."""
        return (*self.turn_evidence, self.place(now))

    def flags(self, now: datetime) -> tuple[Flag, ...]:
        """Return what the row points out, most urgent first."""
        raised = flags(self.standing(now), self.priority, self.account_state, self.project_state)
        return tuple(Flag(one) for one in raised)


class Standing(NamedTuple):
    """What an entry's clock says at an instant.

    Attributes:
        state: As ``QueueEntry.clock_state``.
        seconds_left: Whole seconds of wall time until the due time, negative behind it; None without one.
    """

    state: str | None
    is_at_risk: bool
    seconds_left: int | None


def standing(stored_state: str | None, seconds_left: float | None) -> Standing:
    """Return what a clock says that was stored in a state and has so much wall time left."""
    if seconds_left is None:
        return Standing(stored_state, False, None)  # noqa: FBT003 - by name it takes three times as long
    if stored_state != "running":
        return Standing(stored_state, False, int(seconds_left))  # noqa: FBT003
    if seconds_left <= 0:
        return Standing("breached", False, int(seconds_left))  # noqa: FBT003
    return Standing("running", seconds_left <= _AT_RISK_SECONDS, int(seconds_left))


def place(clock: Standing, target: str | None, due_at: str | None, waits: str | None) -> tuple[str, str]:
    """Return kind and text of the reason for a place in the order.

    Args:
        due_at: In UTC, as text that begins with ``2026-03-11 09:30``; so does ``waits``.
    """
    if due_at is None:
        return _place_without_due_time(clock, waits)
    name = (target or "answer").replace("_", " ")
    if clock.state == "breached":
        return "breached", f"The {name} was due at {due_at[:_MINUTE]} UTC."
    if clock.is_at_risk:
        return "at_risk", f"The {name} is due within the hour, at {due_at[:_MINUTE]} UTC."
    return "due", f"The {name} is due at {due_at[:_MINUTE]} UTC."


def flags(clock: Standing, priority: str, account_state: str, project_state: str) -> list[str]:
    """Return the values of ``Flag`` that a row raises, most urgent first."""
    raised: list[str] = []
    if clock.state == "breached":
        raised.append("breached")
    elif clock.is_at_risk:
        raised.append("at_risk")
    if priority != "normal":
        raised.append(priority)
    if account_state != "confirmed":
        raised.append(f"account_{account_state}")
    if project_state == "suggested":
        raised.append("project_suggested")
    return raised


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How many threads each view lists, counted up to ``COUNT_CAP``."""

    pending: int
    breached: int
    at_risk: int
    waiting_customer: int
    low: int
    unknown: int
    all: int

    def of(self, view: View) -> int:
        """Return the count of a view."""
        counts = {
            View.PENDING: self.pending,
            View.AT_RISK: self.at_risk,
            View.WAITING_CUSTOMER: self.waiting_customer,
            View.LOW: self.low,
            View.UNKNOWN: self.unknown,
            View.ALL: self.all,
        }
        return counts[view]


#: Counting stops here, so that a page costs the same over a million threads.
COUNT_CAP = 1000


def _place_without_due_time(clock: Standing, waits: str | None) -> tuple[str, str]:
    if clock.state == "paused":
        return "paused", "The clock is paused; it comes after threads with a due time."
    if waits is None:
        return "no_clock", "No clock runs and nobody waits."
    return "no_clock", f"No clock runs; it is ordered by its wait, since {waits[:_MINUTE]} UTC."
