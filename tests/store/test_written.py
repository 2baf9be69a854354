"""What a transaction wrote and keeps at hand is what it would read back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from models import MessageLink
from tests.store.threaded_mail import NOW, OWN, customers, mail
from triage.core.attribution import AccountState, Attribution
from triage.core.conversation.node import Node
from triage.core.direction import direction
from triage.core.ids import AccountId, MessageId, ThreadId
from triage.core.message import Evidence
from triage.mailbox.parse import reduce_message
from triage.mailbox.read_mail import read_mail
from triage.store.database import Database
from triage.store.link_facts import new_nodes, nodes
from triage.store.messages import NewMessage, add_messages
from triage.store.threading import rethread
from triage.store.threads import messages_of, written_message

_LETTERS = sorted((Path(__file__).parents[1] / "messages").glob("*.eml"))
_ARRIVED = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
_CONFIRMED = Attribution(
    state=AccountState.CONFIRMED,
    account=AccountId(1),
    evidence=(Evidence(kind="domain", text="acme.example is Acme's"),),
    possible=frozenset({AccountId(1)}),
)
_CONFLICT = Attribution(
    state=AccountState.CONFLICT,
    possible=frozenset({AccountId(1), AccountId(2)}),
    strangers=frozenset({"who@else.example", "a@b.example"}),
)


def _letter(path: Path, number: int) -> NewMessage:
    read = read_mail(reduce_message(path.read_bytes(), received_at=_ARRIVED))
    return NewMessage(
        message=read.message,
        content_hash=read.content_hash,
        base_subject=read.base_subject,
        direction=direction(read.message, OWN),
        attribution=(_CONFIRMED, _CONFLICT, Attribution(state=AccountState.UNKNOWN))[number % 3],
        raw=read.raw,
        is_backfill=number % 2 == 0,
    )


@pytest.fixture
def letters() -> list[NewMessage]:
    made = [
        mail(1, gmail_thread_id="17", new="One line that is long enough to be found.\n"),
        mail(2, 1, gmail_thread_id="17", account=2),
        mail(3, 1, 2, list_id="news.acme.example", header_id=None),
    ]
    return [*(_letter(path, number) for number, path in enumerate(_LETTERS)), *made]


@pytest.fixture
def accounts(database: Database) -> Database:
    with database.write() as connection:
        customers(connection, 2)
    return database


def test_message_at_hand_is_the_one_that_is_read(accounts: Database, letters: list[NewMessage]) -> None:
    with accounts.write() as connection:
        rows = add_messages(connection, letters, now=NOW)
        threaded = rethread(connection, [MessageId(row.id) for row in rows], now=NOW, own=OWN, written=rows)

        written = [written_message(row, threaded.threads[MessageId(row.id)]) for row in rows]
        threads = set(threaded.threads.values())
        read = messages_of(connection, threads)
        half = messages_of(connection, threads, written=written[::2])
        whole = messages_of(connection, threads, written=written)

    assert len(written) == len(_LETTERS) + 3
    assert {one.facts.message_id: one for one in written} == {
        one.facts.message_id: one for thread in read.values() for one in thread
    }
    assert read == half == whole


def test_node_at_hand_is_the_one_that_is_read(accounts: Database, letters: list[NewMessage]) -> None:
    with accounts.write() as connection:
        rows = add_messages(connection, letters, now=NOW)
        ids = [MessageId(row.id) for row in rows]

        at_hand = new_nodes(connection, ids, own=OWN, written=rows)
        read = new_nodes(connection, ids, own=OWN)
        threaded = rethread(connection, ids, now=NOW, own=OWN, written=rows)
        stored = nodes(connection, MessageLink.message_id.in_(ids))

    assert _by_key(at_hand) == _by_key(read) == _by_key([node for node, _ in stored])
    assert {node.key: thread for node, thread in stored} == threaded.threads


def _by_key(some: list[Node]) -> dict[MessageId, Node]:
    assert len({node.key for node in some}) == len(some)
    return {node.key: node for node in some}


def test_threads_are_the_same_whether_rows_are_at_hand_or_read(
    accounts: Database, letters: list[NewMessage]
) -> None:
    found = list[list[set[int]]]()
    for is_at_hand in (True, False):
        groups = dict[ThreadId, set[int]]()
        with accounts.engine.connect() as connection, connection.begin() as transaction:
            for some in (letters[::2], letters[1::2]):
                rows = add_messages(connection, some, now=NOW)
                ids = [MessageId(row.id) for row in rows]
                written = rows if is_at_hand else ()
                threads = rethread(connection, ids, now=NOW, own=OWN, written=written).threads
                for one, letter in zip(ids, some, strict=True):
                    groups.setdefault(threads[one], set()).add(letters.index(letter))
            transaction.rollback()
        found.append(sorted(groups.values(), key=min))

    assert found[0] == found[1]
