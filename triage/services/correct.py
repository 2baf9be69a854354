"""A person's correction: it holds at once, it is kept for ever, and the models learn from it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.core.errors import NotFound
from triage.core.ids import AccountId, MessageId, ProjectId, ThreadId
from triage.services.practice import Practice
from triage.services.project_threads import project_threads
from triage.store import labels, threading
from triage.store.database import Connection, Database
from triage.store.drift import suggested_project
from triage.store.hints import suggested_account
from triage.store.labels import Said
from triage.store.thread_decisions import resolve
from triage.store.wanted_training import want_training

#: Says that a thread belongs to no account, or to no project.
NOBODY = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """What a person says about a thread.

    Attributes:
        account: Key of the account; ``NOBODY`` for none; None to leave it as it is.
        project: Key of the project within that account; ``NOBODY`` for none; None to leave it.
        source: ``person``, or ``import`` for a file of labels.
    """

    thread: ThreadId
    account: str | None = None
    project: str | None = None
    source: str = "person"


def correct(
    database: Database, practice: Practice, corrections: Sequence[Correction], *, actor: str, now: datetime
) -> None:
    """Keep corrections, label the messages, and derive the threads anew, all in one transaction.

    A project without an account belongs to the account that the thread has. The models of the
    accounts concerned are marked to be fitted anew, see ``triage.services.refit``.

    Raises:
        NotFound: If a thread, an account or a project does not exist; nothing is kept then.
    """
    with database.write() as connection:
        threading.hold(connection)
        messages = [
            message
            for one in corrections
            for message in keep_correction(connection, practice, one, actor=actor, now=now)
        ]
        derive_corrected(connection, practice, messages, now=now)


def keep_correction(
    connection: Connection, practice: Practice, one: Correction, *, actor: str, now: datetime
) -> list[MessageId]:
    """Keep one correction in the caller's transaction.

    Returns:
        The messages it is about: the caller holds ``threading`` and has to call ``derive_corrected``.

    Raises:
        NotFound: If the thread, the account or the project does not exist; nothing was written then.
    """
    thread = resolve(connection, one.thread)
    account = _account(connection, practice, thread, one)
    project = _project(practice, thread, account, one)
    before = labels.account_of(connection, thread)
    if before is not None and before != account:
        want_training(connection, before, forgets=True, now=now)
    if account is not None:
        want_training(connection, account, now=now)
    said = {}
    if one.account is not None:
        value = {"account": one.account or None}
        # What was suggested until now: it tells how right the suggestions are.
        if hinted := suggested_account(connection, thread):
            value["suggested"] = hinted
        said["account_decision"] = labels.add_decision(
            connection, thread, "account", value, actor=actor, now=now
        )
    if one.project is not None:
        value = {"project": one.project or None}
        if suggested := suggested_project(connection, thread):
            value["suggested"] = suggested
        said["project_decision"] = labels.add_decision(
            connection, thread, "project", value, actor=actor, now=now
        )
    messages = labels.messages_of(connection, thread)
    if account is None:
        labels.unlabel(connection, messages)
    else:
        labels.label_thread(
            connection, thread, Said(account=account, project=project, source=one.source, **said), now=now
        )
    return messages


def derive_corrected(
    connection: Connection, practice: Practice, messages: Collection[MessageId], *, now: datetime
) -> frozenset[ThreadId]:
    """Put messages whose labels changed where they belong now, and derive the threads that changed.

    An account is a wall: what was joined under the old one may part, what it kept apart may join.
    """
    touched = threading.recompute(connection, messages, now=now).touched if messages else frozenset()
    project_threads(connection, practice, touched, now=now)
    return touched


def _account(
    connection: Connection, practice: Practice, thread: ThreadId, one: Correction
) -> AccountId | None:
    """Return the account the thread will have."""
    if one.account is None:
        return labels.account_of(connection, thread)
    if one.account == NOBODY:
        return None
    account = practice.directory.account(one.account)
    if account is None:
        raise NotFound(f"there is no account {one.account!r}")
    return account


def _project(
    practice: Practice, thread: ThreadId, account: AccountId | None, one: Correction
) -> ProjectId | None:
    """Return the project that the correction names, if any."""
    if not one.project:
        return None
    project = None if account is None else practice.directory.project(account, one.project)
    if project is None:
        raise NotFound(f"the account of thread {thread} has no project {one.project!r}")
    return project
