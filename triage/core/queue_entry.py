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
        due, waits = (None if at is None else at.isoformat(" ") for at in (self.due_at, self.waiting_since))
        return standing(self.stored_clock_state, left, self.target, due, waits)

    def clock_state(self, now: datetime) -> str | None:
        """Return running, paused or breached; None when no clock is open. Due at ``now`` is breached."""
        return self.standing(now).state

    def is_at_risk(self, now: datetime) -> bool:
        """Tell whether a running clock has at most ``AT_RISK`` left."""
        return self.standing(now).raised == Flag.AT_RISK

    def place(self, now: datetime) -> Evidence:
        """Return the reason for the entry's place in the order."""
        clock = self.standing(now)
        return Evidence(kind=clock.kind, text=clock.text)

    def reasons(self, now: datetime) -> tuple[Evidence, ...]:
        """Return why the thread is in the queue, and why at this place; never empty."""
        return (*self.turn_evidence, self.place(now))

    def flags(self, now: datetime) -> tuple[Flag, ...]:
        """Return what the row points out, most urgent first."""
        found = flags(self.standing(now).raised, self.priority, self.account_state, self.project_state)
        return tuple(map(Flag, found))


class Standing(NamedTuple):
    """What an entry's clock says at an instant, and which place in the order that gives it.

    Attributes:
        state: As ``QueueEntry.clock_state``.
        seconds_left: Whole seconds of wall time until the due time, negative behind it; None without one.
        raised: The value of the ``Flag`` that it raises, breached or at_risk.
        kind: Of the reason for the place.
        text: Of the same reason.
    """

    state: str | None
    seconds_left: int | None
    raised: str | None
    kind: str
    text: str


def standing(
    stored_state: str | None,
    seconds_left: float | None,
    target: str | None,
    due_at: str | None,
    waits: str | None,
) -> Standing:
    """Return what a clock says that was stored in a state and has so much wall time left.

    Args:
        due_at: In UTC, as text that begins with ``2026-03-11 09:30``; so does ``waits``.
    """
    state = stored_state
    if state == "running" and seconds_left is not None and seconds_left <= 0:
        state = "breached"
    raised = "breached" if state == "breached" else None
    if seconds_left is None or due_at is None:
        return Standing(state, None, raised, *_place_without_due_time(state, waits))
    left, due = int(seconds_left), (target or "answer").replace("_", " ")
    if raised:
        return Standing(state, left, raised, "breached", f"The {due} was due at {due_at[:_MINUTE]} UTC.")
    if state == "running" and seconds_left <= _AT_RISK_SECONDS:
        text = f"The {due} is due within the hour, at {due_at[:_MINUTE]} UTC."
        return Standing(state, left, "at_risk", "at_risk", text)
    return Standing(state, left, None, "due", f"The {due} is due at {due_at[:_MINUTE]} UTC.")


def flags(raised: str | None, priority: str, account_state: str, project_state: str) -> list[str]:
    """Return the values of ``Flag`` of a row whose clock raises one or none, most urgent first."""
    found = [] if raised is None else [raised]
    if priority != "normal":
        found.append(priority)
    if account_state != "confirmed":
        found.append(f"account_{account_state}")
    if project_state == "suggested":
        found.append("project_suggested")
    return found


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


def _place_without_due_time(state: str | None, waits: str | None) -> tuple[str, str]:
    if state == "paused":
        return "paused", "The clock is paused; it comes after threads with a due time."
    if waits is None:
        return "no_clock", "No clock runs and nobody waits."
    return "no_clock", f"No clock runs; it is ordered by its wait, since {waits[:_MINUTE]} UTC."
