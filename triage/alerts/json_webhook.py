"""Plain JSON, for everything that is not a chat."""

from pydantic import SecretStr

from triage.alerts.channel import Receipt
from triage.alerts.webhook import post
from triage.core.alert import Alert

#: Grows by one when a field changes its meaning; receivers ignore fields they do not know.
VERSION = 1


class JsonChannel:
    """A receiver of JSON documents."""

    def __init__(self, *, name: str, url: SecretStr) -> None:
        self.name = name
        self._url = url

    def send(self, alert: Alert, *, key: str) -> Receipt:
        """Send once, with the key that lets the receiver drop a repeat.

        Source: draft-ietf-httpapi-idempotency-key-header-07 section 2.
        """
        return post(
            self._url.get_secret_value(), payload(alert, key=key), headers={"Idempotency-Key": f'"{key}"'}
        )


def payload(alert: Alert, *, key: str) -> dict[str, object]:
    """Return the document: empty text and null stand for what the alert does not have."""
    return {
        "version": VERSION,
        "key": key,
        "level": alert.level.value,
        "headline": alert.headline,
        "customer": alert.customer,
        "project": alert.project,
        "clock": alert.clock,
        "due_at": alert.due_at.isoformat() if alert.due_at else None,
        "zone": alert.zone,
        "due_text": alert.due_text,
        "link": alert.link,
        "reason": alert.reason,
    }
