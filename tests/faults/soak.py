"""The long fault run: ``python -m tests.faults.soak`` (``make soak``).

A generator with a ledger of its own puts mail into a real Dovecot mailbox. The service runs as people
run it, a worker and an API; the worker is killed with SIGKILL at random moments, the line to the server
breaks, and a neighbour moves, deletes, renumbers and cuts connections meanwhile. After each round the
service comes to rest on a clean line, and the server must not have changed by it. At the end the
checker reads over HTTP what the API serves and judges every mail, and mbsync says what it finds on the
server. Status 1 on anything but ok and late.
"""

import argparse
import contextlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.acceptance.program import Program
from tests.acceptance.running import Running, status_of
from tests.faults.api_reader import ApiReader
from tests.faults.checker import ALLOWED, Checker, Entry, Generator, Verdict, table
from tests.faults.meter import Meter
from tests.faults.proxy import FaultProxy, Toxics
from tests.faults.second_opinion import differences
from tests.servers.dovecot import DovecotServer, MailUser
from tests.servers.ports import free_port
from tests.servers.postgres import PostgresServer
from tests.servers.tls import Authority
from tests.wait import until

CLEAN = Toxics()
#: One of these for each round; the first round is undisturbed.
LINES = (
    CLEAN,
    Toxics(slice_bytes=97, connections=1),
    Toxics(reset_after=20_000, connections=2),
    Toxics(latency_seconds=0.01),
    Toxics(close_after=60_000, connections=2),
)
#: Reading a body a second time for no reason: at most this much of all that was needed.
MAX_RATIO = 1.02
#: In these rounds out of ten, beginning with the first, the neighbour lets all messages be numbered anew.
_RENUMBERED = frozenset({1, 6})
#: The service promises ten (reliability fault 81); a machine that is overloaded gets its time.
_STOP_SECONDS = 60
_TOKEN = re.compile(rb"token-[0-9]+")


@dataclass(slots=True)
class Outcome:
    """How a soak ended.

    Attributes:
        changed_by_us: What of the server was not as before after we alone had read it.
        not_pulled: Contents that only the API has, or only mbsync.
        deeds: What happened how often.
    """

    verdicts: dict[str, Verdict]
    meter: Meter
    changed_by_us: list[str]
    not_pulled: list[str]
    deeds: Counter[str]

    @property
    def is_sound(self) -> bool:
        """Whether every promise was kept."""
        return (
            set(self.verdicts.values()) <= ALLOWED
            and not self.changed_by_us
            and not self.not_pulled
            and self.meter.ratio <= MAX_RATIO
        )

    def table(self) -> str:
        """Return the closing table."""
        lines = [table(self.verdicts)]
        lines += [f"{name:32}{count:>9,}" for name, count in sorted(self.deeds.items())]
        lines += [
            f"{'changes on the server by us':32}{len(self.changed_by_us):>9,}",
            f"{'differences from mbsync':32}{len(self.not_pulled):>9,}",
            f"{'bytes of mail needed':32}{self.meter.needed_bytes:>9,}",
            f"{'again after an interruption':32}{self.meter.repeated_bytes:>9,}",
            f"{'again for no reason':32}{self.meter.needless_bytes:>9,}",
            f"{'fetched / needed':32}{self.meter.ratio:>9.4f}",
        ]
        return "\n".join(lines)


@dataclass(slots=True)
class Soak:
    """One run over one database.

    Attributes:
        kills: SIGKILLs in each round but the first.
        shown: Mail that the service was seen to have: it must stay known whoever deletes it.
    """

    program: Program
    user: MailUser
    mails: int
    rounds: int
    kills: int
    seed: int = 1
    is_loud: bool = False
    checker: Checker = field(default_factory=Checker)
    meter: Meter = field(default_factory=Meter)
    shown: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    deeds: Counter[str] = field(default_factory=Counter)
    changed_by_us: list[str] = field(default_factory=list)

    def run(self) -> Outcome:
        """Let all rounds pass and return what came of them."""
        chance = random.Random(self.seed)  # noqa: S311 - the same seed has to give the same faults
        generator = Generator(self.seed)
        with FaultProxy(self.user.port, CLEAN, meter=self.meter) as proxy, self._served(proxy) as api:
            for number in range(self.rounds):
                entries = [generator.make() for _ in range(self.mails // self.rounds)]
                proxy.turn(LINES[number % len(LINES)])
                if number:
                    self._disturbed(number, entries, chance)
                else:
                    self._arrive(entries)
                proxy.turn(CLEAN)
                self._rest(number, api)
                self.checker.glance(api, entries)
                self.shown |= {entry.token for entry in entries}
            self._tell("the checker reads everything")
            verdicts = self.checker.judge(self.checker.look(api))
            self._tell("mbsync pulls everything")
            not_pulled = differences(self.user, api.messages(), self.deleted)
        return Outcome(verdicts, self.meter, self.changed_by_us, not_pulled, self.deeds)

    def _disturbed(self, number: int, entries: Sequence[Entry], chance: random.Random) -> None:
        """Let mail arrive in portions while the neighbour is at work and the worker is killed."""
        portion = -(-len(entries) // self.kills)
        for kill in range(self.kills):
            worker = self._worker()
            self._arrive(entries[kill * portion : (kill + 1) * portion])
            began = time.monotonic()
            self._disturb(chance, renumber=number % 10 in _RENUMBERED and kill == 0)
            # A start takes two seconds; a kill hits the start, the reading, or the rest after it.
            time.sleep(max(0.0, chance.uniform(1.0, 6.0) - (time.monotonic() - began)))
            worker.kill()
            worker.wait()
            self._close(worker)
            self.deeds["kill -9"] += 1
            self._tell(f"round {number + 1} of {self.rounds}")

    def _rest(self, number: int, api: ApiReader) -> None:
        """Read in peace until the service calls every folder complete; nobody else acts meanwhile."""
        before = self.user.snapshot()
        since = datetime.now(UTC)
        worker = self._worker()
        until(lambda: _is_complete(api, since), "the service calls all folders complete", seconds=900)
        self._end(worker)
        self.meter.settle()
        if number == 0:
            assert self.meter.repeated_bytes == 0, "undisturbed, something was fetched twice"
        after = self.user.snapshot()
        self.changed_by_us += [
            f"round {number + 1}: {line.decode()}"
            for folder in before.keys() | after.keys()
            for line in sorted(set(before.get(folder, ())) ^ set(after.get(folder, ())))
        ]
        self._tell(f"round {number + 1} of {self.rounds}: at rest")

    def _arrive(self, entries: Sequence[Entry]) -> None:
        self.user.append_many(entry.content for entry in entries)
        for entry in entries:
            self.checker.accept(entry)
        self.deeds["mails that arrived"] += len(entries)

    @contextlib.contextmanager
    def _served(self, proxy: FaultProxy) -> Iterator[ApiReader]:
        """Serve the API for as long as the block runs; the mailbox is read over the proxy."""
        (mailbox,) = self.program.settings["mailboxes"]
        mailbox.update(port=proxy.port, poll_seconds=5)
        self.program.settings["server"] = {"port": free_port()}
        self.program.write()
        server = Running(self.program, "serve")
        try:
            line = server.wait_for_line("The queue is at")
            ((address, token),) = re.findall(r"(http://\S+)/\?token=(\S+)", line)
            until(lambda: status_of(f"{address}/readyz") == 200, "the API answers", seconds=60)
            with ApiReader.at(address, token) as api:
                yield api
        finally:
            server.close()

    def _worker(self) -> subprocess.Popen[bytes]:
        # The end of its standard input would tell the worker that its supervisor is gone.
        with (self.program.folder / "worker.log").open("ab") as log:
            return subprocess.Popen(
                self.program.command("work"),
                env=self.program.environment({"PYTHONFAULTHANDLER": "1"}),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )

    def _end(self, worker: subprocess.Popen[bytes]) -> None:
        """Ask the worker to end, and wait; what hangs says where."""
        worker.terminate()
        try:
            status = worker.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            worker.send_signal(signal.SIGABRT)
            status = worker.wait(_STOP_SECONDS)
        self._close(worker)
        said = (self.program.folder / "worker.log").read_text(errors="replace")
        assert status == 0, f"the worker did not end by itself: {said[-6000:]}"

    @staticmethod
    def _close(worker: subprocess.Popen[bytes]) -> None:
        assert worker.stdin is not None
        worker.stdin.close()

    def _disturb(self, chance: random.Random, *, renumber: bool) -> None:
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
                self.deleted.add(token)
                self.deeds["deleted by a neighbour"] += 1
            else:
                self.user.move(uid, to="Sent")
                self.deeds["moved by a neighbour"] += 1
        if renumber:
            self.user.renumber()
            self.deeds["renumbered"] += 1
        self.user.kick()
        self.deeds["connections cut"] += 1

    def _tell(self, what: str) -> None:
        if self.is_loud:
            said = f"{what}; {self.deeds['mails that arrived']:,} of {self.mails:,} mails, "
            print(f"  {said}{self.deeds['kill -9']} kills", file=sys.stderr, flush=True)  # noqa: T201


def _is_complete(api: ApiReader, since: datetime) -> bool:
    """Tell whether every folder was found complete after the instant."""
    folders = api.coverage()["folders"]
    return bool(folders) and all(
        folder["checked_at"] is not None
        and datetime.fromisoformat(folder["checked_at"]) > since
        and folder["server_messages"] == folder["stored_messages"]
        and folder["folder"]
        for folder in folders
    )


def _token(answer: object) -> str:
    found = _TOKEN.search(repr(answer).encode())
    return found.group().decode() if found else ""


def run(kind: str, *, mails: int, rounds: int, kills: int, seed: int) -> Outcome:
    """Run once with servers of its own.

    Args:
        kind: sqlite or postgresql.
    """
    with tempfile.TemporaryDirectory(prefix="triage-soak-") as folder, contextlib.ExitStack() as servers:
        dovecot = DovecotServer(Authority(Path(folder)).issue("dovecot"))
        servers.callback(dovecot.close)
        program = Program(Path(folder))
        if kind == "postgresql":
            postgres = PostgresServer()
            servers.callback(postgres.close)
            program.settings["database"] = {"url": postgres.url(postgres.create_database())}
        user = dovecot.user("soak")
        program.add_mailbox("desk", host=user.host, port=user.port, user=user.name, password=user.password)
        return Soak(program, user, mails=mails, rounds=rounds, kills=kills, seed=seed, is_loud=True).run()


def main() -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--kills", type=int, default=3, help="kill -9 in each round but the first")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    given = parser.parse_args()
    kinds = ("sqlite", "postgresql") if given.database == "both" else (given.database,)
    is_sound = True
    for kind in kinds:
        started = time.monotonic()
        outcome = run(kind, mails=given.mails, rounds=given.rounds, kills=given.kills, seed=given.seed)
        seconds = time.monotonic() - started
        verdict = "sound" if outcome.is_sound else "NOT SOUND"
        print(f"{kind}, seed {given.seed}, {seconds:.0f} s: {verdict}")  # noqa: T201 - the result
        print(outcome.table(), flush=True)  # noqa: T201 - the result
        is_sound = is_sound and outcome.is_sound
    return 0 if is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
