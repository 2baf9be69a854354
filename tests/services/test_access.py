from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from triage.core.errors import Conflict, NotFound
from triage.services import access
from triage.store.database import Database

NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)


def test_the_first_token_is_made_once_and_sees_all(database: Database) -> None:
    token = access.first_token(database, now=NOW)

    assert token is not None
    assert access.first_token(database, now=NOW) is None
    scope = access.scope_of(database, token)
    assert scope is not None
    assert scope.sees_all


def test_two_processes_that_start_at_once_print_one_token(sqlite_database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: access.first_token(sqlite_database, now=NOW), range(4)))

    assert len([token for token in made if token is not None]) == 1


def test_a_revoked_first_token_is_not_made_again(sqlite_database: Database) -> None:
    token = access.first_token(sqlite_database, now=NOW)
    assert token is not None
    access.revoke_token(sqlite_database, access.FIRST_NAME, now=NOW)

    assert access.scope_of(sqlite_database, token) is None
    assert access.first_token(sqlite_database, now=NOW) is None


def test_a_token_that_would_see_nothing_is_not_made(sqlite_database: Database) -> None:
    with pytest.raises(Conflict, match="see nothing"):
        access.create_token(sqlite_database, name="kim", now=NOW)


def test_revoking_an_unknown_token_says_so(sqlite_database: Database) -> None:
    with pytest.raises(NotFound):
        access.revoke_token(sqlite_database, "kim", now=NOW)
