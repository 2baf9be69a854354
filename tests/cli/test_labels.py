import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from triage.cli import evaluate, labels

app = typer.Typer()
app.add_typer(labels.app, name="labels")
for command in (labels.train, evaluate.evaluate, labels.tag):
    app.command()(command)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(
        """
data_dir: data
accounts:
  - {key: acme, name: Acme, domains: [acme.example], projects: [{key: portal, name: Portal}]}
""",
        encoding="utf-8",
    )
    return path


def run(config: Path, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*arguments, "--config", str(config)])
    return result.exit_code, result.output


def test_a_line_that_names_no_stored_message_is_told(config: Path, tmp_path: Path) -> None:
    lines = tmp_path / "labels.jsonl"
    lines.write_text(json.dumps({"message_id": "<a@b.example>", "project": "portal"}) + "\n")

    status, output = run(config, "labels", "import", str(lines))

    assert status == 1
    assert f"{lines}:1: there is no message with this message_id" in output
    assert "0 threads labelled, 1 line refused." in output


def test_an_import_says_as_json_what_it_refused(config: Path, tmp_path: Path) -> None:
    lines = tmp_path / "labels.jsonl"
    lines.write_text('{"thread_id": 1, "project": "portal"}\nnonsense\n')

    status, output = run(config, "labels", "import", str(lines), "--json")

    assert status == 1
    found = json.loads(output)
    assert found["threads"] == 0
    assert [(one["file"], one["line"]) for one in found["refused"]] == [(str(lines), 1), (str(lines), 2)]


def test_an_empty_archive_has_no_labels_models_or_tags(config: Path, tmp_path: Path) -> None:
    empty = tmp_path / "labels.jsonl"
    empty.touch()

    assert run(config, "labels", "import", str(empty)) == (0, "0 threads labelled, 0 lines refused.\n")
    assert run(config, "labels", "export") == (0, "")
    assert run(config, "tag", "--jsonl") == (0, "")
    assert run(config, "tag") == (0, "")
    assert run(config, "evaluate", "--svg", str(tmp_path / "risk.svg"))[0] == 0
    assert (tmp_path / "risk.svg").read_text().startswith("<svg")
    status, output = run(config, "evaluate", "--json")
    found = json.loads(output)
    assert status == 0
    assert [one["threads_taught_a_project"] for one in found["budgets"]] == [0, 3, 10, 30]
    assert found["models"] == []
    status, output = run(config, "train")
    assert status == 0
    assert "Threads with a suggested project: 0." in output


def test_nothing_is_proposed_where_nothing_is_stored(config: Path) -> None:
    assert run(config, "labels", "proposals") == (0, "Nothing is proposed.\n")
    assert run(config, "labels", "proposals", "--json") == (0, "[]\n")


def test_nothing_is_asked_where_nothing_is_stored(config: Path) -> None:
    assert run(config, "labels", "questions") == (0, "Nothing to ask.\n")
    assert run(config, "labels", "questions", "--json") == (0, "[]\n")
