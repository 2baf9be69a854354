"""Mails of ours that began a thread of their own, and the open mails that they may answer.

What is open here is decided from messages alone: a mail with no later mail of ours in its thread. So
the result does not depend on what was derived before, or in which order.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased

from models import Message, Participant
from triage.core.ids import AccountId, MessageId, ThreadId
from triage.core.outside_answer import WINDOW, OpenMail, Outbound
from triage.store.among import among

_HUMAN = ("human", "calendar")
_WORDS = 4096
#: Addresses of one question; a batch that asks about more people leaves the rest to the next sweep.
_MAX_PEOPLE = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class LooseMail:
    """A mail of ours that stands at the beginning of its thread."""

    id: MessageId
    thread_id: ThreadId
    sender_email: str
    mail: Outbound


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A mail that has no later mail of ours in its thread."""

    thread_id: ThreadId
    mail: OpenMail


def loose_mails(
    connection: Connection, people: Collection[str], *, since: datetime, until: datetime
) -> list[LooseMail]:
    """Return mails of ours of that time to one of these people, where nobody outside wrote before."""
    earlier = aliased(Message)
    rows = connection.execute(
        sa.select(
            Message.id,
            Message.thread_id,
            Message.received_at,
            Message.sender_email,
            Message.account_id,
            Message.account_state,
            Message.base_subject,
            Message.addresses,
            sa.func.substr(Message.text_new, 1, _WORDS).label("words"),
        )
        .where(
            _takes_part(people, ("to", "cc"), since, until),
            Message.direction == "outbound",
            Message.message_class.in_(_HUMAN),
            Message.received_at.between(since, until),
            Message.thread_id.is_not(None),
            ~sa.exists().where(
                earlier.thread_id == Message.thread_id,
                earlier.direction == "inbound",
                earlier.received_at <= Message.received_at,
            ),
        )
        .order_by(Message.received_at, Message.id)
    )
    return [
        LooseMail(
            id=MessageId(row.id),
            thread_id=ThreadId(row.thread_id),
            sender_email=row.sender_email,
            mail=Outbound(
                at=row.received_at,
                account=_confirmed(row),
                recipients=frozenset(
                    email.lower() for role in ("to", "cc") for _, email in row.addresses[role]
                ),
                base_subject=row.base_subject,
                text_new=row.words,
            ),
        )
        for row in rows
    ]


def waiting_mails(
    connection: Connection, senders: Collection[str], *, since: datetime, until: datetime
) -> list[Waiting]:
    """Return mails of these people of that time that no later mail of ours follows in their thread."""
    later = aliased(Message)
    rows = connection.execute(
        sa.select(
            Message.id,
            Message.thread_id,
            Message.received_at,
            Message.sender_email,
            Message.account_id,
            Message.account_state,
            Message.base_subject,
            sa.func.substr(Message.text_new, 1, _WORDS).label("words"),
        )
        .where(
            _takes_part(senders, ("from",), since, until),
            Message.sender_email.in_(sorted(senders)[:_MAX_PEOPLE]),
            Message.received_at.between(since, until),
            Message.direction == "inbound",
            Message.message_class.in_(_HUMAN),
            Message.thread_id.is_not(None),
            ~sa.exists().where(
                later.thread_id == Message.thread_id,
                later.direction == "outbound",
                later.message_class.in_(_HUMAN),
                later.received_at >= Message.received_at,
            ),
        )
        .order_by(Message.received_at, Message.id)
    )
    return [
        Waiting(
            thread_id=ThreadId(row.thread_id),
            mail=OpenMail(
                key=MessageId(row.id),
                at=row.received_at,
                account=_confirmed(row),
                sender=row.sender_email,
                base_subject=row.base_subject,
                text_new=row.words,
            ),
        )
        for row in rows
    ]


def threads_maybe_answered(connection: Connection, message_ids: Collection[MessageId]) -> frozenset[ThreadId]:
    """Return the threads whose open mail one of these new messages of ours may answer."""
    new = connection.execute(
        sa.select(Participant.email, sa.func.min(Message.received_at), sa.func.max(Message.received_at))
        .join(Message, Message.id == Participant.message_id)
        .where(
            among(Message.id, message_ids),
            Message.direction == "outbound",
            Participant.role.in_(("to", "cc")),
        )
        .group_by(Participant.email)
    ).all()
    if not new:
        return frozenset()
    # Only mail of the window before it can be answered: the mailbox may hold years of it.
    found = waiting_mails(
        connection,
        [email for email, _, _ in new],
        since=min(first for _, first, _ in new) - WINDOW,
        until=max(last for _, _, last in new),
    )
    return frozenset(waiting.thread_id for waiting in found)


def _takes_part(
    people: Collection[str], roles: Sequence[str], since: datetime, until: datetime
) -> sa.ColumnElement[bool]:
    return Message.id.in_(
        sa.select(Participant.message_id).where(
            Participant.email.in_(sorted(people)[:_MAX_PEOPLE]),
            Participant.received_at.between(since, until),
            Participant.role.in_(roles),
        )
    )


def _confirmed(row: sa.Row[tuple[object, ...]]) -> AccountId | None:
    is_confirmed = row.account_state == "confirmed" and row.account_id is not None
    return AccountId(row.account_id) if is_confirmed else None
