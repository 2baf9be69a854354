"""Kept answers: given again while nothing was written, and never after."""

import sqlalchemy as sa

from models import Setting
from triage.store.database import Connection, Database
from triage.store.unchanged import while_unchanged


def settings(connection: Connection) -> tuple[str, ...]:
    return tuple(connection.scalars(sa.select(Setting.key).order_by(Setting.key)))


def asked(connection: Connection, question: str = "settings") -> tuple[tuple[str, ...], int]:
    """Return the answer, and how often it was read for it."""
    times = 0

    def read() -> tuple[str, ...]:
        nonlocal times
        times += 1
        return settings(connection)

    return while_unchanged(connection, question, read), times


def write(database: Database, key: str) -> None:
    with database.write() as connection:
        connection.execute(sa.insert(Setting).values(key=key, value=""))


def test_an_answer_is_kept_until_somebody_writes(sqlite_database: Database) -> None:
    other = Database(str(sqlite_database.engine.url))
    with sqlite_database.read() as connection:
        before, _ = asked(connection)

    for writer in (sqlite_database, other):
        with sqlite_database.read() as connection:
            assert asked(connection) == (before, 0)
        write(writer, f"key {len(before)}")
        with sqlite_database.read() as connection:
            after, times = asked(connection)
        assert (len(after), times) == (len(before) + 1, 1)
        before = after
    other.close()


def test_a_transaction_that_writes_sees_its_own_writes_and_keeps_nothing(sqlite_database: Database) -> None:
    with sqlite_database.read() as connection:
        before, _ = asked(connection)

    with sqlite_database.write() as connection:
        connection.execute(sa.insert(Setting).values(key="never", value=""))
        assert asked(connection) == ((*before, "never"), 1)
        connection.rollback()

    with sqlite_database.read() as connection:
        assert asked(connection)[0] == before


def test_each_question_has_its_own_answer(sqlite_database: Database) -> None:
    with sqlite_database.read() as connection:
        asked(connection, "one")

        assert asked(connection, "other")[1] == 1
        assert asked(connection, "one")[1] == 0
