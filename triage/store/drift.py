"""What became of the suggestions of a model: what people said to them, and where it said nothing."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Decision, Project, Thread
from triage.core.ids import AccountId, ThreadId


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedSuggestion:
    """A suggestion that a person confirmed or corrected."""

    at: datetime
    is_right: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedThread:
    """A thread whose project only a model can tell."""

    began_at: datetime
    is_silent: bool


def suggested_project(connection: Connection, thread: ThreadId) -> str | None:
    """Return the key of the project that is suggested for a thread at present."""
    return connection.scalar(
        sa.select(Project.key)
        .join(Thread, Thread.project_id == Project.id)
        .where(Thread.id == thread, Thread.project_state == "suggested")
    )


def judged_suggestions(
    connection: Connection, account: AccountId, *, since: datetime
) -> list[JudgedSuggestion]:
    """Return what people said to suggestions for an account, oldest first."""
    rows = connection.execute(
        sa.select(Decision.at, Decision.value)
        .join(Thread, Thread.id == Decision.thread_id)
        .where(Thread.account_id == account, Decision.kind == "project", Decision.at >= since)
        .order_by(Decision.id)
    )
    return [
        JudgedSuggestion(at=row.at, is_right=row.value["suggested"] == row.value.get("project"))
        for row in rows
        if row.value.get("suggested")
    ]


def asked_threads(connection: Connection, account: AccountId, *, since: datetime) -> list[AskedThread]:
    """Return the threads of an account without a confirmed project that began since an instant."""
    rows = connection.execute(
        sa.select(Thread.first_message_at, Thread.project_state).where(
            Thread.account_id == account,
            Thread.alias_of.is_(None),
            Thread.project_state != "confirmed",
            Thread.first_message_at >= since,
        )
    )
    return [
        AskedThread(began_at=row.first_message_at, is_silent=row.project_state == "unknown") for row in rows
    ]
