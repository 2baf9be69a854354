"""Does threading cost more when the mailbox is large?

    python -m benchmarks.threading_scale                       20,000 messages, SQLite in a temporary folder
    python -m benchmarks.threading_scale --messages 1000000
    python -m benchmarks.threading_scale --url URL --fresh-url URL     two empty databases of one PostgreSQL

Stores synthetic mail of 400 customers in batches of 200 and times threading alone, the commit
included. Prints the rate of each slice, and the cost of the last one over that of the first, in two
ways: as it was; and against a first slice on another empty database, the batches of both in turn, so
that whatever else the machine does weighs on both alike. CPU seconds are ours and, where the
database runs on this machine, those of its process that works for us.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Account
from triage.collector import collect_rarely
from triage.core.attribution import AccountState, Attribution
from triage.core.direction import Direction, Own
from triage.core.ids import AccountId, HeaderId, MessageId
from triage.core.message import Address, Message, Zone, ZoneKind
from triage.store.database import Database
from triage.store.messages import NewMessage, add_messages
from triage.store.threading import rethread

BATCH = 200
CUSTOMERS = 400
#: Threads that are talked in at the same time.
ACTIVE = 500
#: Threads that ended, old ones too, of which one gets another mail now and then. No more are kept, or the
#: garbage collector's walk over them would be counted as the cost of threading.
ENDED = 2_000
START = datetime(2026, 1, 1, tzinfo=UTC)
OWN = Own(domains=frozenset({"our.example"}))
OURS = Address(email="desk@our.example")
_SIZE = ("page_count", "page_size")


@dataclass
class _Talk:
    """A conversation that goes on."""

    customer: int
    ids: list[HeaderId]
    last_text: str = ""


def mails(random: Random) -> Iterator[NewMessage]:
    """Write mail for ever: five to a thread, one reply in ten without ids, some to very old threads."""
    talks: list[_Talk] = []
    old: list[_Talk] = []
    ended = number = 0
    while True:
        number += 1
        roll = random.random()
        if roll < 0.2 or len(talks) < 10:
            talk = _Talk(random.randrange(CUSTOMERS), [])
            talks.append(talk)
            if len(talks) > ACTIVE:
                ended += 1
                _keep_sample(old, talks.pop(random.randrange(len(talks))), ended, random)
        elif roll < 0.22 and old:
            # Once, or the few that are kept would grow ever longer.
            talk = old.pop(random.randrange(len(old)))
        else:
            talk = random.choice(talks)
        yield _mail(random, number, talk)


def _keep_sample(sample: list[_Talk], talk: _Talk, number: int, random: Random) -> None:
    """Keep a few of all threads that ended so far, as in reservoir sampling (algorithm R)."""
    if len(sample) < ENDED:
        sample.append(talk)
    elif (place := random.randrange(number)) < ENDED:
        sample[place] = talk


def _mail(random: Random, number: int, talk: _Talk) -> NewMessage:
    customer = Address(email=f"ann@customer{talk.customer}.example")
    is_ours = bool(talk.ids) and random.random() < 0.5
    new = "".join(f"sentence {number}-{line} about some matter\n" for line in range(random.randrange(2, 9)))
    quoted = talk.last_text
    references = tuple(talk.ids[-20:]) if random.random() > 0.1 else ()
    header_id = HeaderId(f"{number:x}.{random.getrandbits(64):x}@{'our' if is_ours else 'customer'}.example")
    at = START + timedelta(seconds=30 * number)
    talk.ids.append(header_id)
    talk.last_text = new
    message = Message(
        message_id=header_id,
        in_reply_to=references[-1:],
        references=references,
        senders=(OURS if is_ours else customer,),
        to=(customer if is_ours else OURS,),
        subject="matter",
        sent_at=at,
        received_at=at,
        text=new + quoted,
        zones=(Zone(ZoneKind.NEW, 0, len(new)), Zone(ZoneKind.QUOTED, len(new), len(new + quoted))),
    )
    return NewMessage(
        message=message,
        content_hash=f"{number:064x}",
        base_subject="matter",
        direction=Direction.OUTBOUND if is_ours else Direction.INBOUND,
        attribution=Attribution(state=AccountState.CONFIRMED, account=AccountId(talk.customer + 1)),
        raw=b"",
        is_backfill=False,
    )


@dataclass(frozen=True)
class Cost:
    """What threading a batch took, the commit included."""

    wall_seconds: float
    cpu_seconds: float


class _Stopwatch:
    """Wall and CPU time since it was made, of this process and of the database's."""

    def __init__(self, connection: Connection) -> None:
        self._server = _server_process(connection)
        self._began = self._now()

    def cost(self) -> Cost:
        wall, cpu = self._now()
        return Cost(wall_seconds=wall - self._began[0], cpu_seconds=cpu - self._began[1])

    def _now(self) -> tuple[float, float]:
        server = 0.0
        if self._server is not None:
            ticks = self._server.read_text().rpartition(")")[2].split()[11:13]
            server = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
        return time.perf_counter(), time.process_time() + server


def _server_process(connection: Connection) -> Path | None:
    """Return where Linux tells of the server's process that works for us, if it runs here."""
    if connection.dialect.name != "postgresql":
        return None
    number = connection.scalar(sa.select(sa.func.pg_backend_pid()))
    stat = Path(f"/proc/{number}/stat")
    return stat if stat.exists() and "postgres" in stat.read_text() else None


def run(url: str, messages: int) -> Iterator[Cost]:
    """Store and thread that many messages; yield the cost of each batch."""
    database = Database(url)
    database.upgrade()
    with database.write() as connection:
        connection.execute(
            sa.insert(Account),
            [{"id": one, "key": f"c{one}", "name": f"C{one}"} for one in range(1, CUSTOMERS + 1)],
        )
    source = mails(Random(7))
    for _ in range(messages // BATCH):
        with database.write() as connection:
            rows = add_messages(connection, list(islice(source, BATCH)), now=START)
        with database.write() as connection:
            watch = _Stopwatch(connection)
            rethread(connection, [MessageId(row.id) for row in rows], now=START, own=OWN, written=rows)
        yield watch.cost()
    print(f"{_size_bytes(database) / messages:,.0f} bytes of database a message, text and indexes included")
    database.close()


def _size_bytes(database: Database) -> int:
    with database.read() as connection:
        if database.is_sqlite:
            pages, size = (connection.exec_driver_sql(f"PRAGMA {one}").scalar() for one in _SIZE)
            return int(pages or 0) * int(size or 0)
        return int(connection.scalar(sa.select(sa.func.pg_database_size(sa.func.current_database()))) or 0)


def report(costs: Iterator[Cost], fresh: Iterator[Cost], *, messages: int, slice_messages: int) -> None:
    """Print the rate of each slice, and the cost of the last one over that of the first.

    Args:
        fresh: Of another run; one batch of it follows each batch of the last slice.
    """
    size = max(1, slice_messages // BATCH)
    before = list[list[Cost]]()
    for number in range(1, messages // BATCH // size):
        before.append(list(islice(costs, size)))
        _print_rate(f"to {number * size * BATCH:>9,}", before[-1])
    pairs = [(one, next(fresh)) for one in costs]
    last, beside = [one for one, _ in pairs], [other for _, other in pairs]
    _print_rate(f"to {messages:>9,}", last)
    _print_rate("beside it, the first slice on an empty database", beside)
    first = before[0] if before else beside
    print(f"median batch, last slice over first: {_ratio(last, first)}")
    print(f"median batch, last slice over the first slice beside it: {_ratio(last, beside)}")


def _print_rate(what: str, part: Sequence[Cost]) -> None:
    wall, cpu = sum(one.wall_seconds for one in part), sum(one.cpu_seconds for one in part)
    done = BATCH * len(part)
    print(f"{what}: {done / wall:>8,.0f} messages/s, {done / cpu:>8,.0f} per CPU second", flush=True)


def _ratio(last: Sequence[Cost], first: Sequence[Cost]) -> str:
    wall = median(one.wall_seconds for one in last) / median(one.wall_seconds for one in first)
    cpu = median(one.cpu_seconds for one in last) / median(one.cpu_seconds for one in first)
    return f"{wall:.2f} by the clock, {cpu:.2f} of CPU"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--slice", type=int, default=0, help="messages compared (a tenth, at most 10,000)")
    parser.add_argument("--url", default="", help="an empty database; SQLite in a temporary folder if absent")
    parser.add_argument("--fresh-url", default="", help="another empty database on the same server")
    given = parser.parse_args()
    if given.url and not given.fresh_url:
        parser.error("--url needs --fresh-url: another empty database on the same server")
    size = given.slice or min(10_000, given.messages // 10)
    # As the program does that reads mail.
    collect_rarely()
    with tempfile.TemporaryDirectory(prefix="triage-threading-") as folder:
        costs = run(given.url or f"sqlite:///{Path(folder) / 'scale.db'}", given.messages)
        fresh = run(given.fresh_url or f"sqlite:///{Path(folder) / 'fresh.db'}", given.messages)
        report(costs, fresh, messages=given.messages, slice_messages=size)


if __name__ == "__main__":
    main()
