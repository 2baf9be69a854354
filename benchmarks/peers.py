"""From an empty disk to a mailbox that can be searched: this program, mbsync + notmuch, mbsync + mu.

    python -m benchmarks.peers                                      1,000 messages, one round, loopback
    python -m benchmarks.peers --messages 10000 --rounds 3
    python -m benchmarks.peers --messages 10000 --rounds 3 --line 100mbit,30ms

All read the same generated mailbox from one private Dovecot, in turn; each round begins with another of
them. Wall and CPU are of the whole command with all its children, memory is the proportional share of
all its processes at the worst moment, bytes are what the server counts. The server has its indexes and
the mail in memory before the first run.

What the comparison leaves out: mbsync leaves a whole copy of every message on the disk, attachments
included, and notmuch and mu index every text part; this program stores header and words, and leaves
attachments on the server until somebody opens one. The peers compute no ledger, accounts, turns or clocks.
"""

import argparse
import contextlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

import psutil

from benchmarks.kept_mail import deliver, kept_mail, size_bytes
from benchmarks.line import line_to
from benchmarks.mailbox import CUSTOMERS
from benchmarks.measured import Cost, measure
from tests.acceptance.program import Program
from tests.servers.dovecot import DovecotServer, MailUser
from tests.servers.tls import Authority

OURS, NOTMUCH, MU = "triage", "mbsync + notmuch", "mbsync + mu"
_TRAFFIC = re.compile(r" in=(\d+) out=(\d+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One candidate, once; ``again`` is the same command when nothing is new."""

    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    server_cpu_seconds: float
    megabytes: float
    disk_mb: float
    again_wall_seconds: float
    again_megabytes: float


@dataclass(frozen=True, kw_only=True, slots=True)
class _Candidate:
    """What to run, one command after the other, and how to count what is there afterwards."""

    commands: Sequence[Sequence[str]]
    count: Callable[[], int]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class Bench:
    """A server with the mailbox, and a way to run each candidate on it."""

    def __init__(self, server: DovecotServer, user: MailUser, port: int, folder: Path, count: int) -> None:
        self._server, self._user, self._port = server, user, port
        self._folder, self._count = folder, count
        self._dovecot = psutil.Process(server.pid)

    def run(self, name: str) -> Run:
        """Run a candidate from nothing, check that it has every message, and run it again."""
        work = self._folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        # What the candidate before left to be written is no work of this one.
        os.sync()
        candidate = {OURS: self._ours, NOTMUCH: self._notmuch, MU: self._mu}[name](work)
        server_cpu = self._server_cpu()
        cost, megabytes = self._measured(candidate, work)
        server_cpu = self._server_cpu() - server_cpu
        if (found := candidate.count()) != self._count:
            raise SystemExit(f"{name}: {found} of {self._count} messages are there; the run does not count")
        again, again_megabytes = self._measured(candidate, work)
        return Run(
            **asdict(cost),
            server_cpu_seconds=server_cpu,
            megabytes=megabytes,
            disk_mb=sum(path.stat().st_blocks * 512 for path in work.rglob("*") if path.is_file()) / 1e6,
            again_wall_seconds=again.wall_seconds,
            again_megabytes=again_megabytes,
        )

    def _measured(self, candidate: _Candidate, work: Path) -> tuple[Cost, float]:
        """Run the commands; return what they cost and the megabytes that the server counted."""
        before = self._traffic()
        costs = [measure(one, env=candidate.environment, folder=work) for one in candidate.commands]
        return sum(costs[1:], costs[0]), (self._traffic() - before) / 1e6

    def _ours(self, work: Path) -> _Candidate:
        program = Program(work, accounts=_accounts())
        program.add_mailbox(
            "desk",
            host=self._user.host,
            port=self._port,
            user=self._user.name,
            password=self._user.password,
        )
        environment = program.environment()
        # An installation has its byte code; compiling it is no part of reading mail.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def count() -> int:
            return len(program.run("export", "messages", "--jsonl").stdout.splitlines())

        return _Candidate(commands=[program.command("poll", "--once")], count=count, environment=environment)

    def _mbsync(self, work: Path) -> list[str]:
        (work / "mail").mkdir()
        configuration = work / "mbsyncrc"
        configuration.write_text(
            f"IMAPAccount bench\nHost {self._user.host}\nPort {self._port}\nUser {self._user.name}\n"
            f"Pass {self._user.password}\nSSLType None\nAuthMechs LOGIN\n\n"
            "IMAPStore server\nAccount bench\n\n"
            f"MaildirStore here\nPath {work}/mail/\nInbox {work}/mail/INBOX\nSubFolders Verbatim\n\n"
            "Channel all\nFar :server:\nNear :here:\nPatterns INBOX Sent\nSync Pull\nCreate Near\n"
            "SyncState *\nCopyArrivalDate yes\n"
        )
        return ["mbsync", "-q", "-c", str(configuration), "-a"]

    def _notmuch(self, work: Path) -> _Candidate:
        fetch = self._mbsync(work)
        configuration = work / "notmuch-config"
        configuration.write_text(
            f"[database]\npath={work}/mail\n[user]\nname=Desk\nprimary_email=desk@vendor.example\n"
            "[new]\ntags=new\nignore=.mbsyncstate;.uidvalidity\n"
        )
        environment = os.environ | {"NOTMUCH_CONFIG": str(configuration)}

        def count() -> int:
            return int(_output(["notmuch", "count", "*"], environment))

        return _Candidate(
            commands=[fetch, ["notmuch", "new", "--quiet"]], count=count, environment=environment
        )

    def _mu(self, work: Path) -> _Candidate:
        fetch, home = self._mbsync(work), f"--muhome={work}/mu"
        _output(["mu", "init", home, f"--maildir={work}/mail", "--my-address=desk@vendor.example"])

        def count() -> int:
            query = ["mu", "find", home, "--fields=i", "maildir:/INBOX or maildir:/Sent"]
            return len(_output(query).splitlines())

        return _Candidate(commands=[fetch, ["mu", "index", "--quiet", home]], count=count)

    def _server_cpu(self) -> float:
        """Return the CPU seconds of the server so far, ended children included."""
        own = self._dovecot.cpu_times()
        total: float = own.user + own.system + own.children_user + own.children_system
        for child in self._dovecot.children(recursive=True):
            with contextlib.suppress(psutil.Error):
                times = child.cpu_times()
                total += times.user + times.system
        return total

    def _traffic(self) -> int:
        """Return the bytes of all ended connections so far, both ways, as the server counts them."""
        return sum(int(number) for pair in _TRAFFIC.findall(self._server.log()) for number in pair)


def main(arguments: Sequence[str] = sys.argv[1:]) -> None:
    """Measure, print the table, and write the JSON if asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--line", help="such as 100mbit,30ms; loopback without it")
    parser.add_argument("--only", action="append", choices=(OURS, NOTMUCH, MU), help="may be repeated")
    parser.add_argument("--json", type=Path, help="write all runs to this file")
    given = parser.parse_args(arguments)
    candidates = [one for one in (OURS, NOTMUCH, MU) if one in (given.only or (OURS, NOTMUCH, MU))]
    if missing := [name for name in _programs(candidates) if shutil.which(name) is None]:
        sys.exit(f"not installed: {', '.join(missing)} (Debian: isync, notmuch, maildir-utils)")
    compile_everything()
    kept = kept_mail(given.messages)
    print(
        f"{given.messages} messages, {size_bytes(kept) / 1e6:.0f} MB, {given.line or 'loopback'}", flush=True
    )
    runs: dict[str, list[Run]] = {name: [] for name in candidates}
    with _bench(kept, given.messages, given.line) as bench:
        for number in range(given.rounds):
            turn = number % len(candidates)
            for name in candidates[turn:] + candidates[:turn]:
                runs[name].append(bench.run(name))
                print(f"  round {number + 1}: {name}: {runs[name][-1].wall_seconds:.1f} s", flush=True)
    for line in table(runs):
        print(line)
    if given.json:
        given.json.write_text(json.dumps(_record(runs, given, size_bytes(kept)), indent=2) + "\n")


def table(runs: dict[str, list[Run]]) -> Iterator[str]:
    """Yield the lines of the table of medians, and the ratios to ours, both as Markdown."""
    columns: tuple[tuple[str, Callable[[Run], float]], ...] = (
        ("wall s", lambda run: run.wall_seconds),
        ("CPU s", lambda run: run.cpu_seconds),
        ("server CPU s", lambda run: run.server_cpu_seconds),
        ("peak MB", lambda run: run.peak_mb),
        ("MB over the line", lambda run: run.megabytes),
        ("MB on disk", lambda run: run.disk_mb),
        ("again s", lambda run: run.again_wall_seconds),
        ("again KB", lambda run: run.again_megabytes * 1000),
    )
    yield "| | " + " | ".join(name for name, _ in columns) + " |"
    yield "| --- |" + " --- |" * len(columns)
    for name, some in runs.items():
        cells = (
            f"{median(map(figure, some)):.1f} ({min(map(figure, some)):.1f}-{max(map(figure, some)):.1f})"
            for _, figure in columns
        )
        yield f"| {name} | " + " | ".join(cells) + " |"
    for name in (one for one in runs if one != OURS and OURS in runs):
        pairs = list(zip(runs[OURS], runs[name], strict=True))
        cells = (
            f"{median(figure(peer) / figure(ours) for ours, peer in pairs):.1f}" for _, figure in columns
        )
        yield f"| {name} / {OURS} | " + " | ".join(cells) + " |"


@contextlib.contextmanager
def _bench(kept: Path, count: int, line: str | None) -> Iterator[Bench]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="triage-peers-")))
        (folder / "authority").mkdir()
        server = DovecotServer(Authority(folder / "authority").issue("server"))
        stack.callback(server.close)
        user = deliver(server, kept)
        port = stack.enter_context(line_to(user.port, line)) if line else user.port
        yield Bench(server, user, port, folder, count)


def compile_everything() -> None:
    """Write the byte code of this program and of its packages, as an installation does."""
    root, packages = Path(__file__).parents[1], sysconfig.get_path("purelib")
    folders = [packages, *(str(root / name) for name in ("triage", "models", "api", "migrations"))]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", *folders],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )


def _accounts() -> list[dict[str, object]]:
    return [
        {"key": f"c{number}", "name": f"Customer {number}", "domains": [f"customer{number}.example"]}
        for number in range(CUSTOMERS)
    ]


def _programs(candidates: Sequence[str]) -> set[str]:
    return {word for name in candidates for word in name.split(" + ")} - {OURS}


def _output(command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def _record(runs: dict[str, list[Run]], given: argparse.Namespace, size: int) -> dict[str, object]:
    return {
        "messages": given.messages,
        "bytes": size,
        "line": given.line,
        "machine": f"{os.cpu_count()} CPUs, {platform.platform()}, Python {platform.python_version()}",
        "load_at_end": os.getloadavg()[0],
        "runs": {name: [asdict(run) for run in some] for name, some in runs.items()},
    }


if __name__ == "__main__":
    main()
