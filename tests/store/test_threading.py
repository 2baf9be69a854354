"""Threads in the database."""

from random import Random

import pytest
import sqlalchemy as sa

from models import ReviewItem, Thread
from tests.core.conversation_streams import stream
from tests.store.threaded_mail import (
    NOW,
    OURS,
    OWN,
    add,
    as_mail,
    confirm,
    customers,
    everything_again,
    groups,
    lines,
    mail,
    message,
    threads,
)
from triage.core.conversation.partition import partition
from triage.store.database import Database
from triage.store.threading import rethread

TERMS = lines(range(4))


@pytest.fixture
def database(database: Database) -> Database:
    """Return the database with some customers."""
    with database.write() as connection:
        customers(connection, 4)
    return database


def test_reply_joins_the_thread_of_its_parent(database: Database) -> None:
    with database.write() as connection:
        first = add(connection, mail(1))
        second = add(connection, mail(2, in_reply_to=["m1@mail.example"]))

        assert first.touched == second.touched
        assert groups(connection) == {frozenset({1, 2})}


def test_child_before_its_parent_and_parent_before_its_child_are_one(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(3, 1, 2))
        add(connection, mail(2, 1), mail(1))

        assert groups(connection) == {frozenset({1, 2, 3})}


@pytest.mark.parametrize("seed", range(6))
def test_step_by_step_is_the_same_as_all_at_once(database: Database, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - reproducible mail, not a secret
    written = stream(random, size=120)
    left = [as_mail(node) for node in written.shuffled(random)]
    with database.write() as connection:
        while left:
            size = random.randrange(1, 12)
            add(connection, *left[:size])
            left = left[size:]
        stepwise = threads(connection)

        content = {node.key: int(node.digest, 16) for node in written.nodes}
        at_once = partition(written.nodes).groups
        assert groups(connection) == {frozenset(content[key] for key in group) for group in at_once}
        assert not everything_again(connection).retired
        assert threads(connection) == stepwise


def test_two_confirmed_accounts_never_share_a_thread_and_a_person_is_asked(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(1, account=1))
        result = add(connection, mail(2, 1, sender="bob@borea.example", account=2))

        assert groups(connection) == {frozenset({1}), frozenset({2})}
        assert [one.reason for one in result.refused] == ["wall"]
        item = connection.execute(sa.select(ReviewItem)).one()
        assert (item.reason, item.state, item.account_id, item.other_account_id) == ("wall", "open", 2, 1)


def test_many_refusals_between_two_threads_are_one_question(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(1, account=1))
        for number in (2, 3, 4):
            add(connection, mail(number, 1, number - 1, sender="bob@borea.example", account=2))

        item = connection.execute(sa.select(ReviewItem)).one()
        assert (item.message_id, item.other_message_id) == (message(connection, 2), message(connection, 1))


def test_question_is_closed_when_nothing_is_refused_any_more(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(1, account=1))
        add(connection, mail(2, 1, sender="bob@private.example"))
        states = sa.select(ReviewItem.reason, ReviewItem.state)
        assert connection.execute(states).all() == [("stranger", "open")]

        confirm(connection, 2, account=1)
        rethread(connection, [message(connection, 2)], now=NOW, own=OWN)

        assert groups(connection) == {frozenset({1, 2})}
        assert connection.execute(states).all() == [("stranger", "moot")]


def test_account_confirmed_later_parts_what_was_together(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(1, account=1))
        add(
            connection,
            mail(3, 1, sender=OURS, to=["bob@borea.example"]),
            mail(4, 3, sender="bob@borea.example"),
        )
        assert groups(connection) == {frozenset({1, 3, 4})}

        confirm(connection, 4, account=2)
        result = rethread(connection, [message(connection, 4)], now=NOW, own=OWN)

        assert groups(connection) == {frozenset({1, 3}), frozenset({4})}
        assert result.touched == threads(connection).keys()


def test_thread_that_is_joined_to_an_older_one_becomes_its_alias(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(1))
        add(connection, mail(3, 2))
        older, newer = sorted(threads(connection))

        result = add(connection, mail(2, 1))

        assert result.touched == {older}
        assert result.retired == {newer: older}
        assert connection.scalar(sa.select(Thread.alias_of).where(Thread.id == newer)) == older


def test_alias_of_an_alias_leads_to_the_living_thread(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(1))
        add(connection, mail(3, "unseen@mail.example"))
        add(connection, mail(5, 4))
        first, second, third = sorted(threads(connection))

        add(connection, mail(4, 3))
        add(connection, mail(2, 1, header_id="unseen@mail.example"))

        aliases = sa.select(Thread.id, Thread.alias_of).order_by(Thread.id)
        assert connection.execute(aliases).all() == [(first, None), (second, first), (third, first)]


def test_reply_without_ids_is_found_by_what_it_quotes_in_both_orders(database: Database) -> None:
    other = lines(range(10, 14))
    with database.write() as connection:
        add(connection, mail(1, new=TERMS))
        add(connection, mail(2, sender=OURS, to=["ann@acme.example"], new="Mended.\n", quoted=TERMS))
        add(connection, mail(4, sender=OURS, to=["ann@acme.example"], quoted=other))
        add(connection, mail(3, new=other))

        assert groups(connection) == {frozenset({1, 2}), frozenset({3, 4})}


def test_lines_that_many_messages_share_hold_nothing_together(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(1, new=TERMS), mail(2, quoted=TERMS))
        assert groups(connection) == {frozenset({1, 2})}

        for number in (3, 4, 5):
            add(connection, mail(number, new=TERMS))

        assert len(groups(connection)) == 5


def test_root_of_a_ticket_system_joins_nobody_until_it_arrives(database: Database) -> None:
    people = [f"ann@{name}.example" for name in ("acme", "borea", "cetus", "dorado")]
    root = "root@tickets.example"
    with database.write() as connection:
        for number, sender in enumerate(people, 1):
            add(connection, mail(number, root, sender=sender))
        assert len(groups(connection)) == 4

        add(connection, mail(9, sender=OURS, to=people, header_id=root))

        assert groups(connection) == {frozenset({1, 2, 3, 4, 9})}


def test_id_that_many_messages_claim_stays_a_hub_for_ever(database: Database) -> None:
    with database.write() as connection:
        for number in range(1, 13):
            add(connection, mail(number, header_id="scan@mail.example"))

        add(connection, mail(20, "scan@mail.example"))
        add(connection, mail(21, header_id="scan@mail.example"))

        assert len(groups(connection)) == 14


def test_gmail_number_without_a_known_mailbox_joins_nothing(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(1, gmail_thread_id="77"), mail(2, gmail_thread_id="77"))

        assert len(groups(connection)) == 2


def test_facts_of_a_message_are_taken_once(database: Database) -> None:
    with database.write() as connection:
        first = add(connection, mail(1), mail(2, 1))

        again = everything_again(connection)

        assert again.touched == first.touched
        assert groups(connection) == {frozenset({1, 2})}
