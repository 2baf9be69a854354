"""Waiting for something to become true, with a deadline instead of a guess."""

import time
from collections.abc import Callable


def until(is_true: Callable[[], object], what: str, *, seconds: float = 20.0) -> None:
    """Return as soon as the condition holds.

    Raises:
        AssertionError: If it did not within the deadline.
    """
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain: {what}"
        time.sleep(0.02)
