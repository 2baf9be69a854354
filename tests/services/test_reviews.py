"""What was kept apart, listed and settled, with real mail."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from models import ReviewItem, ThreadEvent
from tests.acceptance.mail import letter
from tests.services.workplace import EVERYTHING, NOW, Workplace
from triage.core.errors import Conflict, NotFound
from triage.core.queue_entry import QueueFilters, View
from triage.core.review import Review, Settlement
from triage.core.scope import Scope
from triage.services.queue import queue
from triage.services.recompute import recompute
from triage.services.reviews import list_reviews, settle_review
from triage.services.thread_decisions import Decided, undo_thread_event
from triage.store.accounts import read_directory
from triage.store.database import Database

ADA, TOM, WHO = "ada@acme.example", "tom@beta.example", "who@freemail.example"
SUPPORT = "support@vendor.example"


def workplace(database: Database, *letters: bytes) -> Workplace:
    place = Workplace(database)
    for minute, one in enumerate(letters):
        place.mailbox.append(one, at=NOW - timedelta(hours=2) + timedelta(minutes=minute))
    place.poll()
    return place


def mixed(database: Database, sender: str) -> Workplace:
    """Return a thread of acme, and a mail of somebody else that names its mail."""
    return workplace(
        database,
        letter("a1", subject="Printer", sender=ADA),
        letter("b1", subject="Re: Printer", sender=sender, reply_to="a1"),
    )


@pytest.fixture
def two_customers(database: Database) -> Workplace:
    return mixed(database, TOM)


@pytest.fixture
def stranger(database: Database) -> Workplace:
    return mixed(database, WHO)


def answered_by_phone(database: Database) -> Workplace:
    return workplace(
        database,
        letter("a1", subject="Printer of the hall", sender=ADA, body="The toner of the printer is empty.\n"),
        letter("o1", subject="Toner", sender=SUPPORT, to=ADA, body="The toner of the printer was sent.\n"),
    )


def listed(place: Workplace, scope: Scope = EVERYTHING) -> Sequence[Review]:
    return list_reviews(place.database, scope, now=place.now).reviews


def settle(place: Workplace, item: Review, decision: Settlement, scope: Scope = EVERYTHING) -> Decided:
    return settle_review(place.database, place.practice(), scope, item.id, decision, now=place.now)


def reader_of(place: Workplace, key: str) -> Scope:
    with place.database.read() as connection:
        account = read_directory(connection).account(key)
    assert account is not None
    return Scope(accounts=frozenset({account}), sees_all=False, name=key)


def rows(place: Workplace) -> list[tuple[object, ...]]:
    """Return all that is kept of items and of what was done to threads."""
    with place.database.read() as connection:
        return [
            tuple(row)
            for table in (ReviewItem.__table__, ThreadEvent.__table__)
            for row in connection.execute(sa.select(table).order_by(table.c.id))
        ]


def test_two_customers_are_listed_with_both_sides_and_never_joined(two_customers: Workplace) -> None:
    (item,) = listed(two_customers)

    assert (item.reason, item.can_join, item.can_keep_apart) == ("wall", False, True)
    assert item.child
    assert item.parent
    assert (item.child.sender, item.child.account_key) == (TOM, "beta")
    assert (item.parent.sender, item.parent.account_key) == (ADA, "acme")
    before = rows(two_customers)
    with pytest.raises(Conflict, match="two customers"):
        settle(two_customers, item, Settlement.JOIN)
    assert rows(two_customers) == before


@pytest.mark.parametrize("sender", [TOM, WHO])
def test_item_that_was_kept_apart_stays_gone_until_it_is_undone(sender: str, database: Database) -> None:
    place = mixed(database, sender)
    (item,) = listed(place)

    decided = settle(place, item, Settlement.APART)

    assert listed(place) == ()
    place.mailbox.append(letter("a9", subject="Re: Printer", sender=ADA, reply_to="a1"))
    place.poll()
    settled = rows(place)
    recompute(place.database, place.practice(), now=place.now)
    assert rows(place) == settled
    assert listed(place) == ()
    with pytest.raises(NotFound):
        settle(place, item, Settlement.APART)

    undo_thread_event(place.database, place.practice(), EVERYTHING, decided.event_id, now=place.now)
    assert [one.id for one in listed(place)] == [item.id]
    with pytest.raises(Conflict):
        undo_thread_event(place.database, place.practice(), EVERYTHING, decided.event_id, now=place.now)


def test_stranger_who_is_let_in_is_in_the_thread_after_a_recompute_too(stranger: Workplace) -> None:
    (item,) = listed(stranger)
    assert item.parent

    decided = settle(stranger, item, Settlement.JOIN)
    recompute(stranger.database, stranger.practice(), now=stranger.now)

    assert decided.thread_id == item.parent.thread_id
    assert listed(stranger) == ()
    undo_thread_event(stranger.database, stranger.practice(), EVERYTHING, decided.event_id, now=stranger.now)
    assert [one.reason for one in listed(stranger)] == ["stranger"]


def test_reader_of_one_customer_is_told_nothing_of_another_one(two_customers: Workplace) -> None:
    acme, nobody = reader_of(two_customers, "acme"), Scope(accounts=frozenset(), sees_all=False, name="no")
    (item,) = listed(two_customers)

    assert listed(two_customers, acme) == listed(two_customers, nobody) == ()
    for decision in Settlement:
        with pytest.raises(NotFound):
            settle(two_customers, item, decision, acme)


def test_side_that_nobody_owns_is_a_thread_that_the_reader_may_not_see(stranger: Workplace) -> None:
    acme = reader_of(stranger, "acme")

    (item,) = listed(stranger, acme)

    assert (item.child, item.can_join, item.can_keep_apart) == (None, False, False)
    assert item.parent
    assert item.parent.sender == ADA
    assert "freemail" not in repr(item)
    with pytest.raises(NotFound):
        settle(stranger, item, Settlement.APART, acme)
    assert listed(stranger, reader_of(stranger, "beta")) == ()


def test_mail_of_ours_that_may_have_answered_is_confirmed_by_joining(database: Database) -> None:
    place = answered_by_phone(database)
    (item,) = listed(place)
    assert (item.reason, item.can_join) == ("answered", True)
    assert waits(place) == {"Printer of the hall"}

    settle(place, item, Settlement.JOIN)

    assert waits(place) == set()
    recompute(place.database, place.practice(), now=place.now)
    assert (listed(place), waits(place)) == ((), set())


def test_mail_of_ours_that_is_no_answer_is_not_asked_about_again(database: Database) -> None:
    place = answered_by_phone(database)
    (item,) = listed(place)

    decided = settle(place, item, Settlement.APART)

    settled = rows(place)
    recompute(place.database, place.practice(), now=place.now)
    assert (rows(place), listed(place)) == (settled, ())
    assert waits(place) == {"Printer of the hall"}
    undo_thread_event(place.database, place.practice(), EVERYTHING, decided.event_id, now=place.now)
    assert [one.id for one in listed(place)] == [item.id]


def test_pages_go_on_where_the_last_one_ended(sqlite_database: Database) -> None:
    letters = [letter("a1", subject="Printer", sender=ADA)]
    for number in range(5):
        sender = f"who@stranger{number}.example"
        letters.append(letter(f"s{number}", subject="Re: Printer", sender=sender, reply_to="a1"))
    place = workplace(sqlite_database, *letters)

    found, before = [], None
    while True:
        page = list_reviews(place.database, EVERYTHING, before=before, limit=2, now=place.now)
        found += [one.id for one in page.reviews]
        if (before := page.next) is None:
            break

    assert len(found) == 5
    assert found == sorted(set(found), reverse=True)


def waits(place: Workplace) -> set[str]:
    page = queue(place.database, EVERYTHING, QueueFilters(view=View.PENDING), limit=200, now=place.now)
    return {entry.subject for entry in page.entries}
