"""Messages for the tests of threading: rows, batches, and what became of them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Message
from triage.core.conversation.node import Node
from triage.core.direction import Own
from triage.core.ids import MessageId
from triage.store.threading import Rethreaded, rethread

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OWN = Own(domains=frozenset({"our.example"}))
OURS = "desk@our.example"


def row(**given: Any) -> dict[str, Any]:  # noqa: ANN401 - columns of any type
    """Return a message row; ``number`` makes it unlike all others."""
    number = given.pop("number")
    sender = given.pop("sender", "ann@acme.example")
    to = given.pop("to", [OURS])
    facts: dict[str, Any] = {
        "content_hash": f"{number:064x}",
        "header_id": f"m{number}@mail.example",
        "in_reply_to": [],
        "references": [],
        "thread_id": None,
        "received_at": NOW + timedelta(minutes=number),
        "sent_at": NOW + timedelta(minutes=number),
        "direction": "outbound" if sender == OURS else "inbound",
        "message_class": "human",
        "class_evidence": [],
        "sender_name": "",
        "sender_email": sender,
        "addresses": {"from": [["", sender]], "to": [["", one] for one in to]},
        "subject": "invoice",
        "base_subject": "invoice",
        "account_id": None,
        "account_state": "unknown",
        "account_evidence": [],
        "text": "",
        "zones": [],
        "zones_are_sure": True,
        "text_new": "",
        "has_more_text": False,
        "attachments": [],
        "failed_recipients": [],
        "failed_ids": [],
        "out_of_office_until": None,
        "calendar_method": None,
        "list_id": "",
        "authentication_results": [],
        "thread_index": None,
        "gmail_thread_id": None,
        "is_important": False,
        "size_bytes": 0,
        "defects": [],
        "is_backfill": False,
        "stored_at": NOW,
    }
    return facts | given


def store(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[MessageId]:
    """Insert messages and return their ids."""
    ids = connection.scalars(sa.insert(Message).returning(Message.id, sort_by_parameter_order=True), rows)
    return [MessageId(one) for one in ids]


def add(connection: Connection, *rows: dict[str, Any]) -> Rethreaded:
    """Store a batch and put it into threads."""
    return rethread(connection, store(connection, rows), now=NOW, own=OWN)


def threads(connection: Connection) -> dict[str, set[str]]:
    """Return the contents of each thread, by the thread id."""
    found: dict[str, set[str]] = {}
    for thread_id, number in connection.execute(sa.select(Message.thread_id, Message.content_hash)):
        found.setdefault(str(thread_id), set()).add(number.lstrip("0"))
    return found


def groups(connection: Connection) -> set[frozenset[str]]:
    """Return which contents are together."""
    return {frozenset(numbers) for numbers in threads(connection).values()}


def as_row(node: Node) -> dict[str, Any]:
    """Return the message row of a generated message."""
    parties = sorted(node.parties - {node.author})
    new, quoted = _lines(node.new_lines), _lines(node.quoted_lines)
    return row(
        number=int(node.digest, 16),
        sender=OURS if node.author is None else _address(node.author),
        to=[OURS, *map(_address, parties)] if node.author else [_address(one) for one in parties],
        header_id=node.header_id,
        in_reply_to=list(node.in_reply_to),
        references=list(node.references),
        received_at=node.at,
        sent_at=node.sent_at,
        base_subject=node.base_subject,
        account_id=node.account,
        account_state="confirmed" if node.account else "unknown",
        text=new + quoted,
        zones=[["new", 0, len(new)], ["quoted", len(new), len(new + quoted)]],
    )


def _lines(numbers: Iterable[int]) -> str:
    return "".join(f"a line with the number {number} in it\n" for number in sorted(numbers))


def _address(party: str) -> str:
    return party if "@" in party else f"ann@{party}"
