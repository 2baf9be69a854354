import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.alerts.webhook_server import Answer, WebhookServer
from tests.alerts.webhook_server import webhook as webhook_fixture
from triage.cli import build_app

webhook = webhook_fixture

app = build_app("alerts")


@pytest.fixture
def config(tmp_path: Path, webhook: WebhookServer) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(
        f"""
allow_inline_secrets: true
alerts:
  channels:
    - {{name: team, kind: slack, url: {{plain: "{webhook.url}"}}}}
    - {{name: pager, kind: json, url: {{plain: "{webhook.url}"}}}}
""",
        encoding="utf-8",
    )
    return path


def test_test_alert_reaches_every_channel(config: Path, webhook: WebhookServer) -> None:
    result = CliRunner().invoke(app, ["alerts", "test", "--json", "--config", str(config)])

    assert result.exit_code == 0
    assert json.loads(result.output) == [
        {"channel": "team", "error": ""},
        {"channel": "pager", "error": ""},
    ]
    slack, plain = webhook.received
    assert "Test alert" in slack.body["text"]
    assert plain.body["level"] == "test"


def test_channel_that_refuses_is_shown_and_the_status_is_1(config: Path, webhook: WebhookServer) -> None:
    webhook.answers = [Answer(status=404)]

    result = CliRunner().invoke(app, ["alerts", "test", "--config", str(config)])

    assert result.exit_code == 1
    assert "status 404" in result.output
    assert "taken" in result.output
    assert webhook.url not in result.output


def test_without_a_channel_it_says_where_to_add_one(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.touch()

    result = CliRunner().invoke(app, ["alerts", "test", "--config", str(path)])

    assert result.exit_code == 0
    assert "alerts.channels" in result.output
