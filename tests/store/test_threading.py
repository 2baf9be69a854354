"""Threads in the database."""

from random import Random

import pytest
import sqlalchemy as sa

from models import Account, Base, Message, ReviewItem, Thread
from tests.core.conversation_streams import stream
from tests.store.threaded_mail import NOW, OURS, OWN, add, as_row, groups, row, threads
from triage.core.conversation.partition import partition
from triage.core.ids import MessageId
from triage.store.database import Database
from triage.store.threading import rethread


@pytest.fixture
def database(database: Database) -> Database:
    """Return the database with some customers."""
    Base.metadata.create_all(database.engine)
    with database.write() as connection:
        connection.execute(
            sa.insert(Account), [{"id": one, "key": f"c{one}", "name": f"C{one}"} for one in range(1, 5)]
        )
    return database


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


def test_two_confirmed_accounts_never_share_a_thread_and_a_person_is_asked(database: Database) -> None:
    with database.write() as connection:
        add(connection, row(number=1, account_id=1, account_state="confirmed"))
        result = add(
            connection,
            row(
                number=2,
                sender="bob@borea.example",
                references=["m1@mail.example"],
                account_id=2,
                account_state="confirmed",
            ),
        )

        assert groups(connection) == {frozenset({"1"}), frozenset({"2"})}
        assert [one.reason for one in result.refused] == ["wall"]
        item = connection.execute(sa.select(ReviewItem)).one()
        assert (item.reason, item.state, item.account_id, item.other_account_id) == ("wall", "open", 2, 1)


def test_account_confirmed_later_parts_what_was_together(database: Database) -> None:
    with database.write() as connection:
        add(connection, row(number=1, account_id=1, account_state="confirmed"), row(number=2, sender=OURS))
        add(
            connection,
            row(number=3, sender=OURS, to=["bob@borea.example"], references=["m1@mail.example"]),
            row(number=4, sender="bob@borea.example", references=["m3@mail.example"]),
        )
        assert frozenset({"1", "3", "4"}) in groups(connection)
        found = connection.scalars(sa.select(Message.id).where(Message.content_hash.like("%4")))
        ids = [MessageId(one) for one in found]

        connection.execute(
            sa.update(Message).where(Message.id.in_(ids)).values(account_id=2, account_state="confirmed")
        )
        result = rethread(connection, ids, now=NOW, own=OWN)

        assert frozenset({"1", "3"}) in groups(connection)
        assert frozenset({"4"}) in groups(connection)
        assert len(result.touched) == 2


def test_thread_that_is_joined_to_an_older_one_becomes_its_alias(database: Database) -> None:
    with database.write() as connection:
        add(connection, row(number=1))
        add(connection, row(number=3, references=["m2@mail.example"]))
        older, newer = sorted(map(int, threads(connection)))

        result = add(connection, row(number=2, references=["m1@mail.example"]))

        assert result.touched == {older}
        assert result.retired == {newer: older}
        alias = connection.scalar(sa.select(Thread.alias_of).where(Thread.id == newer))
        assert alias == older


def test_reply_without_ids_is_found_by_what_it_quotes_in_both_orders(database: Database) -> None:
    lines = "".join(f"the printer on floor {floor} prints nothing\n" for floor in range(4))
    parent = {"text": lines, "zones": [["new", 0, len(lines)]]}
    reply = {"text": f"Mended.\n{lines}", "zones": [["new", 0, 8], ["quoted", 8, 8 + len(lines)]]}
    with database.write() as connection:
        add(connection, row(number=1, **parent))
        add(connection, row(number=2, sender=OURS, to=["ann@acme.example"], **reply))
        other = lines.replace("floor", "storey")
        add(
            connection,
            row(
                number=4, sender=OURS, to=["ann@acme.example"], text=other, zones=[["quoted", 0, len(other)]]
            ),
        )
        add(connection, row(number=3, text=other, zones=[["new", 0, len(other)]]))

        assert groups(connection) == {frozenset({"1", "2"}), frozenset({"3", "4"})}


def test_lines_that_many_messages_share_hold_nothing_together(database: Database) -> None:
    lines = "".join(f"paragraph {number} of our general terms\n" for number in range(4))
    written = {"text": lines, "zones": [["new", 0, len(lines)]]}
    quoted = {"text": lines, "zones": [["quoted", 0, len(lines)]]}
    with database.write() as connection:
        add(connection, row(number=1, **written), row(number=2, **quoted))
        assert groups(connection) == {frozenset({"1", "2"})}

        for number in (3, 4, 5):
            add(connection, row(number=number, **written))

        assert len(groups(connection)) == 5


def test_root_of_a_ticket_system_joins_nobody_until_it_arrives(database: Database) -> None:
    names = ("acme", "borea", "cetus", "dorado")
    root = "root@tickets.example"
    with database.write() as connection:
        for number, name in enumerate(names, 1):
            add(connection, row(number=number, sender=f"ann@{name}.example", references=[root]))
        assert len(groups(connection)) == 4

        everybody = [f"ann@{name}.example" for name in names]
        add(connection, row(number=9, sender=OURS, to=everybody, header_id=root))

        assert groups(connection) == {frozenset({"1", "2", "3", "4", "9"})}


def test_gmail_number_joins_within_one_mailbox_only(database: Database) -> None:
    with database.write() as connection:
        add(connection, row(number=1, gmail_thread_id="77"), row(number=2, gmail_thread_id="77"))

        # Without a location nobody knows whose number it is.
        assert len(groups(connection)) == 2
