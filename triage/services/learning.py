"""What people are asked and told about the models, and their answers, each within what they may see.

Questions and states belong to one account, so its readers see them. A new contact or domain decides about
threads that nobody can see yet, so only who sees all accounts is asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from triage.core.errors import NotFound
from triage.core.ids import AccountId, ThreadId
from triage.core.proposal import Proposal
from triage.core.question import Question, most_useful
from triage.core.rules import RuleKind
from triage.core.scope import Scope
from triage.services.board import MODELS, PROPOSALS, QUESTIONS, WORDS, account_of
from triage.services.correct import Correction, derive_corrected, keep_correction
from triage.services.practice import Practice
from triage.services.proposals import apply_proposal
from triage.store import board, threading
from triage.store import proposals as rules
from triage.store.database import Connection, Database
from triage.store.scoped import ScopedReader


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question with what it takes to answer it.

    Attributes:
        choices: Projects of the account, as pairs of key and name.
    """

    question: Question
    account_key: str
    account_name: str
    choices: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """Return the question as a sentence."""
        return self.question.text(self.account_name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposed:
    """A contact or domain that may become a rule.

    Attributes:
        text: The question as a sentence.
    """

    proposal: Proposal
    account_key: str
    account_name: str
    moved_from: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelState:
    """The state of the model of one account; ``facts`` is what ``triage.services.board`` writes."""

    account_key: str
    account_name: str
    facts: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """Everything that a reader is asked and told.

    Attributes:
        words: State of the suggestions of accounts; None for who sees single accounts only.
        found_at: When the worker looked last; None: never.
    """

    proposals: tuple[Proposed, ...]
    questions: tuple[Asked, ...]
    models: tuple[ModelState, ...]
    words: dict[str, Any] | None
    found_at: datetime | None
    as_of: datetime


def read_board(database: Database, practice: Practice, scope: Scope, *, now: datetime) -> Board:
    """Return what a reader is asked and told.

    Raises:
        StoreError: If the database cannot be read.
    """
    with database.read() as connection:
        models, found_at = board.read_list(connection, MODELS)
        words, _ = board.read_list(connection, WORDS)
        return Board(
            proposals=_proposals(connection, practice, scope),
            questions=_questions(connection, practice, scope, now),
            models=tuple(
                ModelState(
                    account_key=practice.account_key(account_of(one)),
                    account_name=practice.directory.account_names[account_of(one)],
                    facts=one,
                )
                for one in models
                if scope.may_see(account_of(one)) and account_of(one) in practice.directory.account_names
            ),
            words=words[0] if words and scope.sees_all else None,
            found_at=found_at,
            as_of=now,
        )


def answer_question(
    database: Database,
    practice: Practice,
    scope: Scope,
    threads: Sequence[int],
    project: str,
    *,
    now: datetime,
) -> None:
    """Give threads to a project of their account, all in one transaction.

    Raises:
        NotFound: If a thread or the project does not exist, or not for the scope; nothing is kept then.
    """
    with database.write() as connection:
        threading.hold(connection)
        reader = ScopedReader(connection, scope)
        held = [reader.thread(thread).entry.thread_id for thread in dict.fromkeys(threads)]
        messages = [
            message
            for thread in held
            for message in keep_correction(
                connection,
                practice,
                Correction(thread=thread, project=project),
                actor=scope.name,
                now=now,
            )
        ]
        derive_corrected(connection, practice, messages, now=now)


def take_listed(
    database: Database,
    practice: Practice,
    scope: Scope,
    proposal_id: str,
    *,
    reread: Callable[[], Practice],
    now: datetime,
) -> int:
    """Keep a listed rule, and derive anew the threads in which it speaks.

    Args:
        reread: Returns the practice as it is after the rule was kept.

    Returns:
        How many threads.

    Raises:
        NotFound: If nothing of that id is listed for the scope.
    """
    with database.write() as connection:
        proposal = _listed(connection, practice, scope, proposal_id).proposal
        key = practice.account_key(proposal.account)
        rules.take(connection, proposal, key, actor=scope.name, now=now)
        board.drop_item(connection, PROPOSALS, proposal_id)
    return apply_proposal(database, reread(), proposal, now=now)


def refuse_listed(
    database: Database, practice: Practice, scope: Scope, proposal_id: str, *, now: datetime
) -> None:
    """Never propose a listed rule for its account again.

    Raises:
        NotFound: If nothing of that id is listed for the scope.
    """
    with database.write() as connection:
        proposal = _listed(connection, practice, scope, proposal_id).proposal
        key = practice.account_key(proposal.account)
        rules.refuse(connection, proposal, key, actor=scope.name, now=now)
        board.drop_item(connection, PROPOSALS, proposal_id)


def _listed(connection: Connection, practice: Practice, scope: Scope, proposal_id: str) -> Proposed:
    for one in _proposals(connection, practice, scope):
        if one.proposal.id == proposal_id:
            return one
    raise NotFound("nothing of that id is proposed")


def _proposals(connection: Connection, practice: Practice, scope: Scope) -> tuple[Proposed, ...]:
    if not scope.sees_all:
        return ()
    items, _ = board.read_list(connection, PROPOSALS)
    found = [_proposal(item) for item in items if account_of(item) in practice.directory.account_names]
    return tuple(
        Proposed(
            proposal=one,
            account_key=practice.account_key(one.account),
            account_name=practice.rules.account_name(one.account),
            moved_from=practice.account_key(one.moved_from),
            text=one.question(practice.rules),
        )
        for one in found
    )


def _proposal(item: dict[str, Any]) -> Proposal:
    return Proposal(
        kind=RuleKind(item["kind"]),
        value=item["value"],
        account=account_of(item),
        people=item["people"],
        since=datetime.fromisoformat(item["since"]),
        moved_from=None if item["moved_from"] is None else AccountId(item["moved_from"]),
    )


def _questions(connection: Connection, practice: Practice, scope: Scope, now: datetime) -> tuple[Asked, ...]:
    """Return at most five questions a day, less what was answered today; none that was answered since."""
    items, _ = board.read_list(connection, QUESTIONS)
    mine = [item for item in items if scope.may_see(account_of(item))]
    reader = ScopedReader(connection, scope)
    still = board.still_open(connection, reader, {ThreadId(one) for item in mine for one in item["threads"]})
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    answered = board.answered_threads(connection, reader, since=today)
    # Its terms come from all its threads: when one has moved to another customer, or was decided, the
    # question waits until the worker asks anew.
    found = (
        _question(item) for item in mine if {still.get(one) for one in item["threads"]} == {account_of(item)}
    )
    names = practice.directory
    return tuple(
        Asked(
            question=one,
            account_key=practice.account_key(one.account),
            account_name=names.account_names.get(one.account, ""),
            choices=tuple(
                (names.project_keys[project], names.project_names[project])
                for project, account in names.project_accounts.items()
                if account == one.account
            ),
        )
        for one in most_useful(found, answered_today=answered)
    )


def _question(item: dict[str, Any]) -> Question:
    return Question(
        account=account_of(item),
        threads=tuple(ThreadId(one) for one in item["threads"]),
        messages=item["messages"],
        terms=tuple(item["terms"]),
        code=item["code"],
        sureness=item["sureness"],
        priority=item["priority"],
    )
