"""Facts of messages for threading: taken from a message row once, read back as nodes."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from struct import pack, unpack
from typing import Any, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Label, Location, Message, MessageLink
from triage.core.conversation.fingerprint import Prints, prints_of
from triage.core.conversation.links import is_thread_index
from triage.core.conversation.node import Node
from triage.core.direction import Own
from triage.core.ids import AccountId, HeaderId, MessageId, ThreadId
from triage.core.message import MessageClass
from triage.public_domains import public_domains
from triage.registrable import registrable
from triage.store.among import among
from triage.store.labels import HUMAN_SOURCES
from triage.store.messages import MessageValues
from triage.store.plain_rows import add_rows

_T = TypeVar("_T")
#: Of a message, read or just written.
_Row: TypeAlias = sa.Row[*tuple[Any, ...]] | MessageValues

CHUNK = 500
_INDEX_HEADER = 22

_MESSAGE_COLUMNS = (
    Message.id,
    Message.content_hash,
    Message.header_id,
    Message.in_reply_to,
    Message.references,
    Message.failed_ids,
    Message.received_at,
    Message.sent_at,
    Message.base_subject,
    Message.account_id,
    Message.account_state,
    Message.list_id,
    Message.thread_index,
    Message.thread_id,
)
#: ``add_links`` writes them in this order.
_LINK_COLUMNS = (
    MessageLink.author,
    MessageLink.parties,
    MessageLink.has_recipients,
    MessageLink.gmail_thread,
    MessageLink.new_lines,
    MessageLink.quoted_lines,
)
_PEOPLE_COLUMNS = (
    Message.direction,
    Message.message_class,
    Message.sender_email,
    Message.addresses,
    Message.failed_recipients,
)
_FACT_COLUMNS = (
    *_PEOPLE_COLUMNS,
    Message.gmail_thread_id,
)


def chunks(items: Sequence[_T], size: int = CHUNK) -> Iterator[Sequence[_T]]:
    """Yield the items in pieces that fit into one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def new_nodes(
    connection: Connection,
    message_ids: Sequence[MessageId],
    *,
    own: Own,
    prints: Mapping[MessageId, Prints] | None = None,
    written: Sequence[MessageValues] = (),
) -> list[Node]:
    """Return the nodes of those messages that threading has not seen before.

    Args:
        own: Our addresses and domains: they are no party outside.
        prints: Fingerprints of the messages, where they are known already; the others' texts are read.
        written: Rows of those messages that this transaction wrote; the others are read.
    """
    known = dict(prints or {})
    known |= _prints(connection, [one for one in message_ids if one not in known])
    at_hand = {row.id for row in written}
    unseen = _unseen(connection, [one for one in message_ids if one not in at_hand])
    rows: list[_Row] = [*written, *unseen]
    scopes = _gmail_scopes(connection, [row.id for row in rows if row.gmail_thread_id])
    return [
        _node(
            row,
            account=_confirmed(row),
            **_facts(row, own, scopes.get(row.id)),
            new_lines=known[row.id].new_lines,
            quoted_lines=known[row.id].quoted_lines,
        )
        for row in rows
    ]


def _unseen(connection: Connection, message_ids: Sequence[MessageId]) -> Sequence[_Row]:
    """Read those of the messages that have no links yet."""
    if not message_ids:
        return ()
    return connection.execute(
        sa.select(*_MESSAGE_COLUMNS, *_FACT_COLUMNS)
        .outerjoin(MessageLink, MessageLink.message_id == Message.id)
        .where(among(Message.id, message_ids), MessageLink.message_id.is_(None))
    ).all()


def add_links(connection: Connection, new: Sequence[Node], placed: Mapping[MessageId, int]) -> None:
    """Store the facts of new messages, each in its component."""
    add_rows(
        connection,
        (MessageLink.message_id, MessageLink.component_id, *_LINK_COLUMNS),
        [
            (
                node.key,
                placed[node.key],
                node.author,
                sorted(node.parties),
                node.has_recipients,
                node.gmail_thread,
                _packed(node.new_lines),
                _packed(node.quoted_lines),
            )
            for node in new
        ],
    )


def renew_people(connection: Connection, message_ids: Sequence[MessageId], *, own: Own) -> None:
    """Write anew who took part in messages, after a change of our own addresses and domains."""
    for some in chunks(message_ids):
        rows = connection.execute(
            sa.select(Message.id, *_PEOPLE_COLUMNS, MessageLink.author, MessageLink.parties)
            .join(MessageLink, MessageLink.message_id == Message.id)
            .where(Message.id.in_(some))
        )
        people = [(row, *_people(row, own)) for row in rows]
        changed = [
            {"one": row.id, "b_author": author, "b_parties": parties}
            for row, author, parties in people
            if (row.author, row.parties) != (author, parties)
        ]
        if changed:
            connection.execute(
                sa.update(MessageLink)
                .where(MessageLink.message_id == sa.bindparam("one"))
                .values(author=sa.bindparam("b_author"), parties=sa.bindparam("b_parties")),
                changed,
            )


def nodes(connection: Connection, condition: sa.ColumnElement[bool]) -> list[tuple[Node, ThreadId | None]]:
    """Return the messages that meet a condition, each with the thread it is in.

    The account that people gave a message counts before what the message itself confirms.
    """
    by_people = sa.and_(Label.message_id == Message.id, Label.source.in_(HUMAN_SOURCES))
    rows = connection.execute(
        sa.select(*_MESSAGE_COLUMNS, *_LINK_COLUMNS, Label.account_id.label("given_account_id"))
        .join(MessageLink, MessageLink.message_id == Message.id)
        .outerjoin(Label, by_people)
        .where(condition)
    ).all()
    return [
        (
            _node(
                row,
                account=row.given_account_id or _confirmed(row),
                author=row.author,
                parties=row.parties,
                has_recipients=row.has_recipients,
                gmail_thread=row.gmail_thread,
                new_lines=_unpacked(row.new_lines),
                quoted_lines=_unpacked(row.quoted_lines),
            ),
            ThreadId(row.thread_id) if row.thread_id is not None else None,
        )
        for row in rows
    ]


def link_keys(node: Node) -> list[bytes]:
    """Return what the message shares with the messages it may be linked to."""
    keys = [header_key(one) for one in (node.header_id, *node.ancestors) if one]
    if node.gmail_thread:
        keys.append(_key("gmail", node.gmail_thread))
    if node.thread_index and is_thread_index(node.thread_index):
        keys.append(_key("index", node.thread_index[:_INDEX_HEADER].hex()))
    return keys


def header_key(one: HeaderId) -> bytes:
    """Return the key of a Message-ID."""
    return _key("id", one)


def _key(kind: str, value: str) -> bytes:
    return blake2b(f"{kind}:{value}".encode(), digest_size=16).digest()


def _facts(row: _Row, own: Own, scope: int | None) -> dict[str, Any]:
    author, parties = _people(row, own)
    return {
        "author": author,
        "parties": parties,
        "has_recipients": any(row.addresses.get(role) for role in ("to", "cc")),
        "gmail_thread": f"{scope}:{row.gmail_thread_id}" if row.gmail_thread_id and scope else None,
    }


def _prints(connection: Connection, message_ids: Sequence[MessageId]) -> dict[MessageId, Prints]:
    """Read the texts of messages and return their fingerprints."""
    if not message_ids:
        return {}
    rows = connection.execute(
        sa.select(Message.id, Message.text, Message.zones).where(among(Message.id, message_ids))
    )
    return {MessageId(row.id): prints_of(row.text, row.zones) for row in rows}


def _people(row: _Row, own: Own) -> tuple[str | None, list[str]]:
    """Return the party that wrote the message, None for us, and all parties outside."""
    author = None if row.direction != "inbound" else _party(row.sender_email)
    if row.message_class == MessageClass.BOUNCE.value and row.failed_recipients:
        # A bounce speaks for the recipient that could not be reached, whoever's machine wrote it.
        author = _party(row.failed_recipients[0])
    emails = [email for role in ("from", "to", "cc") for _, email in row.addresses.get(role, ())]
    parties = {_party(email) for email in emails if not own.holds(email)} | {author or ""}
    return author, sorted(parties - {""})


def _party(email: str) -> str:
    """Return the registrable domain, or the whole address where everybody has one."""
    address = email.lower()
    domain = registrable(address.rpartition("@")[2]) if "@" in address else ""
    return address if not domain or domain in public_domains() else domain


def _gmail_scopes(connection: Connection, message_ids: Sequence[MessageId]) -> dict[int, int]:
    """Return the first mailbox of each of these messages, which carry a thread id of Gmail."""
    if not message_ids:
        return {}
    rows = connection.execute(
        sa.select(Location.message_id, sa.func.min(Location.mailbox_id))
        .where(among(Location.message_id, message_ids))
        .group_by(Location.message_id)
    )
    return {message_id: mailbox_id for message_id, mailbox_id in rows if message_id is not None}


def _packed(lines: Collection[int]) -> bytes:
    return pack(f">{len(lines)}q", *sorted(lines))


def _unpacked(lines: bytes) -> tuple[int, ...]:
    return unpack(f">{len(lines) // 8}q", lines)


def _confirmed(row: _Row) -> int | None:
    return row.account_id if row.account_state == "confirmed" else None


def _node(
    row: _Row,
    *,
    account: int | None,
    author: str | None,
    parties: Iterable[str],
    has_recipients: bool,
    gmail_thread: str | None,
    new_lines: Iterable[int],
    quoted_lines: Iterable[int],
) -> Node:
    return Node(
        key=MessageId(row.id),
        digest=row.content_hash,
        at=row.received_at,
        sent_at=row.sent_at,
        header_id=row.header_id,
        in_reply_to=tuple(row.in_reply_to),
        references=(*row.references, *row.failed_ids),
        author=author,
        parties=frozenset(parties),
        has_recipients=has_recipients,
        list_id=row.list_id,
        account=AccountId(account) if account is not None else None,
        base_subject=row.base_subject,
        new_lines=frozenset(new_lines),
        quoted_lines=frozenset(quoted_lines),
        thread_index=row.thread_index,
        gmail_thread=gmail_thread,
    )
