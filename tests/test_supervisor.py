"""The supervisor: parts come back when they die, and go when it goes."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from tests.wait import until
from triage.supervisor import supervise

#: A part that says it lives and ends when told to.
PART = """
import pathlib, sys, threading
from triage.supervisor import stop_on_signals, stop_with_parent
stop = threading.Event()
stop_on_signals(stop)
stop_with_parent(stop.set)
with open(sys.argv[1], "a") as file:
    print(__import__("os").getpid(), file=file)
stop.wait(60)
"""
#: A part that hears nothing.
DEAF = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(sys.argv[1], "a") as file:
    print(os.getpid(), file=file)
while True: time.sleep(1)
"""


def _pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def test_part_that_dies_is_started_again(tmp_path: Path) -> None:
    seen, stop, results = tmp_path / "pids", threading.Event(), []
    command = [sys.executable, "-c", PART, str(seen)]
    thread = threading.Thread(target=lambda: results.append(supervise({"part": command}, stop)))
    thread.start()
    until(lambda: len(_pids(seen)) == 1, "the part started")

    os.kill(_pids(seen)[0], signal.SIGKILL)
    until(lambda: len(_pids(seen)) == 2, "the part came back")
    stop.set()
    thread.join(10)

    assert results == [0]
    assert not psutil.pid_exists(_pids(seen)[1])


def test_parts_end_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    seen = tmp_path / "pids"
    program = (
        "import sys, threading; from triage.supervisor import supervise; "
        f"supervise({{'part': [sys.executable, '-c', {PART!r}, {str(seen)!r}]}}, threading.Event())"
    )
    supervisor = subprocess.Popen([sys.executable, "-c", program])
    until(lambda: len(_pids(seen)) == 1, "the part started")

    supervisor.kill()
    supervisor.wait(10)

    until(lambda: not psutil.pid_exists(_pids(seen)[0]), "the part ended by itself")


@pytest.mark.slow
def test_part_that_does_not_listen_is_killed_within_ten_seconds(tmp_path: Path) -> None:
    seen, stop, results = tmp_path / "pids", threading.Event(), []
    command = [sys.executable, "-c", DEAF, str(seen)]
    thread = threading.Thread(target=lambda: results.append(supervise({"part": command}, stop)))
    thread.start()
    until(lambda: len(_pids(seen)) == 1, "the part started")

    stop.set()
    thread.join(10)

    assert results == [1]
    assert not psutil.pid_exists(_pids(seen)[0])
