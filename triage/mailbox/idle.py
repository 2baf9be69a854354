"""Waiting for news with IDLE: a hint to look sooner, never the only reason to look.

Every wait ends within seconds, because a notice may sit unseen in a buffer and a line may be dead
without a sound. Who calls this polls anyway, whatever it returns.

The four traps that imapclient's own IDLE falls into do not exist here: the buffer is looked at before
the socket, so a notice in the same segment as the server's "+" is seen; the end of the connection is
an error at once; half a line is kept; and there is no wait without an end.

Source: RFC 2177; reliability page, fact 4.
"""

import re
import time
from collections.abc import Callable
from typing import Final

from triage.core.errors import ProtocolFault
from triage.mailbox.connection import Session

#: How often ``stop`` is looked at, and the longest time between a notice and its effect.
SLICE_SECONDS: Final = 1.0
#: IDLE is renewed before providers and their firewalls lose patience (Gmail: about ten minutes).
RENEW_SECONDS: Final = 9 * 60.0

_NEWS: Final = re.compile(rb"\* \d+ (?:EXISTS|EXPUNGE)\b", re.IGNORECASE)


def wait_for_news(session: Session, *, seconds: float, stop: Callable[[], bool] = lambda: False) -> bool:
    """Wait until the open folder changes.

    Args:
        seconds: Longest wait; at most nine minutes of it are used.
        stop: Asked every second; the wait ends when it says so.

    Returns:
        Whether the server said that something came or went. False proves nothing.

    Raises:
        Unreachable: If the connection is gone.
        ProtocolFault: If the server does not do IDLE as it should.
    """
    if not session.has("IDLE"):
        return _wait_blindly(min(seconds, RENEW_SECONDS), stop)
    with session.guarded():
        idle = _Idle(session)
        idle.begin()
        give_up_at = time.monotonic() + min(seconds, RENEW_SECONDS)
        has_news = False
        while not has_news and not stop():
            left = give_up_at - time.monotonic()
            if left <= 0:
                break
            has_news = idle.hears_within(min(left, SLICE_SECONDS))
        return idle.end() or has_news


def _wait_blindly(seconds: float, stop: Callable[[], bool]) -> bool:
    """Let the time pass on a server without IDLE."""
    give_up_at = time.monotonic() + seconds
    while not stop() and (left := give_up_at - time.monotonic()) > 0:
        time.sleep(min(left, SLICE_SECONDS))
    return False


class _Idle:
    """One IDLE command, from its start to its tagged answer."""

    def __init__(self, session: Session) -> None:
        self._wire = session.wire
        self._place = session.place
        self._answer_seconds = session.settings.limits.idle_answer_seconds
        self._tag = b""
        self._heard_early = False

    def begin(self) -> None:
        """Send IDLE and wait for the server's "+"."""
        self._tag = self._wire.begin("IDLE")
        give_up_at = time.monotonic() + self._answer_seconds
        while not (line := self._line(give_up_at)).startswith(b"+"):
            self._refuse_end(line)
            self._heard_early = self._heard_early or bool(_NEWS.match(line))

    def hears_within(self, seconds: float) -> bool:
        """Whether a change is announced within the time."""
        if self._heard_early:
            return True
        give_up_at = time.monotonic() + seconds
        while (line := self._wire.line_within(give_up_at - time.monotonic())) is not None:
            self._refuse_end(line)
            if _NEWS.match(line):
                return True
        return False

    def end(self) -> bool:
        """Send DONE and return whether a change was announced on the way out."""
        self._wire.send(b"DONE\r\n")
        give_up_at = time.monotonic() + self._answer_seconds
        has_news = False
        while not (line := self._line(give_up_at)).startswith(self._tag + b" "):
            has_news = has_news or bool(_NEWS.match(line))
        return has_news

    def _line(self, give_up_at: float) -> bytes:
        line = self._wire.line_within(give_up_at - time.monotonic())
        if line is None:
            raise ProtocolFault(f"{self._place}: the server does not answer IDLE; it is polled instead")
        return line

    def _refuse_end(self, line: bytes) -> None:
        """A tagged answer before DONE is a refusal; BYE is the end."""
        if line.startswith(self._tag + b" ") or line[:5].upper() == b"* BYE":
            raise ProtocolFault(f"{self._place}: the server ended IDLE; it is polled instead")
