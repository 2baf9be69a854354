"""Confirmed threads teach people and domains, on both databases; a person says yes or no."""

from datetime import timedelta

import pytest

from tests.acceptance.mail import letter
from tests.services.workplace import NOW, Workplace
from triage.core.errors import NotFound
from triage.core.ids import HeaderId, ThreadId
from triage.services.correct import Correction, correct
from triage.services.learn import tags
from triage.services.proposals import apply_proposal, open_proposals, refuse_proposal, take_proposal
from triage.services.watch import CurrentTools
from triage.store.database import Database
from triage.store.labels import find_threads

PEOPLE = ("ann", "bob", "cy", "dot")
DOMAIN = "domain:supplier.example"


@pytest.fixture
def place(database: Database) -> Workplace:
    return Workplace(database)


def receive(place: Workplace, name: str, sender: str, *, days_ago: float) -> ThreadId:
    place.mailbox.append(
        letter(name, sender=sender, subject=f"Matter {name}"), at=NOW - timedelta(days=days_ago)
    )
    place.poll()
    header = HeaderId(f"{name}@mail.example")
    with place.database.read() as connection:
        (thread,) = find_threads(connection, [header])[header]
    return thread


def give(place: Workplace, thread: ThreadId, account: str) -> None:
    word = Correction(thread=thread, account=account)
    correct(place.database, place.practice(), [word], actor="mia", now=place.now)


def state(place: Workplace, thread: ThreadId) -> tuple[str | None, str]:
    tag = {one.thread_id: one for one in tags(place.database)}[thread]
    return tag.account, tag.account_state


def ids(place: Workplace) -> list[str]:
    return [one.id for one in open_proposals(place.database, place.practice(), now=place.now)]


def take(place: Workplace, proposal: str) -> int:
    taken = take_proposal(place.database, place.practice(), proposal, actor="mia", now=place.now)
    return apply_proposal(place.database, place.practice(), taken, now=place.now)


def supplier(place: Workplace) -> None:
    """Four people of one unknown domain write, and a person gives each thread to ACME."""
    for number, name in enumerate(PEOPLE):
        thread = receive(place, name, f"{name}@supplier.example", days_ago=9 - number)
        give(place, thread, "acme")


def test_a_taken_domain_confirms_its_people_from_then_on(place: Workplace) -> None:
    supplier(place)
    earlier = receive(place, "early", "eve@supplier.example", days_ago=20)
    later = receive(place, "late", "fay@supplier.example", days_ago=1)
    assert state(place, later) == (None, "unknown")
    (proposal,) = open_proposals(place.database, place.practice(), now=place.now)

    count = take(place, DOMAIN)

    assert (proposal.id, proposal.people, proposal.since) == (DOMAIN, 4, NOW - timedelta(days=9))
    assert count == 5
    assert state(place, later) == ("acme", "confirmed")
    assert state(place, earlier) == (None, "unknown")
    assert ids(place) == []


def test_a_refused_domain_is_not_asked_for_again(place: Workplace) -> None:
    supplier(place)

    refuse_proposal(place.database, place.practice(), DOMAIN, actor="mia", now=place.now)

    assert ids(place) == []
    with pytest.raises(NotFound, match="triage labels proposals"):
        take_proposal(place.database, place.practice(), DOMAIN, actor="mia", now=place.now)


def test_a_thread_that_is_only_suggested_teaches_nothing(place: Workplace) -> None:
    for name in PEOPLE:
        receive(place, name, f"{name}@supplier.example", days_ago=2)

    assert ids(place) == []


def test_a_contact_that_moves_keeps_its_past(place: Workplace) -> None:
    old = receive(place, "old", "pat@post.example", days_ago=9)
    give(place, old, "acme")
    take(place, "contact:pat@post.example")
    kept = receive(place, "kept", "pat@post.example", days_ago=6)
    moved = receive(place, "moved", "pat@post.example", days_ago=3)
    give(place, moved, "beta")
    (proposal,) = open_proposals(place.database, place.practice(), now=place.now)

    take(place, proposal.id)
    new = receive(place, "new", "pat@post.example", days_ago=1)

    assert proposal.moved_from == place.practice().directory.account("acme")
    assert state(place, kept) == ("acme", "confirmed")
    assert state(place, new) == ("beta", "confirmed")


def test_rules_that_people_took_survive_a_new_reading_of_the_configuration(place: Workplace) -> None:
    supplier(place)
    take(place, DOMAIN)

    place.practice()

    thread = receive(place, "late", "fay@supplier.example", days_ago=1)
    assert state(place, thread) == ("acme", "confirmed")


def test_a_running_worker_heeds_a_rule_that_was_taken(place: Workplace) -> None:
    supplier(place)
    current = CurrentTools(place.tools(), place.practice)
    current.refresh()
    before = current.now.practice.rules.sender_rules("fay@supplier.example", NOW)

    take(place, DOMAIN)
    current.refresh()

    assert before == ()
    assert len(current.now.practice.rules.sender_rules("fay@supplier.example", NOW)) == 1
