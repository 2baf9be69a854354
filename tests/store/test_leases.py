"""One mailbox, one worker."""

from datetime import UTC, datetime, timedelta

import pytest

from triage.core.errors import LeaseLost
from triage.core.ids import MailboxId
from triage.store import leases
from triage.store.database import Database
from triage.store.mailboxes import register_mailbox

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LASTS = timedelta(seconds=15)


def _mailbox(database: Database) -> MailboxId:
    with database.write() as connection:
        return register_mailbox(connection, "sales", kind="imap")


def _acquire(database: Database, mailbox: MailboxId, owner: str, now: datetime) -> int | None:
    with database.write() as connection:
        return leases.acquire(connection, mailbox, owner=owner, now=now, lasts=LASTS)


def test_second_worker_is_refused_while_the_first_renews(database: Database) -> None:
    mailbox = _mailbox(database)

    first = _acquire(database, mailbox, "one", NOW)

    assert first == 1
    assert _acquire(database, mailbox, "two", NOW + timedelta(seconds=10)) is None
    assert _acquire(database, mailbox, "one", NOW + timedelta(seconds=10)) == first
    assert _acquire(database, mailbox, "two", NOW + timedelta(seconds=20)) is None


def test_dead_worker_is_replaced_and_its_late_commit_refused(database: Database) -> None:
    mailbox = _mailbox(database)
    old = _acquire(database, mailbox, "one", NOW)

    new = _acquire(database, mailbox, "two", NOW + LASTS + timedelta(seconds=1))

    assert (old, new) == (1, 2)
    with database.write() as connection:
        leases.check(connection, mailbox, 2)
        with pytest.raises(LeaseLost, match="another worker took over"):
            leases.check(connection, mailbox, 1)


def test_released_lease_is_free_at_once(database: Database) -> None:
    mailbox = _mailbox(database)
    _acquire(database, mailbox, "one", NOW)

    with database.write() as connection:
        leases.release(connection, mailbox, owner="one", now=NOW)

    assert _acquire(database, mailbox, "two", NOW) == 2
