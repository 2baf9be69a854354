"""Named places at which a test can make this program die, fail or stall.

Off unless the environment variable ``TRIAGE_FAIL_POINT`` is set. Its value is ``name:action`` or
``name@count:action``: at the first, or the given, time that the place is reached,

- ``kill`` ends the process as ``kill -9`` does,
- ``raise`` raises ``FailPointReached``,
- ``sleep=SECONDS`` waits.

The names are found by reading the code: ``tests/faults/fail_points.py`` lists every call of ``reach``.
"""

import os
import re
import signal
import threading
import time
from typing import Final

VARIABLE: Final = "TRIAGE_FAIL_POINT"

_VALUE: Final = re.compile(
    r"(?P<name>[a-z0-9._-]+)(?:@(?P<count>[1-9][0-9]*))?:(?:(?P<action>kill|raise)|sleep=(?P<seconds>[0-9.]+))"
)
_reached: Final[dict[str, int]] = {}
_lock: Final = threading.Lock()


class FailPointReached(Exception):
    """A test asked for a failure here."""


def reach(name: str) -> None:
    """Mark a place in the code.

    Raises:
        FailPointReached: If a test asked for that.
        ValueError: If the variable is set and not well formed: a typing error must not pass for a
            run without faults.
    """
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    value = _VALUE.fullmatch(wanted)
    if value is None:
        raise ValueError(f"{VARIABLE}={wanted!r} is not name[@count]:kill, :raise or :sleep=SECONDS")
    if value["name"] != name or _count(name) != int(value["count"] or 1):
        return
    if value["action"] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if value["action"] == "raise":
        raise FailPointReached(name)
    time.sleep(float(value["seconds"]))


def _count(name: str) -> int:
    """Return how often the place was reached, this time included."""
    with _lock:
        _reached[name] = _reached.get(name, 0) + 1
        return _reached[name]
