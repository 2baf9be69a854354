"""A person's word about the account of a thread is a wall at once, and goes with the messages."""

import json
from collections.abc import Iterable

import pytest
import sqlalchemy as sa

from models import Base, Message, Thread
from tests.acceptance.mail import letter
from tests.services.workplace import EVERYTHING, RULES, Workplace
from triage.core.ids import AccountId, MessageId, ThreadId
from triage.core.rules import RuleKind
from triage.services.correct import NOBODY, Correction, correct
from triage.services.decide import Change, Priority, change_thread, decisions_about, undo_decision
from triage.services.label_file import import_labels, read_lines
from triage.services.recompute import recompute
from triage.services.thread_decisions import merge_threads, split_thread, undo_thread_event
from triage.store.accounts import RuleSeed
from triage.store.database import Database

STRANGER = "Cy <cy@unknown.example>"
BO = "Bo <bo@beta.example>"


@pytest.fixture
def place(database: Database) -> Workplace:
    return Workplace(database)


def receive(place: Workplace, *letters: bytes) -> None:
    for one in letters:
        place.mailbox.append(one)
    place.poll()


def threads(place: Workplace) -> dict[frozenset[str], str | None]:
    """Return the confirmed account of each thread, under the names of its messages."""
    keys = place.practice().directory.account_keys
    found: dict[int, set[str]] = {}
    with place.database.read() as connection:
        for thread, header in connection.execute(sa.select(Message.thread_id, Message.header_id)):
            found.setdefault(thread or 0, set()).add(str(header).partition("@")[0])
        accounts = dict(connection.execute(sa.select(Thread.id, Thread.account_id)).all())
    return {frozenset(names): keys.get(AccountId(accounts[thread] or 0)) for thread, names in found.items()}


def thread_of(place: Workplace, name: str) -> ThreadId:
    with place.database.read() as connection:
        wanted = sa.select(Message.thread_id).where(Message.header_id == f"{name}@mail.example")
        return ThreadId(connection.scalars(wanted).one() or 0)


def say(place: Workplace, name: str, account: str) -> None:
    change_thread(
        place.database,
        place.practice(),
        EVERYTHING,
        thread_of(place, name),
        Change(account=account),
        versions=None,
        now=place.now,
    )


def undo(place: Workplace, name: str) -> None:
    """Take back what was decided last about the thread of a message."""
    thread, practice = thread_of(place, name), place.practice()
    last = [one for one in decisions_about(place.database, practice, EVERYTHING, thread) if not one.undone_by]
    undo_decision(place.database, practice, EVERYTHING, thread, last[-1].id, now=place.now)


def import_accounts(place: Workplace, names: Iterable[str], account: str) -> int:
    lines = [json.dumps({"message_id": f"{name}@mail.example", "account": account}) for name in names]
    outcome = import_labels(place.database, place.practice(), read_lines(lines), actor="eva", now=place.now)
    assert not outcome.refused
    return outcome.threads


def everything(place: Workplace) -> dict[str, list[tuple[object, ...]]]:
    """Return every row that is not a count of writes."""
    with place.database.read() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(
                    sa.select(*(one for one in table.columns if one.name != "version")).order_by(
                        *table.primary_key
                    )
                )
            ]
            for table in Base.metadata.sorted_tables
            # Clocks and configured rules are replaced, so their ids mean nothing.
            if table.name not in {"clock", "evidence_rule"}
        }


def assert_recompute_changes_nothing(place: Workplace) -> None:
    before = everything(place)
    recompute(place.database, place.practice(), now=place.now)
    assert everything(place) == before


def test_correction_joins_what_only_the_account_kept_apart(place: Workplace) -> None:
    receive(place, letter("a"), letter("b", sender=STRANGER, reply_to="a"))
    assert threads(place) == {frozenset("a"): "acme", frozenset("b"): None}

    say(place, "b", "acme")

    assert threads(place) == {frozenset("ab"): "acme"}
    assert_recompute_changes_nothing(place)


@pytest.mark.parametrize("taken_back", [undo, lambda place, name: say(place, name, NOBODY)])
def test_account_that_is_taken_back_parts_what_was_joined_under_it(place: Workplace, taken_back) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    receive(place, letter("a"))
    say(place, "a", "beta")
    receive(place, letter("b", sender=BO, reply_to="a"))
    assert threads(place) == {frozenset("ab"): "beta"}

    taken_back(place, "a")

    parted = threads(place)
    assert set(parted) == {frozenset("a"), frozenset("b")}
    assert parted[frozenset("a")] in {"acme", None}
    assert parted[frozenset("b")] == "beta" or taken_back is not undo
    assert_recompute_changes_nothing(place)


def test_imported_account_is_a_wall(place: Workplace) -> None:
    receive(place, letter("a", sender=STRANGER, to="desk@vendor.example, bo@beta.example"))
    import_accounts(place, ["a"], "acme")

    receive(place, letter("b", sender=BO, reply_to="a"))

    assert threads(place) == {frozenset("a"): "acme", frozenset("b"): "beta"}
    assert_recompute_changes_nothing(place)


def test_import_needs_few_transactions_for_many_lines(place: Workplace) -> None:
    names = [f"m{number}" for number in range(30)]
    receive(place, *(letter(name, sender=STRANGER, subject=name) for name in names))
    practice, commits = place.practice(), list[object]()
    sa.event.listen(place.database.engine, "commit", commits.append)
    lines = [json.dumps({"message_id": f"{name}@mail.example", "account": "acme"}) for name in names]
    wrong = json.dumps({"message_id": "m3@mail.example", "account": "acme", "project": "none-such"})

    outcome = import_labels(place.database, practice, read_lines([*lines, wrong]), actor="eva", now=place.now)

    # A line that says something else about a thread begins another one.
    assert (outcome.threads, len(outcome.refused), len(commits)) == (30, 1, 2)
    assert set(threads(place).values()) == {"acme"}
    assert_recompute_changes_nothing(place)


def test_account_goes_with_the_messages_and_not_with_the_number_of_the_thread(place: Workplace) -> None:
    new = "Nan <nan@new.example>"
    receive(place, letter("a", sender=STRANGER, to="desk@vendor.example, nan@new.example"))
    say(place, "a", "acme")
    receive(place, letter("b", sender=new, reply_to="a"), letter("c", sender=new, reply_to="b"))
    assert set(threads(place)) == {frozenset("abc")}
    number = thread_of(place, "a")

    place.rules = (*RULES, RuleSeed(kind=RuleKind.DOMAIN, value="new.example", account="beta"))
    recompute(place.database, place.practice(), now=place.now)

    assert thread_of(place, "b") == number
    assert threads(place) == {frozenset("a"): "acme", frozenset("bc"): "beta"}
    assert_recompute_changes_nothing(place)


def test_part_that_a_person_splits_off_keeps_the_account(place: Workplace) -> None:
    receive(place, letter("a", sender=STRANGER), letter("b", sender=STRANGER, reply_to="a"))
    say(place, "a", "acme")
    with place.database.read() as connection:
        chosen = connection.scalars(sa.select(Message.id).where(Message.header_id == "b@mail.example")).one()

    split_thread(place.database, place.practice(), EVERYTHING, [MessageId(chosen)], now=place.now)
    assert threads(place) == {frozenset("a"): "acme", frozenset("b"): "acme"}
    assert_recompute_changes_nothing(place)

    undo(place, "a")
    assert threads(place) == {frozenset("a"): None, frozenset("b"): None}


def test_what_was_decided_about_a_thread_counts_in_the_one_it_is_merged_into(place: Workplace) -> None:
    receive(place, letter("a"), letter("b"))
    into, other = thread_of(place, "a"), thread_of(place, "b")
    change = Change(priority=Priority.URGENT)
    change_thread(place.database, place.practice(), EVERYTHING, other, change, versions=None, now=place.now)

    merged = merge_threads(place.database, place.practice(), EVERYTHING, into, other, now=place.now)
    assert priorities(place, into) == "urgent"
    undo_thread_event(place.database, place.practice(), EVERYTHING, merged.event_id, now=place.now)

    assert (priorities(place, into), priorities(place, other)) == ("normal", "urgent")


def priorities(place: Workplace, thread: ThreadId) -> str | None:
    with place.database.read() as connection:
        return connection.scalar(sa.select(Thread.priority).where(Thread.id == thread))


def test_project_of_a_person_is_gone_with_the_account_it_belonged_to(place: Workplace) -> None:
    receive(place, letter("a", sender=STRANGER))
    both = Correction(thread=thread_of(place, "a"), account="acme", project="erp")
    correct(place.database, place.practice(), [both], actor="eva", now=place.now)

    say(place, "a", "beta")
    undo(place, "a")

    with place.database.read() as connection:
        states = connection.execute(sa.select(Thread.account_state, Thread.project_state)).one()
    assert states == ("confirmed", "confirmed")
    assert threads(place) == {frozenset("a"): "acme"}
    assert_recompute_changes_nothing(place)
