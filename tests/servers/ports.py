"""Free ports and waiting for servers, without sleeping longer than needed."""

import socket
import time
from collections.abc import Callable

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """Return a loopback port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def accepts_connections(port: int) -> bool:
    """Whether somebody listens on the loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def eventually(condition: Callable[[], object], *, seconds: float = 10, what: str = "condition") -> None:
    """Poll until the condition holds.

    Raises:
        TimeoutError: If it does not hold within ``seconds``.
    """
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            raise TimeoutError(f"{what} did not hold within {seconds} s")
        time.sleep(0.01)
