"""A queue page of 50 rows over HTTP, against the least work that could answer it.

    python -m benchmarks.queue_page [--threads 100000] [--requests 2000] [--rounds 5]

The floor is one FastAPI route that runs one prepared statement with sqlite3 in ``async def`` and
dumps the rows with orjson: no rights, no counts, no reasons, no coverage. Both answer from the same
file, one process each, over one kept connection, in turn; what is told is the median of the rounds.
Random pages all over the queue are asked for, so that the pages of the file are not always the same.
"""

import argparse
import asyncio
import http.client
import multiprocessing
import random
import socket
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import orjson
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI, Response

from api.app import create_app
from api.context import ApiContext
from api.server import spare_collections
from models import Account, Base, Folder, Mailbox, Project, Thread
from triage.core.cursor import Cursor
from triage.core.ids import ThreadId
from triage.core.queue_entry import View
from triage.services.access import first_token
from triage.store.database import Database

NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
ROWS = 50
_ACCOUNTS = 20
#: One thread in so many waits for an answer.
_PENDING_EVERY = 5
_BATCH = 5_000
_FLOOR_COLUMNS = (
    "id, subject, account_id, project_id, priority, waiting_on, waiting_since, next_due_at, "
    "next_due_target, next_due_state, snippet, last_sender, message_count, turn_evidence, version"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One round of one server, times in milliseconds."""

    requests_a_second: float
    p50: float
    p99: float


def fill(path: Path, threads: int) -> str:
    """Write the threads and return a token that sees all of them."""
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.engine)
    numbers = iter(range(1, threads + 1))
    with database.write() as connection:
        for account in range(1, _ACCOUNTS + 1):
            connection.execute(
                sa.insert(Account).values(id=account, key=f"a{account}", name=f"Account {account}")
            )
            connection.execute(
                sa.insert(Project).values(id=account, account_id=account, key="p", name=f"Project {account}")
            )
        connection.execute(
            sa.insert(Mailbox).values(id=1, name="support", kind="imap", state="ok", state_reason="")
        )
        connection.execute(
            sa.insert(Folder).values(
                mailbox_id=1, name="INBOX", role="inbox", generation=0, last_uid=threads, checked_at=NOW
            )
        )
        while batch := [_thread(number) for number in islice(numbers, _BATCH)]:
            connection.execute(sa.insert(Thread), batch)
        connection.exec_driver_sql("ANALYZE")
    token = first_token(database, now=NOW)
    database.close()
    if token is None:
        raise RuntimeError("the database is not new")
    return token


def _thread(number: int) -> dict[str, object]:
    spread = timedelta(seconds=number * 7919 % 2_000_000)
    is_pending = number % _PENDING_EVERY == 0
    return {
        "id": number,
        "subject": f"Question {number} on the cut-over of the warehouse system",
        "account_id": number % _ACCOUNTS + 1,
        "account_state": "confirmed",
        "account_evidence": [["domain", "The sender's domain belongs to the customer."]],
        "project_id": number % _ACCOUNTS + 1,
        "project_state": "confirmed",
        "project_evidence": [],
        "status": "open",
        "priority": "normal",
        "waiting_on": "us" if is_pending else "customer",
        "waiting_since": NOW - spread,
        "is_pending": is_pending,
        "turn_evidence": [["unanswered", "The customer wrote and has no answer."]],
        "next_due_at": NOW - timedelta(days=2) + spread if is_pending else None,
        "next_due_target": "first_reply" if is_pending else None,
        "next_due_state": "running" if is_pending else None,
        "message_count": 3,
        "last_message_at": NOW - spread,
        "last_sender": "Mia Example",
        "snippet": "Could you please confirm the date? " * 3,
        "version": 1,
    }


def product(path: Path) -> FastAPI:
    """Return the API as it ships."""
    context = ApiContext(
        database=Database(f"sqlite:///{path}"), public_url="http://127.0.0.1", clock=lambda: NOW
    )
    made = create_app(context)
    spare_collections()
    return made


def floor(path: Path) -> FastAPI:
    """Return the least that answers a page."""
    app = FastAPI()
    connection = sqlite3.connect(path, check_same_thread=False)
    names = [name.strip() for name in _FLOOR_COLUMNS.split(",")]
    statement = (
        f"SELECT {_FLOOR_COLUMNS} FROM thread WHERE is_pending = 1 AND (next_due_at, id) > (?, ?) "  # noqa: S608
        f"ORDER BY next_due_at, id LIMIT {ROWS}"
    )

    @app.get("/floor")
    async def page(due: str, after: int) -> Response:
        rows = connection.execute(statement, (due, after)).fetchall()
        content = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows])
        return Response(content, media_type="application/json")

    return app


def product_paths(random_numbers: random.Random) -> Iterator[str]:
    """Yield pages that start anywhere in the queue."""
    while True:
        due_at, number = _anywhere(random_numbers)
        cursor = Cursor(view=View.PENDING, segment=0, instants=(due_at, NOW), thread_id=ThreadId(number))
        yield f"/v1/queue?limit={ROWS}&cursor={cursor.encode()}"


def floor_paths(random_numbers: random.Random) -> Iterator[str]:
    """Yield the same pages for the floor."""
    while True:
        due_at, number = _anywhere(random_numbers)
        yield f"/floor?due={due_at:%Y-%m-%d+%H:%M:%S.%f}&after={number}"


def _anywhere(random_numbers: random.Random) -> tuple[datetime, int]:
    return NOW - timedelta(days=2) + timedelta(seconds=random_numbers.randrange(1_900_000)), 1


def _serve(make: Callable[[Path], FastAPI], path: Path, port: int) -> None:
    config = uvicorn.Config(
        make(path), host="127.0.0.1", port=port, log_level="error", access_log=False, timeout_keep_alive=600
    )
    asyncio.run(uvicorn.Server(config).serve())


@contextmanager
def serving(make: Callable[[Path], FastAPI], path: Path) -> Iterator[http.client.HTTPConnection]:
    """Serve in a process of its own and yield a connection to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(make, path, port), daemon=True
    )
    process.start()
    try:
        give_up = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.05)
        yield http.client.HTTPConnection("127.0.0.1", port)
    finally:
        process.terminate()
        process.join()


def ask(connection: http.client.HTTPConnection, paths: Iterator[str], requests: int, token: str) -> Round:
    """Ask for pages one after the other."""
    took: list[float] = []
    began = time.perf_counter()
    for path in islice(paths, requests):
        started = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        body = answer.read()
        took.append((time.perf_counter() - started) * 1000)
        if answer.status != http.HTTPStatus.OK or len(body) < 1000:
            raise RuntimeError(f"{path} gave {answer.status} with {len(body)} bytes")
    seconds = time.perf_counter() - began
    cuts = statistics.quantiles(took, n=100)
    return Round(requests_a_second=requests / seconds, p50=cuts[49], p99=cuts[98])


def main() -> None:
    """Fill a database, ask both servers in turn, print medians."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--threads", type=int, default=100_000)
    arguments.add_argument("--requests", type=int, default=1_000)
    arguments.add_argument("--rounds", type=int, default=5)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "triage.db"
        token = fill(path, given.threads)
        rounds: dict[str, list[Round]] = {"floor": [], "triage": []}
        with serving(floor, path) as low, serving(product, path) as high:
            for number in range(given.rounds + 1):
                chosen = random.Random(number)
                fresh = {
                    "floor": ask(low, floor_paths(chosen), given.requests, token),
                    "triage": ask(high, product_paths(chosen), given.requests, token),
                }
                # The first round fills the caches.
                for name, one in fresh.items() if number else ():
                    rounds[name].append(one)
    print(f"{given.threads:,} threads, {given.threads // _PENDING_EVERY:,} pending, {ROWS} rows a page")
    for name, found in rounds.items():
        rate = statistics.median(one.requests_a_second for one in found)
        p50 = statistics.median(one.p50 for one in found)
        p99 = statistics.median(one.p99 for one in found)
        print(f"{name:8} {rate:7.0f} requests/s   p50 {p50:6.2f} ms   p99 {p99:6.2f} ms")
    ratio = statistics.median(high.p50 / low.p50 for low, high in zip(*rounds.values(), strict=True))
    print(f"triage takes {ratio:.1f} times the floor (median of {given.rounds} rounds)")


if __name__ == "__main__":
    main()
