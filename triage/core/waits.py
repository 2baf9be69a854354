"""Who waited for whom: a thread as a series of waits of the customer, each with how it ended.

Turn and clocks are two readings of this one list, so that they cannot disagree. A wait opens with a
mail of the customer and ends when a mail of ours reaches those who wrote, or when a person decides.
Machine mail neither opens nor ends one; a bounce takes back the answer that it brought back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from triage.core.policy import Status
from triage.core.timeline import Decision, DecisionKind, Entry, EntryKind, Timeline


class WaitEnd(StrEnum):
    """How a wait ended."""

    ANSWERED = "answered"
    SOLVED = "solved"
    NO_REPLY_NEEDED = "no_reply_needed"
    #: The customer took the invitation back.
    WITHDRAWN = "withdrawn"


class Undelivered(NamedTuple):
    """An answer that came back: until the bounce it counted."""

    reply: Entry
    bounce: Entry


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """A time in which the customer waited for an answer of ours.

    Attributes:
        entries: The customer's mails that were unanswered, oldest first.
        anchor: The mail that the clocks start from: the oldest that needs an answer, else the oldest.
        needs_reply: False while it consists of thank-yous and mails that only copy us.
        end: None while the customer still waits.
        answer: The mail of ours that ended it.
        held_by: The first "we are looking into it": it says that we know, it does not answer.
        undelivered: Answers that came back.
        missed: Replies to the customer that left out who asked.
        inside: Mails of ours during the wait that went to nobody outside.
        is_reopening: It follows a decision that the thread was solved.
    """

    entries: tuple[Entry, ...]
    anchor: Entry
    needs_reply: bool
    end: WaitEnd | None = None
    ended_at: datetime | None = None
    answer: Entry | None = None
    decision: Decision | None = None
    held_by: Entry | None = None
    undelivered: tuple[Undelivered, ...] = ()
    missed: tuple[Entry, ...] = ()
    inside: tuple[Entry, ...] = ()
    is_reopening: bool = False


class StatusChange(NamedTuple):
    """From when the thread is in a status, and the mail of the customer that made it so."""

    at: datetime
    status: Status
    resumed_by: Entry | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """A thread read from beginning to end.

    Attributes:
        statuses: Every change, oldest first; the thread begins as open.
        replies: Human mails of ours that reached the customer, oldest first.
        acknowledgements: Automatic mails of ours to the customer.
        undelivered: Every answer that came back, also those that answered nothing.
    """

    waits: tuple[Wait, ...]
    statuses: tuple[StatusChange, ...]
    replies: tuple[Entry, ...]
    acknowledgements: tuple[Entry, ...]
    undelivered: tuple[Undelivered, ...]

    @property
    def open_wait(self) -> Wait | None:
        """The wait that goes on, or None."""
        return self.waits[-1] if self.waits and self.waits[-1].end is None else None

    @property
    def status(self) -> Status:
        """The status now."""
        return self.statuses[-1].status if self.statuses else Status.OPEN


def read_course(timeline: Timeline) -> Course:
    """Return the waits, the statuses and the replies of a thread.

    Linear in the number of entries but for threads in which many people of the customer wait at once.

    Source: algorithms.md section 4; sla.md section 3.
    """
    reader = _Reader(returned=_returned(timeline.entries))
    for item in timeline.in_order():
        if isinstance(item, Decision):
            reader.decide(item)
        else:
            reader.read(item)
    return reader.course()


def needs_reply(entry: Entry, *, we_spoke_last: bool) -> bool:
    """Tell whether a mail of the customer asks for an answer; True when in doubt."""
    if entry.is_invitation:
        return True
    if entry.wording.is_closing and we_spoke_last:
        return False
    return entry.is_addressed_to_us


class _Returned(NamedTuple):
    bounce: Entry
    recipients: frozenset[str]


@dataclass(kw_only=True, slots=True)
class _Reader:
    """The state while a thread is read. Mutable, used once."""

    returned: Mapping[int, _Returned]
    waits: list[Wait] = field(default_factory=list)
    statuses: list[StatusChange] = field(default_factory=list)
    replies: list[Entry] = field(default_factory=list)
    acknowledgements: list[Entry] = field(default_factory=list)
    undelivered: list[Undelivered] = field(default_factory=list)
    waiting: list[Entry] = field(default_factory=list)
    needing: list[Entry] = field(default_factory=list)
    held_by: Entry | None = None
    came_back: list[Undelivered] = field(default_factory=list)
    missed: list[Entry] = field(default_factory=list)
    inside: list[Entry] = field(default_factory=list)
    askers: set[str] = field(default_factory=set)
    has_spoken: bool = False
    is_reopening: bool = False

    def read(self, entry: Entry) -> None:
        match entry.kind:
            case EntryKind.CUSTOMER_HUMAN:
                self._hear(entry)
            case EntryKind.AGENT_HUMAN | EntryKind.INTERNAL_NOTE:
                self._write(entry)
            case EntryKind.RSVP:
                self._settle_invitations(WaitEnd.ANSWERED, entry)
            case EntryKind.INVITATION_CANCELLED:
                self._settle_invitations(WaitEnd.WITHDRAWN, entry)
            case EntryKind.AUTO_REPLY:
                if entry.is_from_us and entry.customer_recipients:
                    self.acknowledgements.append(entry)
            case EntryKind.BOUNCE | EntryKind.BULK | EntryKind.SYSTEM:
                pass

    def decide(self, decision: Decision) -> None:
        if decision.kind is DecisionKind.NO_REPLY_NEEDED:
            waived = [entry for entry in self.waiting if decision.message_id in (None, entry.message_id)]
            self._settle(waived, WaitEnd.NO_REPLY_NEEDED, decision.at, decision=decision)
            return
        self.statuses.append(StatusChange(decision.at, decision.status))
        if decision.status is Status.SOLVED:
            self._settle(list(self.waiting), WaitEnd.SOLVED, decision.at, decision=decision)

    def course(self) -> Course:
        if self.waiting:
            self.waits.append(self._wait(self.waiting))
        return Course(
            waits=tuple(self.waits),
            statuses=tuple(self.statuses),
            replies=tuple(self.replies),
            acknowledgements=tuple(self.acknowledgements),
            undelivered=tuple(self.undelivered),
        )

    def _hear(self, entry: Entry) -> None:
        needs = needs_reply(entry, we_spoke_last=self.has_spoken and not self.needing)
        status = self.statuses[-1].status if self.statuses else Status.OPEN
        if status is Status.WAITING_CUSTOMER or (status is Status.SOLVED and needs):
            self.statuses.append(StatusChange(entry.at, Status.OPEN, entry))
            self.is_reopening = self.is_reopening or status is Status.SOLVED
        self.askers.update((entry.sender_email, *entry.reply_to))
        self.waiting.append(entry)
        if needs:
            self.needing.append(entry)

    def _write(self, entry: Entry) -> None:
        # Whoever asked in this thread may be answered, also from an address that the account lacks.
        outside = frozenset(entry.customer_recipients) | self.askers.intersection(entry.recipients)
        if outside:
            self._reply(entry, outside)
        elif self.waiting:
            self.inside.append(entry)

    def _reply(self, entry: Entry, outside: frozenset[str]) -> None:
        returned = self.returned.get(id(entry))
        reached = frozenset(entry.recipients) - (returned.recipients if returned else frozenset())
        if returned is not None:
            self.undelivered.append(Undelivered(entry, returned.bounce))
        arrived = not reached.isdisjoint(outside)
        if arrived:
            self.replies.append(entry)
            self.has_spoken = True
        if entry.wording.is_holding and self.waiting:
            self.held_by = self.held_by or (entry if arrived else None)
            return
        answered = [asked for asked in self.waiting if _reaches(entry, reached, asked)]
        if not answered and self.waiting:
            intended = frozenset(entry.recipients)
            if returned and any(_reaches(entry, intended, asked) for asked in self.waiting):
                self.came_back.append(Undelivered(entry, returned.bounce))
            else:
                self.missed.append(entry)
        self._settle(answered, WaitEnd.ANSWERED, entry.at, answer=entry)

    def _settle_invitations(self, end: WaitEnd, by: Entry) -> None:
        invitations = [entry for entry in self.waiting if entry.is_invitation]
        self._settle(invitations, end, by.at, answer=by if end is WaitEnd.ANSWERED else None)

    def _settle(
        self,
        settled: list[Entry],
        end: WaitEnd,
        at: datetime,
        *,
        answer: Entry | None = None,
        decision: Decision | None = None,
    ) -> None:
        """End the wait of those entries; the others go on waiting, as a wait of their own."""
        if not settled:
            return
        self.waits.append(self._wait(settled, end=end, at=at, answer=answer, decision=decision))
        gone = {id(entry) for entry in settled}
        self.waiting = [entry for entry in self.waiting if id(entry) not in gone]
        self.needing = [entry for entry in self.needing if id(entry) not in gone]
        self.came_back, self.missed, self.inside = [], [], []
        if not self.waiting:
            self.held_by = None
            self.is_reopening = False

    def _wait(
        self,
        entries: list[Entry],
        *,
        end: WaitEnd | None = None,
        at: datetime | None = None,
        answer: Entry | None = None,
        decision: Decision | None = None,
    ) -> Wait:
        chosen = {id(entry) for entry in entries}
        needing = [entry for entry in self.needing if id(entry) in chosen]
        return Wait(
            entries=tuple(entries),
            anchor=needing[0] if needing else entries[0],
            needs_reply=bool(needing),
            end=end,
            ended_at=at,
            answer=answer,
            decision=decision,
            held_by=self.held_by,
            undelivered=tuple(self.came_back),
            missed=tuple(self.missed),
            inside=tuple(self.inside),
            is_reopening=self.is_reopening,
        )


def _reaches(reply: Entry, reached: frozenset[str], asked: Entry) -> bool:
    """Tell whether a reply of ours reached who asked, or a colleague of theirs in To."""
    askers = {asked.sender_email, *asked.reply_to}
    if askers & reached:
        return True
    if askers & set(reply.recipients):
        # Who asked was written to and the mail came back.
        return False
    domains = {email.rpartition("@")[2] for email in askers}
    colleagues = reached.intersection(reply.to).intersection(reply.customer_recipients)
    return any(email.rpartition("@")[2] in domains for email in colleagues)


def _returned(entries: Iterable[Entry]) -> dict[int, _Returned]:
    """Find for each bounce the mail of ours that it brought back, and whom that did not reach.

    By the Message-ID in the bounce; without one, the newest earlier mail to a failed recipient.
    """
    written = (EntryKind.AGENT_HUMAN, EntryKind.INTERNAL_NOTE)
    ours = sorted((entry for entry in entries if entry.kind in written), key=_age)
    by_header = {entry.header_id: entry for entry in ours if entry.header_id}
    found: dict[int, _Returned] = {}
    bounces = [entry for entry in entries if entry.kind is EntryKind.BOUNCE]
    for bounce in sorted(bounces, key=_age):
        reply = next((by_header[header] for header in bounce.failed_ids if header in by_header), None)
        failed = frozenset(bounce.failed_recipients)
        if reply is None and not bounce.failed_ids:
            earlier = (entry for entry in reversed(ours) if entry.at <= bounce.at)
            reply = next((entry for entry in earlier if not failed.isdisjoint(entry.recipients)), None)
        if reply is None:
            continue
        # A bounce that names nobody, or nobody of the recipients (an alias behind them), took all.
        lost = failed.intersection(reply.recipients) or frozenset(reply.recipients)
        known = found.get(id(reply))
        if known is not None:
            bounce, lost = known.bounce, lost | known.recipients  # noqa: PLW2901 - one bounce a recipient
        found[id(reply)] = _Returned(bounce, lost)
    return found


def _age(entry: Entry) -> tuple[datetime, int]:
    return entry.at, entry.message_id or 0
