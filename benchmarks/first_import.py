"""From an empty database to the queue: ``python -m benchmarks.first_import [MESSAGES]``.

A private Dovecot holds the generated mailbox; the program reads it as a person would start it, then
reads it again. Printed: wall time, rate, peak memory of the largest process and of all together.
"""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from benchmarks.mailbox import CUSTOMERS, mailbox
from tests.acceptance.program import Program
from tests.servers.dovecot import DovecotServer, MailUser
from tests.servers.tls import Authority


def main(arguments: Sequence[str] = sys.argv[1:]) -> None:
    """Measure."""
    count = int(arguments[0]) if arguments else 10_000
    with tempfile.TemporaryDirectory(prefix="triage-benchmark-") as folder:
        authority = Path(folder) / "authority"
        authority.mkdir()
        server = DovecotServer(Authority(authority).issue("server"))
        try:
            _measure(server.user("bench"), Path(folder), count)
        finally:
            server.close()


def _measure(user: MailUser, folder: Path, count: int) -> None:
    bytes_by_folder = {"INBOX": 0, "Sent": 0}
    for name in bytes_by_folder:
        user.append_many(mail.content for mail in mailbox(count) if mail.folder == name)
        bytes_by_folder[name] = sum(len(mail.content) for mail in mailbox(count) if mail.folder == name)
    program = Program(folder, accounts=_accounts())
    program.add_mailbox("desk", host=user.host, port=user.port, user=user.name, password=user.password)
    print(f"{count} messages, {sum(bytes_by_folder.values()) / 1e6:.0f} MB")
    for what in ("first reading", "second reading"):
        seconds, largest, together = _watched(program)
        rate = f"{count / seconds:.0f} messages/s, " if what == "first reading" else ""
        print(
            f"{what}: {seconds:.1f} s, {rate}peak {largest:.0f} MB in one process, {together:.0f} MB in all"
        )
    pending = program.json("queue")["counts"]["pending"]
    database = sum(path.stat().st_size for path in (folder / "data").glob("*.sqlite3*"))
    print(f"pending threads (counted to 1000): {pending}; database {database / count:.0f} bytes a message")


def _accounts() -> list[dict[str, object]]:
    return [
        {"key": f"c{number}", "name": f"Customer {number}", "domains": [f"customer{number}.example"]}
        for number in range(CUSTOMERS)
    ]


def _watched(program: Program) -> tuple[float, float, float]:
    """Run the poll; return seconds, and megabytes of the largest process and of all (PSS)."""
    process = subprocess.Popen(
        program.command("poll", "--once"), env=program.environment(), stdout=subprocess.DEVNULL
    )
    peaks = [0.0, 0.0]
    ended = threading.Event()

    def watch() -> None:
        root = psutil.Process(process.pid)
        while not ended.wait(0.2):
            try:
                tree = [root, *root.children(recursive=True)]
                memory = [one.memory_full_info() for one in tree]
            except psutil.Error:
                continue
            peaks[0] = max(peaks[0], *(one.rss / 1e6 for one in memory))
            peaks[1] = max(peaks[1], sum(one.pss for one in memory) / 1e6)

    watcher = threading.Thread(target=watch)
    started = time.perf_counter()
    watcher.start()
    status = process.wait()
    seconds = time.perf_counter() - started
    ended.set()
    watcher.join()
    if status:
        raise SystemExit(f"the poll ended with status {status}")
    return seconds, peaks[0], peaks[1]


if __name__ == "__main__":
    main()
