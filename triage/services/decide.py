"""What a person decides about a thread, and takes back: one transaction each, in the words of its log.

Decisions are rows that nobody changes; the newest of a kind counts, and another row takes one back.
Whoever decides must see the thread before and after: nobody moves a thread to where they may not look.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from triage.core.errors import Conflict, NotFound
from triage.core.ids import AccountId, MessageId, ThreadId
from triage.core.policy import Status
from triage.core.scope import Scope
from triage.core.thread_history import KeptDecision
from triage.services.correct import Correction, derive_corrected, keep_correction
from triage.services.practice import Practice
from triage.services.project_threads import project_threads
from triage.store import decisions, labels, projections, threading, threads
from triage.store.database import Connection, Database
from triage.store.labels import Said
from triage.store.scoped import ScopedReader
from triage.store.thread_decisions import resolve
from triage.store.wanted_training import want_training


class Priority(StrEnum):
    """How urgent a thread is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What a person decides; None leaves a thing as it is.

    Attributes:
        account: Key; ``NOBODY`` of ``correct`` for none.
        project: Key within the account; ``NOBODY`` for none.
        no_reply_needed: Nobody has to answer what was written until now.
    """

    account: str | None = None
    project: str | None = None
    priority: Priority | None = None
    status: Status | None = None
    no_reply_needed: bool = False


def change_thread(
    database: Database,
    practice: Practice,
    scope: Scope,
    thread_id: int,
    change: Change,
    *,
    versions: Collection[int] | None,
    now: datetime,
) -> None:
    """Keep what a person decided, and derive the thread anew.

    Args:
        versions: Of the thread as the person saw it; None for whatever it is now.

    Raises:
        NotFound: If the thread, the account or the project does not exist, or not for the scope.
        Conflict: If the thread has changed since.
    """
    with database.write() as connection:
        is_corrected = change.account is not None or change.project is not None
        if is_corrected:
            threading.hold(connection)
        thread = _held(connection, scope, thread_id)
        if versions is not None and _version(connection, scope, thread) not in versions:
            raise Conflict(f"thread {thread} has changed; read it again")
        messages: list[MessageId] = []
        if is_corrected:
            correction = Correction(thread=thread, account=change.account, project=change.project)
            messages = keep_correction(connection, practice, correction, actor=scope.name, now=now)
        for kind, value in _plain(change):
            labels.add_decision(connection, thread, kind, value, actor=scope.name, now=now)
        _derive(connection, practice, scope, thread, relabelled=messages, now=now)


def undo_decision(
    database: Database, practice: Practice, scope: Scope, thread_id: int, decision_id: int, *, now: datetime
) -> None:
    """Take a decision back, with the labels it left, and derive the threads anew.

    Raises:
        NotFound: If there is no such decision about the thread, or not for the scope.
        Conflict: If it was taken back before.
    """
    with database.write() as connection:
        threading.hold(connection)
        thread = _held(connection, scope, thread_id)
        if decision_id not in {one.id for one in _told(connection, practice, scope, thread)}:
            raise NotFound(f"there is no decision {decision_id} about thread {thread}")
        undone = decisions.take_back(connection, thread, decision_id, actor=scope.name, now=now)
        if undone.kind not in {"account", "project"}:
            _derive(connection, practice, scope, thread, now=now)
            return
        before = labels.account_of(connection, thread)
        messages = labels.labelled_by(connection, decision_id) or labels.messages_of(connection, thread)
        # Messages that were split off since belong to the decision too.
        for one in threads.threads_of(connection, messages):
            ScopedReader(connection, scope).thread(one)
        labels.unlabel(connection, messages)
        for one in derive_corrected(connection, practice, messages, now=now):
            messages += _relabel(connection, practice, one, now)
        _derive(connection, practice, scope, thread, relabelled=messages, now=now)
        _unlearn(connection, before, labels.account_of(connection, thread), now)


def decisions_about(
    database: Database, practice: Practice, scope: Scope, thread_id: int
) -> tuple[KeptDecision, ...]:
    """Return what people decided about a thread, oldest first; nothing that names a hidden customer.

    Raises:
        NotFound: If there is no such thread, or none that the scope may see.
    """
    with database.read() as connection:
        thread = ScopedReader(connection, scope).thread(thread_id).entry.thread_id
        return _told(connection, practice, scope, thread)


def _held(connection: Connection, scope: Scope, thread_id: int) -> ThreadId:
    """Return the thread, locked, so that two who decide at once do so one after the other."""
    thread = ScopedReader(connection, scope).thread(thread_id).entry.thread_id
    projections.hold(connection, [thread])
    return thread


def _version(connection: Connection, scope: Scope, thread: ThreadId) -> int:
    return ScopedReader(connection, scope).thread(thread).entry.version


def _plain(change: Change) -> list[tuple[str, dict[str, str]]]:
    """Return the decisions that teach nothing, by kind."""
    found: list[tuple[str, dict[str, str]]] = []
    if change.priority is not None:
        found.append(("priority", {"priority": change.priority.value}))
    if change.status is not None:
        found.append(("status", {"status": change.status.value}))
    if change.no_reply_needed:
        found.append(("no_reply_needed", {}))
    return found


def _derive(
    connection: Connection,
    practice: Practice,
    scope: Scope,
    thread: ThreadId,
    *,
    relabelled: Collection[MessageId] = (),
    now: datetime,
) -> None:
    touched = derive_corrected(connection, practice, relabelled, now=now)
    if thread not in touched:
        project_threads(connection, practice, [resolve(connection, thread)], now=now)
    # Raises, and so keeps nothing, when the decision would take the thread out of the scope.
    ScopedReader(connection, scope).thread(thread)


def _told(
    connection: Connection, practice: Practice, scope: Scope, thread: ThreadId
) -> tuple[KeptDecision, ...]:
    """Leave out what names a customer, or a project of one, whom the scope may not see."""
    directory = practice.directory
    seen = {account for account in directory.account_keys if scope.may_see(account)}
    keys = {
        "account": {directory.account_keys[account] for account in seen},
        "project": {
            directory.project_keys[project]
            for project, account in directory.project_accounts.items()
            if account in seen
        },
    }
    return tuple(
        one
        for one in decisions.decisions_about(connection, thread)
        if scope.sees_all or not one.value or one.kind not in keys or one.value in keys[one.kind]
    )


def _relabel(connection: Connection, practice: Practice, thread: ThreadId, now: datetime) -> list[MessageId]:
    """Label the messages of a thread by what people still say; return those that are labelled."""
    said = {
        one.kind: one
        for one in decisions.decisions_about(connection, thread)
        if one.undone_by is None and one.kind in {"account", "project"}
    }
    spoken = said.get("account")
    account = practice.directory.account(spoken.value) if spoken and spoken.value else None
    if spoken is None:
        account = labels.account_of(connection, thread)
    if not said or account is None:
        return []
    chosen = said.get("project")
    project = practice.directory.project(account, chosen.value) if chosen and chosen.value else None
    label = Said(
        account=account,
        project=project,
        account_decision=spoken.id if spoken else None,
        project_decision=chosen.id if chosen and (project or not chosen.value) else None,
    )
    labels.label_thread(connection, thread, label, now=now)
    return labels.messages_of(connection, thread)


def _unlearn(
    connection: Connection, before: AccountId | None, account: AccountId | None, now: datetime
) -> None:
    """Let the models of the accounts concerned be fitted without what was taken back."""
    if before is not None and before != account:
        want_training(connection, before, forgets=True, now=now)
    if account is not None:
        want_training(connection, account, now=now)
