"""A person's correction: it holds at once, it is kept for ever, and the models learn from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.core.errors import NotFound
from triage.core.ids import AccountId, ThreadId
from triage.services.practice import Practice
from triage.services.project_threads import project_threads
from triage.store import labels
from triage.store.database import Connection, Database
from triage.store.drift import suggested_project
from triage.store.hints import suggested_account
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
        threads = [keep_correction(connection, practice, one, actor=actor, now=now) for one in corrections]
        project_threads(connection, practice, threads, now=now)


def keep_correction(
    connection: Connection, practice: Practice, one: Correction, *, actor: str, now: datetime
) -> ThreadId:
    """Keep one correction in the caller's transaction, which has to derive the thread anew.

    Raises:
        NotFound: If the thread, the account or the project does not exist.
    """
    thread = resolve(connection, one.thread)
    account = _account(connection, practice, thread, one)
    before = labels.account_of(connection, thread)
    if before is not None and before != account:
        want_training(connection, before, forgets=True, now=now)
    if account is not None:
        want_training(connection, account, now=now)
    if one.account is not None:
        value = {"account": one.account or None}
        # What was suggested until now: it tells how right the suggestions are.
        if hinted := suggested_account(connection, thread):
            value["suggested"] = hinted
        labels.add_decision(connection, thread, "account", value, actor=actor, now=now)
    project = None
    if one.project is not None:
        if one.project and account is not None:
            project = practice.directory.project(account, one.project)
        if one.project and project is None:
            raise NotFound(f"the account of thread {thread} has no project {one.project!r}")
        value = {"project": one.project or None}
        if suggested := suggested_project(connection, thread):
            value["suggested"] = suggested
        labels.add_decision(connection, thread, "project", value, actor=actor, now=now)
    if account is not None:
        labels.label_thread(connection, thread, account, project, source=one.source, now=now)
    return thread


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
