"""Ends a process of which a thread is stuck, so that whoever keeps the process starts it again.

A thread that works, or waits as ``pause`` does, uses a little of the processor all the time. One that
hangs in a lock, in a dead call or in a fault of ours uses none. An endless computation is not found:
what reads mail is bounded elsewhere (``mailbox.limits``), and what waits for a server has deadlines.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence

import structlog

log = structlog.get_logger(__name__)

#: Looks are counted, not seconds: a process that was stopped and continued is not stuck.
LOOK_SECONDS = 5.0
STUCK_AFTER_LOOKS = 18
#: Well below the time after which a thread counts as stuck.
_SLICE_SECONDS = 5.0
#: ``sysexits.h``: a temporary failure, to be tried again.
_STATUS = 75


def pause(stop: threading.Event, seconds: float) -> bool:
    """Wait in slices, so that a long wait does not pass for a stuck thread; return whether to stop."""
    left = seconds
    while left > 0 and not stop.wait(min(left, _SLICE_SECONDS)):
        left -= _SLICE_SECONDS
    return stop.is_set()


def keep_watch(threads: Sequence[threading.Thread], end: Callable[[], None] | None = None) -> None:
    """Look after threads from now on, in a thread of its own.

    Args:
        threads: Started ones; one that ended is not looked at any more.
        end: Called when one is stuck; None ends the process at once: a stuck thread could not be asked.
    """
    if not hasattr(time, "pthread_getcpuclockid"):
        # Where threads have no clocks nothing can be told.
        return
    looking = threading.Thread(
        target=_look, args=(list(threads), end or _end_process), name="watchdog", daemon=True
    )
    looking.start()


def _look(threads: list[threading.Thread], end: Callable[[], None]) -> None:
    used = dict.fromkeys(threads, -1.0)
    still = dict.fromkeys(threads, 0)
    while True:
        time.sleep(LOOK_SECONDS)
        for thread in threads:
            now = _processor_seconds(thread)
            still[thread] = still[thread] + 1 if now == used[thread] else 0
            used[thread] = now
            if still[thread] >= STUCK_AFTER_LOOKS and thread.is_alive():
                log.error("thread stuck, the process ends", thread=thread.name, where=_place(thread))
                end()
                return


def _processor_seconds(thread: threading.Thread) -> float:
    if thread.ident is None or not thread.is_alive():
        return 0.0
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))


def _place(thread: threading.Thread) -> str:
    """Return file and line where the thread stands; no content of any mail."""
    frame = sys._current_frames().get(thread.ident or 0)  # noqa: SLF001 - the documented way to a frame
    return "" if frame is None else f"{frame.f_code.co_name}, {frame.f_code.co_filename}:{frame.f_lineno}"


def _end_process() -> None:
    os._exit(_STATUS)
