"""Splits and merges by people."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Message, Thread, ThreadEvent
from tests.store.threaded_mail import (
    NOW,
    OURS,
    add,
    confirm,
    customers,
    everything_again,
    groups,
    mail,
    message,
)
from triage.core.errors import Conflict, NotFound
from triage.core.ids import MessageId, ThreadId
from triage.store.database import Database
from triage.store.thread_decisions import merge, resolve, split, undo

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def database(database: Database) -> Database:
    """Return the database with two customers."""
    with database.write() as connection:
        customers(connection, 2)
    return database


def thread(connection: Connection, number: int) -> ThreadId:
    found = connection.scalar(sa.select(Message.thread_id).where(Message.id == message(connection, number)))
    assert found is not None
    return ThreadId(found)


def three_in_a_row(connection: Connection) -> None:
    add(
        connection,
        mail(1),
        mail(2, 1),
        mail(3, 1, 2),
    )


def test_split_survives_later_mail_and_a_recompute(database: Database) -> None:
    with database.write() as connection:
        three_in_a_row(connection)
        kept = thread(connection, 1)

        decided = split(connection, [message(connection, 3)], actor="eva", now=LATER)
        add(
            connection,
            mail(4, 1, 2, 3),
            mail(5, 1),
        )
        everything_again(connection)

        assert groups(connection) == {frozenset({1, 2, 5}), frozenset({3, 4})}
        assert thread(connection, 1) == kept
        assert thread(connection, 3) == decided.thread_id
        assert decided.rethreaded.touched == {kept, decided.thread_id}


def test_larger_part_that_is_split_off_still_gets_the_new_id(database: Database) -> None:
    with database.write() as connection:
        three_in_a_row(connection)
        kept = thread(connection, 1)

        split(connection, [message(connection, 2), message(connection, 3)], actor="eva", now=LATER)

        assert thread(connection, 1) == kept
        assert thread(connection, 2) == thread(connection, 3) != kept


def test_undone_split_is_whole_again_under_its_old_id(database: Database) -> None:
    with database.write() as connection:
        three_in_a_row(connection)
        kept = thread(connection, 1)
        decided = split(connection, [message(connection, 3)], actor="eva", now=LATER)

        undone = undo(connection, decided.event_id, actor="eva", now=LATER)
        everything_again(connection)

        assert groups(connection) == {frozenset({1, 2, 3})}
        assert thread(connection, 3) == kept == undone.thread_id
        assert resolve(connection, decided.thread_id) == kept


def test_merge_survives_later_mail_and_keeps_the_other_id_as_alias(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(1), mail(2))
        into, other = thread(connection, 2), thread(connection, 1)

        decided = merge(connection, into, other, actor="eva", now=LATER)
        add(connection, mail(3, 1))
        everything_again(connection)

        assert groups(connection) == {frozenset({1, 2, 3})}
        assert thread(connection, 3) == into == decided.thread_id
        assert resolve(connection, other) == into


def test_undone_merge_gives_both_their_old_ids_back(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(1), mail(2))
        into, other = thread(connection, 2), thread(connection, 1)
        decided = merge(connection, into, other, actor="eva", now=LATER)
        add(connection, mail(3, 1))

        undo(connection, decided.event_id, actor="eva", now=LATER)
        everything_again(connection)

        assert groups(connection) == {frozenset({1, 3}), frozenset({2})}
        assert (thread(connection, 1), thread(connection, 2)) == (other, into)
        assert resolve(connection, other) == other


def test_newer_decision_wins(database: Database) -> None:
    with database.write() as connection:
        three_in_a_row(connection)
        kept = thread(connection, 1)
        first = split(connection, [message(connection, 3)], actor="eva", now=LATER)

        merge(connection, kept, first.thread_id, actor="udo", now=LATER)
        everything_again(connection)
        assert groups(connection) == {frozenset({1, 2, 3})}

        split(connection, [message(connection, 2)], actor="eva", now=LATER)
        everything_again(connection)
        assert groups(connection) == {frozenset({1, 3}), frozenset({2})}


def test_merge_of_two_customers_is_refused(database: Database) -> None:
    with database.write() as connection:
        add(
            connection,
            mail(1, account=1),
            mail(2, sender="bob@borea.example", account=2),
        )
        one, other = thread(connection, 1), thread(connection, 2)

    with pytest.raises(Conflict), database.write() as connection:
        merge(connection, one, other, actor="eva", now=LATER)

    with database.read() as connection:
        assert groups(connection) == {frozenset({1}), frozenset({2})}


def test_merged_threads_part_when_a_second_customer_is_confirmed(database: Database) -> None:
    with database.write() as connection:
        add(
            connection,
            mail(1, account=1),
            mail(2, sender="bob@borea.example"),
        )
        merge(connection, thread(connection, 1), thread(connection, 2), actor="eva", now=LATER)
        confirm(connection, 2, account=2)

        everything_again(connection)

        assert groups(connection) == {frozenset({1}), frozenset({2})}


def test_merge_by_the_machine_can_be_taken_back_for_good(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(1))
        add(connection, mail(3, 2))
        add(connection, mail(2, 1))
        event = connection.execute(sa.select(ThreadEvent)).one()
        assert (event.kind, event.actor) == ("merge", "")

        undo(connection, event.id, actor="eva", now=LATER)
        everything_again(connection)

        assert groups(connection) == {frozenset({1, 2}), frozenset({3})}


@pytest.mark.parametrize("chosen", [(1, 2, 3), (1, 4)], ids=["all of it", "of two threads"])
def test_split_needs_a_part_of_one_thread(database: Database, chosen: tuple[int, ...]) -> None:
    with database.write() as connection:
        three_in_a_row(connection)
        add(connection, mail(4, sender=OURS, to=["zoe@else.example"]))

        with pytest.raises(Conflict):
            split(connection, [message(connection, one) for one in chosen], actor="eva", now=LATER)


def test_what_is_not_there_cannot_be_decided_on(database: Database) -> None:
    with database.write() as connection:
        three_in_a_row(connection)

        with pytest.raises(NotFound):
            split(connection, [MessageId(99)], actor="eva", now=LATER)
        with pytest.raises(NotFound):
            merge(connection, thread(connection, 1), ThreadId(99), actor="eva", now=LATER)
        with pytest.raises(NotFound):
            undo(connection, 99, actor="eva", now=LATER)
        with pytest.raises(Conflict):
            merge(connection, thread(connection, 1), thread(connection, 2), actor="eva", now=LATER)


def test_decision_is_taken_back_once(database: Database) -> None:
    with database.write() as connection:
        three_in_a_row(connection)
        decided = split(connection, [message(connection, 3)], actor="eva", now=LATER)
        undone = undo(connection, decided.event_id, actor="eva", now=LATER)

        for event_id in (decided.event_id, undone.event_id):
            with pytest.raises(Conflict):
                undo(connection, event_id, actor="eva", now=LATER)
        assert connection.scalar(sa.select(sa.func.count()).select_from(Thread)) == 2
