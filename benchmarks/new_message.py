"""One new message: from the server's notice to ``GET /v1/queue``, over a database that holds many.

    python -m benchmarks.new_message [--stored 100000] [--messages 30] [--profile]

A private Dovecot holds the mailbox; the worker and the API run as they ship, in a process each. The
clock starts when the client layer returns from IDLE: what the server waits before it tells (0.5 s with
Dovecot) is not ours. It ends when an answer of the API, asked again and again over one connection, has
the message's thread. Messages come one at a time; each opens a thread of its own or answers one of before.
"""

import argparse
import cProfile
import http.client
import json
import multiprocessing
import pstats
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api.app import create_app
from api.context import ApiContext
from api.server import spare_collections
from benchmarks.http_load import serving
from benchmarks.many_threads import ACCOUNTS, add_threads, token_for
from tests.acceptance.program import Program
from tests.servers.dovecot import DovecotServer, MailUser
from tests.servers.tls import Authority
from triage.app import App, shared_parser, utc_now
from triage.cli.progress import NoBars
from triage.mailbox.reader import IMAPReader
from triage.services.read_folder import Tools
from triage.services.search_index import index_all
from triage.services.watch import run_worker

_DEADLINE = 60


class _Noting:
    """A reader that tells when news came."""

    def __init__(self, reader: IMAPReader, notices: Any) -> None:  # noqa: ANN401 - a queue between processes
        self._reader = reader
        self._notices = notices

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the reader has
        return getattr(self._reader, name)

    def wait_for_news(self, longest: timedelta, **more: Any) -> bool:  # noqa: ANN401
        """Wait as the reader does."""
        news = self._reader.wait_for_news(longest, **more)
        self._notices.put(time.monotonic())
        return news


def _work(config: Path, notices: Any, ended: Any, profile: Path | None) -> None:  # noqa: ANN401
    app, stop = App.open(config), threading.Event()

    def end() -> None:
        ended.wait()
        stop.set()

    threading.Thread(target=end, daemon=True).start()

    @contextmanager
    def noting(connect: Any) -> Iterator[Any]:  # noqa: ANN401
        with connect() as reader:
            yield _Noting(reader, notices)

    jobs = tuple(replace(job, connect=partial(noting, job.connect)) for job in app.jobs())
    with shared_parser() as parse:
        tools = Tools(
            database=app.database,
            practice=app.prepare(),
            parse=parse,
            owner="benchmark",
            clock=utc_now,
            watcher=NoBars(),
        )
        if profile:
            _profile_threads(profile)
        run_worker(jobs, tools, {}, app.models, stop)


def _profile_threads(path: Path) -> None:
    """Profile the thread that watches the mailbox."""
    run = threading.Thread.run

    def profiled(self: threading.Thread) -> None:
        if not self.name.startswith("watch-"):
            run(self)
            return
        profile = cProfile.Profile()
        profile.runcall(run, self)
        profile.dump_stats(path)

    threading.Thread.run = profiled  # type: ignore[method-assign]


def served(path: Path) -> FastAPI:
    """Return the API as it ships."""
    app = App.open(path)
    made = create_app(ApiContext(database=app.database, public_url="http://127.0.0.1", clock=utc_now))
    spare_collections()
    return made


def _mail(number: int) -> bytes:
    mail = EmailMessage()
    mail["From"] = f"Mia Example <mia@customer{number % ACCOUNTS}.example>"
    mail["To"] = "support@vendor.example"
    mail["Subject"] = f"{'Re: ' if number % 3 == 2 else ''}Benchmark {number - (number % 3 == 2)}"
    mail["Message-ID"] = f"<new-{number}@customer.example>"
    if number % 3 == 2:
        mail.replace_header("From", f"Mia Example <mia@customer{(number - 1) % ACCOUNTS}.example>")
        mail["In-Reply-To"] = f"<new-{number - 1}@customer.example>"
    mail["Date"] = datetime.now(UTC)
    mail.set_content(f"Could you please confirm the date of number {number}?\n\nKind regards\nMia\n")
    return mail.as_bytes()


def _seen(connection: http.client.HTTPConnection, token: str, number: int, give_up: float) -> float:
    """Ask until the thread is there; return when."""
    while time.monotonic() < give_up:
        connection.request("GET", "/v1/queue?view=all&limit=3", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse().read()
        if any(f"number {number}?" in entry["snippet"] for entry in json.loads(answer)["entries"]):
            return time.monotonic()
    raise SystemExit(f"message {number} did not come")


def _measure(user: MailUser, folder: Path, given: argparse.Namespace) -> None:
    accounts = [
        {"key": f"a{number + 1}", "name": f"Customer {number}", "domains": [f"customer{number}.example"]}
        for number in range(ACCOUNTS)
    ]
    program = Program(folder, accounts=accounts)
    program.add_mailbox("desk", host=user.host, port=user.port, user=user.name, password=user.password)
    app = App.open(program.config)
    app.prepare()
    token = token_for(app.database)
    app.database.close()
    add_threads(Path(app.database.engine.url.database or ""), given.stored)
    index_all(app.database)
    app.database.close()
    user.append(_mail(0))
    context = multiprocessing.get_context("spawn")
    notices, ended = context.Queue(), context.Event()
    profile = folder / "profile" if given.profile else None
    worker = context.Process(target=_work, args=(program.config, notices, ended, profile))
    worker.start()
    took: list[float] = []
    with serving(served, program.config) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        _seen(connection, token, 0, time.monotonic() + 120)
        for number in range(1, given.messages + 1):
            # What is left of the look before, and of its notice, is over.
            time.sleep(1)
            while not notices.empty():
                notices.get()
            user.append(_mail(number))
            noticed = notices.get(timeout=_DEADLINE)
            took.append((_seen(connection, token, number, time.monotonic() + _DEADLINE) - noticed) * 1000)
    ended.set()
    user.append(_mail(given.messages + 3))
    worker.join()
    cuts = statistics.quantiles(took, n=100)
    print(f"{given.stored:,} messages stored, {given.messages} new ones, one at a time")
    print(f"notice to queue: median {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms, best {min(took):.0f} ms")
    if profile:
        pstats.Stats(str(profile)).sort_stats("cumtime").print_stats(70)


def main() -> None:
    """Measure."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("--stored", type=int, default=100_000)
    arguments.add_argument("--messages", type=int, default=30)
    arguments.add_argument("--profile", action="store_true", help="show where the time of the watch goes")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="triage-benchmark-") as folder:
        authority = Path(folder) / "authority"
        authority.mkdir()
        server = DovecotServer(Authority(authority).issue("server"))
        try:
            _measure(server.user("bench"), Path(folder), given)
        finally:
            server.close()


if __name__ == "__main__":
    main()
