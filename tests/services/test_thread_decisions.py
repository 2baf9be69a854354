"""Splits and merges by people, with what follows for the queue."""

import pytest

from tests.acceptance.mail import letter
from tests.services.workplace import EVERYTHING, Workplace
from triage.core.errors import NotFound
from triage.core.ids import MessageId, ThreadId
from triage.core.queue_entry import QueueFilters
from triage.core.scope import Scope
from triage.services.export import export_messages
from triage.services.queue import open_thread, queue
from triage.services.thread_decisions import (
    explain_thread,
    merge_threads,
    split_thread,
    undo_thread_event,
)
from triage.store.database import Database

NOBODY = Scope(accounts=frozenset(), sees_all=False, name="nobody")


@pytest.fixture
def place(sqlite_database: Database) -> Workplace:
    place = Workplace(sqlite_database)
    for number in (1, 2):
        place.mailbox.append(letter(f"m{number}", subject=f"Matter {number}"))
    place.poll()
    return place


def ids(place: Workplace) -> list[ThreadId]:
    page = queue(place.database, EVERYTHING, QueueFilters(), limit=200, now=place.now)
    return sorted(ThreadId(entry.thread_id) for entry in page.entries)


def messages(place: Workplace, thread_id: ThreadId) -> list[MessageId]:
    opened = open_thread(place.database, EVERYTHING, thread_id, now=place.now)
    return [message.id for message in opened.messages]


def test_merge_is_one_row_of_the_queue_and_undo_makes_it_two_again(place: Workplace) -> None:
    first, second = ids(place)

    decided = merge_threads(place.database, place.practice(), EVERYTHING, first, second, now=place.now)
    assert ids(place) == [first]
    assert len(messages(place, second)) == 2
    assert [one.kind for one in explain_thread(place.database, EVERYTHING, second).events] == ["merge"]

    undo_thread_event(place.database, place.practice(), EVERYTHING, decided.event_id, now=place.now)
    assert ids(place) == [first, second]


def test_part_that_is_split_off_is_pending_by_itself(place: Workplace) -> None:
    first, second = ids(place)
    merge_threads(place.database, place.practice(), EVERYTHING, first, second, now=place.now)
    chosen = messages(place, first)[1:]

    decided = split_thread(place.database, place.practice(), EVERYTHING, chosen, now=place.now)

    assert ids(place) == [first, decided.thread_id]
    assert messages(place, decided.thread_id) == chosen


def test_who_may_not_see_a_thread_can_do_nothing_to_it(place: Workplace) -> None:
    first, second = ids(place)
    event = merge_threads(place.database, place.practice(), EVERYTHING, first, second, now=place.now).event_id
    chosen = messages(place, first)[:1]

    with pytest.raises(NotFound):
        explain_thread(place.database, NOBODY, first)
    with pytest.raises(NotFound):
        split_thread(place.database, place.practice(), NOBODY, chosen, now=place.now)
    with pytest.raises(NotFound):
        merge_threads(place.database, place.practice(), NOBODY, first, second, now=place.now)
    with pytest.raises(NotFound):
        undo_thread_event(place.database, place.practice(), NOBODY, event, now=place.now)


def test_same_subject_of_the_same_person_is_proposed_and_never_joined(sqlite_database: Database) -> None:
    place = Workplace(sqlite_database)
    place.mailbox.append(letter("one", subject="Invoice"))
    place.mailbox.append(letter("two", subject="Re: Invoice"))
    place.mailbox.append(letter("three", sender="Bo <bo@beta.example>", subject="Re: Invoice"))
    place.poll()
    threads = {row.message_id: row.thread_id for row in export_messages(place.database, EVERYTHING)}
    one, two, three = (ThreadId(threads[f"{name}@mail.example"]) for name in ("one", "two", "three"))

    found = {each: explain_thread(place.database, EVERYTHING, each).proposals for each in (one, two, three)}

    assert len({one, two, three}) == 3
    assert [proposal.thread for proposal in found[one]] == [two]
    assert [proposal.thread for proposal in found[two]] == [one]
    assert found[three] == ()
    assert "ada@acme.example" in found[one][0].sentence


def test_message_named_twice_is_split_off_once(place: Workplace) -> None:
    first, second = ids(place)
    merge_threads(place.database, place.practice(), EVERYTHING, first, second, now=place.now)
    chosen = messages(place, first)[1:] * 2

    split_thread(place.database, place.practice(), EVERYTHING, chosen, now=place.now)

    assert len(ids(place)) == 2
