"""``triage sla test``, ``triage sla explain`` and ``triage report sla`` as a person runs them."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from tests.acceptance.mail import letter
from tests.services.workplace import read_all
from triage.app import App, utc_now
from triage.cli import build_app
from triage.cli.report import safe_cell
from triage.services.import_mail import import_path

CONFIG = """
data_dir: {folder}
own: {{domains: [vendor.example]}}
accounts:
  - key: acme
    name: ACME GmbH
    domains: [acme.example]
schedules:
  - name: office
    zone: Europe/Berlin
    week: {{mon-fri: ["09:00-17:00"]}}
    exceptions: {{2026-04-03: []}}
policies:
  - name: standard
    targets: {{first_reply: {{minutes: 60}}}}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG.format(folder=tmp_path), encoding="utf-8")
    return path


@pytest.fixture
def answered(config: Path, tmp_path: Path) -> Path:
    """A question of Friday 16:30 that was answered on Monday 9:15, and one on Tuesday that was late."""
    mails = tmp_path / "mail"
    mails.mkdir()
    ours, theirs = "desk@vendor.example", "Ada Berg <ada@acme.example>"
    for name, sender, to, at, reply_to in (
        ("q1", theirs, ours, datetime(2026, 3, 27, 15, 30, tzinfo=UTC), ""),
        ("a1", ours, "ada@acme.example", datetime(2026, 3, 30, 7, 15, tzinfo=UTC), "q1"),
        ("q2", theirs, ours, datetime(2026, 3, 31, 8, 0, tzinfo=UTC), ""),
        ("a2", ours, "ada@acme.example", datetime(2026, 3, 31, 10, 0, tzinfo=UTC), "q2"),
    ):
        content = letter(name, sender=sender, to=to, at=at, reply_to=reply_to, subject=f"Matter {name[1]}")
        (mails / f"{name}.eml").write_bytes(content)
    app = App.open(config)
    import_path(app.database, app.prepare(), mails, mailbox="files", parse=read_all, clock=utc_now)
    app.database.close()
    return config


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(build_app("sla", "report"), arguments)
    return result.exit_code, result.output


def test_a_mail_on_friday_evening_is_promised_for_monday(config: Path) -> None:
    status, output = run(
        "sla", "test", "--config", str(config), "--at", "2026-03-27T16:30+01:00", "--account", "acme"
    )

    assert status == 0
    assert "Policy: standard" in output
    assert "due Mon 2026-03-30 09:30 +0200 Europe/Berlin (2026-03-30 07:30 UTC)" in output
    assert "closed" in output


def test_programs_get_json(config: Path) -> None:
    status, output = run("sla", "test", "--config", str(config), "--at", "2026-04-02T16:30+02:00", "--json")

    answer = json.loads(output)
    assert status == 0
    assert answer["policy"] == "standard"
    assert answer["targets"][0]["due_at"] == "2026-04-06T07:30:00+00:00"
    assert "exception" in {segment["kind"] for segment in answer["targets"][0]["segments"]}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--at", "2026-03-27T16:30"), "no offset"),
        (("--at", "soon"), "no instant"),
        (("--at", "2026-03-27T16:30Z", "--account", "nobody"), "no account"),
    ],
)
def test_a_question_that_is_not_clear_is_refused(
    config: Path, arguments: tuple[str, ...], words: str
) -> None:
    status, output = run("sla", "test", "--config", str(config), *arguments)

    assert status == 2
    assert words in " ".join(output.split())


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-x", "'-x"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("acme", "acme"),
        (-5, -5),
    ],
)
def test_a_cell_is_never_a_formula(given: object, expected: object) -> None:
    assert safe_cell(given) == expected


PERIOD = ("--since", "2026-03-01", "--until", "2026-03-31")


def test_the_report_is_a_table_of_promises_kept(answered: Path) -> None:
    status, output = run("report", "sla", "--config", str(answered), *PERIOD, "--format", "json")

    (line,) = json.loads(output)["lines"]
    assert status == 0
    assert (line["group"], line["target"]) == ("acme", "first_reply")
    assert (line["met"], line["missed_late"], line["compliance_percent"]) == (1, 1, 50.0)
    assert (line["median_minutes"], line["p90_minutes"]) == (45.0, 120.0)


def test_the_same_figures_come_as_csv_and_table(answered: Path) -> None:
    _, text = run("report", "sla", "--config", str(answered), *PERIOD, "--format", "csv", "--by", "week")
    _, table = run("report", "sla", "--config", str(answered), *PERIOD)

    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["group"], row["compliance_percent"]) for row in rows] == [
        ("2026-W13", "100.0"),
        ("2026-W14", "0.0"),
    ]
    assert "acme" in table


def test_the_chart_is_svg_and_the_same_each_time(answered: Path) -> None:
    pytest.importorskip("matplotlib")

    _, first = run("report", "sla", "--config", str(answered), *PERIOD, "--format", "svg")
    _, second = run("report", "sla", "--config", str(answered), *PERIOD, "--format", "svg")

    assert ET.fromstring(first).tag.endswith("svg")  # noqa: S314 - our own output
    assert first == second


def test_a_period_without_promises_says_so(answered: Path) -> None:
    status, output = run(
        "report", "sla", "--config", str(answered), "--since", "2020-01-01", "--until", "2020-01-31"
    )

    assert status == 0
    assert "Nothing was promised" in output


def test_a_thread_is_explained_in_both_times(answered: Path) -> None:
    status, output = run("sla", "explain", "1", "--config", str(answered))

    words = " ".join(output.split())
    assert status == 0
    assert "first_reply 1: " in words
    assert "Europe/Berlin" in words
    assert "UTC" in words


def test_a_thread_that_is_not_there_is_an_error(answered: Path) -> None:
    result = CliRunner().invoke(build_app("sla"), ["sla", "explain", "999", "--config", str(answered)])

    assert result.exit_code == 1
    assert "no such thread" in str(result.exception)
