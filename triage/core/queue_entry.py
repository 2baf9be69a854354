"""A row of the queue: a thread with its customer, its clock and the reasons for its place.

The stored clock state follows the sweep, which may be some seconds late; what the row says about a
breach is therefore decided here, from the due time and ``now``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from triage.core.ids import AccountId, ThreadId
from triage.core.message import Evidence

#: A clock that runs out within this time is at risk.
AT_RISK = timedelta(hours=1)


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

    def clock_state(self, now: datetime) -> str | None:
        """Return running, paused or breached; None when no clock is open. Due at ``now`` is breached."""
        if self.stored_clock_state == "running" and self.due_at is not None and self.due_at <= now:
            return "breached"
        return self.stored_clock_state

    def is_at_risk(self, now: datetime) -> bool:
        """Tell whether a running clock has at most ``AT_RISK`` left."""
        return self.clock_state(now) == "running" and self.due_at is not None and self.due_at - now <= AT_RISK

    def place(self, now: datetime) -> Evidence:
        """Return the reason for the entry's place in the order."""
        clock = (self.target or "answer").replace("_", " ")
        if self.due_at is None:
            return _place_without_due_time(self)
        due = _minute(self.due_at)
        if self.clock_state(now) == "breached":
            return Evidence(kind="breached", text=f"The {clock} was due at {due}.")
        if self.is_at_risk(now):
            return Evidence(kind="at_risk", text=f"The {clock} is due within the hour, at {due}.")
        return Evidence(kind="due", text=f"The {clock} is due at {due}.")

    def reasons(self, now: datetime) -> tuple[Evidence, ...]:
        """Return why the thread is in the queue, and why at this place; never empty."""
        return (*self.turn_evidence, self.place(now))

    def flags(self, now: datetime) -> tuple[Flag, ...]:
        """Return what the row points out, most urgent first."""
        raised: list[Flag] = []
        if self.clock_state(now) == "breached":
            raised.append(Flag.BREACHED)
        elif self.is_at_risk(now):
            raised.append(Flag.AT_RISK)
        if self.priority != "normal":
            raised.append(Flag(self.priority))
        if self.account_state != "confirmed":
            raised.append(Flag(f"account_{self.account_state}"))
        if self.project_state == "suggested":
            raised.append(Flag.PROJECT_SUGGESTED)
        return tuple(raised)


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


def _place_without_due_time(entry: QueueEntry) -> Evidence:
    if entry.stored_clock_state == "paused":
        return Evidence(kind="paused", text="The clock is paused; it comes after threads with a due time.")
    if entry.waiting_since is None:
        return Evidence(kind="no_clock", text="No clock runs and nobody waits.")
    since = _minute(entry.waiting_since)
    return Evidence(kind="no_clock", text=f"No clock runs; it is ordered by its wait, since {since}.")


def _minute(instant: datetime) -> str:
    # Every row of a page says one; formatting by a pattern takes ten times as long.
    return f"{instant.isoformat(' ', 'minutes')[:16]} UTC"
