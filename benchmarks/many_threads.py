"""A database with very many threads, written in seconds by the database itself, and kept for the next run.

What matters for reading is here: rows as wide as real ones, due times spread over the file so that a
page of the queue lies on as many pages of the file as it has rows, one large customer and many small.
"""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from models import Account, Base, Folder, Mailbox, Project, Token
from triage.services.access import create_token
from triage.store.database import Database

NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
ACCOUNTS = 40
#: Of the customers: the first has half of all threads.
LARGE, SMALL = "a1", "a7"
#: One thread in so many waits for an answer.
PENDING_EVERY = 5
#: Due times of pending threads lie within so many seconds.
SPREAD_SECONDS = 2_000_000
_EPOCH = int(NOW.timestamp())
_COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :threads)"
_INSTANT = "strftime('%Y-%m-%d %H:%M:%S', {}, 'unixepoch') || '.000000'"


def many_threads(path: Path, threads: int) -> Database:
    """Return a database with so many threads, each with one message; an earlier one is used again."""
    if path.exists():
        database = Database(f"sqlite:///{path}")
        with database.read() as connection:
            found = connection.exec_driver_sql("SELECT max(id) FROM thread").scalar()
        if found == threads:
            return database
        database.close()
        for old in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
            old.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    _fill(path, threads)
    return Database(f"sqlite:///{path}")


def token_for(database: Database, *accounts: str) -> str:
    """Return a new token for some accounts; without any it sees all."""
    with database.read() as connection:
        number = connection.scalar(sa.select(sa.func.count()).select_from(Token))
    return create_token(
        database, name=f"benchmark {number}", sees_all=not accounts, accounts=accounts, now=NOW
    )


def _fill(path: Path, threads: int) -> None:
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    with database.write() as connection:
        for number in range(1, ACCOUNTS + 1):
            key = f"a{number}"
            connection.execute(sa.insert(Account).values(id=number, key=key, name=f"Account {number}"))
            connection.execute(
                sa.insert(Project).values(id=number, account_id=number, key="p", name=f"Project {number}")
            )
        connection.execute(
            sa.insert(Mailbox).values(id=1, name="support", kind="imap", state="ok", state_reason="")
        )
        connection.execute(
            sa.insert(Folder).values(
                mailbox_id=1, name="INBOX", role="inbox", generation=0, last_uid=threads, checked_at=NOW
            )
        )
    database.close()
    add_threads(path, threads)


def add_threads(path: Path, threads: int) -> None:
    """Write threads with one message each, of the accounts 1 to ``ACCOUNTS``, into a database without any."""
    with sqlite3.connect(path, isolation_level=None) as raw:
        raw.execute("PRAGMA synchronous=OFF")
        raw.execute("PRAGMA cache_size=-262144")
        _insert(raw, threads)
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()


def _insert(raw: sqlite3.Connection, threads: int) -> None:
    # Indexes that are made last are made by one sort each.
    later = [
        sql
        for table in ("thread", "message")
        for (sql,) in raw.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL",
            (table,),
        )
    ]
    for index in (*Base.metadata.tables["thread"].indexes, *Base.metadata.tables["message"].indexes):
        raw.execute(f'DROP INDEX "{index.name}"')
    raw.execute("BEGIN")
    for table, columns in (("thread", _THREAD), ("message", _MESSAGE)):
        names = ", ".join(f'"{name}"' for name in columns)
        values = ", ".join(columns.values())
        raw.execute(
            f"INSERT INTO {table} ({names}) {_COUNT} SELECT {values} FROM n",  # noqa: S608 - our own words
            {"threads": threads},
        )
    for sql in later:
        raw.execute(sql)
    raw.execute("COMMIT")


_WAIT = f"(i * 7919 % {SPREAD_SECONDS})"
_PENDING = f"i % {PENDING_EVERY} = 0"
_ACCOUNT = f"CASE WHEN i / {PENDING_EVERY} % 2 = 0 THEN 1 ELSE 2 + (i / {PENDING_EVERY}) % {ACCOUNTS - 1} END"
_SINCE = _INSTANT.format(f"{_EPOCH} - {_WAIT}")
_DUE = _INSTANT.format(f"{_EPOCH} - {int(timedelta(days=2).total_seconds())} + {_WAIT}")
_THREAD = {
    "id": "i",
    "subject": "'Question ' || i || ' on the cut-over of the warehouse system'",
    "account_id": _ACCOUNT,
    "account_state": "'confirmed'",
    "account_evidence": """'[["domain", "The sender''s domain belongs to the customer."]]'""",
    "project_id": _ACCOUNT,
    "project_state": "'confirmed'",
    "project_evidence": "'[]'",
    "status": "'open'",
    "priority": "'normal'",
    "waiting_on": f"CASE WHEN {_PENDING} THEN 'us' ELSE 'customer' END",
    "waiting_since": _SINCE,
    "is_pending": _PENDING,
    "turn_evidence": """'[["unanswered", "Mia Example wrote on 11 March and has no answer."]]'""",
    "next_due_at": f"CASE WHEN {_PENDING} THEN {_DUE} END",
    "next_due_target": f"CASE WHEN {_PENDING} THEN 'first_reply' END",
    "next_due_state": f"CASE WHEN {_PENDING} THEN 'running' END",
    "message_count": "3",
    "first_message_at": _SINCE,
    "last_message_at": _SINCE,
    "last_inbound_at": _SINCE,
    "last_sender": "'Mia Example'",
    "snippet": "'Could you please confirm the date? Could you please confirm the date? Could you?'",
    "version": "1",
}
_ADDRESSES = (
    """'{"from": [["Mia Example", "mia@customer.example"]], "to": [["", "support@vendor.example"]], """
    """"cc": [], "reply_to": [], "delivered_to": []}'"""
)
_NONE, _NO = "'[]'", "0"
_MESSAGE = {
    "id": "i",
    "content_hash": "printf('%064x', i)",
    "header_id": "'message-' || i || '@mail.example'",
    "in_reply_to": _NONE,
    "references": _NONE,
    "thread_id": "i",
    "received_at": _SINCE,
    "direction": "'inbound'",
    "message_class": "'human'",
    "class_evidence": _NONE,
    "sender_name": "'Mia Example'",
    "sender_email": "'mia@customer.example'",
    "addresses": _ADDRESSES,
    "subject": "'Question'",
    "base_subject": "'question'",
    "account_id": _ACCOUNT,
    "account_state": "'confirmed'",
    "account_evidence": _NONE,
    "account_possible": _NONE,
    "strangers": _NONE,
    "text": "'Could you please confirm the date?'",
    "zones": """'[["new", 0, 34]]'""",
    "zones_are_sure": "1",
    "text_new": "'Could you please confirm the date?'",
    "has_more_text": _NO,
    "attachments": _NONE,
    "failed_recipients": _NONE,
    "failed_ids": _NONE,
    "list_id": "''",
    "authentication_results": _NONE,
    "is_important": _NO,
    "size_bytes": "4096",
    "defects": _NONE,
    "is_backfill": _NO,
    "stored_at": _SINCE,
}
