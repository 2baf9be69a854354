"""Access tokens: made once, kept as a hash, looked up, revoked.

A token carries 256 random bits, so its plain SHA-256 cannot be guessed back and needs no slow hash
(reliability T-12).
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Account, Grant, Token
from triage.core.errors import Conflict, NotFound
from triage.core.ids import AccountId
from triage.core.scope import Scope
from triage.store.unchanged import while_unchanged

#: Lets people and secret scanners see what a leaked string is.
PREFIX = "tri_"
_RANDOM_BYTES = 32
#: Anything longer is not a token and is not worth hashing.
_MAX_CHARACTERS = 100


def create_token(
    connection: Connection, *, name: str, sees_all: bool, accounts: Iterable[str] = (), now: datetime
) -> str:
    """Make a token and return it. It cannot be shown again: only its hash is kept.

    Args:
        name: Unique; stands in the audit for who did what.
        sees_all: Sees every account and threads of unknown account.
        accounts: Keys of the accounts that it sees otherwise.

    Raises:
        Conflict: If the name is taken, also by a revoked token.
        NotFound: If one of the accounts does not exist.
    """
    if connection.scalar(sa.select(Token.id).where(Token.name == name)) is not None:
        raise Conflict(f"there is a token named {name!r} already; choose another name")
    granted = _account_ids(connection, set(accounts))
    token = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    token_id = connection.execute(
        sa.insert(Token)
        .values(name=name, sha256=_sha256(token), sees_all=sees_all, created_at=now)
        .returning(Token.id)
    ).scalar_one()
    if granted:
        connection.execute(
            sa.insert(Grant), [{"token_id": token_id, "account_id": account} for account in granted]
        )
    return token


def scope_of(connection: Connection, token: str) -> Scope | None:
    """Return what a token may see, or None when it is unknown or revoked."""
    if not token.startswith(PREFIX) or len(token) > _MAX_CHARACTERS:
        return None
    digest = _sha256(token)
    return while_unchanged(connection, ("token", digest), lambda: _scope_of(connection, digest))


def _scope_of(connection: Connection, digest: str) -> Scope | None:
    rows = connection.execute(
        sa.select(Token.sha256, Token.name, Token.sees_all, Grant.account_id)
        .outerjoin(Grant, Grant.token_id == Token.id)
        .where(Token.sha256 == digest, Token.revoked_at.is_(None))
    ).all()
    # The index compares byte by byte; the last word has a comparison that takes the same time always.
    if not rows or not hmac.compare_digest(rows[0].sha256, digest):
        return None
    return Scope(
        accounts=frozenset(AccountId(row.account_id) for row in rows if row.account_id is not None),
        sees_all=rows[0].sees_all,
        name=rows[0].name,
    )


def has_tokens(connection: Connection) -> bool:
    """Tell whether any token was ever made."""
    return connection.scalar(sa.select(Token.id).limit(1)) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenInfo:
    """What may be shown of a token.

    Attributes:
        accounts: Keys of the accounts that it sees; empty for one that sees all.
    """

    name: str
    sees_all: bool
    accounts: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


def list_tokens(connection: Connection) -> tuple[TokenInfo, ...]:
    """Return all tokens, revoked ones too, oldest first."""
    rows = connection.execute(
        sa.select(Token.id, Token.name, Token.sees_all, Token.created_at, Token.revoked_at, Account.key)
        .outerjoin(Grant, Grant.token_id == Token.id)
        .outerjoin(Account, Account.id == Grant.account_id)
        .order_by(Token.id, Account.key)
    ).all()
    accounts: dict[int, list[str]] = {}
    for row in rows:
        accounts.setdefault(row.id, []).extend([] if row.key is None else [row.key])
    first = {row.id: row for row in reversed(rows)}
    return tuple(
        TokenInfo(
            name=first[token].name,
            sees_all=first[token].sees_all,
            accounts=tuple(keys),
            created_at=first[token].created_at,
            revoked_at=first[token].revoked_at,
        )
        for token, keys in accounts.items()
    )


def revoke_token(connection: Connection, name: str, *, now: datetime) -> None:
    """End a token at once. Revoking it again changes nothing.

    Raises:
        NotFound: If there is no token of that name.
    """
    done = connection.execute(
        sa.update(Token).where(Token.name == name).values(revoked_at=sa.func.coalesce(Token.revoked_at, now))
    )
    if done.rowcount == 0:
        raise NotFound(f"there is no token named {name!r}")


def _account_ids(connection: Connection, keys: set[str]) -> list[int]:
    found = {key: id_ for id_, key in connection.execute(sa.select(Account.id, Account.key))}
    if missing := sorted(keys - found.keys()):
        raise NotFound(f"there is no account {', '.join(missing)}; the keys stand in the configuration")
    return sorted(found[key] for key in keys)


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
