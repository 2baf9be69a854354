"""How long new mail takes from the server's OK to the database: what both latency benchmarks share."""

import contextlib
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from benchmarks.mailbox import CUSTOMERS
from tests.acceptance.mail import letter
from tests.acceptance.program import Program
from tests.servers.dovecot import DovecotServer, MailUser
from tests.servers.ports import eventually
from tests.servers.tls import Authority

#: How often the database is looked at; the figures are this much too long on average, halved.
_LOOK_SECONDS = 0.02


@contextlib.contextmanager
def desk() -> Iterator[tuple[Program, MailUser]]:
    """Yield a configured program and the mailbox on a private Dovecot that it reads."""
    with tempfile.TemporaryDirectory(prefix="triage-benchmark-") as name:
        folder = Path(name)
        (folder / "authority").mkdir()
        server = DovecotServer(Authority(folder / "authority").issue("server"))
        try:
            user = server.user("bench")
            accounts = [
                {"key": f"c{number}", "name": f"Customer {number}", "domains": [f"customer{number}.example"]}
                for number in range(CUSTOMERS)
            ]
            program = Program(folder, accounts=accounts)
            program.add_mailbox(
                "desk", host=user.host, port=user.port, user=user.name, password=user.password
            )
            yield program, user
        finally:
            server.close()


@contextlib.contextmanager
def worker(program: Program) -> Iterator[None]:
    """Run ``triage work`` for as long as the block runs."""
    with (program.folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            program.command("work"),
            env=program.environment(),
            # It stops when this end is closed.
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=program.folder,
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


class Arrivals:
    """Watches the database from outside and notes when each message is there."""

    def __init__(self, program: Program) -> None:
        self._folder = program.folder / "data"
        self._over = threading.Event()
        self.seen: dict[str, float] = {}
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        eventually(self._is_ready, seconds=120, what="a database")
        newest = 0
        with contextlib.closing(self._connect()) as connection:
            while not self._over.wait(_LOOK_SECONDS):
                rows = connection.execute(
                    "SELECT id, header_id FROM message WHERE id > ? ORDER BY id", (newest,)
                ).fetchall()
                now = time.monotonic()
                for number, header_id in rows:
                    newest = number
                    self.seen[str(header_id)] = now

    def _is_ready(self) -> bool:
        try:
            with contextlib.closing(self._connect()) as connection:
                connection.execute("SELECT 1 FROM message").fetchone()
        except (sqlite3.Error, StopIteration):
            return False
        return True

    def _connect(self) -> sqlite3.Connection:
        path = next(self._folder.glob("*.sqlite3"))
        return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)


def deliver(user: MailUser, number: int) -> tuple[str, float]:
    """Put a new mail in the inbox over a second connection; return its id and when the server had it."""
    name = f"fresh{number}"
    user.append(letter(name, sender="ada@customer1.example", subject=f"Fresh matter {number}"))
    return f"{name}@mail.example", time.monotonic()


def told(sent: dict[str, float], seen: dict[str, float], promises: Sequence[float]) -> bool:
    """Print p50, p99 and the longest, and return whether the promises for p50 and p99 were kept."""
    took = sorted(seen[name] - at for name, at in sent.items() if name in seen)
    if len(took) < 2:
        print(f"only {len(took)} of {len(sent)} mails arrived")
        return False
    p50, p99 = statistics.median(took), statistics.quantiles(took, n=100, method="inclusive")[98]
    print(
        f"{len(took)} of {len(sent)} new mails arrived; seconds from the server's OK to the database: "
        f"p50 {p50:.2f}, p99 {p99:.2f}, longest {took[-1]:.2f} "
        f"(promised: {promises[0]:g} and {promises[1]:g})"
    )
    return len(took) == len(sent) and p50 <= promises[0] and p99 <= promises[1]
