"""Hot reads over HTTP, against the least work that could answer a page of the queue.

    python -m benchmarks.queue_page [--threads 1000000] [--database FILE] [--seconds 3] [--rounds 5]

The floor is one FastAPI route that runs one prepared statement with sqlite3 in ``async def`` and
dumps the rows with orjson: no rights, no counts, no reasons, no coverage. It selects the columns of a
row of the queue from the same file, under the same server settings. Floor and product are asked in
turn by wrk, with 1 and with 16 connections; what is told is the median of the rounds. Pages begin
anywhere in the queue, so that they are not always on the same pages of the file.
"""

import argparse
import random
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from fastapi import FastAPI, Response

from api.app import create_app
from api.context import ApiContext
from api.server import spare_collections
from benchmarks.http_load import Load, load, serving
from benchmarks.many_threads import LARGE, NOW, PENDING_EVERY, SMALL, SPREAD_SECONDS, many_threads, token_for
from triage.core.cursor import Cursor
from triage.core.ids import ThreadId
from triage.core.queue_entry import View
from triage.store.database import Database

ROWS = 50
CONNECTIONS = (1, 16)
_PATHS = 4_000
_COLUMNS = (
    "id, subject, account_id, account_state, project_id, project_state, project_probability, status, "
    "priority, waiting_on, waiting_since, is_pending, next_due_at, next_due_target, next_due_state, snippet, "
    "last_sender, message_count, last_message_at, turn_evidence, version"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One thing that is asked of one server.

    Attributes:
        accounts: What the token sees; empty for all.
        paths: As ``http_load.load`` takes them.
    """

    name: str
    accounts: tuple[str, ...] = ()
    paths: Sequence[str]


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
    names = [name.strip() for name in _COLUMNS.split(",")]
    statement = (
        f"SELECT {_COLUMNS} FROM thread WHERE alias_of IS NULL AND is_pending = 1 "  # noqa: S608 - our own words
        "AND (next_due_at, waiting_since, id) > (?, ?, ?) "
        f"ORDER BY next_due_at, waiting_since, id LIMIT {ROWS}"
    )

    @app.get("/floor")
    async def page(due: str, since: str, after: int) -> Response:
        rows = connection.execute(statement, (due, since, after)).fetchall()
        content = orjson.dumps([dict(zip(names, row, strict=True)) for row in rows])
        return Response(content, media_type="application/json")

    return app


def cases(threads: int) -> tuple[Case, ...]:
    """Return what is asked of the product."""
    chosen = random.Random(1)
    pages = [_page(due_at) for due_at in _anywhere(chosen)]
    mail = [
        f'/v1/lookup\t{{"message_ids": ["message-{chosen.randrange(threads) + 1}@mail.example"], '
        f'"references": ["message-{chosen.randrange(threads) + 1}@mail.example"]}}'
        for _ in range(_PATHS)
    ]
    return (
        Case(name="queue, all accounts", paths=pages),
        Case(name="queue, one large account", accounts=(LARGE,), paths=pages),
        Case(name="queue, three accounts", accounts=(LARGE, "a2", SMALL), paths=pages),
        Case(name="first page, all accounts", paths=[f"/v1/queue?limit={ROWS}"]),
        Case(name="counts (limit=1)", paths=["/v1/queue?limit=1"]),
        Case(name="lookup of two messages", paths=mail),
    )


def floor_case() -> Case:
    """Return the pages of the first case for the floor."""
    paths = [
        f"/floor?due={due_at:%Y-%m-%d+%H:%M:%S.%f}&since=2026&after=1"
        for due_at in _anywhere(random.Random(1))
    ]
    return Case(name="floor", paths=paths)


def _anywhere(chosen: random.Random) -> Iterator[datetime]:
    for _ in range(_PATHS):
        yield NOW - timedelta(days=2) + timedelta(seconds=chosen.randrange(int(SPREAD_SECONDS * 0.95)))


def _page(due_at: datetime) -> str:
    cursor = Cursor(view=View.PENDING, segment=0, instants=(due_at, NOW), thread_id=ThreadId(1))
    return f"/v1/queue?limit={ROWS}&cursor={cursor.encode()}"


def _measured(
    ask: Callable[[Case, int, int], tuple[Load, Load]], asked: Sequence[Case], rounds: int
) -> Iterator[tuple[str, int, list[tuple[Load, Load]]]]:
    for case in asked:
        for connections in CONNECTIONS:
            # The first round fills the caches.
            found = [ask(case, connections, number) for number in range(rounds + 1)][1:]
            yield case.name, connections, found


def _told(name: str, connections: int, pairs: list[tuple[Load, Load]]) -> dict[str, Any]:
    middle = {
        f"{who}_{what}": statistics.median(getattr(pair[place], what) for pair in pairs)
        for place, who in enumerate(("floor", "triage"))
        for what in ("rate", "p50", "p99", "cpu", "size")
    }
    ratio = statistics.median(ours.rate / low.rate for low, ours in pairs)
    cpu = statistics.median(low.cpu / ours.cpu for low, ours in pairs)
    return {"case": name, "connections": connections, "ratio": ratio, "cpu_ratio": cpu, **middle}


def main() -> None:
    """Fill a database, ask both servers in turn, print medians."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--threads", type=int, default=1_000_000)
    arguments.add_argument("--database", type=Path, help="is made once and used again")
    arguments.add_argument("--seconds", type=int, default=3)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--only", default="", help="cases whose name holds this")
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    with ExitStack() as stack:
        path = given.database or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "triage.db"
        database = many_threads(path, given.threads)
        asked = [case for case in cases(given.threads) if given.only in case.name]
        tokens = {case.accounts: token_for(database, *case.accounts) for case in asked}
        database.close()
        low, ours = (stack.enter_context(serving(make, path)) for make in (floor, product))
        bare = floor_case()

        def ask(case: Case, connections: int, seed: int) -> tuple[Load, Load]:
            much = {"connections": connections, "seconds": given.seconds, "seed": seed}
            return load(low, bare.paths, "-", **much), load(ours, case.paths, tokens[case.accounts], **much)

        if not given.json:
            print(
                f"{given.threads:,} threads, {given.threads // PENDING_EVERY:,} pending, {ROWS} rows a page"
            )
            print(f"{'':39}triage{'':27}floor{'':22}floor / triage")
            print(
                f"{'':26}conn{'req/s p50 ms p99 ms cpu ms':>33}{'req/s p50 ms p99 ms cpu ms':>33}  time  cpu"
            )
        for name, connections, pairs in _measured(ask, asked, given.rounds):
            told = _told(name, connections, pairs)
            if given.json:
                print(orjson.dumps(told).decode(), flush=True)
                continue
            figures = "".join(
                f"{told[f'{who}_rate']:12.0f}{told[f'{who}_p50']:7.2f}{told[f'{who}_p99']:7.1f}{told[f'{who}_cpu']:7.2f}"
                for who in ("triage", "floor")
            )
            print(
                f"{name:26}{connections:4}{figures}{told['ratio']:6.2f}{told['cpu_ratio']:5.2f}", flush=True
            )


if __name__ == "__main__":
    main()
