"""`triage run` and `triage demo`, as a person starts and stops them."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.acceptance.mail import letter
from tests.acceptance.program import Program
from tests.acceptance.running import Running, ask, status_of
from tests.alerts.webhook_server import WebhookServer, webhook
from tests.servers.dovecot import MailUser
from tests.servers.ports import free_port
from tests.wait import until

__all__ = ["webhook"]


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Start commands that are ended with the test."""
    started: list[Running] = []

    def start(program: Program, *arguments: str) -> Running:
        started.append(Running(program, *arguments))
        return started[-1]

    yield start
    for running in started:
        running.close()


def _subjects(url: str, token: str) -> list[str]:
    return [entry["subject"] for entry in ask(f"{url}/v1/queue", token)["entries"]]


@pytest.mark.dovecot
@pytest.mark.slow
def test_run_shows_new_mail_alerts_once_and_stops_in_time(
    program: Program, dovecot: MailUser, webhook: WebhookServer, start: Callable[..., Running]
) -> None:
    program.settings["server"] = {"port": free_port()}
    program.settings["alerts"] = {
        "channels": [{"name": "chat", "kind": "json", "url": {"plain": webhook.url}}]
    }
    program.write()
    dovecot.append(letter("old", subject="Old matter"))

    running = start(program, "run")
    line = running.wait_for_line("The queue is at")
    address, token = re.findall(r"(http://\S+)/\?token=(\S+)", line)[0]
    until(lambda: status_of(f"{address}/readyz") == 200, "the API answers", seconds=60)
    until(lambda: _subjects(address, token) == ["Old matter"], "the old mail is read", seconds=60)
    late = datetime.now(UTC) - timedelta(hours=5)
    dovecot.append(letter("new", subject="New matter", at=late), at=late)
    until(lambda: "New matter" in _subjects(address, token), "the new mail is shown", seconds=60)
    until(lambda: webhook.received, "the alert arrives", seconds=60)
    parts = psutil.Process(running.process.pid).children(recursive=True)
    status, seconds = running.stop()

    assert status == 0
    assert seconds < 10
    until(lambda: not any(part.is_running() for part in parts), "no part is left")
    assert [(one.body["level"], one.body["customer"]) for one in webhook.received] == [
        ("breach", "ACME GmbH")
    ]
    assert "New matter" not in json.dumps(webhook.received[0].body)


@pytest.mark.slow
def test_demo_prints_one_line_when_the_queue_stands(tmp_path: Path, start: Callable[..., Running]) -> None:
    program = Program(tmp_path)

    running = start(program, "demo", "--json")
    first: dict[str, Any] = json.loads(running.wait_for_line("{", seconds=90))
    queue = ask(f"{first['url']}/v1/queue?limit=200", first["token"])
    everything = ask(f"{first['url']}/v1/queue?view=all&limit=200", first["token"])["entries"]
    refused = [
        link
        for entry in everything
        for link in ask(f"{first['url']}/v1/threads/{entry['id']}", first["token"])["refused_links"]
    ]
    without_token = status_of(f"{first['url']}/v1/queue")
    arrived = len(everything)
    until(
        lambda: len(ask(f"{first['url']}/v1/queue?view=all&limit=200", first["token"])["entries"]) > arrived,
        "mail arrives while one watches",
        seconds=90,
    )
    status, seconds = running.stop()

    assert set(first) == {"url", "token"}
    assert len(queue["entries"]) >= 15
    assert queue["coverage"]["state"] == "proven"
    assert without_token == 401
    assert refused
    kinds = {reason["kind"] for entry in everything for reason in entry["reasons"]}
    assert kinds >= {
        "unanswered",
        "breached",
        "at_risk",
        "answered",
        "answered_outside",
        "undelivered",
        "closing",
    }
    assert {entry["account"]["state"] for entry in everything} >= {"confirmed", "suggested", "unknown"}
    assert len({entry["account"]["key"] for entry in everything if entry["account"]["key"]}) == 4
    assert (status, seconds < 10) == (0, True)
    assert len(running.output.read_text().splitlines()) == 1
