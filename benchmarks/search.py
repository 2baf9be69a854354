"""What does the full-text index cost a message, and how long does a search take?

    python -m benchmarks.search                              100,000 messages on SQLite
    python -m benchmarks.search --messages 20000 --url postgresql+psycopg://user@host/empty

Fills an empty database with mail of twelve customers (words of a Zipf-like vocabulary of 30,000, 2.5 KB
of own and quoted text on average), indexes it as `triage search --rebuild` does, and asks each kind of
question, for a reader of everything and for a reader of one customer. CPU is that of this process: on
PostgreSQL the server's share is left out there, and in the wall time.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from models import Account, Message, Thread
from triage.core.ids import AccountId
from triage.core.scope import Scope
from triage.services.search import search
from triage.services.search_index import index_all
from triage.store.database import Database

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACCOUNTS = 12
_VOCABULARY = 30_000
_CHUNK = 1_000
_SCOPES = {
    "all": Scope(accounts=frozenset(), sees_all=True, name="all"),
    "one customer": Scope(accounts=frozenset({AccountId(1)}), sees_all=False, name="one"),
}
#: By how many messages hold it: word 1 stands in nearly every one, word 20000 in a handful.
QUESTIONS = {
    "common word": "word1",
    "two common words": "word3 word7",
    "rare word": "word20000",
    "common and rare": "word2 word15000",
    "phrase": '"word1 word2"',
    "beginning": "word12*",
    "excluded": "word5 -word1",
    "sender": "from:person7",
    "month": "word9 after:2025-11 before:2025-12",
    "unanswered": "word4 is:unanswered",
    "not there": "nosuchword",
}


def texts(count: int) -> Iterator[tuple[str, str]]:
    """Yield own and quoted text of so many messages; the same ones every time."""
    draw = random.Random(7)
    words = [f"word{rank}" for rank in range(1, _VOCABULARY + 1)]
    weights = list(accumulate(1 / rank for rank in range(1, _VOCABULARY + 1)))
    for _ in range(count):
        own = draw.choices(words, cum_weights=weights, k=draw.randint(20, 300))
        quoted = draw.choices(words, cum_weights=weights, k=draw.randint(0, 400))
        yield " ".join(own), " ".join(quoted)


def fill(database: Database, count: int) -> None:
    """Write messages, each in a thread of its own; customers have unlike shares."""
    with database.write() as connection:
        connection.execute(
            sa.insert(Account),
            [{"id": n, "key": f"c{n}", "name": f"Customer {n}"} for n in range(1, ACCOUNTS + 1)],
        )
    draw = random.Random(8)
    rows: list[dict[str, Any]] = []
    for number, (own, quoted) in enumerate(texts(count), 1):
        rows.append(_row(number, own, quoted, draw))
        if len(rows) == _CHUNK or number == count:
            with database.write() as connection:
                connection.execute(sa.insert(Thread), [_thread(row) for row in rows])
                connection.execute(sa.insert(Message), rows)
            rows = []


def _thread(row: dict[str, Any]) -> dict[str, Any]:
    number = row["thread_id"]
    # Customer 1 has one message in a hundred.
    account = 1 if number % 100 == 0 else 2 + number % (ACCOUNTS - 1)
    return {
        "id": number,
        "account_id": account,
        "account_state": "confirmed",
        "is_pending": number % 50 == 0,
        "waiting_since": row["received_at"],
        "subject": row["subject"],
    }


def _row(number: int, own: str, quoted: str, draw: random.Random) -> dict[str, Any]:
    person = f"person{draw.randint(1, 400)}"
    own_end, end = len(own) + 1, len(own) + 1 + len(quoted)
    at = NOW - timedelta(seconds=draw.randint(0, 365 * 86_400))
    empty: tuple[str, ...] = (
        "in_reply_to", "references", "class_evidence", "account_evidence", "account_possible", "strangers",
        "attachments", "failed_recipients", "failed_ids", "authentication_results", "defects",
    )  # fmt: skip
    return {key: [] for key in empty} | {
        "id": number,
        "content_hash": f"{number:064x}",
        "thread_id": number,
        "received_at": at,
        "direction": "inbound",
        "message_class": "human",
        "sender_name": person,
        "sender_email": f"{person}@customer.example",
        "addresses": {
            "from": [[person, f"{person}@customer.example"]],
            "to": [["", "desk@vendor.example"]],
            "cc": [],
        },
        "subject": f"Matter {number}",
        "base_subject": f"matter {number}",
        "account_state": "confirmed",
        "text": f"{own}\n{quoted}",
        "zones": [["new", 0, own_end], ["quoted", own_end, end]],
        "zones_are_sure": True,
        "text_new": own,
        "has_more_text": False,
        "list_id": "",
        "is_important": False,
        "size_bytes": end,
        "is_backfill": True,
        "stored_at": NOW,
    }


def measure_index(database: Database, count: int) -> None:
    """Index everything and print what a message cost."""
    wall, cpu = time.perf_counter(), time.process_time()
    index_all(database)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    each = f"{1000 * cpu / count:.3f} ms CPU, {1000 * wall / count:.3f} ms wall a message"
    print(f"index: {count:,} messages, {each}, {count / wall:,.0f} messages/s")


def measure_questions(database: Database, rounds: int) -> None:
    """Print what the first page of each takes, warm."""
    for name, text in QUESTIONS.items():
        for reader, scope in _SCOPES.items():
            spent, hits, cpu = [], 0, time.process_time()
            for _ in range(rounds):
                start = time.perf_counter()
                page = search(database, scope, text, zone=UTC, now=NOW)
                spent.append(1000 * (time.perf_counter() - start))
                hits = len(page.hits)
            cpu = 1000 * (time.process_time() - cpu) / rounds
            spent.sort()
            late = spent[min(len(spent) - 1, int(len(spent) * 0.99))]
            print(
                f"{name:18} {reader:13} {hits:3} hits   "
                f"p50 {statistics.median(spent):7.1f} ms   p99 {late:7.1f} ms   CPU {cpu:7.1f} ms"
            )


def main() -> None:
    """Read the arguments, and measure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--url", help="An empty PostgreSQL database; default: SQLite in a temporary folder.")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "triage.db"
        database = Database(chosen.url or f"sqlite:///{path}")
        database.upgrade()
        wall, cpu = time.perf_counter(), time.process_time()
        fill(database, chosen.messages)
        cpu = time.process_time() - cpu
        print(
            f"fill: {time.perf_counter() - wall:.0f} s, {1000 * cpu / chosen.messages:.3f} ms CPU a message"
        )
        before = _size(database)
        measure_index(database, chosen.messages)
        grown = (_size(database) - before) / chosen.messages
        print(f"size: {grown:,.0f} bytes a message, beside {before / chosen.messages:,.0f} of the mail")
        if not database.is_sqlite:
            with database.write() as connection:
                connection.execute(sa.text("ANALYZE"))
        measure_questions(database, chosen.rounds)
        database.close()


def _size(database: Database) -> int:
    with database.read() as connection:
        if database.is_sqlite:
            pages = connection.scalar(sa.text("PRAGMA page_count")) or 0
            return int(pages * (connection.scalar(sa.text("PRAGMA page_size")) or 0))
        return int(connection.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0)


if __name__ == "__main__":
    main()
