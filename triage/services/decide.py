"""What a person decides about a thread, and takes back: one transaction each, in the words of its log.

Decisions are rows that nobody changes; the newest of a kind counts, and another row takes one back.
Whoever decides must see the thread before and after: nobody moves a thread to where they may not look.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from triage.core.errors import Conflict, NotFound
from triage.core.ids import AccountId, ThreadId
from triage.core.policy import Status
from triage.core.scope import Scope
from triage.core.thread_history import KeptDecision
from triage.services.correct import Correction, keep_correction
from triage.services.practice import Practice
from triage.services.project_threads import project_threads
from triage.store import decisions, labels, threads
from triage.store.database import Connection, Database
from triage.store.scoped import ScopedReader
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
        thread = _held(connection, scope, thread_id)
        if versions is not None and _version(connection, scope, thread) not in versions:
            raise Conflict(f"thread {thread} has changed; read it again")
        if change.account is not None or change.project is not None:
            correction = Correction(thread=thread, account=change.account, project=change.project)
            keep_correction(connection, practice, correction, actor=scope.name, now=now)
        for kind, value in _plain(change):
            labels.add_decision(connection, thread, kind, value, actor=scope.name, now=now)
        _derive(connection, practice, scope, thread, now)


def undo_decision(
    database: Database, practice: Practice, scope: Scope, thread_id: int, decision_id: int, *, now: datetime
) -> None:
    """Take a decision back, with the labels it left, and derive the thread anew.

    Raises:
        NotFound: If there is no such decision about the thread, or not for the scope.
        Conflict: If it was taken back before.
    """
    with database.write() as connection:
        thread = _held(connection, scope, thread_id)
        if decision_id not in {one.id for one in _told(connection, practice, scope, thread)}:
            raise NotFound(f"there is no decision {decision_id} about thread {thread}")
        undone = decisions.take_back(connection, thread, decision_id, actor=scope.name, now=now)
        before = labels.account_of(connection, thread)
        _derive(connection, practice, scope, thread, now)
        if undone.kind in {"account", "project"}:
            _relabel(connection, practice, thread, now)
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
    threads.hold(connection, [thread])
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
    connection: Connection, practice: Practice, scope: Scope, thread: ThreadId, now: datetime
) -> None:
    project_threads(connection, practice, [thread], now=now)
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


def _relabel(connection: Connection, practice: Practice, thread: ThreadId, now: datetime) -> None:
    """Label the messages by what people still say, if they say anything."""
    decisions.unlabel_thread(connection, thread)
    said = {
        one.kind: one.value
        for one in decisions.decisions_about(connection, thread)
        if one.undone_by is None and one.kind in {"account", "project"}
    }
    account = labels.account_of(connection, thread)
    if not said or account is None:
        return
    key = said.get("project", "")
    project = practice.directory.project(account, key) if key else None
    labels.label_thread(connection, thread, account, project, source="person", now=now)


def _unlearn(
    connection: Connection, before: AccountId | None, account: AccountId | None, now: datetime
) -> None:
    """Let the models of the accounts concerned be fitted without what was taken back."""
    if before is not None and before != account:
        want_training(connection, before, forgets=True, now=now)
    if account is not None:
        want_training(connection, account, now=now)
