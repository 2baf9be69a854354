import json
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.acceptance.mail import letter
from tests.services.workplace import Workplace
from triage.app import App
from triage.cli import quarantine
from triage.mailbox.fetched import Fetched
from triage.mailbox.parser_pool import ParseFailure

app = typer.Typer()
app.add_typer(quarantine.app, name="quarantine")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A data folder with one message held back."""
    path = tmp_path / "config.yaml"
    path.write_text("data_dir: data\naccounts: [{key: acme, name: ACME, domains: [acme.example]}]\n")
    database = App.open(path).database
    database.upgrade()
    place = Workplace(database)
    place.mailbox.append(letter("one"))

    def fail(fetched: list[Fetched]) -> list[ParseFailure]:
        return [ParseFailure(reason="time") for _ in fetched]

    place.poll(replace(place.tools(), parse=fail))  # type: ignore[arg-type]
    database.close()
    return path


def run(config: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["quarantine", *arguments, "--config", str(config)])
    return result.exit_code, result.output


def test_held_message_is_listed_shown_and_stored(config: Path) -> None:
    status, listed = run(config, "list", "--json")
    (row,) = json.loads(listed)
    assert status == 0
    assert (row["mailbox"], row["folder"], row["state"], row["reason"]) == (
        "desk",
        "INBOX",
        "quarantined",
        "reading it took too long",
    )
    assert (row["from"], row["subject"]) == ("Ada Berg <ada@acme.example>", "Portal")
    table = run(config, "list")[1]
    for word in ("quarantined", "Ada", "Portal"):
        assert word in table

    status, shown = run(config, "show", str(row["id"]))
    assert status == 0
    assert "Subject: Portal" in shown
    assert "From: Ada Berg <ada@acme.example>" in shown
    assert json.loads(run(config, "show", str(row["id"]), "--json")[1])["subject"] == "Portal"

    assert run(config, "retry", "--all") == (0, f"{row['id']}: stored\n1 stored, 0 still held back.\n")
    assert json.loads(run(config, "list", "--json")[1]) == []
