"""Who may read what: tokens made, looked up and revoked, one transaction each."""

from collections.abc import Iterable
from datetime import datetime

from triage.core.errors import Conflict, UnknownToken
from triage.core.scope import Reader, Scope
from triage.store import tokens
from triage.store.database import Connection, Database
from triage.store.tokens import TokenInfo

#: Name of the token that is made at the first start.
FIRST_NAME = "first"


def first_token(database: Database, *, now: datetime) -> str | None:
    """Make the token of the first start, which sees all accounts.

    Returns:
        The token, to be printed once; None when the database has a token already.
    """
    with database.write() as connection:
        if tokens.has_tokens(connection):
            return None
        return tokens.create_token(connection, name=FIRST_NAME, sees_all=True, now=now)


def create_token(
    database: Database, *, name: str, sees_all: bool = False, accounts: Iterable[str] = (), now: datetime
) -> str:
    """Make a token for a person or a plugin and return it; it cannot be shown again.

    Raises:
        Conflict: If the name is taken, or the token would see nothing.
        NotFound: If one of the accounts does not exist.
    """
    accounts = tuple(accounts)
    if not sees_all and not accounts:
        raise Conflict("this token would see nothing: name its accounts, or let it see all")
    with database.write() as connection:
        return tokens.create_token(connection, name=name, sees_all=sees_all, accounts=accounts, now=now)


def revoke_token(database: Database, name: str, *, now: datetime) -> None:
    """End a token at once.

    Raises:
        NotFound: If there is no token of that name.
    """
    with database.write() as connection:
        tokens.revoke_token(connection, name, now=now)


def scope_of(database: Database, token: str) -> Scope | None:
    """Return what a token may see, or None when it is unknown or revoked."""
    with database.read() as connection:
        return tokens.scope_of(connection, token)


def known(database: Database, reader: Reader) -> Scope:
    """Return what a reader may see.

    Raises:
        UnknownToken: If the reader's token is unknown or revoked.
    """
    with database.read() as connection:
        return scope_in(connection, reader)


def scope_in(connection: Connection, reader: Reader) -> Scope:
    """Return what a reader may see as the transaction of the connection has it.

    Raises:
        UnknownToken: If the reader's token is unknown or revoked.
    """
    if isinstance(reader, Scope):
        return reader
    scope = tokens.scope_of(connection, reader.token)
    if scope is None:
        raise UnknownToken("the token is unknown or revoked")
    return scope


def list_tokens(database: Database) -> tuple[TokenInfo, ...]:
    """Return all tokens without their secrets, oldest first."""
    with database.read() as connection:
        return tokens.list_tokens(connection)
