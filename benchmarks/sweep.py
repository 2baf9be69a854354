"""Does the sweep cost more when there are many threads to which nothing happens?

    python -m benchmarks.sweep                                   1,000 due among 10,000 and 1,000,000
    python -m benchmarks.sweep --small 2000 --large 50000 --due 200

For each size: a database (SQLite in a temporary folder) with that many pending threads, of which some
have a clock that falls due; they are swept, commits included. Prints the times and their ratio.
"""

import argparse
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from models import Account, Thread
from triage.core.attribution import AccountState, Attribution
from triage.core.direction import Direction, Own
from triage.core.ids import AccountId, HeaderId, MessageId, ThreadId
from triage.core.message import Address, Message, Zone, ZoneKind
from triage.core.policy import Policy, Target, TargetKind, WarnPoint
from triage.core.rules import RuleBook, RuleSource
from triage.core.schedule import Schedule
from triage.registrable import registrable
from triage.services.practice import Practice
from triage.services.project_threads import project_threads
from triage.services.sweep import sweep
from triage.store.accounts import read_directory, read_rules
from triage.store.database import Database
from triage.store.messages import NewMessage, add_messages
from triage.store.threading import rethread

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
OWN = Own(domains=frozenset({"vendor.example"}))
MINUTES = 240
_ROWS = 5_000


def practice(database: Database) -> Practice:
    """Return four hours for each answer, around the clock."""
    with database.read() as connection:
        directory, rules = read_directory(connection), read_rules(connection)
    target = Target(
        kind=TargetKind.FIRST_REPLY, minutes=MINUTES, schedule="always", warn=(WarnPoint(percent=75),)
    )
    source = RuleSource(
        rules=rules,
        own=OWN,
        account_names=directory.account_names,
        project_names=directory.project_names,
        registrable=registrable,
    )
    return Practice(
        rules=RuleBook(source),
        directory=directory,
        policies=(Policy(name="standard", position=0, targets=(target,)),),
        schedules={"always": (Schedule(name="always", zone="UTC"),)},
        priorities={},
    )


def question(number: int) -> NewMessage:
    """Write a mail of a customer, each a thread of its own."""
    text = f"Question {number}: the export has stopped."
    message = Message(
        message_id=HeaderId(f"{number}@acme.example"),
        senders=(Address(email=f"person{number}@acme.example"),),
        to=(Address(email="desk@vendor.example"),),
        subject=f"Matter {number}",
        received_at=START,
        text=text,
        zones=(Zone(ZoneKind.NEW, 0, len(text)),),
    )
    return NewMessage(
        message=message,
        content_hash=f"{number:064x}",
        base_subject=f"matter {number}",
        direction=Direction.INBOUND,
        attribution=Attribution(state=AccountState.CONFIRMED, account=AccountId(1)),
        raw=b"",
        is_backfill=False,
    )


def measure(url: str, *, threads: int, due: int) -> float:
    """Return the seconds that the sweep of the due threads takes."""
    database = Database(url)
    database.upgrade()
    with database.write() as connection:
        connection.execute(sa.insert(Account), [{"id": 1, "key": "acme", "name": "ACME"}])
    _fill(database, threads - due)
    terms = practice(database)
    for first in range(0, due, 200):
        with database.write() as connection:
            rows = add_messages(
                connection, [question(number) for number in range(first, min(first + 200, due))], now=START
            )
            rethread(connection, [MessageId(row.id) for row in rows], now=START, own=OWN, written=rows)
            touched = connection.scalars(sa.select(Thread.id).where(Thread.message_count == 0))
            project_threads(connection, terms, [ThreadId(one) for one in touched], now=START)
    begin = time.perf_counter()
    swept = sweep(database, terms, now=START + timedelta(minutes=MINUTES))
    taken = time.perf_counter() - begin
    database.close()
    if swept != due:
        raise SystemExit(f"{swept} threads were swept, not {due}")
    return taken


def _fill(database: Database, threads: int) -> None:
    """Write pending threads whose clocks run for days."""
    for first in range(0, threads, _ROWS):
        rows = [
            {
                "account_id": 1,
                "is_pending": True,
                "waiting_since": START,
                "message_count": 1,
                "next_due_at": START + timedelta(days=3, seconds=number),
                "next_event_at": START + timedelta(days=2, seconds=number),
            }
            for number in range(first, min(first + _ROWS, threads))
        ]
        with database.write() as connection:
            connection.execute(sa.insert(Thread), rows)


def main() -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=1_000)
    arguments = parser.parse_args()
    taken = []
    for threads in (arguments.small, arguments.large):
        with tempfile.TemporaryDirectory() as folder:
            seconds = measure(f"sqlite:///{Path(folder) / 'triage.db'}", threads=threads, due=arguments.due)
        print(f"{arguments.due:,} due among {threads:>9,}: {seconds:.2f} s", flush=True)
        taken.append(seconds)
    print(f"ratio {taken[1] / taken[0]:.2f}")


if __name__ == "__main__":
    main()
