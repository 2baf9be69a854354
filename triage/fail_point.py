"""Named points at which a test may kill, break or hold this process; off unless it asks for it.

``TRIAGE_FAIL_POINT=name=kill`` ends the process at once, as a power cut would; ``name=raise`` raises,
``name=stop`` stops it until it is continued. ``name=kill:3`` does so at the third visit.
"""

import os
import signal
from collections import Counter

_VARIABLE = "TRIAGE_FAIL_POINT"
_visits: Counter[str] = Counter()


class FailPointError(Exception):
    """Raised where a test asked for it; deliberately none of the program's own errors."""


def reach(name: str) -> None:
    """Pass a point; does nothing unless the environment names it."""
    wanted = os.environ.get(_VARIABLE)
    if wanted is None or not wanted.startswith(f"{name}="):
        return
    action, _, visit = wanted.partition("=")[2].partition(":")
    _visits[name] += 1
    if visit and _visits[name] != int(visit):
        return
    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    if action == "raise":
        raise FailPointError(name)
