"""Which worker reads a mailbox: a row with an epoch that every commit of ingestion checks.

No session advisory locks: they leak through connection poolers and fence nothing (design.md 5).
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from models import Lease
from triage.core.errors import LeaseLost
from triage.core.ids import MailboxId

#: Clocks of hosts that share a database may differ by this; a lease from farther ahead is an error.
_MOST_SKEW = timedelta(minutes=10)


def acquire(
    connection: Connection,
    mailbox_id: MailboxId,
    *,
    owner: str,
    now: datetime,
    lasts: timedelta,
    dead_owner: str = "",
) -> int | None:
    """Take or renew the lease.

    Args:
        owner: Unique to the worker process.
        lasts: How long it holds without a renewal.
        dead_owner: A worker that is known to be gone: its lease need not run out first.

    Returns:
        The epoch to present at every commit, or None when another worker holds the lease. The epoch
        rises whenever the owner changes, so a worker that slept through its lease is refused.
    """
    mine = Lease.owner == owner
    epoch = connection.execute(
        sa.update(Lease)
        .where(
            Lease.mailbox_id == mailbox_id,
            sa.or_(
                mine,
                Lease.expires_at < now,
                # Taken by a clock that was wrong; nobody may wait for years until it is right.
                Lease.expires_at > now + lasts + _MOST_SKEW,
                Lease.owner == dead_owner,
            ),
        )
        .values(
            owner=owner,
            epoch=sa.case((mine, Lease.epoch), else_=Lease.epoch + 1),
            expires_at=now + lasts,
        )
        .returning(Lease.epoch)
    ).scalar()
    if epoch is not None:
        return int(epoch)
    try:
        with connection.begin_nested():
            connection.execute(
                sa.insert(Lease).values(mailbox_id=mailbox_id, owner=owner, epoch=1, expires_at=now + lasts)
            )
    except IntegrityError:
        return None
    return 1


def holder(connection: Connection, mailbox_id: MailboxId) -> str | None:
    """Return who holds or last held the lease."""
    return connection.scalar(sa.select(Lease.owner).where(Lease.mailbox_id == mailbox_id))


def holds(connection: Connection, mailbox_id: MailboxId, *, owner: str, now: datetime) -> bool:
    """Tell whether a worker holds the lease now; if so, it holds it until the transaction ends."""
    expires_at = connection.scalar(
        sa.select(Lease.expires_at)
        .where(Lease.mailbox_id == mailbox_id, Lease.owner == owner)
        .with_for_update(read=True)
    )
    return expires_at is not None and expires_at > now


def check(connection: Connection, mailbox_id: MailboxId, epoch: int) -> None:
    """Refuse to go on if the lease changed hands; holds the row until the transaction ends.

    Raises:
        LeaseLost: If another worker took the mailbox over.
    """
    held = connection.scalar(
        sa.select(Lease.epoch).where(Lease.mailbox_id == mailbox_id).with_for_update(read=True)
    )
    if held != epoch:
        raise LeaseLost(f"mailbox {mailbox_id}: another worker took over (epoch {held}, ours is {epoch})")


def release(connection: Connection, mailbox_id: MailboxId, *, owner: str, now: datetime) -> None:
    """Give the lease back, so that the next worker need not wait for it to run out."""
    connection.execute(
        sa.update(Lease)
        .where(Lease.mailbox_id == mailbox_id, Lease.owner == owner)
        .values(expires_at=now - timedelta(seconds=1))
    )
