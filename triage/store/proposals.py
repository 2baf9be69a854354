"""Who took part in what, for proposals of new rules; and what people answered to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Decision, EvidenceRule, Message, Thread
from triage.core.ids import AccountId, ThreadId
from triage.core.proposal import Proposal
from triage.store.settings import read_setting, write_setting

_PAGE = 500
_KIND = "proposal"
_PERSON = "person"
_RULES_CHANGED = "rules-changed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Participation:
    """The addresses in a message, ours among them, in lower case.

    Attributes:
        account: Of its thread, if confirmed.
    """

    thread: ThreadId
    account: AccountId | None
    at: datetime
    emails: frozenset[str]


def participations(connection: Connection) -> Iterator[Participation]:
    """Yield who took part in each message of a thread."""
    rows = connection.execute(
        sa.select(Message.thread_id, Message.received_at, Message.addresses, Thread.account_id)
        .join(Thread, Thread.id == Message.thread_id)
        .order_by(Message.id)
        .execution_options(yield_per=_PAGE)
    )
    for row in rows:
        emails = (email for role in ("from", "to", "cc") for _, email in row.addresses.get(role, ()))
        yield Participation(
            thread=ThreadId(row.thread_id),
            account=None if row.account_id is None else AccountId(row.account_id),
            at=row.received_at,
            emails=frozenset(email.lower() for email in emails if email),
        )


def refused_proposals(connection: Connection) -> set[tuple[str, str]]:
    """Return what people refused: id of the proposal, and key of the account."""
    values = connection.scalars(sa.select(Decision.value).where(Decision.kind == _KIND))
    return {(one["refused"], one["account"]) for one in values if "refused" in one}


def refuse(connection: Connection, proposal: Proposal, account: str, *, actor: str, now: datetime) -> None:
    """Keep that a person does not want a rule."""
    _decide(connection, {"refused": proposal.id, "account": account}, actor, now)


def take(connection: Connection, proposal: Proposal, account: str, *, actor: str, now: datetime) -> None:
    """Keep a rule that a person confirmed; who moved is no contact of the old account from then on."""
    of_value = (
        EvidenceRule.source == _PERSON,
        EvidenceRule.kind == proposal.kind.value,
        EvidenceRule.value == proposal.value,
        EvidenceRule.valid_to.is_(None),
    )
    connection.execute(sa.update(EvidenceRule).where(*of_value).values(valid_to=proposal.since))
    row = {
        "account_id": proposal.account,
        "project_id": None,
        "kind": proposal.kind.value,
        "value": proposal.value,
        "source": _PERSON,
        "valid_from": proposal.since,
        "valid_to": None,
    }
    connection.execute(sa.insert(EvidenceRule), [row])
    _decide(connection, {"taken": proposal.id, "account": account}, actor, now)
    write_setting(connection, _RULES_CHANGED, now.isoformat())


def rules_changed(connection: Connection) -> str:
    """Return a word that is another one after each change of what people confirmed."""
    return read_setting(connection, _RULES_CHANGED) or ""


def _decide(connection: Connection, value: dict[str, str], actor: str, now: datetime) -> None:
    row = {"at": now, "actor": actor, "thread_id": None, "message_id": None, "kind": _KIND, "value": value}
    connection.execute(sa.insert(Decision), [row])
