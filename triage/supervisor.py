"""Keeps the parts of the service running: starts each as a process, starts it again when it dies.

Each part sees the end of its standard input when this process is gone, however it went, and stops:
no part outlives its supervisor.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

log = structlog.get_logger(__name__)

#: A part that lived this long was well; the pause before its next start begins anew.
_WELL_AFTER_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 30.0
#: What a stop may take in all before the parts are killed.
_STOP_SECONDS = 9.0
_TICK_SECONDS = 0.2


@dataclass(kw_only=True)
class _Part:
    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    start_after: float = 0.0


def supervise(parts: dict[str, Sequence[str]], stop: threading.Event) -> int:
    """Run the parts until the event is set.

    Args:
        parts: Name to command line.
        stop: Set it, from a signal handler for instance, to end everything within ten seconds.

    Returns:
        0 when every part ended by itself after the stop, 1 when one had to be killed.
    """
    running = [_Part(name=name, command=command) for name, command in parts.items()]
    try:
        while not stop.is_set():
            for part in running:
                _keep(part, time.monotonic())
            stop.wait(_TICK_SECONDS)
    finally:
        clean = _end(running)
    return 0 if clean else 1


def _keep(part: _Part, now: float) -> None:
    if part.process is not None and part.process.poll() is not None:
        part.failures = 1 if now - part.started_at > _WELL_AFTER_SECONDS else part.failures + 1
        pause = min(2.0 ** (part.failures - 1), _LONGEST_PAUSE_SECONDS)
        log.warning("part ended", part=part.name, status=part.process.returncode, restart_in_seconds=pause)
        _close_input(part.process)
        part.process, part.start_after = None, now + pause
    if part.process is None and now >= part.start_after:
        part.started_at = now
        # A session of its own: Ctrl-C reaches this process alone, which then stops the parts in order.
        part.process = subprocess.Popen(  # noqa: S603 - our own command line
            part.command, stdin=subprocess.PIPE, start_new_session=True
        )


def _end(parts: list[_Part]) -> bool:
    alive = [part.process for part in parts if part.process is not None and part.process.poll() is None]
    for process in alive:
        process.terminate()
    deadline = time.monotonic() + _STOP_SECONDS
    is_clean = True
    for process in alive:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            is_clean = False
            process.kill()
            process.wait()
    for part in parts:
        if part.process is not None:
            _close_input(part.process)
    return is_clean


def _close_input(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()


def stop_with_parent(stop: Callable[[], None]) -> None:
    """Call ``stop`` once standard input ends, which it does when the supervisor is gone."""

    def wait_for_the_end() -> None:
        with contextlib.suppress(OSError, ValueError):
            while os.read(sys.stdin.fileno(), 4096):
                pass
        stop()

    threading.Thread(target=wait_for_the_end, name="parent-watch", daemon=True).start()


def stop_on_signals(stop: threading.Event) -> None:
    """Let Ctrl-C and SIGTERM set the event instead of ending the process at once."""

    def on_signal(_number: int, _frame: object) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)
