"""Test mails that were sent, those that arrived, and the key that signs them."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Canary
from triage.core.canary import CanaryReport, SentCanary, report
from triage.core.ids import MailboxId
from triage.store.mailboxes import find_mailbox
from triage.store.settings import read_setting, write_setting

#: A mail that is read again after its row is gone counts as mail: shown, never lost.
KEPT = timedelta(days=400)
_KEY, _MAILBOX = "canary_key", "canary_mailbox"
_CHUNK = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class CanaryRow:
    """What is needed to recognise a test mail.

    Attributes:
        content_hash: Of the content that is kept out of sight; None before it was seen.
    """

    id: int
    mailbox_id: MailboxId
    nonce: str
    sender: str
    arrived_at: datetime | None
    content_hash: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """What is new about a test mail since a message was read."""

    id: int
    arrived_at: datetime | None
    content_hash: str | None
    is_shown: bool


def configure(connection: Connection, mailbox: str) -> None:
    """Record the mailbox that gets test mails; empty when none does."""
    if (read_setting(connection, _MAILBOX) or "") != mailbox:
        write_setting(connection, _MAILBOX, mailbox)


def make_key(connection: Connection) -> bytes:
    """Return the key that signs test mails, made at its first use; it never leaves the database."""
    key = read_key(connection)
    if key is None:
        key = secrets.token_bytes(32)
        write_setting(connection, _KEY, key.hex())
    return key


def read_key(connection: Connection) -> bytes | None:
    """Return the key that signs test mails, or None when none was ever sent."""
    key = read_setting(connection, _KEY)
    return None if key is None else bytes.fromhex(key)


def last_sent(connection: Connection, mailbox_id: MailboxId) -> SentCanary | None:
    """Return the last test mail to a mailbox."""
    return _one(connection, _of(mailbox_id).order_by(Canary.id.desc()))


def reserve(
    connection: Connection,
    mailbox_id: MailboxId,
    *,
    nonce: str,
    sender: str,
    now: datetime,
    next_at: datetime,
) -> int:
    """Write the row of a test mail that is about to be sent, forget old ones, and return its id."""
    connection.execute(sa.delete(Canary).where(Canary.mailbox_id == mailbox_id, Canary.sent_at < now - KEPT))
    return connection.execute(
        sa.insert(Canary)
        .values(
            mailbox_id=mailbox_id,
            nonce=nonce,
            sender=sender,
            sent_at=now,
            next_at=next_at,
            error="",
            is_shown=False,
        )
        .returning(Canary.id)
    ).scalar_one()


def mark_unsent(connection: Connection, canary_id: int, *, error: str, next_at: datetime) -> None:
    """Record why a test mail could not be sent. Should it arrive all the same, it is still ours."""
    connection.execute(sa.update(Canary).where(Canary.id == canary_id).values(error=error, next_at=next_at))


def by_nonce(connection: Connection, nonces: Collection[str]) -> dict[str, CanaryRow]:
    """Return the test mails with these nonces."""
    wanted = sorted(set(nonces))
    found: dict[str, CanaryRow] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = connection.execute(
            sa.select(
                Canary.id,
                Canary.mailbox_id,
                Canary.nonce,
                Canary.sender,
                Canary.arrived_at,
                Canary.content_hash,
            ).where(Canary.nonce.in_(wanted[start : start + _CHUNK]))
        )
        found.update(
            (
                row.nonce,
                CanaryRow(
                    id=row.id,
                    mailbox_id=MailboxId(row.mailbox_id),
                    nonce=row.nonce,
                    sender=row.sender,
                    arrived_at=row.arrived_at,
                    content_hash=row.content_hash,
                ),
            )
            for row in rows
        )
    return found


def mark_seen(connection: Connection, sightings: Sequence[Sighting]) -> None:
    """Record which test mails were read."""
    if not sightings:
        return
    connection.execute(
        sa.update(Canary)
        .where(Canary.id == sa.bindparam("canary"))
        .values(
            arrived_at=sa.bindparam("at"),
            content_hash=sa.bindparam("content"),
            is_shown=sa.bindparam("shown"),
        ),
        [
            {"canary": one.id, "at": one.arrived_at, "content": one.content_hash, "shown": one.is_shown}
            for one in sightings
        ],
    )


def canary_report(connection: Connection, *, now: datetime) -> tuple[MailboxId, CanaryReport] | None:
    """Return what test mails say about the mailbox that gets them; None when none does."""
    name = read_setting(connection, _MAILBOX)
    if not name:
        return None
    mailbox_id = find_mailbox(connection, name)
    if mailbox_id is None:
        return None
    of_mailbox = _of(mailbox_id)
    arrived_id = sa.select(sa.func.max(Canary.id)).where(
        Canary.mailbox_id == mailbox_id, Canary.arrived_at.is_not(None)
    )
    after = sa.func.coalesce(arrived_id.scalar_subquery(), 0)
    return mailbox_id, report(
        name,
        last=last_sent(connection, mailbox_id),
        arrived=_one(connection, of_mailbox.where(Canary.id == arrived_id.scalar_subquery())),
        missing=_one(connection, of_mailbox.where(Canary.id > after).order_by(Canary.id)),
        now=now,
    )


def _of(mailbox_id: MailboxId) -> sa.Select[datetime, datetime, str, datetime | None, bool]:
    return sa.select(Canary.sent_at, Canary.next_at, Canary.error, Canary.arrived_at, Canary.is_shown).where(
        Canary.mailbox_id == mailbox_id
    )


def _one(
    connection: Connection, wanted: sa.Select[datetime, datetime, str, datetime | None, bool]
) -> SentCanary | None:
    row = connection.execute(wanted.limit(1)).first()
    if row is None:
        return None
    return SentCanary(
        sent_at=row.sent_at,
        next_at=row.next_at,
        error=row.error,
        arrived_at=row.arrived_at,
        is_shown=row.is_shown,
    )
