"""Labels and corrections: what people, imports and codes say about account and project of messages."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Account, Decision, Label, Message, Project, Thread
from triage.core.ids import AccountId, HeaderId, MessageId, ProjectId, ThreadId
from triage.core.message import Evidence
from triage.store.evidence import dump_evidence

_T = TypeVar("_T")

#: Sources of the labels that people leave, themselves or by a file; a message has one such label at most.
HUMAN_SOURCES = ("person", "import")
_CHUNK = 500
_PAGE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageWords:
    """The words of a message, for a model of its account.

    Attributes:
        project: Of its thread, if confirmed.
        source: Of the label, if it has one.
        participants: Sender and recipients, in lower case, ours among them.
    """

    message: MessageId
    thread: ThreadId
    project: ProjectId | None
    source: str | None
    received_at: datetime
    subject: str
    text: str
    attachment_names: tuple[str, ...]
    participants: tuple[str, ...]
    list_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What people say about the messages of a thread, and by which decisions.

    Attributes:
        account_decision: None when they said nothing of the account, which the evidence gives.
        project_decision: None when they said nothing of the project.
        source: person or import.
    """

    account: AccountId
    project: ProjectId | None = None
    account_decision: int | None = None
    project_decision: int | None = None
    source: str = "person"


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportedLabel:
    """A label by keys, for use elsewhere.

    Attributes:
        actor: Who said so; None for what no person said.
    """

    message_id: str | None
    thread_id: int
    account: str
    project: str | None
    source: str
    at: datetime
    actor: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TaggedThread:
    """What is said about account and project of a thread."""

    thread_id: ThreadId
    account: str | None
    account_state: str
    account_probability: float | None
    project: str | None
    project_state: str
    probability: float | None
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SuggestedProject:
    """A model's suggestion for a thread; None takes an older one back."""

    thread: ThreadId
    project: ProjectId | None
    probability: float | None
    reasons: tuple[Evidence, ...]


def find_threads(connection: Connection, header_ids: Collection[HeaderId]) -> dict[HeaderId, set[ThreadId]]:
    """Return the threads that hold messages with these Message-IDs."""
    found: dict[HeaderId, set[ThreadId]] = defaultdict(set)
    for some in _chunks(sorted(header_ids)):
        rows = connection.execute(
            sa.select(Message.header_id, Message.thread_id).where(Message.header_id.in_(some))
        )
        for header_id, thread_id in rows:
            if header_id is not None and thread_id is not None:
                found[HeaderId(header_id)].add(ThreadId(thread_id))
    return dict(found)


def account_of(connection: Connection, thread: ThreadId) -> AccountId | None:
    """Return the confirmed account of a thread."""
    found = connection.scalar(sa.select(Thread.account_id).where(Thread.id == thread))
    return None if found is None else AccountId(found)


def add_decision(
    connection: Connection,
    thread: ThreadId,
    kind: str,
    value: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> int:
    """Keep what a person decided about a thread; return the id of the decision."""
    row = {"at": now, "actor": actor, "thread_id": thread, "message_id": None, "kind": kind, "value": value}
    return connection.scalars(sa.insert(Decision).returning(Decision.id), [row]).one()


def label_thread(connection: Connection, thread: ThreadId, said: Said, *, now: datetime) -> None:
    """Label every message of a thread; what people said before gives way.

    What they did not speak of now stays as they left it: the project under the same account, and
    that the account is theirs.
    """
    rows = connection.execute(
        sa.select(Message.id, Label.account_id, *_KEPT)
        .outerjoin(Label, sa.and_(Label.message_id == Message.id, Label.source.in_(HUMAN_SOURCES)))
        .where(Message.thread_id == thread)
    ).all()
    unlabel(connection, [MessageId(row.id) for row in rows])
    labelled = [_label_row(row, said, now) for row in rows]
    if labelled:
        connection.execute(sa.insert(Label), labelled)


def unlabel(connection: Connection, messages: Sequence[MessageId]) -> None:
    """Forget what people said of messages."""
    for some in _chunks(messages):
        connection.execute(
            sa.delete(Label).where(Label.message_id.in_(some), Label.source.in_(HUMAN_SOURCES))
        )


def messages_of(connection: Connection, thread: ThreadId) -> list[MessageId]:
    """Return the messages of a thread."""
    rows = connection.scalars(sa.select(Message.id).where(Message.thread_id == thread).order_by(Message.id))
    return [MessageId(one) for one in rows]


def labelled_by(connection: Connection, decision_id: int) -> list[MessageId]:
    """Return the messages whose labels rest on a decision, wherever they are by now."""
    rows = connection.scalars(
        sa.select(Label.message_id)
        .where(sa.or_(Label.account_decision_id == decision_id, Label.project_decision_id == decision_id))
        .order_by(Label.message_id)
    )
    return [MessageId(one) for one in rows]


def accounts_with_projects(connection: Connection) -> list[AccountId]:
    """Return the accounts that a model can be fitted for: those with two confirmed projects or more."""
    rows = connection.scalars(
        sa.select(Thread.account_id)
        .where(Thread.account_id.is_not(None), Thread.project_state == "confirmed")
        .group_by(Thread.account_id)
        .having(sa.func.count(sa.distinct(Thread.project_id)) > 1)
        .order_by(Thread.account_id)
    )
    return [AccountId(one) for one in rows if one is not None]


def taught_words(connection: Connection, account: AccountId) -> list[MessageWords]:
    """Return the messages of an account whose thread has a confirmed project, oldest first."""
    return read_words(
        connection,
        Thread.account_id == account,
        Thread.project_state == "confirmed",
        Thread.project_id.is_not(None),
    )


def untold_words(connection: Connection, account: AccountId) -> list[MessageWords]:
    """Return the messages of an account whose thread has no confirmed project, oldest first."""
    return read_words(connection, Thread.account_id == account, Thread.project_state != "confirmed")


def abstained_words(connection: Connection, account: AccountId, *, since: datetime) -> list[MessageWords]:
    """Return the messages of threads that began since, and about whose project nothing is said."""
    return read_words(
        connection,
        Thread.account_id == account,
        Thread.project_state == "unknown",
        Thread.first_message_at >= since,
    )


def answered_threads(connection: Connection, *, since: datetime) -> int:
    """Return how many threads a person gave a project since."""
    count = sa.select(sa.func.count(sa.distinct(Decision.thread_id))).where(
        Decision.kind == "project", Decision.at >= since
    )
    return int(connection.scalar(count) or 0)


def write_suggestions(connection: Connection, found: Sequence[SuggestedProject]) -> None:
    """Write what a model suggests; a project that was confirmed meanwhile stays as it is."""
    if not found:
        return
    statement = (
        sa.update(Thread)
        .where(
            Thread.id == sa.bindparam("b_thread"),
            Thread.project_state != "confirmed",
            # What a model says again is no change: the version, which readers compare, stays.
            sa.or_(
                Thread.project_id.is_distinct_from(sa.bindparam("b_project")),
                Thread.project_probability.is_distinct_from(sa.bindparam("b_probability")),
            ),
        )
        .values(
            project_id=sa.bindparam("b_project"),
            project_state=sa.bindparam("b_state"),
            project_probability=sa.bindparam("b_probability"),
            project_evidence=sa.bindparam("b_evidence"),
            version=Thread.version + 1,
        )
    )
    rows = [
        {
            "b_thread": one.thread,
            "b_project": one.project,
            "b_state": "unknown" if one.project is None else "suggested",
            "b_probability": one.probability,
            "b_evidence": dump_evidence(one.reasons),
        }
        for one in found
    ]
    connection.execute(statement, rows)


def exported_labels(connection: Connection) -> Iterator[ExportedLabel]:
    """Yield every label by keys, in the order of the messages."""
    actors = _actors(connection)
    rows = connection.execute(
        sa.select(
            Message.header_id,
            Message.thread_id,
            Account.key.label("account"),
            Project.key.label("project"),
            Label.source,
            Label.at,
        )
        .join(Message, Message.id == Label.message_id)
        .join(Account, Account.id == Label.account_id)
        .outerjoin(Project, Project.id == Label.project_id)
        .order_by(Label.message_id, Label.source)
        .execution_options(yield_per=_PAGE)
    )
    for row in rows:
        yield ExportedLabel(
            message_id=row.header_id,
            thread_id=row.thread_id,
            account=row.account,
            project=row.project,
            source=row.source,
            at=row.at,
            actor=actors.get((row.thread_id, row.at)) or actors.get((None, row.at)),
        )


def _actors(connection: Connection) -> dict[tuple[int | None, datetime], str]:
    """Return who decided at an instant, by thread and also without: a message may have moved since."""
    rows = connection.execute(
        sa.select(Decision.thread_id, Decision.at, Decision.actor)
        .where(Decision.kind.in_(("account", "project")))
        .order_by(Decision.id)
    )
    actors: dict[tuple[int | None, datetime], str] = {}
    for row in rows:
        actors[row.thread_id, row.at] = actors[None, row.at] = row.actor
    return actors


def tagged_threads(connection: Connection) -> Iterator[TaggedThread]:
    """Yield every thread with what is said about its account and project."""
    rows = connection.execute(
        sa.select(
            Thread.id,
            Thread.account_state,
            Thread.account_probability,
            Thread.account_evidence,
            Thread.project_state,
            Thread.project_probability,
            Thread.project_evidence,
            Account.key.label("account"),
            Project.key.label("project"),
        )
        .outerjoin(Account, Account.id == sa.func.coalesce(Thread.account_id, Thread.suggested_account_id))
        .outerjoin(Project, Project.id == Thread.project_id)
        .where(Thread.alias_of.is_(None))
        .order_by(Thread.id)
        .execution_options(yield_per=_PAGE)
    )
    for row in rows:
        reasons = (*row.account_evidence, *row.project_evidence)
        yield TaggedThread(
            thread_id=ThreadId(row.id),
            account=row.account,
            account_state=row.account_state,
            account_probability=row.account_probability,
            project=row.project,
            project_state=row.project_state,
            probability=row.project_probability,
            reasons=tuple((kind, text) for kind, text in reasons),
        )


def read_words(
    connection: Connection, *conditions: sa.ColumnElement[bool], newest: int | None = None
) -> list[MessageWords]:
    """Read messages with the strongest label of each: person before import before code; oldest first.

    The conditions name one account, so that no word of one customer gets near another's model.

    Args:
        newest: Read no more than the newest so many.
    """
    # The three words happen to stand in the order of their strength.
    label = (
        sa.select(Label.message_id, sa.func.max(Label.source).label("source"))
        .group_by(Label.message_id)
        .subquery()
    )
    rows = connection.execute(
        sa.select(
            Message.id,
            Message.thread_id,
            Message.received_at,
            Message.subject,
            Message.text_new,
            Message.attachments,
            Message.addresses,
            Message.list_id,
            Thread.project_id,
            Thread.project_state,
            label.c.source,
        )
        .join(Thread, Thread.id == Message.thread_id)
        .outerjoin(label, label.c.message_id == Message.id)
        .where(*conditions)
        .order_by(Message.received_at.desc(), Message.id.desc())
        .limit(newest)
    ).all()
    return [
        MessageWords(
            message=MessageId(row.id),
            thread=ThreadId(row.thread_id),
            project=ProjectId(row.project_id) if row.project_state == "confirmed" else None,
            source=row.source,
            received_at=row.received_at,
            subject=row.subject,
            text=row.text_new,
            attachment_names=tuple(one[0] for one in row.attachments),
            participants=tuple(
                email.lower() for role in ("from", "to", "cc") for _, email in row.addresses[role]
            ),
            list_id=row.list_id,
        )
        for row in reversed(rows)
    ]


_KEPT = (Label.project_id, Label.account_decision_id, Label.project_decision_id)


def _label_row(row: sa.Row[*tuple[Any, ...]], said: Said, now: datetime) -> dict[str, Any]:
    is_kept = row.account_id == said.account
    account_decision = said.account_decision or (row.account_decision_id if is_kept else None)
    project, project_decision = said.project, said.project_decision
    if project_decision is None and is_kept:
        project, project_decision = row.project_id, row.project_decision_id
    return {
        "message_id": row.id,
        "account_id": said.account,
        "project_id": project,
        "source": said.source,
        "at": now,
        "account_decision_id": account_decision,
        "project_decision_id": project_decision,
    }


def _chunks(values: Sequence[_T]) -> Iterable[Sequence[_T]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
