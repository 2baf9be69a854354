from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from models import Account, Token
from triage.core.errors import Conflict, NotFound
from triage.store import tokens
from triage.store.database import Database

NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)


def add_account(database: Database, key: str) -> int:
    with database.write() as connection:
        return int(
            connection.execute(
                sa.insert(Account).values(key=key, name=key).returning(Account.id)
            ).scalar_one()
        )


def create(
    database: Database, name: str = "kim", *, sees_all: bool = False, accounts: tuple[str, ...] = ()
) -> str:
    with database.write() as connection:
        return tokens.create_token(connection, name=name, sees_all=sees_all, accounts=accounts, now=NOW)


def test_a_token_sees_the_accounts_it_was_made_for(database: Database) -> None:
    acme, beta = add_account(database, "acme"), add_account(database, "beta")
    add_account(database, "ceti")
    token = create(database, accounts=("acme", "beta"))

    with database.read() as connection:
        scope = tokens.scope_of(connection, token)

    assert scope is not None
    assert scope.accounts == {acme, beta}
    assert not scope.sees_all
    assert scope.name == "kim"


def test_only_the_hash_of_a_token_is_kept(database: Database) -> None:
    token = create(database, sees_all=True)

    with database.read() as connection:
        stored = connection.execute(sa.select(sa.text("*")).select_from(Token)).one()

    assert token.startswith("tri_")
    assert not any(token in str(value) or token[4:] in str(value) for value in stored)


def test_tokens_have_256_random_bits_and_differ(sqlite_database: Database) -> None:
    made = {create(sqlite_database, f"n{number}", sees_all=True) for number in range(20)}

    assert len(made) == 20
    assert all(len(token) == len("tri_") + 43 for token in made)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1], lambda t: t + "A", str.upper, lambda t: t[4:], lambda _: ""]
)
def test_a_string_that_is_not_quite_the_token_opens_nothing(
    sqlite_database: Database, change: "object"
) -> None:
    token = create(sqlite_database, sees_all=True)
    assert callable(change)

    with sqlite_database.read() as connection:
        assert tokens.scope_of(connection, change(token)) is None
        assert tokens.scope_of(connection, token) is not None


def test_the_hash_of_a_token_does_not_open_anything(sqlite_database: Database) -> None:
    create(sqlite_database, sees_all=True)

    with sqlite_database.read() as connection:
        digest = connection.execute(sa.select(Token.sha256)).scalar_one()
        assert tokens.scope_of(connection, digest) is None
        assert tokens.scope_of(connection, tokens.PREFIX + digest) is None


def test_a_revoked_token_ends_at_once_and_for_ever(database: Database) -> None:
    token = create(database, sees_all=True)
    for _ in range(2):
        with database.write() as connection:
            tokens.revoke_token(connection, "kim", now=NOW)

    with database.read() as connection:
        assert tokens.scope_of(connection, token) is None
        assert connection.execute(sa.select(Token.revoked_at)).scalar_one() == NOW


def test_a_name_is_used_once(sqlite_database: Database) -> None:
    create(sqlite_database, sees_all=True)

    with pytest.raises(Conflict, match="kim"):
        create(sqlite_database, sees_all=True)


def test_an_account_that_does_not_exist_makes_no_token(sqlite_database: Database) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        create(sqlite_database, accounts=("nowhere",))

    with sqlite_database.read() as connection:
        assert not tokens.has_tokens(connection)


def test_revoking_a_token_that_never_was_says_so(sqlite_database: Database) -> None:
    with pytest.raises(NotFound, match="lee"), sqlite_database.write() as connection:
        tokens.revoke_token(connection, "lee", now=NOW)
