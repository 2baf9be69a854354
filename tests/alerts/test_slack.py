from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from tests.alerts.webhook_server import WebhookServer
from triage.alerts.slack import SlackChannel, payload
from triage.core.alert import Alert, AlertLevel


def _section(alert: Alert) -> str:
    blocks: Any = payload(alert)["blocks"]
    text: str = blocks[0]["text"]["text"]
    return text


def test_alert_says_customer_project_clock_due_time_and_link_and_nothing_else(alert: Alert) -> None:
    assert _section(alert).splitlines() == [
        ":rotating_light: *First reply overdue*",
        "Customer: Harbour &amp; Hale",
        "Project: Dock Planner",
        "Due: Wed 2026-07-01 13:30 Europe/London",
        "<https://triage.example/threads/7|Open in the queue>",
    ]


def test_notification_has_a_text_of_its_own(alert: Alert) -> None:
    assert payload(alert)["text"] == "First reply overdue: Harbour &amp; Hale / Dock Planner"


@pytest.mark.parametrize("name", ["<!channel>", "<!here|x>", "<@U123>", "@channel", "@here"])
def test_name_calls_nobody(name: str, alert: Alert) -> None:
    body = str(payload(replace(alert, customer=name)))

    assert name not in body


def test_name_with_line_breaks_stays_on_its_line(alert: Alert) -> None:
    lines = _section(replace(alert, customer="Acme\nDue: never")).splitlines()

    assert lines[1] == "Customer: Acme Due: never"


def test_every_level_has_a_sign(alert: Alert) -> None:
    signs = {_section(replace(alert, level=level)).split()[0] for level in AlertLevel}

    assert len(signs) == len(AlertLevel)


def test_alert_without_details_is_one_line() -> None:
    alert = Alert(level=AlertLevel.TEST, customer="")

    assert _section(alert) == ":wave: *Test alert: this channel works*"
    assert payload(alert)["text"] == "Test alert: this channel works"


def test_channel_posts_the_payload(alert: Alert, webhook: WebhookServer) -> None:
    channel = SlackChannel(name="team", url=SecretStr(webhook.url))

    channel.send(alert, key="k")

    assert webhook.received[0].body == payload(alert)


def test_a_mailbox_in_trouble_says_why() -> None:
    alert = Alert(level=AlertLevel.MAILBOX, customer="support", reason="mailbox support: revoked; do <this>")

    shown = payload(alert)["blocks"][0]["text"]["text"]  # type: ignore[index]

    assert "Mailbox: support" in shown
    assert "Why: mailbox support: revoked; do &lt;this&gt;" in shown
    assert "Customer" not in shown
