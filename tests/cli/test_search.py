"""``triage search``."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.fakes.seed import seed
from triage.cli import build_app
from triage.store.database import Database


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    database = Database(f"sqlite:///{folder / 'triage.db'}")
    database.upgrade()
    seed(database)
    database.close()
    path = folder / "config.yaml"
    path.write_text(
        f"database: {{url: 'sqlite:///{folder / 'triage.db'}'}}\n"
        "accounts: [{key: acme, name: Zirbenholz GmbH, domains: [zirbenholz.example]}]\n"
    )
    return path


def search(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(build_app("search", "queue"), ["search", "--config", str(config), *arguments])


def test_table_names_time_customer_sender_and_words(config: Path) -> None:
    result = search(config, "zirbenholz", "confirm", "--limit", "3")

    assert result.exit_code == 0
    for expected in ("2026-03-1", "Zirbenholz", "confirm", "--limit"):
        assert expected in result.stdout


def test_json_holds_the_hits(config: Path) -> None:
    found = json.loads(search(config, "zirbenholz", "--account", "acme", "--json").stdout)

    assert {hit["account"]["key"] for hit in found["hits"]} == {"acme"}
    assert (found["has_more"], found["behind"]) == (False, 0)


def test_phrase_of_the_shell_stays_a_phrase(config: Path) -> None:
    assert search(config, "please confirm the").exit_code == 0
    nothing = search(config, "the confirm please")
    assert nothing.exit_code == 1
    assert 'Nothing was found for: "the confirm please"' in nothing.stdout


def test_nothing_found_is_status_1_and_says_what_to_try(config: Path) -> None:
    result = search(config, "nosuchword")

    assert result.exit_code == 1
    assert "Nothing was found" in result.stdout


def test_a_customer_that_there_is_none_of_is_said(config: Path) -> None:
    assert "you may see is called nosuch" in search(config, "confirm", "account:nosuch").stdout
    found = search(config, "confirm", "account:acme", "account:nosuch", "--json")
    assert json.loads(found.stdout)["unknown"] == ["nosuch"]


def test_wrong_use_is_status_2(config: Path) -> None:
    assert search(config).exit_code == 2
    assert search(config, "x", "--account", "nosuch").exit_code == 2


def test_index_is_built_anew(config: Path) -> None:
    result = search(config, "--rebuild")

    assert result.exit_code == 0
    assert "built anew" in result.output
    assert search(config, "zirbenholz").exit_code == 0
