"""A thread explained to a reader."""

import pytest
import sqlalchemy as sa

from models import Label, Thread
from tests.store.threaded_mail import NOW, OURS, OWN, add, customers, groups, mail, message
from triage.core.errors import NotFound
from triage.core.ids import AccountId, ThreadId
from triage.core.scope import Scope
from triage.core.thread_history import ThreadHistory
from triage.services.thread_decisions import explain_thread
from triage.store.database import Database
from triage.store.thread_decisions import split
from triage.store.threading import rethread

ALL = Scope(accounts=frozenset(), sees_all=True, name="eva")
ONLY_ACME = Scope(accounts=frozenset({AccountId(1)}), sees_all=False, name="udo")


@pytest.fixture
def database(sqlite_database: Database) -> Database:
    """Return a database in which Borea named an id of Acme's thread."""
    with sqlite_database.write() as connection:
        customers(connection, 2)
        add(
            connection,
            mail(1, account=1),
            mail(2, 1, sender=OURS, to=["ann@acme.example"], account=1),
            mail(3, 1, 2, account=1),
            mail(4, 1, sender="bob@borea.example", account=2),
        )
        # The projection of ingest writes the accounts of threads; here they are written by hand.
        for number, account in ((1, 1), (4, 2)):
            thread_id = _thread(connection, number)
            connection.execute(
                sa.update(Thread)
                .where(Thread.id == thread_id)
                .values(account_id=account, account_state="confirmed")
            )
    return sqlite_database


def _thread(connection: sa.Connection, number: int) -> int:
    found = connection.scalar(
        sa.text("SELECT thread_id FROM message WHERE id = :one"), {"one": message(connection, number)}
    )
    assert isinstance(found, int)
    return found


def _explained(database: Database, scope: Scope, number: int = 1) -> ThreadHistory:
    with database.read() as connection:
        thread_id = ThreadId(_thread(connection, number))
    return explain_thread(database, scope, thread_id)


def test_tree_says_why_each_message_is_here(database: Database) -> None:
    places = _explained(database, ALL).places

    assert [(one.depth, one.joined_by, one.joined_to) for one in places] == [
        (0, None, None),
        (1, "references", places[0].message),
        (2, "references", places[1].message),
    ]
    assert [one.parent for one in places] == [None, places[0].message, places[1].message]


def test_refused_link_is_shown_on_both_sides_to_who_sees_both(database: Database) -> None:
    acme, borea = _explained(database, ALL), _explained(database, ALL, 4)

    assert [(one.reason, one.other_thread) for one in acme.refused] == [("wall", borea.thread)]
    assert [(one.reason, one.other_thread) for one in borea.refused] == [("wall", acme.thread)]


def test_reader_of_one_customer_learns_nothing_of_the_other_one(database: Database) -> None:
    assert _explained(database, ONLY_ACME).refused == ()
    with pytest.raises(NotFound):
        _explained(database, ONLY_ACME, 4)


def test_split_stands_in_the_history_of_both_parts_for_who_may_see_them(database: Database) -> None:
    with database.write() as connection:
        split(connection, [message(connection, 3)], actor="eva", now=NOW)

    first, second = _explained(database, ALL), _explained(database, ALL, 3)

    assert [(one.kind, one.actor, one.origin) for one in first.events] == [("split", "eva", first.thread)]
    assert second.events == first.events
    assert {one.reason for one in second.refused} == {"decided"}
    # The new thread has no account of its own yet: whoever sees Acme only is not told about it.
    assert _explained(database, ONLY_ACME).events == ()


def test_account_given_by_a_person_is_a_wall(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(10, sender="zoe@else.example"), mail(11, 10, sender="zoe@else.example"))
        assert frozenset({10, 11}) in groups(connection)
        label = {"source": "person", "project_id": None, "at": NOW}
        ids = [message(connection, 10), message(connection, 11)]
        connection.execute(
            sa.insert(Label),
            [
                label | {"message_id": one, "account_id": account}
                for one, account in zip(ids, (1, 2), strict=True)
            ],
        )

        rethread(connection, ids, now=NOW, own=OWN)

        assert {frozenset({10}), frozenset({11})} <= groups(connection)
