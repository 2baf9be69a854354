"""What accounts are told by when nobody knows the sender: words of each account, and the threads asked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Account, Decision, Message, Thread
from triage.core.direction import Direction
from triage.core.ids import AccountId, ThreadId
from triage.core.message import Evidence, MessageClass
from triage.store.drift import JudgedSuggestion
from triage.store.evidence import HINT_KINDS, dump_evidence, load_evidence
from triage.store.labels import MessageWords, read_words


@dataclass(frozen=True, kw_only=True, slots=True)
class UnknownThread:
    """A thread whose account no evidence names.

    Attributes:
        words: Of its messages from outside, oldest first.
        evidence: What is known all the same, without what a model said.
    """

    thread: ThreadId
    words: tuple[MessageWords, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SuggestedAccount:
    """A model's suggestion for a thread; None takes an older one back.

    Attributes:
        evidence: What was known before.
        reasons: What the model says.
    """

    thread: ThreadId
    account: AccountId | None
    probability: float | None
    evidence: tuple[Evidence, ...]
    reasons: tuple[Evidence, ...] = ()


def said_words(connection: Connection, account: AccountId, *, newest: int) -> list[MessageWords]:
    """Return the newest messages that people outside wrote in confirmed threads of an account, oldest first.

    What somebody of another account wrote there, as in a common project, is left out.
    """
    return read_words(
        connection,
        Thread.account_id == account,
        sa.or_(Message.account_id == account, Message.account_id.is_(None)),
        *_FROM_PEOPLE_OUTSIDE,
        newest=newest,
    )


def accounts_with_words(connection: Connection) -> dict[AccountId, datetime]:
    """Return the accounts that are in use and have confirmed mail from outside, and when the last came."""
    rows = connection.execute(
        sa.select(Thread.account_id, sa.func.max(Thread.last_inbound_at).label("last"))
        .join(Account, Account.id == Thread.account_id)
        .where(Account.archived_at.is_(None), Thread.last_inbound_at.is_not(None))
        .group_by(Thread.account_id)
        .order_by(Thread.account_id)
    )
    return {AccountId(row.account_id): row.last for row in rows if row.account_id is not None}


def accounts_in_use(connection: Connection) -> set[AccountId]:
    """Return the accounts that are not archived."""
    rows = connection.scalars(sa.select(Account.id).where(Account.archived_at.is_(None)))
    return {AccountId(one) for one in rows}


def unknown_threads(connection: Connection, *, since: datetime, newest: int) -> list[UnknownThread]:
    """Return the newest threads with mail since, which nobody and no evidence gave to an account."""
    is_hinted = sa.and_(Thread.account_state == "suggested", Thread.account_probability.is_not(None))
    rows = connection.execute(
        sa.select(Thread.id, Thread.account_evidence)
        .where(
            Thread.alias_of.is_(None),
            sa.or_(Thread.account_state == "unknown", is_hinted),
            Thread.last_inbound_at >= since,
        )
        .order_by(Thread.last_message_at.desc(), Thread.id.desc())
        .limit(newest)
    )
    evidence = {ThreadId(row.id): load_evidence(row.account_evidence) for row in rows}
    words = read_words(connection, Message.thread_id.in_(sorted(evidence)), *_FROM_PEOPLE_OUTSIDE)
    words.sort(key=lambda one: one.thread)
    return [
        UnknownThread(
            thread=thread,
            words=tuple(some),
            evidence=tuple(one for one in evidence[thread] if one.kind not in HINT_KINDS),
        )
        for thread, some in groupby(words, key=lambda one: one.thread)
    ]


def write_hints(connection: Connection, found: Sequence[SuggestedAccount]) -> None:
    """Write what is suggested; a thread that evidence or a person named meanwhile stays as it is."""
    if not found:
        return
    is_hinted = sa.and_(Thread.account_state == "suggested", Thread.account_probability.is_not(None))
    statement = (
        sa.update(Thread)
        .where(
            Thread.id == sa.bindparam("b_thread"),
            sa.or_(Thread.account_state == "unknown", is_hinted),
            # What is said again is no change: the version, which readers compare, stays.
            sa.or_(
                Thread.suggested_account_id.is_distinct_from(sa.bindparam("b_account")),
                Thread.account_probability.is_distinct_from(sa.bindparam("b_probability")),
            ),
        )
        .values(
            suggested_account_id=sa.bindparam("b_account"),
            account_state=sa.bindparam("b_state"),
            account_probability=sa.bindparam("b_probability"),
            account_evidence=sa.bindparam("b_evidence"),
            version=Thread.version + 1,
        )
    )
    connection.execute(statement, [_row(one) for one in found])


def clear_hints(connection: Connection, accounts: Iterable[AccountId]) -> None:
    """Take back every suggestion of these accounts by a model."""
    rows = connection.execute(
        sa.select(Thread.id, Thread.account_evidence).where(
            Thread.suggested_account_id.in_(sorted(accounts)), Thread.account_probability.is_not(None)
        )
    )
    found = [
        SuggestedAccount(
            thread=ThreadId(row.id),
            account=None,
            probability=None,
            evidence=tuple(one for one in load_evidence(row.account_evidence) if one.kind not in HINT_KINDS),
        )
        for row in rows
    ]
    write_hints(connection, found)


def suggested_account(connection: Connection, thread: ThreadId) -> str | None:
    """Return the key of the account that a model suggests for a thread at present."""
    return connection.scalar(
        sa.select(Account.key)
        .join(Thread, Thread.suggested_account_id == Account.id)
        .where(Thread.id == thread, Thread.account_probability.is_not(None))
    )


def judged_hints(connection: Connection, *, since: datetime) -> list[JudgedSuggestion]:
    """Return what people said to accounts that a model suggested, oldest first."""
    rows = connection.execute(
        sa.select(Decision.at, Decision.value)
        .where(Decision.kind == "account", Decision.at >= since)
        .order_by(Decision.id)
    )
    return [
        JudgedSuggestion(at=row.at, is_right=row.value["suggested"] == row.value.get("account"))
        for row in rows
        if row.value.get("suggested")
    ]


_FROM_PEOPLE_OUTSIDE = (
    Message.direction == Direction.INBOUND.value,
    Message.message_class == MessageClass.HUMAN.value,
)


def _row(one: SuggestedAccount) -> dict[str, object]:
    return {
        "b_thread": one.thread,
        "b_account": one.account,
        "b_state": "unknown" if one.account is None else "suggested",
        "b_probability": one.probability,
        "b_evidence": dump_evidence((*one.evidence, *one.reasons)),
    }
