"""Bounds that the operating system enforces on a child."""

import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the memory bound is set on Linux only")

PREAMBLE = "from triage.mailbox.limits import limit_this_process as limit\n"


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PREAMBLE + code], capture_output=True, text=True, timeout=30, check=False
    )


def test_memory_beyond_the_bound_is_an_error_in_the_child() -> None:
    child = run("limit(memory_bytes=64 << 20)\nbytearray(32 << 20)\nbytearray(128 << 20)")

    assert "MemoryError" in child.stderr
    assert child.returncode == 1


def test_memory_within_the_bound_is_given() -> None:
    assert run("limit(memory_bytes=256 << 20)\nbytearray(128 << 20)").returncode == 0


def test_a_child_that_computes_too_long_is_ended() -> None:
    assert run("limit(cpu_seconds=0.5)\nwhile True: pass").returncode == -signal.SIGXCPU


def test_a_later_bound_replaces_an_earlier_one() -> None:
    assert run("limit(cpu_seconds=1)\nlimit(cpu_seconds=100)\nsum(range(10**6))").returncode == 0
