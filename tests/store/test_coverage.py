from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from models import Folder, Location, Mailbox
from tests.fakes.seed import seed
from triage.store.coverage import coverage, held_back
from triage.store.database import Database

NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)


def test_every_folder_says_what_the_server_has_and_what_is_here(database: Database) -> None:
    seed(database)

    with database.read() as connection:
        rows = coverage(connection)

    assert [(row.mailbox, row.folder) for row in rows] == [
        ("projects", "INBOX"),
        ("projects", "Sent"),
        ("support", "INBOX"),
        ("support", "Sent"),
    ]
    assert [(row.server_messages, row.stored_messages, row.quarantined) for row in rows] == [
        (3, 3, 0),
        (3, 3, 0),
        (3, 3, 1),
        (3, 3, 0),
    ]


def test_without_counting_only_what_is_held_back_is_counted(database: Database) -> None:
    seed(database)

    with database.read() as connection:
        rows = coverage(connection, with_stored=False)

    assert [row.stored_messages for row in rows] == [None] * 4
    assert [row.quarantined for row in rows] == [0, 0, 1, 0]


@pytest.mark.parametrize("change", [{"generation": 1}, {"uidvalidity": 8}], ids=["generation", "uidvalidity"])
def test_messages_of_an_old_epoch_are_not_counted(database: Database, change: dict[str, int]) -> None:
    seed(database)
    with database.write() as connection:
        connection.execute(sa.update(Folder).values(**change))

    with database.read() as connection:
        rows = coverage(connection)

    assert [row.stored_messages for row in rows] == [0, 0, 0, 0]


def test_a_message_that_left_the_server_is_not_counted(database: Database) -> None:
    seed(database)
    with database.write() as connection:
        connection.execute(sa.update(Location).where(Location.uid == 1).values(state="gone"))

    with database.read() as connection:
        assert [row.stored_messages for row in coverage(connection)] == [2, 2, 2, 2]


def test_a_mailbox_that_was_never_read_is_listed(database: Database) -> None:
    with database.write() as connection:
        connection.execute(
            sa.insert(Mailbox).values(name="new", kind="imap", state="auth_failed", state_reason="Refused.")
        )

    with database.read() as connection:
        (row,) = coverage(connection)

    assert (row.mailbox, row.folder, row.checked_at, row.state, row.reason) == (
        "new",
        "",
        None,
        "auth_failed",
        "Refused.",
    )


def test_messages_held_back_are_listed_with_their_reason(database: Database) -> None:
    seed(database)

    with database.read() as connection:
        (held,) = held_back(connection)

    assert (held.mailbox, held.folder, held.uid) == ("support", "INBOX", 3)
    assert (held.state, held.reason) == ("quarantined", "the parser ran out of memory")
    assert held.seen_at == NOW
