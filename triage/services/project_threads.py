"""Derive everything about threads from their messages and people's decisions, and store the result.

Gather with a constant number of queries, decide per thread, apply. The outcome depends on what is
stored and on ``now`` only: doing it again changes nothing, and alerts nobody twice.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from triage.core.attribution import AccountState, Attribution, ManualAccount, attribute_thread
from triage.core.clock_changes import KnownCycle, corrections
from triage.core.clocks import ClockEvent, Cycle, clocks, next_due, next_event_at
from triage.core.ids import AccountId, ProjectId, ThreadId
from triage.core.message import Evidence
from triage.core.outside_answer import Certainty
from triage.core.policy import Status, TargetKind, ThreadFacts
from triage.core.project import ProjectState, project_of
from triage.core.timeline import Decision, DecisionKind, Timeline, entry_of
from triage.core.turn import Turn, turn
from triage.core.waits import read_course
from triage.services.alerting import alerts_of
from triage.services.outside_answers import FoundAnswer, find_outside_answers
from triage.services.practice import Practice
from triage.store import outbox, projections
from triage.store import threads as store
from triage.store.database import Connection
from triage.store.projections import ClockRow, EventRow, ThreadProjection
from triage.store.review import record_answers
from triage.store.threads import StoredDecision, StoredMessage, StoredThread

_SNIPPET_CHARACTERS = 160


@dataclass(frozen=True, kw_only=True, slots=True)
class _Gathered:
    """All that is known of one thread."""

    stored: StoredThread
    messages: Sequence[StoredMessage]
    decisions: Sequence[StoredDecision]
    mailboxes: frozenset[str]
    outside: Sequence[FoundAnswer]

    def newest(self, kind: str) -> StoredDecision | None:
        """Return the decision of that kind that counts: the newest."""
        return next((one for one in reversed(self.decisions) if one.kind == kind), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Project:
    """The project of a thread, and why."""

    id: ProjectId | None = None
    state: ProjectState = ProjectState.UNKNOWN
    probability: float | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Decided:
    """What follows for one thread."""

    projection: ThreadProjection
    cycles: tuple[Cycle, ...]

    @property
    def is_alerting(self) -> bool:
        """Whether a clock is open that somebody is alerted about."""
        return any(cycle.is_open and cycle.is_alerting for cycle in self.cycles)


def project_threads(
    connection: Connection,
    practice: Practice,
    thread_ids: Collection[ThreadId],
    *,
    now: datetime,
    written: Sequence[StoredMessage] = (),
) -> None:
    """Bring the threads to what their messages and decisions say, in the caller's transaction.

    Writes the threads, their clocks, what happened to the clocks since the last time, and an alert
    for each of those happenings that somebody has to hear of.

    Args:
        written: Messages of theirs that this transaction stored and that need not be read.
    """
    if not thread_ids:
        return
    projections.hold(connection, thread_ids)
    gathered = _gather(connection, thread_ids, written)
    decided = [_decide(one, practice, now) for one in gathered if one.messages]
    projections.write_projections(connection, [one.projection for one in decided])
    possible = {
        answer.pair for one in gathered for answer in one.outside if answer.certainty is Certainty.POSSIBLE
    }
    record_answers(connection, thread_ids, possible, now=now)
    known = projections.known_cycles(connection, thread_ids)
    projections.write_clocks(connection, thread_ids, [row for one in decided for row in _clock_rows(one)])
    happened = [row for one in decided for row in _event_rows(one)]
    corrected = [row for one in decided for row in _correction_rows(one, known, now)]
    new = projections.add_events(connection, [*corrected, *happened], now=now)
    by_thread = {one.projection.id: one for one in decided}
    deliveries = [
        delivery
        for event in new
        for delivery in alerts_of(
            event, by_thread[event.thread_id].projection, by_thread[event.thread_id].cycles, practice
        )
    ]
    outbox.enqueue(connection, deliveries, now=now)
    # What was answered before its alert went out needs nobody any more.
    outbox.drop_pending(connection, [one.projection.id for one in decided if not one.is_alerting])


@dataclass(frozen=True, kw_only=True, slots=True)
class DerivedClocks:
    """The clocks of a thread, derived and not stored.

    Attributes:
        account: None when it is not confirmed.
        project: None when it is not confirmed.
    """

    account: AccountId | None
    project: ProjectId | None
    cycles: tuple[Cycle, ...]


def derive_clocks(
    connection: Connection, practice: Practice, thread_ids: Collection[ThreadId], *, now: datetime
) -> dict[ThreadId, DerivedClocks]:
    """Return the clocks that threads have under a practice, without writing anything.

    For explanations, and for what the past would have been under other terms.
    """
    found = [_decide(one, practice, now) for one in _gather(connection, thread_ids) if one.messages]
    return {
        one.projection.id: DerivedClocks(
            account=practice.confirmed_account(one.projection.account),
            project=one.projection.project_id if one.projection.project_state == "confirmed" else None,
            cycles=one.cycles,
        )
        for one in found
    }


def _gather(
    connection: Connection, thread_ids: Collection[ThreadId], written: Sequence[StoredMessage] = ()
) -> list[_Gathered]:
    messages = store.messages_of(connection, thread_ids, written=written)
    decisions = store.decisions_of(connection, thread_ids)
    mailboxes = store.mailboxes_of(connection, thread_ids)
    outside = find_outside_answers(connection, messages)
    return [
        _Gathered(
            stored=thread,
            messages=messages.get(thread_id, []),
            decisions=decisions.get(thread_id, []),
            mailboxes=mailboxes.get(thread_id, frozenset()),
            outside=outside.get(thread_id, ()),
        )
        for thread_id, thread in store.stored_threads(connection, thread_ids).items()
    ]


def _decide(thread: _Gathered, practice: Practice, now: datetime) -> _Decided:
    account, account_probability = _account(thread, practice)
    confirmed = practice.confirmed_account(account)
    project = _project(thread, confirmed, practice)
    priority = _chosen(thread, "priority") or practice.priority(confirmed)
    facts = ThreadFacts(
        account=practice.account_key(confirmed),
        project=practice.project_path(project.id if project.state is ProjectState.CONFIRMED else None),
        priority=priority,
        mailboxes=thread.mailboxes,
    )
    timeline = _timeline(thread, confirmed, practice)
    terms, earlier = practice.terms(facts, now=now)
    course = read_course(timeline)
    cycles = clocks(timeline, terms.policy, terms.schedules, now=now, earlier=earlier, course=course)
    whose = turn(timeline, now=now, course=course)
    projection = _projection(
        thread,
        account=account,
        account_probability=account_probability,
        project=project,
        priority=priority,
        status=course.status,
        whose=whose,
        cycles=cycles,
        terms_change_at=practice.next_change(now=now),
        now=now,
    )
    return _Decided(projection=projection, cycles=cycles)


def _account(thread: _Gathered, practice: Practice) -> tuple[Attribution, float | None]:
    """Return the account by people and evidence, or else what a model suggested before, and how sure it was.

    A model is heard only where nobody decided and all evidence leaves the account unknown.
    """
    manual = _manual_account(thread, practice)
    found = attribute_thread([one.attribution for one in thread.messages], manual)
    hinted = thread.stored.suggested_account
    if manual or found.state is not AccountState.UNKNOWN or hinted not in practice.directory.account_keys:
        return found, None
    evidence = (*found.evidence, *thread.stored.account_reasons)
    suggested = replace(found, state=AccountState.SUGGESTED, account=hinted, evidence=evidence)
    return suggested, thread.stored.account_probability


def _manual_account(thread: _Gathered, practice: Practice) -> ManualAccount | None:
    decision = thread.newest("account")
    if decision is None:
        return None
    key = decision.value.get("account")
    return ManualAccount(account=practice.directory.account(key) if key else None, actor=decision.actor)


def _project(thread: _Gathered, account: AccountId | None, practice: Practice) -> _Project:
    """Return the project: a person's word, else evidence, else what a model suggested before."""
    if account is None:
        return _Project()
    if (decision := thread.newest("project")) is not None:
        key = decision.value.get("project")
        chosen = practice.directory.project(account, key) if key else None
        reason = Evidence(kind="manual", text=f"{decision.actor} decided.")
        state = ProjectState.CONFIRMED if chosen else ProjectState.UNKNOWN
        return _Project(id=chosen, state=state, evidence=(reason,))
    counted = [one.evidence for one in thread.messages if one.attribution.account in (account, None)]
    found = project_of(counted, account, practice.rules)
    suggested = thread.stored.suggested_project
    is_ours = suggested is not None and practice.directory.project_accounts.get(suggested) == account
    if found.project is None and is_ours:
        return _Project(
            id=suggested,
            state=ProjectState.SUGGESTED,
            probability=thread.stored.project_probability,
            evidence=thread.stored.project_reasons,
        )
    return _Project(id=found.project, state=found.state, evidence=found.evidence)


def _chosen(thread: _Gathered, kind: str) -> str:
    decision = thread.newest(kind)
    return str(decision.value.get(kind, "")) if decision else ""


def _timeline(thread: _Gathered, account: AccountId | None, practice: Practice) -> Timeline:
    is_customer = _customers(thread.messages, account, practice)
    inside = (entry_of(one.facts, own=practice.rules.own, is_customer=is_customer) for one in thread.messages)
    certain = (answer.entry() for answer in thread.outside if answer.certainty is Certainty.CERTAIN)
    return Timeline(
        entries=(*inside, *certain),
        decisions=tuple(_timeline_decisions(thread.decisions)),
    )


def _customers(
    messages: Iterable[StoredMessage], account: AccountId | None, practice: Practice
) -> Callable[[str], bool]:
    """Return what tells the people of the account: its rules, and whoever wrote to us in the thread."""
    if account is None:
        return lambda _email: True
    writers = {one.facts.sender_email for one in messages if one.facts.direction == "inbound"}
    latest = max(one.facts.received_at for one in messages)

    def is_customer(email: str) -> bool:
        known = practice.rules.sender_rules(email, latest)
        return any(rule.account == account for rule in known) if known else email in writers

    return is_customer


def _timeline_decisions(decisions: Iterable[StoredDecision]) -> Iterable[Decision]:
    for one in decisions:
        if one.kind == DecisionKind.STATUS:
            yield Decision(
                at=one.at, kind=DecisionKind.STATUS, status=Status(one.value["status"]), actor=one.actor
            )
        elif one.kind == DecisionKind.NO_REPLY_NEEDED:
            yield Decision(
                at=one.at, kind=DecisionKind.NO_REPLY_NEEDED, message_id=one.message_id, actor=one.actor
            )


def _projection(
    thread: _Gathered,
    *,
    account: Attribution,
    account_probability: float | None,
    project: _Project,
    priority: str,
    status: Status,
    whose: Turn,
    cycles: tuple[Cycle, ...],
    terms_change_at: datetime | None,
    now: datetime,
) -> ThreadProjection:
    first, last = thread.messages[0], thread.messages[-1]
    inbound = [one.facts.received_at for one in thread.messages if one.facts.direction == "inbound"]
    # The clock of a thank-you is shown among the clocks; it makes no thread due.
    due = next_due(cycle for cycle in cycles if cycle.awaits_answer)
    upcoming = [next_event_at(cycles, now=now), whose.changes_at, terms_change_at if due else None]
    changes = [at for at in upcoming if at is not None and at > now]
    return ThreadProjection(
        id=thread.stored.id,
        subject=first.subject,
        account=account,
        account_probability=account_probability,
        project_id=project.id,
        project_state=project.state.value,
        project_probability=project.probability,
        project_evidence=project.evidence,
        status=status.value,
        priority=priority,
        waiting_on=whose.waiting_on.value,
        waiting_since=whose.waiting_since,
        is_pending=whose.is_pending,
        turn_evidence=(*(answer.evidence for answer in thread.outside), *whose.evidence),
        next_due_at=due.due_at if due else None,
        next_due_target=due.target.value if due else None,
        next_due_state=due.state.value if due else None,
        next_event_at=min(changes, default=None),
        message_count=len(thread.messages),
        first_message_at=first.facts.received_at,
        last_message_at=last.facts.received_at,
        last_inbound_at=max(inbound, default=None),
        last_sender=last.sender_name or last.facts.sender_email,
        # So many words are enough: each has a character.
        snippet=" ".join(last.facts.text_new.split(maxsplit=_SNIPPET_CHARACTERS))[:_SNIPPET_CHARACTERS],
    )


def _clock_rows(decided: _Decided) -> Iterable[ClockRow]:
    for cycle in decided.cycles:
        yield ClockRow(
            thread_id=decided.projection.id,
            target=cycle.target.value,
            cycle=cycle.number,
            state=cycle.state.value,
            policy=cycle.policy,
            policy_version=cycle.policy_version,
            schedule=cycle.schedule,
            minutes=cycle.minutes,
            anchor_at=cycle.anchor_at,
            due_at=cycle.due_at,
            warn_at=cycle.warn_at,
            ended_at=cycle.ended_at,
            remaining_seconds=cycle.remaining_seconds,
        )


def _correction_rows(
    decided: _Decided, known: Mapping[ThreadId, Sequence[KnownCycle]], now: datetime
) -> Iterable[EventRow]:
    thread_id = decided.projection.id
    for one in corrections(known.get(thread_id, ()), decided.cycles, now=now):
        yield _event_row(thread_id, one.target, one.number, one.event)


def _event_rows(decided: _Decided) -> Iterable[EventRow]:
    for cycle in decided.cycles:
        for event in cycle.events:
            yield _event_row(decided.projection.id, cycle.target, cycle.number, event)


def _event_row(thread_id: ThreadId, target: TargetKind, number: int, event: ClockEvent) -> EventRow:
    detail = {"cause": event.cause, "message_id": event.message_id}
    return EventRow(
        thread_id=thread_id,
        target=target.value,
        cycle=number,
        kind=event.kind.value,
        key=event.key,
        at=event.at,
        detail={name: value for name, value in detail.items() if value} or None,
    )
