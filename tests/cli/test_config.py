import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from triage.cli import build_app

app = build_app("init", "check-config")

ANSWERS = [
    *("--host", "imap.example.com", "--user", "support@vendor.example"),
    *("--own-domain", "vendor.example", "--customer", "Acme", "--customer-domain", "acme.example"),
    *("--zone", "Europe/Berlin"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


def test_effective_values_are_printed_as_yaml_with_secrets_masked(path: Path) -> None:
    path.write_text(
        "allow_inline_secrets: true\nmailboxes: [{name: m, host: h, user: u, password: {plain: s3cret}}]\n",
        encoding="utf-8",
    )

    result = CliRunner().invoke(app, ["check-config", "--config", str(path)])

    assert result.exit_code == 0
    assert "s3cret" not in result.output
    assert YAML().load(result.output)["mailboxes"][0]["port"] == 993


def test_effective_values_are_printed_as_json(path: Path) -> None:
    path.write_text("server: {port: 9000}", encoding="utf-8")

    result = CliRunner().invoke(app, ["check-config", "--json", "--config", str(path)])

    assert json.loads(result.output)["server"]["port"] == 9000


def test_file_is_found_by_the_variable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("server: {port: 9000}", encoding="utf-8")
    monkeypatch.setenv("TRIAGE_CONFIG", str(path))

    result = CliRunner().invoke(app, ["check-config", "--json"])

    assert json.loads(result.output)["server"]["port"] == 9000


def test_all_problems_are_printed_and_the_status_is_2(path: Path) -> None:
    path.write_text("servr: {}\nown: {domains: [vendor]}\n", encoding="utf-8")

    result = CliRunner().invoke(app, ["check-config", "--config", str(path)])

    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"{path}:1: Unknown key servr. Did you mean server?",
        f"{path}:2: own.domains[0]: 'vendor' is not a domain. Write it like example.com, without an @.",
        "2 problems in the configuration.",
    ]


def test_init_writes_a_file_that_only_lacks_the_password(path: Path) -> None:
    result = CliRunner().invoke(app, ["init", "--config", str(path), *ANSWERS])

    assert result.exit_code == 0
    assert "INBOX_PASSWORD is not set" in result.output
    checked = CliRunner(env={"INBOX_PASSWORD": "x"}).invoke(app, ["check-config", "--config", str(path)])
    assert checked.exit_code == 0


def test_init_never_overwrites(path: Path) -> None:
    path.write_text("mine", encoding="utf-8")

    result = CliRunner().invoke(app, ["init", "--config", str(path), *ANSWERS])

    assert result.exit_code == 2
    assert "exists already" in result.stderr
    assert path.read_text(encoding="utf-8") == "mine"


def test_init_without_a_terminal_names_the_options_it_needs(path: Path) -> None:
    result = CliRunner().invoke(app, ["init", "--config", str(path), "--host", "imap.example.com"])

    assert result.exit_code == 2
    assert "--user, --own-domain" in result.stderr
    assert not path.exists()


def test_init_asks_a_person_for_what_no_option_gives(path: Path) -> None:
    """Through a real terminal: the runner's standard input is none."""
    output, status = _type(["init", "--config", str(path), *ANSWERS[:-2]], "Europe/Berlin\n")

    assert status == 0
    assert "Your time zone (such as Europe/Berlin)" in output
    assert 'zone: "Europe/Berlin"' in path.read_text(encoding="utf-8")


def _type(arguments: list[str], typed: str) -> tuple[str, int]:
    """Run a command at a pseudo-terminal and type into it."""
    ours, theirs = pty.openpty()
    try:
        os.write(ours, typed.encode())
        done = subprocess.run(
            [sys.executable, "-m", "triage", *arguments],
            stdin=theirs,
            capture_output=True,
            check=False,
            timeout=60,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    return done.stdout.decode(), done.returncode


def test_init_says_when_it_cannot_write(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["init", "--config", str(tmp_path / "none" / "config.yaml"), *ANSWERS])

    assert result.exit_code == 2
    assert "cannot be written" in result.stderr


def test_init_writes_nothing_with_a_zone_that_does_not_exist(path: Path) -> None:
    zone = ANSWERS.index("--zone") + 1
    answers = [*ANSWERS[:zone], "Europe/Atlantis", *ANSWERS[zone + 1 :]]

    result = CliRunner().invoke(app, ["init", "--config", str(path), *answers])

    assert result.exit_code == 2
    assert "'Europe/Atlantis' is not a time zone. Write an IANA name" in result.stderr
    assert not path.exists()


def test_a_file_that_is_no_text_is_told_in_words(path: Path, tmp_path: Path) -> None:
    path.write_bytes(b"\xff\xfe")

    no_text = CliRunner().invoke(app, ["check-config", "--config", str(path)])
    folder = CliRunner().invoke(app, ["check-config", "--config", str(tmp_path)])

    assert (no_text.exit_code, folder.exit_code) == (2, 2)
    assert "This is not a text in UTF-8. Save the file as UTF-8." in no_text.stderr
    assert "The file cannot be read: Is a directory." in folder.stderr
