"""Messages for the tests of threading: batches, and what became of them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Account
from models import Message as MessageRow
from triage.core.attribution import AccountState, Attribution
from triage.core.conversation.node import Node
from triage.core.direction import Direction, Own
from triage.core.ids import AccountId, HeaderId, MessageId
from triage.core.message import Address, Message, Zone, ZoneKind
from triage.store.messages import NewMessage, add_messages
from triage.store.threading import Rethreaded, rethread

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OWN = Own(domains=frozenset({"our.example"}))
OURS = "desk@our.example"


def mail(
    number: int,
    *references: int | str,
    sender: str = "ann@acme.example",
    to: Sequence[str] = (OURS,),
    account: int | None = None,
    header_id: str | None = "",
    in_reply_to: Sequence[str] = (),
    at: datetime | None = None,
    subject: str = "invoice",
    new: str = "",
    quoted: str = "",
    gmail_thread_id: str | None = None,
    list_id: str = "",
) -> NewMessage:
    """Return message ``number``, a minute after the one before it.

    Args:
        references: Numbers of messages, or whole ids.
        account: The customer it confirms.
        header_id: None for a message without an id.
    """
    received_at = at or NOW + timedelta(minutes=number)
    chain = [f"m{one}@mail.example" if isinstance(one, int) else one for one in references]
    state = AccountState.CONFIRMED if account else AccountState.UNKNOWN
    message = Message(
        message_id=HeaderId(header_id or f"m{number}@mail.example") if header_id is not None else None,
        in_reply_to=tuple(map(HeaderId, in_reply_to)),
        references=tuple(map(HeaderId, chain)),
        senders=(Address(email=sender),),
        to=tuple(Address(email=one) for one in to),
        subject=subject,
        sent_at=received_at,
        received_at=received_at,
        list_id=list_id,
        text=new + quoted,
        zones=(Zone(ZoneKind.NEW, 0, len(new)), Zone(ZoneKind.QUOTED, len(new), len(new + quoted))),
        gmail_thread_id=gmail_thread_id,
    )
    return NewMessage(
        message=message,
        content_hash=f"{number:064x}",
        base_subject=subject,
        direction=Direction.OUTBOUND if sender == OURS else Direction.INBOUND,
        attribution=Attribution(state=state, account=AccountId(account) if account else None),
        raw=b"",
        is_backfill=False,
    )


def customers(connection: Connection, count: int) -> None:
    """Store customers 1 to ``count``."""
    connection.execute(
        sa.insert(Account), [{"id": one, "key": f"c{one}", "name": f"C{one}"} for one in range(1, count + 1)]
    )


def add(connection: Connection, *mails: NewMessage) -> Rethreaded:
    """Store a batch and put it into threads."""
    rows = add_messages(connection, mails, now=NOW)
    return rethread(connection, [MessageId(row.id) for row in rows], now=NOW, own=OWN, written=rows)


def message(connection: Connection, number: int) -> MessageId:
    """Return the id of message ``number``."""
    wanted = sa.select(MessageRow.id).where(MessageRow.content_hash == f"{number:064x}")
    return MessageId(connection.scalars(wanted).one())


def everything_again(connection: Connection) -> Rethreaded:
    """Recompute all threads."""
    everybody = [MessageId(one) for one in connection.scalars(sa.select(MessageRow.id))]
    return rethread(connection, everybody, now=NOW, own=OWN)


def confirm(connection: Connection, number: int, account: int) -> None:
    """Let message ``number`` confirm a customer."""
    connection.execute(
        sa.update(MessageRow)
        .where(MessageRow.id == message(connection, number))
        .values(account_id=account, account_state="confirmed")
    )


def threads(connection: Connection) -> dict[int, set[int]]:
    """Return the numbers of the messages of each thread."""
    found: dict[int, set[int]] = {}
    for thread_id, content in connection.execute(sa.select(MessageRow.thread_id, MessageRow.content_hash)):
        assert thread_id is not None
        found.setdefault(thread_id, set()).add(int(content, 16))
    return found


def groups(connection: Connection) -> set[frozenset[int]]:
    """Return which messages are together."""
    return {frozenset(numbers) for numbers in threads(connection).values()}


def as_mail(node: Node) -> NewMessage:
    """Return a generated message as it is stored."""
    others = [_address(one) for one in sorted(node.parties - {node.author})]
    return mail(
        int(node.digest, 16),
        *node.references,
        sender=OURS if node.author is None else _address(node.author),
        to=[OURS, *others] if node.author else others,
        account=node.account,
        header_id=node.header_id,
        in_reply_to=node.in_reply_to,
        at=node.at,
        subject=node.base_subject,
        new=lines(node.new_lines),
        quoted=lines(node.quoted_lines),
    )


def lines(numbers: Iterable[int]) -> str:
    """Return a text of long enough lines, each unlike the others."""
    return "".join(f"a line with the number {number} in it\n" for number in sorted(numbers))


def _address(party: str) -> str:
    return f"ann@{party}"
