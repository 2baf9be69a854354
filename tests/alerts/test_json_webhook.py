from pydantic import SecretStr

from tests.alerts.webhook_server import WebhookServer
from triage.alerts.json_webhook import JsonChannel
from triage.core.alert import Alert, AlertLevel


def test_document_holds_what_the_alert_says(alert: Alert, webhook: WebhookServer) -> None:
    JsonChannel(name="pager", url=SecretStr(webhook.url)).send(alert, key="thread:7:breach")

    assert webhook.received[0].body == {
        "version": 1,
        "key": "thread:7:breach",
        "level": "breach",
        "headline": "First reply overdue",
        "customer": "Harbour & Hale",
        "project": "Dock Planner",
        "clock": "first_reply",
        "due_at": "2026-07-01T12:30:00+00:00",
        "zone": "Europe/London",
        "due_text": "Wed 2026-07-01 13:30 Europe/London",
        "link": "https://triage.example/threads/7",
        "reason": "",
    }


def test_every_attempt_carries_the_same_key(alert: Alert, webhook: WebhookServer) -> None:
    channel = JsonChannel(name="pager", url=SecretStr(webhook.url))

    channel.send(alert, key="thread:7:breach")
    channel.send(alert, key="thread:7:breach")

    assert [received.headers["Idempotency-Key"] for received in webhook.received] == ['"thread:7:breach"'] * 2


def test_what_an_alert_lacks_is_null(webhook: WebhookServer) -> None:
    channel = JsonChannel(name="pager", url=SecretStr(webhook.url))

    channel.send(Alert(level=AlertLevel.MAILBOX, customer="support"), key="k")

    assert webhook.received[0].body["due_at"] is None
