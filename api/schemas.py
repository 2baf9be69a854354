"""The public JSON contract of version 1.

Typed dictionaries: mypy checks every answer where it is made, the documentation is generated from
them, and nothing is validated again while answering. Within ``/v1`` fields are only added.
Instants are RFC 3339 in UTC.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from typing_extensions import TypedDict

from triage.core.policy import Status
from triage.core.queue_entry import View
from triage.core.search_query import MOST_CHARACTERS
from triage.services.correct import NOBODY
from triage.services.decide import Change, Priority

_PROVEN = "False for a suggestion while nothing proves that at most 2 % of such are wrong"
ClockState = Literal["running", "paused", "breached"]


class Reason(TypedDict):
    """A reason: which rule said so, and what it saw."""

    kind: str
    text: str


class CoverageAge(TypedDict):
    """Whether all mail is known to be here."""

    state: Annotated[str, Field(description="proven, or unknown: then an empty queue proves nothing")]
    since: Annotated[datetime | None, Field(description="Everything up to this instant is proven")]
    age_seconds: Annotated[int | None, Field(description="Age of the proof; null when there never was one")]
    sentence: str


class AccountTag(TypedDict):
    """The customer."""

    key: Annotated[str | None, Field(description="Null when the customer is not known: it is never guessed")]
    name: str
    state: Annotated[str, Field(description="confirmed, suggested, conflict or unknown")]
    probability: Annotated[
        float | None, Field(description="Of a suggestion by the words alone; null where evidence speaks")
    ]
    is_proven: Annotated[bool, Field(description=_PROVEN)]


class ProjectTag(TypedDict):
    """The project."""

    key: str | None
    name: str
    state: Annotated[str, Field(description="confirmed, suggested or unknown")]
    probability: Annotated[float | None, Field(description="Of a suggestion; null where evidence decided")]
    is_proven: Annotated[bool, Field(description=_PROVEN)]


class ClockSummary(TypedDict):
    """The earliest open clock."""

    target: Annotated[str | None, Field(description="Such as first_reply; null when no clock is open")]
    state: ClockState | None
    due_at: datetime | None
    remaining_seconds: Annotated[int | None, Field(description="Wall time; negative after the due time")]


class QueueEntryJson(TypedDict):
    """One thread of the queue."""

    id: int
    url: Annotated[str, Field(description="The page of the thread")]
    subject: str
    account: AccountTag
    project: ProjectTag
    status: str
    priority: str
    pending: Annotated[bool, Field(description="A person outside waits for an answer of ours")]
    waiting_on: str
    waiting_since: datetime | None
    clock: ClockSummary
    last_sender: str
    snippet: str
    message_count: int
    last_message_at: datetime | None
    flags: list[str]
    reasons: Annotated[list[Reason], Field(description="Why it is here and at this place; never empty")]
    coverage: CoverageAge
    version: int


class CountsJson(TypedDict):
    """How many threads each view holds under the same filters."""

    pending: int
    breached: int
    at_risk: int
    waiting_customer: int
    low: int
    unknown: int
    all: int
    capped_at: Annotated[int, Field(description="Counting stops here")]


class QueuePage(TypedDict):
    """A page of the queue."""

    entries: list[QueueEntryJson]
    next_cursor: str | None
    counts: CountsJson
    coverage: CoverageAge
    as_of: datetime


class AddressJson(TypedDict):
    """A mailbox of RFC 5322."""

    name: str
    email: str


class ZoneJson(TypedDict):
    """A stretch of the text: new, quoted, quote_header, forwarded, signature or disclaimer."""

    kind: str
    start: int
    end: int


class AttachmentJson(TypedDict):
    """A part that stays on the server."""

    name: str
    content_type: str
    size_bytes: int
    is_inline: bool


class MessageJson(TypedDict):
    """One message."""

    id: int
    message_id: str | None
    received_at: Annotated[datetime, Field(description="When our server took it: the trusted time")]
    sent_at: Annotated[datetime | None, Field(description="What the Date header claims")]
    direction: str
    message_class: str
    class_reasons: list[Reason]
    sender: AddressJson
    to: list[AddressJson]
    cc: list[AddressJson]
    subject: str
    account_state: str
    account_reasons: list[Reason]
    text: str
    zones: Annotated[list[ZoneJson], Field(description="Tile the text, in characters (code points)")]
    has_more_text: bool
    attachments: list[AttachmentJson]
    defects: list[str]


class ClockJson(TypedDict):
    """One cycle of one clock."""

    target: str
    cycle: int
    state: str
    policy: str
    schedule: str
    minutes: int
    anchor_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


class RefusedLinkJson(TypedDict):
    """A link to another thread that was seen and not followed; only where both may be seen."""

    reason: str
    sentence: str
    other_thread_id: int


class ThreadJson(QueueEntryJson):
    """A thread with its messages and clocks."""

    account_reasons: list[Reason]
    project_reasons: list[Reason]
    first_message_at: datetime | None
    last_inbound_at: datetime | None
    messages: Annotated[list[MessageJson], Field(description="The newest 200, oldest of them first")]
    clocks: list[ClockJson]
    refused_links: list[RefusedLinkJson]
    as_of: datetime


class FolderJson(TypedDict):
    """One watched folder."""

    mailbox: str
    folder: Annotated[str, Field(description="Empty when no folder of the mailbox was ever seen")]
    kind: str
    state: Annotated[str, Field(description="Of the mailbox")]
    reason: str
    is_proven: bool
    checked_at: datetime | None
    server_messages: int | None
    stored_messages: int | None
    quarantined: int
    unfetchable: int


class ComparisonJson(TypedDict):
    """The last comparison of one level that a folder had."""

    mailbox: Annotated[str, Field(description="Empty for what is asked of the whole database")]
    folder: str
    level: Annotated[str, Field(description="recent, all, content or parents")]
    finished_at: datetime
    missing: int
    unexplained: int


class HeldBackJson(TypedDict):
    """A message that is counted but cannot be shown."""

    mailbox: str
    folder: str
    uid: int
    state: str
    reason: str
    seen_at: datetime


class CanaryJson(TypedDict):
    """What the service's own test mails say about the way of mail into a mailbox."""

    mailbox: str
    state: Annotated[str, Field(description="arrived, late, waiting, missing, unsent or stopped")]
    sent_at: Annotated[datetime | None, Field(description="Of the last one")]
    arrived_at: Annotated[datetime | None, Field(description="Of the last one that arrived")]
    round_trip_seconds: Annotated[float | None, Field(description="Of the last one that arrived")]
    missing_since: Annotated[
        datetime | None, Field(description="When the oldest was sent that did not arrive within 60 seconds")
    ]
    sentence: str


class CoverageJson(CoverageAge):
    """Completeness, folder by folder; the lists are empty for tokens that see only some accounts."""

    folders: list[FolderJson]
    held_back: list[HeldBackJson]
    comparisons: list[ComparisonJson]
    canary: Annotated[
        CanaryJson | None, Field(description="Null where no test mails are sent, or to narrow tokens")
    ]
    as_of: datetime


class MatchJson(TypedDict):
    """A thread that holds one of the ids asked for."""

    message_id: str
    matched_by: Annotated[str, Field(description="message_ids or references")]
    thread: QueueEntryJson


class LookupJson(TypedDict):
    """The threads of a message; empty when there is none, or none that you may see."""

    matches: list[MatchJson]
    coverage: CoverageAge
    as_of: datetime


class ProblemJson(TypedDict):
    """A problem (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str


class QueueQuery(BaseModel):
    """What to list. A parameter that is not known is an error, not silence."""

    model_config = ConfigDict(extra="forbid")

    view: View = Field(default=View.PENDING, description="Which threads")
    account: list[str] = Field(default=[], max_length=50, description="Keys of accounts; repeat for more")
    project: list[str] = Field(default=[], max_length=50, description="Keys of projects; repeat for more")
    cursor: str | None = Field(default=None, max_length=400, description="`next_cursor` of the page before")
    limit: int = Field(default=50, ge=1, le=200, description="Rows of the page")


class SearchParameters(BaseModel):
    """What to find. A parameter that is not known is an error, not silence."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(
        max_length=MOST_CHARACTERS, description="The question; see the documentation of the search"
    )
    zone: str = Field(default="UTC", max_length=100, description="IANA zone in which its dates begin")
    cursor: str | None = Field(default=None, max_length=100, description="`next_cursor` of the page before")
    limit: int = Field(default=50, ge=1, le=200, description="Hits of the page")


class PieceJson(TypedDict):
    """A stretch of text."""

    text: str
    hit: Annotated[bool, Field(description="The question asked for it")]


class HitThreadJson(TypedDict):
    """The thread of a message that was found."""

    id: int
    url: Annotated[str, Field(description="The page of the thread")]
    account: AccountTag
    project: ProjectTag
    status: str
    pending: Annotated[bool, Field(description="A person outside waits for an answer of ours")]


class HitJson(TypedDict):
    """A message that was found."""

    message_id: int
    thread: HitThreadJson
    received_at: datetime
    direction: str
    sender: "AddressJson"
    subject: list[PieceJson]
    snippet: Annotated[list[PieceJson], Field(description="Words around the hit, in one line")]
    files: Annotated[list[str], Field(description="Names of attachments that the question asked for")]
    quoted: Annotated[bool, Field(description="Found only with the help of what the message quotes")]


class SearchJson(TypedDict):
    """A page of messages that were found."""

    hits: list[HitJson]
    next_cursor: str | None
    behind: Annotated[int, Field(description="Messages that are stored and not searched yet; up to 1000")]
    unknown: Annotated[
        list[str], Field(description="Names in conditions that no account and no project has that is seen")
    ]
    as_of: datetime


HeaderIdText = Annotated[str, Field(max_length=1000)]


class LookupRequest(BaseModel):
    """Message-IDs of a message that someone looks at in a mail client, and the ids it refers to."""

    model_config = ConfigDict(extra="forbid")

    message_ids: list[HeaderIdText] = Field(default=[], max_length=50)
    references: list[HeaderIdText] = Field(default=[], max_length=100)


class SegmentJson(TypedDict):
    """A stretch of time, and why it counts or does not."""

    kind: Annotated[str, Field(description="open, closed, holiday, exception or paused; only open counts")]
    start: datetime
    end: datetime
    seconds: int
    name: Annotated[str, Field(description="Of the holiday or exception; may be empty")]


class SlaClockJson(ClockJson):
    """One cycle of one clock, with the reason for its due time."""

    zone: Annotated[str, Field(description="IANA zone of the customer's schedule")]
    policy_version: Annotated[str, Field(description="Hash of the policy and the schedule it was counted by")]
    warn_at: list[datetime]
    working_seconds_left: Annotated[int | None, Field(description="Working time; null when it has ended")]
    alerts: Annotated[bool, Field(description="False for history and for mail that needs no answer")]
    segments: Annotated[
        list[SegmentJson], Field(description="From the anchor to the due time, or to now while paused")
    ]


class ThreadSlaJson(TypedDict):
    """All clocks of a thread, explained."""

    thread_id: int
    clocks: list[SlaClockJson]
    as_of: datetime


class SlaFiguresJson(TypedDict):
    """How one promise was kept for one account, project or week."""

    group: Annotated[str, Field(description="Key; empty when not known")]
    target: str
    compliance: Annotated[float | None, Field(description="Kept in time, of all kept or overdue; 0 to 1")]
    met: int
    missed_late: int
    breached: Annotated[int, Field(description="Overdue and still open")]
    running: int
    cancelled: int
    median_seconds: Annotated[int | None, Field(description="Working time until it was kept")]
    p90_seconds: int | None


class SlaReportJson(TypedDict):
    """The figures of a period."""

    since: datetime
    until: Annotated[datetime, Field(description="The first instant behind the period")]
    by: str
    what_if: Annotated[bool, Field(description="The past is counted by the present policies and schedules")]
    lines: list[SlaFiguresJson]
    as_of: datetime


class PlaceJson(TypedDict):
    """Where a message stands in its thread, and why."""

    message_id: int
    parent_id: Annotated[int | None, Field(description="The message it answers; null at a root")]
    depth: int
    joined_by: Annotated[str | None, Field(description="What holds it here; null for the first")]
    joined_to: int | None
    via: Annotated[str | None, Field(description="The Message-ID that links the two, where one does")]
    strength: Annotated[
        int | None, Field(description="Of the link: 6, a person said so, down to 3, quoted lines")
    ]
    shared_lines: Annotated[
        int, Field(description="Lines that one quotes of the other, where that is the link")
    ]
    sentence: str


class RefusalJson(TypedDict):
    """A link to a message of another thread that was not followed; only where both may be seen."""

    message_id: int
    other_message_id: int
    other_thread_id: int
    kind: str
    reason: str
    via: Annotated[str | None, Field(description="The Message-ID that links the two, where one does")]
    strength: Annotated[int, Field(description="Of the link: 6, a person said so, down to 3, quoted lines")]
    shared_lines: Annotated[
        int, Field(description="Lines that one quotes of the other, where that is the link")
    ]
    sentence: str


class ThreadEventJson(TypedDict):
    """A merge, a split, or the undoing of one."""

    id: int
    at: datetime
    actor: Annotated[str, Field(description="Name of a token; empty for the machine")]
    kind: str
    thread_id: int
    from_thread_id: int
    message_ids: list[int]
    undone_by: int | None


class DecisionJson(TypedDict):
    """What a person decided."""

    id: int
    at: datetime
    actor: Annotated[str, Field(description="Name of a token, or of the operating-system user")]
    kind: Annotated[str, Field(description="account, project, priority, status or no_reply_needed")]
    value: Annotated[str, Field(description="The key or word chosen; empty for none")]
    undone_by: int | None


class HistoryJson(TypedDict):
    """A thread explained."""

    thread_id: int
    places: Annotated[list[PlaceJson], Field(description="A parent, then its answers")]
    refused: list[RefusalJson]
    events: list[ThreadEventJson]
    decisions: list[DecisionJson]


class DoneJson(TypedDict):
    """A split, a merge or an undo that took effect."""

    thread_id: Annotated[int, Field(description="Where the messages are now")]
    event_id: Annotated[int | None, Field(description="Takes it back; null for an undone decision")]


Key = Annotated[str, Field(min_length=1, max_length=200)]
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]


class ThreadPatch(BaseModel):
    """What a person decides. A field that is absent stays; null as account or project means none."""

    model_config = ConfigDict(extra="forbid")

    account: Key | None = Field(default=None, description="Key of an account")
    project: Key | None = Field(default=None, description="Key of a project of the account")
    priority: Priority | None = None
    status: Status | None = None
    no_reply_needed: Literal[True] | None = Field(
        default=None, description="Nobody has to answer what was written until now"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field")
        return self

    def change(self) -> Change:
        """Return what is decided."""
        return Change(
            account=self._key("account", self.account),
            project=self._key("project", self.project),
            priority=self.priority,
            status=self.status,
            no_reply_needed=bool(self.no_reply_needed),
        )

    def _key(self, field: str, value: str | None) -> str | None:
        return value if value is not None or field not in self.model_fields_set else NOBODY


class SplitRequest(BaseModel):
    """Messages of the thread that make a thread of their own."""

    model_config = ConfigDict(extra="forbid")

    message_ids: list[RowId] = Field(min_length=1, max_length=500)


class MergeRequest(BaseModel):
    """The thread whose messages come into this one."""

    model_config = ConfigDict(extra="forbid")

    other_id: RowId


class UndoRequest(BaseModel):
    """One thing of the history of the thread: a merge or split, or a decision."""

    model_config = ConfigDict(extra="forbid")

    event_id: RowId | None = None
    decision_id: RowId | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.event_id is None) == (self.decision_id is None):
            raise ValueError("name either event_id or decision_id")
        return self
