"""``triage message show``."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from triage.cli import message as command

FOLDER = Path(__file__).parents[1] / "messages"
KEYS = [
    "file", "from", "to", "cc", "date", "subject", "message_id", "in_reply_to", "references", "message_class",
    "class_evidence", "failed_recipients", "out_of_office_until", "text", "zones", "text_new", "attachments",
    "defects",
]  # fmt: skip


def show(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(command.app, ["show", *arguments], input=stdin)


def fixture(name: str) -> str:
    return str(FOLDER / f"{name}.eml")


def test_one_object_a_file_with_all_keys() -> None:
    result = show("--jsonl", fixture("plain_reply_gmail"), fixture("bounce_dsn"))

    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [list(one) for one in objects] == [KEYS, KEYS]
    assert [one["file"] for one in objects] == [fixture("plain_reply_gmail"), fixture("bounce_dsn")]


def test_the_object_says_how_the_mail_is_read() -> None:
    found = json.loads(show("--jsonl", fixture("plain_reply_gmail")).stdout)

    assert found["from"] == {"name": "Nora Lindqvist", "email": "nora.lindqvist@customer.example"}
    assert found["to"] == [{"name": "Service Desk", "email": "desk@vendor.example"}]
    assert found["date"] == "2026-03-02T08:30:00+00:00"
    assert found["message_id"] == "q2@customer.example"
    assert found["in_reply_to"] == ["a1@vendor.example"]
    assert found["message_class"] == "human"
    assert found["text_new"] == "That works, thank you."
    assert found["zones"][0][0] == "new"
    assert found["text"][found["zones"][0][1] : found["zones"][0][2]].startswith("That works")


def test_what_cannot_be_read_is_null() -> None:
    found = json.loads(show("--jsonl", fixture("empty")).stdout)

    assert found["from"] is None
    assert found["date"] is None
    assert found["message_id"] is None
    assert "from:missing" in found["defects"]


def test_absence_and_bounce_are_told() -> None:
    absence = json.loads(show("--jsonl", fixture("out_of_office_german")).stdout)
    bounce = json.loads(show("--jsonl", fixture("bounce_dsn")).stdout)

    assert absence["out_of_office_until"] == "2026-03-16"
    assert bounce["failed_recipients"] == ["nora.lindqvist@customer.example"]
    assert bounce["class_evidence"][0]["kind"] == "report_type"


def test_standard_input_is_read_for_a_dash() -> None:
    result = show("--jsonl", "-", stdin=b"From: ann@customer.example\n\nHello\n")

    assert json.loads(result.stdout)["file"] == "-"
    assert json.loads(result.stdout)["from"]["email"] == "ann@customer.example"


def test_a_file_that_cannot_be_read_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.eml")

    result = show("--jsonl", missing, fixture("plain_question"), str(tmp_path))

    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert f"{missing}: cannot be read" in result.stderr
    assert f"{tmp_path}: cannot be read" in result.stderr


def test_the_page_shows_the_class_with_its_evidence_and_the_zone_of_every_line() -> None:
    result = show(fixture("plain_reply_gmail"), fixture("bounce_dsn"))

    assert result.exit_code == 0
    assert "Nora Lindqvist <nora.lindqvist@customer.example>" in result.stdout
    assert "         new  That works, thank you." in result.stdout
    assert "      quoted  > We moved it to 22:00. Is that fine?" in result.stdout
    assert "Not reached  nora.lindqvist@customer.example" in result.stdout
    assert "because  multipart/report of type delivery-status" in result.stdout


def test_the_page_shows_repairs_and_attachments() -> None:
    result = show(fixture("mixed_with_attachments"), fixture("date_one_digit_hour"))

    assert "pläne.pdf  application/pdf" in result.stdout
    assert "date:repaired" in result.stdout


def test_many_files_are_read_by_several_processes_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_MIN_FILES_FOR_WORKERS", 10)
    monkeypatch.setattr(command, "_FILES_A_TASK", 7)
    files = [str(file) for file in sorted(FOLDER.glob("*.eml"))]

    result = show("--jsonl", *files)

    assert [json.loads(line)["file"] for line in result.stdout.splitlines()] == files
