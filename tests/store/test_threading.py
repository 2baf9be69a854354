"""Threads in the database."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Account, Base, Message
from tests.core.conversation_streams import stream
from triage.core.conversation.node import Node
from triage.core.conversation.partition import partition
from triage.core.direction import Own
from triage.core.ids import MessageId
from triage.store.database import Database
from triage.store.threading import Rethreaded, rethread

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OWN = Own(domains=frozenset({"our.example"}))
OURS = "desk@our.example"


@pytest.fixture
def database(database: Database) -> Database:
    """Return the database with the tables of threading and some customers."""
    Base.metadata.create_all(database.engine)
    with database.write() as connection:
        connection.execute(
            sa.insert(Account),
            [{"id": one, "key": f"c{one}", "name": f"C{one}"} for one in range(1, 5)],
        )
    return database


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


def test_reply_joins_the_thread_of_its_parent(database: Database) -> None:
    with database.write() as connection:
        first = add(connection, row(number=1))
        second = add(connection, row(number=2, in_reply_to=["m1@mail.example"]))

        assert first.touched == second.touched
        assert groups(connection) == {frozenset({"1", "2"})}


def test_child_before_its_parent_and_parent_before_its_child_are_one(database: Database) -> None:
    with database.write() as connection:
        add(connection, row(number=3, references=["m1@mail.example", "m2@mail.example"]))
        add(connection, row(number=2, in_reply_to=["m1@mail.example"]), row(number=1))

        assert groups(connection) == {frozenset({"1", "2", "3"})}


@pytest.mark.parametrize("seed", range(12))
def test_step_by_step_is_the_same_as_all_at_once(database: Database, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - reproducible mail, not a secret
    mail = stream(random, size=80)
    left = [as_row(node) for node in mail.shuffled(random)]
    with database.write() as connection:
        while left:
            size = random.randrange(1, 9)
            add(connection, *left[:size])
            left = left[size:]

        at_once = partition(mail.nodes).groups
        content = {node.key: node.digest.lstrip("0") for node in mail.nodes}
        assert groups(connection) == {frozenset(content[key] for key in group) for group in at_once}
