"""How far reading a mailbox has come: so many of so many, how fast, and how long it still takes."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """Reading of one mailbox.

    Attributes:
        done: Messages stored, known or held back since ``started_at``.
        total: Messages there were to read.
        at: When this was so.
    """

    mailbox: str
    done: int
    total: int
    started_at: datetime
    at: datetime

    @property
    def per_second(self) -> float:
        """Messages a second; 0 before anything was read."""
        seconds = (self.at - self.started_at).total_seconds()
        return self.done / seconds if seconds > 0 else 0.0

    @property
    def left(self) -> timedelta | None:
        """How long it still takes at this rate; None while the rate is not known."""
        rest = max(self.total - self.done, 0)
        if not rest:
            return timedelta()
        return timedelta(seconds=round(rest / self.per_second)) if self.per_second else None

    def line(self) -> str:
        """Return it in words, such as ``desk: 1,500 of 10,000 messages, 320 a second, 0:00:27 left``."""
        left = "" if self.left is None else f", {self.left} left"
        return (
            f"{self.mailbox}: {self.done:,} of {self.total:,} messages, {self.per_second:.0f} a second{left}"
        )
