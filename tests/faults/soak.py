"""The long fault run: ``python -m tests.faults.soak`` (``make soak``).

A generator with a ledger of its own puts mail into a real Dovecot mailbox; a neighbour moves, deletes
and renumbers; the line breaks; the reading program is killed with SIGKILL at random moments. At the
end the checker reads what the API serves and judges every mail. Status 1 on anything but ok and late.
"""

import argparse
import contextlib
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.acceptance.program import Program
from tests.faults.checker import ALLOWED, Checker, Entry, Generator, Verdict, table
from tests.faults.proxy import FaultProxy, Toxics
from tests.servers.dovecot import DovecotServer, MailUser
from tests.servers.postgres import PostgresServer
from tests.servers.tls import Authority
from triage.store.database import Database

#: One of these for each round; None is a clean line.
LINES = (
    None,
    Toxics(slice_bytes=7, connections=1),
    Toxics(reset_after=20_000, connections=2),
    Toxics(latency_seconds=0.01),
    Toxics(close_after=60_000, connections=2),
)
_TOKEN = re.compile(rb"token-[0-9]+")


@dataclass(slots=True)
class Soak:
    """One run over one database."""

    program: Program
    user: MailUser
    database: str
    mails: int
    rounds: int
    kills: int
    seed: int = 1
    checker: Checker = field(default_factory=Checker)
    shown: set[str] = field(default_factory=set)

    def run(self) -> dict[str, Verdict]:
        """Let all rounds pass and return the verdicts."""
        chance = random.Random(self.seed)  # noqa: S311 - the same seed has to give the same faults
        generator = Generator(self.seed)
        for number in range(self.rounds):
            entries = [generator.make() for _ in range(self.mails // self.rounds)]
            with self._line(LINES[number % len(LINES)]):
                self._arrive(entries)
                for _ in range(self.kills):
                    self._killed_poll(chance)
                    self._disturb(chance)
                self._poll(must_work=False)
            # Undisturbed and on a clean line: from here on a mail may be deleted and must stay known.
            self._poll(must_work=True)
            self.shown |= {entry.token for entry in entries}
        database = Database(self.database)
        try:
            return self.checker.judge(self.checker.look(database, now=datetime.now(UTC)))
        finally:
            database.close()

    def _arrive(self, entries: list[Entry]) -> None:
        self.user.append_many(entry.content for entry in entries)
        for entry in entries:
            self.checker.accept(entry)

    @contextlib.contextmanager
    def _line(self, toxics: Toxics | None) -> Iterator[None]:
        """Lead the program over a bad line for as long as the block runs."""
        (mailbox,) = self.program.settings["mailboxes"]
        if toxics is None:
            yield
            return
        with FaultProxy(self.user.port, toxics) as proxy:
            mailbox["port"] = proxy.port
            self.program.write()
            yield
        mailbox["port"] = self.user.port
        self.program.write()

    def _poll(self, *, must_work: bool) -> None:
        self.program.run("poll", "--once", status=0 if must_work else None)

    def _killed_poll(self, chance: random.Random) -> None:
        process = subprocess.Popen(
            self.program.command("poll", "--once"),
            env=self.program.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # Where it ends before the kill, the kill hits nothing: later ones do.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(1.0, 5.0))
        process.kill()
        process.wait()

    def _disturb(self, chance: random.Random) -> None:
        """Do what a neighbour does: move, delete what was shown before, renumber, cut connections."""
        with self.user.connect() as connection:
            connection.select("INBOX", readonly=True)
            _, answer = connection.uid("SEARCH", "ALL")
            uids = [int(word) for word in answer[0].split()]
            wanted = chance.sample(uids, min(6, len(uids)))
            tokens = {
                uid: _token(connection.uid("FETCH", str(uid), "(BODY.PEEK[TEXT])")[1]) for uid in wanted
            }
        for uid, token in tokens.items():
            if token in self.shown and chance.random() < 0.5:
                self.user.expunge(uid)
            else:
                self.user.move(uid, to="Sent")
        if chance.random() < 0.4:
            self.user.renumber()
        self.user.kick()


def _token(answer: object) -> str:
    found = _TOKEN.search(repr(answer).encode())
    return found.group().decode() if found else ""


def run(kind: str, *, mails: int, rounds: int, kills: int, seed: int) -> dict[str, Verdict]:
    """Run once with servers of its own and return the verdicts.

    Args:
        kind: sqlite or postgresql.
    """
    with tempfile.TemporaryDirectory(prefix="triage-soak-") as folder, contextlib.ExitStack() as servers:
        dovecot = DovecotServer(Authority(Path(folder)).issue("dovecot"))
        servers.callback(dovecot.close)
        program = Program(Path(folder))
        url = f"sqlite:///{Path(folder) / 'soak.db'}"
        if kind == "postgresql":
            postgres = PostgresServer()
            servers.callback(postgres.close)
            url = postgres.url(postgres.create_database())
        program.settings["database"] = {"url": url}
        user = dovecot.user("soak")
        program.add_mailbox("desk", host=user.host, port=user.port, user=user.name, password=user.password)
        soak = Soak(program, user, url, mails=mails, rounds=rounds, kills=kills, seed=seed)
        return soak.run()


def main() -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--kills", type=int, default=3, help="kill -9 in each round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    given = parser.parse_args()
    kinds = ("sqlite", "postgresql") if given.database == "both" else (given.database,)
    sound = True
    for kind in kinds:
        started = time.monotonic()
        verdicts = run(kind, mails=given.mails, rounds=given.rounds, kills=given.kills, seed=given.seed)
        print(f"{kind}, seed {given.seed}, {time.monotonic() - started:.0f} s")  # noqa: T201 - the result
        print(table(verdicts), flush=True)  # noqa: T201 - the result
        sound = sound and set(verdicts.values()) <= ALLOWED
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
