"""The index of lines: small first, then moved range by range, and complete at every moment."""

import pytest
import sqlalchemy as sa

from models import RecentLine, WrittenLine
from tests.store.threaded_mail import add, groups, lines, mail, message
from triage.core.conversation.links import COMMON_LINE
from triage.store import line_index
from triage.store.database import Database


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a range move with every second message."""
    monkeypatch.setattr(line_index, "_TURN", 2)


def _count(database: Database, table: type[RecentLine | WrittenLine]) -> int:
    with database.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.mark.usefixtures("hurried")
def test_a_quote_is_found_wherever_its_lines_are_by_now(database: Database) -> None:
    with database.write() as connection:
        for number in range(100):
            add(connection, mail(number, new=lines(range(number * 10, number * 10 + 10))))
        counts = [
            connection.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (RecentLine, WrittenLine)
        ]
        for number in range(100):
            add(connection, mail(1000 + number, quoted=lines(range(number * 10, number * 10 + 10))))
        found = groups(connection)

    assert sum(one or 0 for one in counts) == 1000
    assert all(counts), "some lines have moved, and some have not"
    assert found == {frozenset({number, 1000 + number}) for number in range(100)}


@pytest.mark.usefixtures("hurried")
def test_every_line_moves_once_all_ranges_had_their_turn(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(1, new=lines(range(16))))
        for number in range(2, 80):
            add(connection, mail(number))
        first = message(connection, 1)

    with database.read() as connection:
        assert connection.scalars(sa.select(WrittenLine.message_id)).all() == [first] * 16
    assert _count(database, RecentLine) == 0


@pytest.mark.usefixtures("hurried")
def test_a_line_that_was_moved_before_costs_no_mail(database: Database) -> None:
    with database.write() as connection:
        add(connection, mail(1, new=lines(range(16))))
        rows = sa.select(RecentLine.line, RecentLine.message_id)
        connection.execute(sa.insert(WrittenLine).from_select(["line", "message_id"], rows))
        for number in range(2, 80):
            add(connection, mail(number))

    assert (_count(database, RecentLine), _count(database, WrittenLine)) == (0, 16)


def test_no_line_moves_before_its_turn(database: Database) -> None:
    with database.write() as connection:
        for number in range(1, 20):
            add(connection, mail(number, new=lines([number])))

    assert (_count(database, RecentLine), _count(database, WrittenLine)) == (19, 0)


@pytest.mark.usefixtures("hurried")
def test_a_line_is_common_by_the_messages_of_both_tables(database: Database) -> None:
    shared = lines(range(4))
    with database.write() as connection:
        add(connection, mail(1, new=shared))
        for number in range(2, 80):
            add(connection, mail(number))
        for number in range(100, 100 + COMMON_LINE):
            add(connection, mail(number, new=shared))
        add(connection, mail(200, quoted=shared))
        alone = frozenset({200}) in groups(connection)

    assert alone
