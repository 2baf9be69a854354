"""Does threading cost more when the mailbox is large?

    python -m benchmarks.threading_scale                       20,000 messages, SQLite in a temporary folder
    python -m benchmarks.threading_scale --messages 1000000
    python -m benchmarks.threading_scale --url postgresql+psycopg://user@host/empty

Stores synthetic mail of 400 customers in batches of 200 and times threading alone, the commit
included. Prints the rate of each tenth and the cost of the last slice over that of the first.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median

import sqlalchemy as sa

from models import Account
from triage.core.attribution import AccountState, Attribution
from triage.core.direction import Direction, Own
from triage.core.ids import AccountId, HeaderId
from triage.core.message import Address, Message, Zone, ZoneKind
from triage.store.database import Database
from triage.store.messages import NewMessage, add_messages
from triage.store.threading import rethread

BATCH = 200
CUSTOMERS = 400
#: Threads that are talked in at the same time.
ACTIVE = 500
START = datetime(2026, 1, 1, tzinfo=UTC)
OWN = Own(domains=frozenset({"our.example"}))
OURS = Address(email="desk@our.example")


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
    number = 0
    while True:
        number += 1
        roll = random.random()
        if roll < 0.2 or len(talks) < 10:
            talk = _Talk(random.randrange(CUSTOMERS), [])
            talks.append(talk)
            if len(talks) > ACTIVE:
                old.append(talks.pop(random.randrange(len(talks))))
        elif roll < 0.22 and old:
            talk = random.choice(old)
        else:
            talk = random.choice(talks)
        yield _mail(random, number, talk)


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
            ids = add_messages(connection, list(islice(source, BATCH)), now=START)
        wall, cpu = time.perf_counter(), time.process_time()
        with database.write() as connection:
            rethread(connection, ids, now=START, own=OWN)
        yield Cost(wall_seconds=time.perf_counter() - wall, cpu_seconds=time.process_time() - cpu)
    database.close()


def report(costs: Iterator[Cost], *, slice_messages: int) -> None:
    """Print the rate of each slice, and the cost of the last one over that of the first."""
    size = max(1, slice_messages // BATCH)
    slices: list[list[Cost]] = []
    while part := list(islice(costs, size)):
        slices.append(part)
        wall, cpu = sum(one.wall_seconds for one in part), sum(one.cpu_seconds for one in part)
        rates = (
            f"{BATCH * len(part) / wall:>8,.0f} messages/s, {BATCH * len(part) / cpu:>8,.0f} per CPU second"
        )
        print(f"to {len(slices) * size * BATCH:>9,}: {rates}", flush=True)
    first, last = slices[0], slices[-1]
    wall_ratio = median(one.wall_seconds for one in last) / median(one.wall_seconds for one in first)
    cpu_ratio = median(one.cpu_seconds for one in last) / median(one.cpu_seconds for one in first)
    print(f"median batch, last slice over first: {wall_ratio:.2f} by the clock, {cpu_ratio:.2f} of our CPU")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--slice", type=int, default=0, help="messages compared (a tenth, at most 10,000)")
    parser.add_argument("--url", default="", help="an empty database; SQLite in a temporary folder if absent")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="triage-threading-") as folder:
        costs = run(given.url or f"sqlite:///{Path(folder) / 'scale.db'}", given.messages)
        report(costs, slice_messages=given.slice or min(10_000, given.messages // 10))


if __name__ == "__main__":
    main()
