"""What a command costs with all of its children: ``python -m benchmarks.measured -- COMMAND ...``.

Children that outlive their parents come to this process (it is a subreaper), so that none is forgotten.
Prints JSON on the last line of standard output; the command's own output goes to standard error.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

_SUBREAPER = 36
_SAMPLE_SECONDS = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What a command cost.

    Attributes:
        peak_mb: Proportional share of memory of all its processes at one moment, megabytes.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_mb: float

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            wall_seconds=self.wall_seconds + other.wall_seconds,
            cpu_seconds=self.cpu_seconds + other.cpu_seconds,
            peak_mb=max(self.peak_mb, other.peak_mb),
        )


def measure(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, folder: Path | None = None
) -> Cost:
    """Run a command to its end and return what it cost.

    Raises:
        SystemExit: If the command fails; its last words are the message.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.measured", "--", *command],
        env={**(env or os.environ), "PYTHONPATH": str(Path(__file__).parents[1])},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} ended with status {done.returncode}: {done.stderr[-2000:]}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def main(arguments: Sequence[str]) -> int:
    """Run the command after ``--``; return its status."""
    command = list(arguments[list(arguments).index("--") + 1 :])
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=sys.stderr)
    peak = _Peak()
    status = process.wait()
    wall = time.perf_counter() - started
    peak.stop()
    _await_orphans()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cost = Cost(wall_seconds=wall, cpu_seconds=used.ru_utime + used.ru_stime, peak_mb=peak.megabytes)
    print(json.dumps(asdict(cost)))
    return status


class _Peak:
    """Looks at the memory of a process and of its descendants from time to time."""

    def __init__(self) -> None:
        self.megabytes = 0.0
        self._root = psutil.Process()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            total = 0
            for one in self._root.children(recursive=True):
                try:
                    total += one.memory_full_info().pss
                except psutil.Error:
                    continue
            self.megabytes = max(self.megabytes, total / 1e6)


def _await_orphans() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
