"""What every channel can do, and what it says of the attempt."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from triage.core.alert import Alert
from triage.core.errors import DeliveryError


class TransientDeliveryError(DeliveryError):
    """The alert may get through later."""

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message, permanent=False)
        self.retry_after = retry_after


class PermanentDeliveryError(DeliveryError):
    """Sending the same again cannot help; somebody has to change the configuration."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What the receiver answered: that it took the alert, not that anybody read it."""

    status: int


class Channel(Protocol):
    """A way to a person."""

    @property
    def name(self) -> str:
        """The name in the configuration."""

    def send(self, alert: Alert, *, key: str) -> Receipt:
        """Send once.

        Args:
            key: The same for every attempt at one alert; receivers that understand it drop repeats.

        Raises:
            TransientDeliveryError: If a later attempt may work.
            PermanentDeliveryError: If it cannot.
        """
