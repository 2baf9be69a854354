"""How signing in to each mailbox goes: sealed tokens, who renews them, and what the server refused.

Tokens pass through here sealed; this file never sees one. A renewal is claimed before it is asked for
and saved against the version that it was made from, so that two processes do not use one refresh
token, and the one that slept through its claim overwrites nothing newer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from models import Mailbox, SignIn
from triage.core.ids import MailboxId


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedTokens:
    """What is stored of a grant.

    Attributes:
        belongs_to: Fingerprint of the settings that it was obtained with.
        renewable_since: When the refresh token was issued; None without one.
    """

    belongs_to: str
    sealed: bytes
    obtained_at: datetime
    expires_at: datetime
    renewable_since: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SignInRow:
    """How signing in to a mailbox goes.

    Attributes:
        mailbox: Its name.
        version: Of the tokens; 0 when there never were any.
        refusals: In a row.
        refused: Salted hash of what was refused, or empty.
        next_try_at: When the next try may be made; None with refusals: not before a person acts.
        reason: Why it was refused, and what to do.
    """

    mailbox_id: MailboxId
    mailbox: str
    version: int
    tokens: SealedTokens | None
    claimed_by: str
    claimed_until: datetime | None
    refusals: int
    refused: str
    next_try_at: datetime | None
    reason: str

    @property
    def is_waiting(self) -> bool:
        """Whether nothing is tried before a person acts."""
        return self.refusals > 0 and self.next_try_at is None


def find(connection: Connection, mailbox: str) -> SignInRow | None:
    """Return how signing in to the mailbox of that name goes, or None when it never was tried."""
    return next(iter(_rows(connection, Mailbox.name == mailbox)), None)


def list_all(connection: Connection) -> tuple[SignInRow, ...]:
    """Return all rows, by name of the mailbox."""
    return tuple(_rows(connection, sa.true()))


def open_row(connection: Connection, mailbox_id: MailboxId) -> None:
    """See that the mailbox has a row."""
    if connection.scalar(sa.select(SignIn.mailbox_id).where(SignIn.mailbox_id == mailbox_id)) is not None:
        return
    try:
        with connection.begin_nested():
            connection.execute(
                sa.insert(SignIn).values(
                    mailbox_id=mailbox_id,
                    version=0,
                    belongs_to="",
                    claimed_by="",
                    refusals=0,
                    refused="",
                    reason="",
                )
            )
    except IntegrityError:
        # Another worker was first.
        return


def claim(
    connection: Connection,
    mailbox_id: MailboxId,
    *,
    version: int,
    owner: str,
    now: datetime,
    until: datetime,
) -> bool:
    """Claim the renewal of the tokens; False when another has it or the tokens are newer by now."""
    is_free = sa.or_(SignIn.claimed_until.is_(None), SignIn.claimed_until < now)
    return (
        connection.execute(
            sa.update(SignIn)
            .where(SignIn.mailbox_id == mailbox_id, SignIn.version == version, is_free)
            .values(claimed_by=owner, claimed_until=until)
        ).rowcount
        == 1
    )


def release(connection: Connection, mailbox_id: MailboxId, *, owner: str) -> None:
    """Give the claim back after a renewal that brought nothing."""
    connection.execute(
        sa.update(SignIn)
        .where(SignIn.mailbox_id == mailbox_id, SignIn.claimed_by == owner)
        .values(claimed_by="", claimed_until=None)
    )


def save_renewed(
    connection: Connection, mailbox_id: MailboxId, tokens: SealedTokens, *, version: int
) -> bool:
    """Save what a renewal brought and end its claim; False when the tokens changed meanwhile."""
    return _save(connection, tokens, sa.and_(SignIn.mailbox_id == mailbox_id, SignIn.version == version))


def save_login(connection: Connection, mailbox_id: MailboxId, tokens: SealedTokens) -> None:
    """Save the tokens of a person who signed in just now; earlier refusals mean nothing any more."""
    open_row(connection, mailbox_id)
    _save(connection, tokens, SignIn.mailbox_id == mailbox_id)
    forget_refusals(connection, mailbox_id)


def forget_tokens(connection: Connection, mailbox_id: MailboxId) -> bool:
    """Delete the tokens of a mailbox; False when there were none."""
    return (
        connection.execute(
            sa.update(SignIn)
            .where(SignIn.mailbox_id == mailbox_id, SignIn.sealed.is_not(None))
            .values(
                sealed=None,
                belongs_to="",
                version=SignIn.version + 1,
                obtained_at=None,
                expires_at=None,
                renewable_since=None,
                claimed_by="",
                claimed_until=None,
            )
        ).rowcount
        == 1
    )


def reseal(connection: Connection, row: SignInRow, sealed: bytes) -> bool:
    """Replace the encrypted form of the same tokens; False when they changed meanwhile."""
    return (
        connection.execute(
            sa.update(SignIn)
            .where(SignIn.mailbox_id == row.mailbox_id, SignIn.version == row.version)
            .values(sealed=sealed, version=row.version + 1)
        ).rowcount
        == 1
    )


def note_refusal(
    connection: Connection,
    mailbox_id: MailboxId,
    *,
    refusals: int,
    refused: str,
    next_try_at: datetime | None,
    reason: str,
) -> None:
    """Record that the server refused a sign-in.

    Args:
        refusals: In a row, this one included.
        refused: Salted hash of what was refused.
        next_try_at: None: nothing is tried before a person acts.
    """
    open_row(connection, mailbox_id)
    connection.execute(
        sa.update(SignIn)
        .where(SignIn.mailbox_id == mailbox_id)
        .values(refusals=refusals, refused=refused, next_try_at=next_try_at, reason=reason)
    )


def forget_refusals(connection: Connection, mailbox_id: MailboxId) -> None:
    """Record that the server let us in, or that a person acted."""
    connection.execute(
        sa.update(SignIn)
        .where(SignIn.mailbox_id == mailbox_id, SignIn.refusals > 0)
        .values(refusals=0, refused="", next_try_at=None, reason="")
    )


def _save(connection: Connection, tokens: SealedTokens, where: sa.ColumnElement[bool]) -> bool:
    return (
        connection.execute(
            sa.update(SignIn)
            .where(where)
            .values(
                version=SignIn.version + 1,
                belongs_to=tokens.belongs_to,
                sealed=tokens.sealed,
                obtained_at=tokens.obtained_at,
                expires_at=tokens.expires_at,
                renewable_since=tokens.renewable_since,
                claimed_by="",
                claimed_until=None,
            )
        ).rowcount
        == 1
    )


def _rows(connection: Connection, where: sa.ColumnElement[bool]) -> Sequence[SignInRow]:
    found = connection.execute(
        sa.select(
            SignIn.mailbox_id,
            Mailbox.name,
            SignIn.version,
            SignIn.belongs_to,
            SignIn.sealed,
            SignIn.obtained_at,
            SignIn.expires_at,
            SignIn.renewable_since,
            SignIn.claimed_by,
            SignIn.claimed_until,
            SignIn.refusals,
            SignIn.refused,
            SignIn.next_try_at,
            SignIn.reason,
        )
        .join(Mailbox, Mailbox.id == SignIn.mailbox_id)
        .where(where)
        .order_by(Mailbox.name)
    )
    return [
        SignInRow(
            mailbox_id=MailboxId(row.mailbox_id),
            mailbox=row.name,
            version=row.version,
            tokens=None
            if row.sealed is None or row.obtained_at is None or row.expires_at is None
            else SealedTokens(
                belongs_to=row.belongs_to,
                sealed=row.sealed,
                obtained_at=row.obtained_at,
                expires_at=row.expires_at,
                renewable_since=row.renewable_since,
            ),
            claimed_by=row.claimed_by,
            claimed_until=row.claimed_until,
            refusals=row.refusals,
            refused=row.refused,
            next_try_at=row.next_try_at,
            reason=row.reason,
        )
        for row in found
    ]
