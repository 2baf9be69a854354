"""Writing messages: one row a content, with its participants and its bytes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Message as MessageRow
from models import Participant, RawContent
from triage.core.attribution import Attribution
from triage.core.direction import Direction
from triage.core.ids import MessageId
from triage.core.message import Address, Message
from triage.store.among import among
from triage.store.evidence import dump_evidence
from triage.store.plain_rows import add_rows, new_ids

#: The queue and the clocks need the first words only; the whole text stays in ``text``.
_NEW_TEXT_CHARACTERS = 64 * 1024
#: RFC 3696 erratum 1690 allows 254; what is longer is no address, and no index of PostgreSQL holds it.
_ADDRESS_CHARACTERS = 320


@dataclass(frozen=True, kw_only=True, slots=True)
class NewMessage:
    """A message that is not in the database yet.

    Attributes:
        raw: Packed bytes as they were fetched.
        is_backfill: It was already there when its folder was first seen.
    """

    message: Message
    content_hash: str
    base_subject: str
    direction: Direction
    attribution: Attribution
    raw: bytes
    is_backfill: bool


class MessageValues(SimpleNamespace):
    """A row that was just written, with the values that it has when it is read back: nobody needs to."""


def known_contents(connection: Connection, hashes: Collection[str]) -> dict[str, MessageId]:
    """Return the messages that have one of these content hashes."""
    rows = connection.execute(
        sa.select(MessageRow.content_hash, MessageRow.id).where(among(MessageRow.content_hash, hashes))
    )
    return {content_hash: MessageId(message_id) for content_hash, message_id in rows}


def count_messages(connection: Connection) -> int:
    """Return how many messages are stored."""
    return connection.scalar(sa.select(sa.func.count()).select_from(MessageRow)) or 0


def newest_message_id(connection: Connection) -> int:
    """Return the highest id given so far; 0 in an empty database."""
    return connection.scalar(sa.select(sa.func.max(MessageRow.id))) or 0


def add_messages(connection: Connection, new: Sequence[NewMessage], *, now: datetime) -> list[MessageValues]:
    """Insert the messages of a batch, and return their rows in the order given."""
    if not new:
        return []
    ids = new_ids(connection, MessageRow.id, len(new))
    rows = [{"id": one, **_row(item, now)} for one, item in zip(ids, new, strict=True)]
    columns = tuple(getattr(MessageRow, name) for name in rows[0])
    add_rows(connection, columns, [tuple(row.values()) for row in rows])
    add_rows(
        connection,
        (Participant.message_id, Participant.role, Participant.email, Participant.received_at),
        [
            (message_id, role, email, item.message.received_at)
            for message_id, item in zip(ids, new, strict=True)
            for role, email in sorted(_participants(item.message))
        ],
    )
    add_rows(
        connection,
        (RawContent.message_id, RawContent.content),
        [(message_id, item.raw) for message_id, item in zip(ids, new, strict=True)],
    )
    return [MessageValues(**row) for row in rows]


def update_attributions(
    connection: Connection, found: Sequence[tuple[MessageId, Direction, Attribution]]
) -> None:
    """Write anew which way messages go and which account their own evidence names."""
    if not found:
        return
    columns = ("direction", *attribution_columns(found[0][2]))
    statement = (
        sa.update(MessageRow)
        .where(MessageRow.id == sa.bindparam("message"))
        .values({name: sa.bindparam(f"b_{name}") for name in columns})
    )
    rows = [
        {"message": message_id}
        | {
            f"b_{name}": value
            for name, value in {"direction": way.value, **attribution_columns(attribution)}.items()
        }
        for message_id, way, attribution in found
    ]
    connection.execute(statement, rows)


def _row(item: NewMessage, now: datetime) -> dict[str, Any]:
    message = item.message
    sender = message.sender
    return {
        "content_hash": item.content_hash,
        "header_id": message.message_id,
        "in_reply_to": list(message.in_reply_to),
        "references": list(message.references),
        "thread_id": None,
        "received_at": message.received_at,
        "sent_at": message.sent_at,
        "direction": item.direction.value,
        "message_class": message.message_class.value,
        "class_evidence": dump_evidence(message.class_evidence),
        "sender_name": sender.name if sender else "",
        "sender_email": sender.key[:_ADDRESS_CHARACTERS] if sender else "",
        "addresses": {
            "from": _pairs(message.senders),
            "to": _pairs(message.to),
            "cc": _pairs(message.cc),
            "reply_to": _pairs(message.reply_to),
            "delivered_to": _pairs(message.delivered_to),
        },
        "subject": message.subject,
        "base_subject": item.base_subject,
        **attribution_columns(item.attribution),
        "text": message.text,
        "zones": [[zone.kind.value, zone.start, zone.end] for zone in message.zones],
        "zones_are_sure": message.zones_are_sure,
        "text_new": message.text_new[:_NEW_TEXT_CHARACTERS],
        "has_more_text": message.has_more_text,
        "attachments": [
            [part.name, part.content_type, part.size_bytes, part.content_id, part.section, part.is_inline]
            for part in message.attachments
        ],
        "failed_recipients": list(message.failed_recipients),
        "failed_ids": list(message.failed_ids),
        "out_of_office_until": message.out_of_office_until,
        "calendar_method": message.calendar_method.value if message.calendar_method else None,
        "list_id": message.list_id,
        "authentication_results": list(message.authentication_results),
        "thread_index": message.thread_index,
        "gmail_thread_id": message.gmail_thread_id,
        "is_important": message.is_important,
        "size_bytes": message.size_bytes,
        "defects": list(message.defects),
        "is_backfill": item.is_backfill,
        "stored_at": now,
    }


def attribution_columns(attribution: Attribution) -> dict[str, Any]:
    """Return the columns that hold a message's own account."""
    return {
        "account_id": attribution.account,
        "account_state": attribution.state.value,
        "account_evidence": dump_evidence(attribution.evidence),
        "account_possible": sorted(attribution.possible),
        "strangers": sorted(attribution.strangers),
    }


def _pairs(addresses: Sequence[Address]) -> list[list[str]]:
    return [[address.name, address.email] for address in addresses]


def _participants(message: Message) -> set[tuple[str, str]]:
    roles = (("from", message.senders), ("to", message.to), ("cc", message.cc))
    return {
        (role, address.key[:_ADDRESS_CHARACTERS])
        for role, addresses in roles
        for address in addresses
        if address.key
    }
