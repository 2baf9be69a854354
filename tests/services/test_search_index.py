"""The index follows the mail: nothing is missing, nothing is in it twice."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from models import Message, SearchEntry, SearchPending, Thread
from tests.acceptance.mail import letter
from tests.services.workplace import NOW, Workplace
from triage import fail_point
from triage.core.ids import MessageId
from triage.services import search_index
from triage.store import search_index as store
from triage.store.database import Connection, Database


@pytest.fixture
def place(database: Database) -> Workplace:
    place = Workplace(database)
    search_index.make_current(database)
    # The newest one comes first, as when one folder is read after the other.
    for number, day in enumerate((3, 1, 2)):
        body = f"Number {number} says Grüße about the printer."
        place.mailbox.append(letter(f"a{number}", body=body), at=NOW - timedelta(days=day))
    place.poll()
    return place


def places(connection: Connection, word: str) -> list[int]:
    """Return the places of the messages with a word, straight from the index."""
    if connection.dialect.name == "sqlite":
        statement = "SELECT rowid FROM search_words WHERE search_words MATCH :word ORDER BY rowid"
    else:
        statement = "SELECT place FROM search_entry WHERE words @@ CAST(:word AS tsquery) ORDER BY place"
    return list(connection.scalars(sa.text(statement), {"word": word}))


def content(connection: Connection) -> list[tuple[object, ...]]:
    """Return everything that is in the index."""
    if connection.dialect.name == "sqlite":
        # The table keeps no texts: its words with their places are asked instead.
        connection.exec_driver_sql(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.spread USING fts5vocab(main, search_words, 'instance')"
        )
        statement = 'SELECT term, doc, col, "offset" FROM temp.spread ORDER BY 1, 2, 3, 4'
    else:
        statement = "SELECT place, account_id, CAST(words AS text) FROM search_entry ORDER BY place"
    return [tuple(row) for row in connection.execute(sa.text(statement))]


def found(database: Database, word: str) -> int:
    with database.read() as connection:
        return len(places(connection, word))


def counts(database: Database) -> tuple[int, int]:
    with database.read() as connection:
        entries = connection.scalar(sa.select(sa.func.count()).select_from(SearchEntry)) or 0
        return entries, store.count_waiting(connection)


def test_what_is_stored_is_in_the_index_at_once(place: Workplace) -> None:
    assert counts(place.database) == (3, 0)
    assert found(place.database, "grusse") == 3
    assert search_index.index_all(place.database) == 0


def test_mail_that_is_stored_is_found_as_mail_that_is_read_from_the_store(place: Workplace) -> None:
    with place.database.read() as connection:
        at_once = content(connection)

    search_index.rebuild(place.database)
    search_index.index_all(place.database)

    with place.database.read() as connection:
        assert content(connection) == at_once


def test_places_are_in_the_order_in_which_the_mail_was_received(place: Workplace) -> None:
    search_index.index_all(place.database)

    with place.database.read() as connection:
        by_place = connection.scalars(sa.select(SearchEntry.message_id).order_by(SearchEntry.place)).all()
        by_time = connection.scalars(sa.select(Message.id).order_by(Message.received_at)).all()
        assert by_place == by_time
        assert len(places(connection, "printer")) == 3


def test_small_steps_lead_to_the_same_index(place: Workplace) -> None:
    assert search_index.rebuild(place.database) == 3
    steps = []
    while count := search_index.index_some(place.database, limit=2):
        steps.append(count)

    assert steps == [2, 1]
    assert found(place.database, "printer") == 3


def test_interrupted_step_is_done_again_and_not_twice(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_index.rebuild(place.database)
    monkeypatch.setattr(fail_point, "_reached", {})
    monkeypatch.setenv(fail_point.VARIABLE, "search.before-commit:raise")
    with pytest.raises(fail_point.FailPointReached):
        search_index.index_some(place.database)
    monkeypatch.delenv(fail_point.VARIABLE)
    assert counts(place.database) == (0, 3)

    search_index.index_all(place.database)

    assert counts(place.database) == (3, 0)
    assert found(place.database, "printer") == 3


def test_message_of_a_thread_that_changes_hands_is_indexed_again_under_its_new_account(
    place: Workplace,
) -> None:
    search_index.index_all(place.database)
    with place.database.write() as connection:
        connection.execute(sa.update(Thread).values(account_id=2))

    assert counts(place.database) == (3, 3)
    search_index.index_all(place.database)

    assert counts(place.database) == (3, 0)
    with place.database.read() as connection:
        assert set(connection.scalars(sa.select(SearchEntry.account_id))) == {2}
    assert found(place.database, "printer") == 3
    if place.database.is_sqlite:
        assert found(place.database, "marks : account2") == 3
        assert found(place.database, "marks : account1") == 0


def test_message_that_moves_to_another_thread_is_indexed_again(place: Workplace) -> None:
    search_index.index_all(place.database)
    with place.database.write() as connection:
        first = connection.scalar(sa.select(sa.func.min(Message.id)))
        connection.execute(sa.update(Message).where(Message.id == first).values(thread_id=None))

        waiting = connection.scalars(sa.select(SearchPending.message_id)).all()

    assert waiting == [first]


def test_forgotten_message_leaves_no_word_behind(place: Workplace) -> None:
    search_index.index_all(place.database)
    with place.database.write() as connection:
        first = connection.scalar(sa.select(sa.func.min(Message.id))) or 0
        store.forget(connection, [MessageId(first)])

    assert counts(place.database) == (2, 0)
    assert found(place.database, "printer") == 2


def test_index_that_was_made_with_other_words_is_built_anew(place: Workplace) -> None:
    search_index.index_all(place.database)
    with place.database.write() as connection:
        connection.execute(sa.text("UPDATE setting SET value = '0' WHERE key = 'search_words_version'"))

    assert search_index.index_all(place.database) == 3

    assert counts(place.database) == (3, 0)
    assert found(place.database, "printer") == 3


def test_statements_do_not_grow_with_the_batch(sqlite_database: Database) -> None:
    place = Workplace(sqlite_database)
    spent = []
    for size in (2, 60):
        for number in range(size):
            place.mailbox.append(letter(f"{size}-{number}", subject=f"Matter {size} {number}"), at=NOW)
        place.poll()
        search_index.rebuild(sqlite_database)
        count = 0

        def counted(*_: object) -> None:
            nonlocal count
            count += 1

        sa.event.listen(sqlite_database.engine, "before_cursor_execute", counted)
        search_index.index_some(sqlite_database)
        sa.event.remove(sqlite_database.engine, "before_cursor_execute", counted)
        spent.append(count)

    assert spent[0] == spent[1]
