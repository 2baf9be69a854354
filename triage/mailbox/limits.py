"""Bounds on memory and processor time of processes that read hostile mail, and what they took so far."""

import os
import resource
import sys
import time
from pathlib import Path
from typing import NamedTuple

#: Tasks of a few milliseconds need a new bound once in some hundreds of them.
_SLACK_SECONDS = 1.0
_PAGE_SIZE = resource.getpagesize()
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Standing(NamedTuple):
    """How a process stands.

    Attributes:
        is_at_work: It computes, or would if it had a processor or its memory back; False while it sleeps.
        cpu_seconds: Processor time that it took since it began.
    """

    is_at_work: bool
    cpu_seconds: float


def standing(pid: int) -> Standing | None:
    """Return how a process stands, by proc(5); None where the system does not tell."""
    try:
        told = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # Behind the name, which may hold anything.
    fields = told.rpartition(b")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return Standing(is_at_work=fields[0] in {b"R", b"D"}, cpu_seconds=ticks / _TICKS_PER_SECOND)


def limit_this_process(*, memory_bytes: int | None = None, cpu_seconds: float | None = None) -> None:
    """Let the operating system stop this process when it takes too much.

    Args:
        memory_bytes: Address space beyond what the process holds now; an allocation above it raises
            ``MemoryError``. Linux only; elsewhere the bound is not set.
        cpu_seconds: Processor time from now; at the end of it the process is killed. Whole seconds,
            rounded up.
    """
    if memory_bytes is not None and sys.platform == "linux":
        _lower(resource.RLIMIT_AS, _address_space_bytes() + memory_bytes)
    if cpu_seconds is not None:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        used = usage.ru_utime + usage.ru_stime
        _lower(resource.RLIMIT_CPU, int(used + cpu_seconds) + 1)


class CPUAllowance:
    """What each of many tasks may take of the processor, without a system call's worth of care for each.

    The bound is moved only when less than the allowance is left of it, so a task may take up to
    ``_SLACK_SECONDS`` more.
    """

    def __init__(self, seconds: float) -> None:
        """Prepare an allowance of processor time, in seconds a task."""
        self._seconds = seconds
        self._bound = 0.0

    def renew(self) -> float:
        """Let the next task take its time; return the seconds that this process took so far."""
        used = time.process_time()
        if self._bound - used < self._seconds:
            self._bound = used + self._seconds + _SLACK_SECONDS
            limit_this_process(cpu_seconds=self._bound - used)
        return used


def _address_space_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * _PAGE_SIZE


def _lower(kind: int, bound: int) -> None:
    """Lower the soft limit; the hard one stays, so that a later call may set another."""
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))
