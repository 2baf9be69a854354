"""The completeness ledger."""

from datetime import UTC, datetime, timedelta

from triage.core.errors import SignInError, Unreachable
from triage.store import ledger, mailboxes
from triage.store.database import Database
from triage.store.ledger import NewLocation

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_locations_are_of_one_epoch_only(database: Database) -> None:
    with database.write() as connection:
        mailbox = mailboxes.register_mailbox(connection, "sales", kind="imap")
        row = mailboxes.register_folder(connection, mailbox, "INBOX", role="inbox")
        old = mailboxes.start_epoch(connection, row, uidvalidity=7, newest_uid=3)
        lost = [NewLocation(uid=uid, state="unfetchable", evidence={"why": "no data"}) for uid in (1, 2, 3)]
        ledger.add_locations(connection, old, lost, now=NOW)
        mailboxes.move_cursor(connection, row.id, 3)

        new = mailboxes.start_epoch(connection, old, uidvalidity=8, newest_uid=2)

        assert (old.backfill_until_uid, new.backfill_until_uid) == (3, 0)
        assert new.last_uid == 0
        assert ledger.located(connection, old, {1, 2, 3, 4}) == {1, 2, 3}
        assert ledger.located(connection, new, {1, 2, 3, 4}) == set()


def test_cursor_never_moves_back(database: Database) -> None:
    with database.write() as connection:
        mailbox = mailboxes.register_mailbox(connection, "sales", kind="imap")
        row = mailboxes.register_folder(connection, mailbox, "INBOX", role="inbox")

        mailboxes.move_cursor(connection, row.id, 9)
        mailboxes.move_cursor(connection, row.id, 4)

        assert mailboxes.folder(connection, row.id).last_uid == 9


def test_message_that_left_is_explained_and_no_longer_counted(database: Database) -> None:
    with database.write() as connection:
        mailbox = mailboxes.register_mailbox(connection, "sales", kind="imap")
        row = mailboxes.register_folder(connection, mailbox, "INBOX", role="inbox")
        row = mailboxes.start_epoch(connection, row, uidvalidity=7, newest_uid=0)
        new = [NewLocation(uid=uid, state="quarantined", raw=b"x", evidence={"why": "odd"}) for uid in (1, 2)]
        ledger.add_locations(connection, row, new, now=NOW)

        ledger.mark_gone(connection, row, {2}, witness="SEARCH", now=NOW)

        assert ledger.count_located(connection, row) == 1
        assert ledger.located_between(connection, row, 1, 9) == {1}
        assert ledger.located(connection, row, {1, 2}) == {1, 2}


def test_instant_of_the_first_failure_stays_while_it_lasts(database: Database) -> None:
    later = NOW + timedelta(hours=1)
    with database.write() as connection:
        mailbox = mailboxes.register_mailbox(connection, "sales", kind="imap")

        mailboxes.mark_failed(connection, mailbox, SignInError("refused"), now=NOW)
        mailboxes.mark_failed(connection, mailbox, SignInError("refused"), now=later)
        same = mailboxes.mailbox_state(connection, mailbox)
        mailboxes.mark_failed(connection, mailbox, Unreachable("no route"), now=later)
        other = mailboxes.mailbox_state(connection, mailbox)

    assert (same.state, same.since) == ("auth_failed", NOW)
    assert (other.state, other.since, other.reason) == ("unreachable", later, "no route")
