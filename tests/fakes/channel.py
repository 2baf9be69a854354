"""A channel that answers as it is told and remembers what it was given."""

from collections.abc import Callable

from triage.alerts.channel import Receipt
from triage.core.alert import Alert


class FakeChannel:
    """Takes every alert unless told otherwise.

    Attributes:
        errors: What the next attempts meet; None is success.
        sent: Keys and alerts that were taken.
        attempted: Keys of all attempts.
    """

    def __init__(self, name: str = "team", *, during: Callable[[], None] | None = None) -> None:
        self.name = name
        self.errors: list[Exception | None] = []
        self.sent: list[tuple[str, Alert]] = []
        self.attempted: list[str] = []
        self._during = during

    def send(self, alert: Alert, *, key: str) -> Receipt:
        """Take the alert, or raise the next error."""
        self.attempted.append(key)
        if self._during:
            self._during()
        error = self.errors.pop(0) if self.errors else None
        if error is not None:
            raise error
        self.sent.append((key, alert))
        return Receipt(status=200)
