"""From a real Dovecot mailbox to the queue."""

import contextlib
import random
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.mail import letter
from tests.acceptance.program import Program
from tests.servers.dovecot import MailUser

pytestmark = pytest.mark.dovecot


def _hours_ago(hours: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(hours=hours)


def _thread(program: Program, subject: str, view: str = "all") -> dict[str, Any]:
    entries = program.json("queue", "--view", view, "--limit", "200")["entries"]
    found = [entry for entry in entries if entry["subject"] == subject]
    assert len(found) == 1, [entry["subject"] for entry in entries]
    thread: dict[str, Any] = found[0]
    return thread


def test_unanswered_mail_is_pending_with_its_due_time_and_reasons(
    program: Program, dovecot: MailUser
) -> None:
    at = _hours_ago(1)
    dovecot.append(letter("one", subject="[ACME-ERP] Login fails", at=at), at=at)

    program.run("poll", "--once")
    queue = program.json("queue")

    thread = _thread(program, "[ACME-ERP] Login fails", "pending")
    account = {"key": "acme", "name": "ACME GmbH", "state": "confirmed"}
    assert account.items() <= thread["account"].items()
    assert thread["project"]["key"] == "erp"
    assert thread["waiting_on"] == "us"
    assert thread["clock"]["target"] == "first_reply"
    assert datetime.fromisoformat(thread["clock"]["due_at"]) == at + timedelta(hours=4)
    assert thread["reasons"]
    assert queue["coverage"]["state"] == "proven"


def test_reply_in_the_sent_folder_answers_the_customer(program: Program, dovecot: MailUser) -> None:
    dovecot.append(letter("one", at=_hours_ago(3)), at=_hours_ago(3))
    reply = letter(
        "two",
        sender="desk@vendor.example",
        to="ada@acme.example",
        subject="Re: Portal",
        body="It works again.",
        reply_to="one",
        at=_hours_ago(2),
    )
    dovecot.append(reply, folder="Sent", at=_hours_ago(2))

    program.run("poll", "--once")

    thread = _thread(program, "Portal")
    assert thread["waiting_on"] == "customer"
    assert not thread["pending"]
    assert thread["message_count"] == 2


def test_auto_reply_neither_opens_nor_answers(program: Program, dovecot: MailUser) -> None:
    dovecot.append(letter("one", at=_hours_ago(3)), at=_hours_ago(3))
    absent = letter(
        "auto",
        sender="desk@vendor.example",
        to="ada@acme.example",
        subject="Automatic reply: Portal",
        body="I am out of the office.",
        reply_to="one",
        headers={"Auto-Submitted": "auto-replied"},
    )
    dovecot.append(absent, folder="Sent", at=_hours_ago(2))
    theirs = letter("away", subject="Out of office", headers={"Auto-Submitted": "auto-replied"})
    dovecot.append(theirs, at=_hours_ago(1))

    program.run("poll", "--once")

    pending = program.json("queue")["entries"]
    assert [entry["subject"] for entry in pending] == ["Portal"]


def test_reference_to_another_customer_is_refused(program: Program, dovecot: MailUser) -> None:
    dovecot.append(letter("one"), at=_hours_ago(3))
    stranger = letter("two", sender="Bo Lind <bo@beta.example>", subject="Re: Portal", reply_to="one")
    dovecot.append(stranger, at=_hours_ago(2))

    program.run("poll", "--once")

    rows = {row["message_id"]: row for row in program.messages()}
    assert rows["one@mail.example"]["account"] == "acme"
    assert rows["two@mail.example"]["account"] == "beta"
    assert rows["one@mail.example"]["thread_id"] != rows["two@mail.example"]["thread_id"]


def test_second_run_changes_nothing_and_fetches_nothing(program: Program, dovecot: MailUser) -> None:
    for number in range(5):
        dovecot.append(letter(f"m{number}", subject=f"Subject {number}"))
    program.run("poll", "--once")
    before = program.messages()

    report = program.json("poll", "--once")

    (desk,) = report
    assert desk.pop("per_second") == 0
    assert desk == {"mailbox": "desk", "new": 0, "known": 0, "not_read": 0, "total": 0, "error": None}
    assert program.messages() == before


def test_server_is_left_as_it_was(program: Program, dovecot: MailUser) -> None:
    dovecot.append(letter("one"), flags="(\\Flagged)")
    dovecot.append_many([letter("two"), letter("three")])
    dovecot.snapshot()
    before = dovecot.snapshot()

    program.run("poll", "--once")
    program.run("poll", "--once")

    assert dovecot.snapshot() == before


def test_mail_read_on_a_phone_is_not_missed(program: Program, dovecot: MailUser) -> None:
    dovecot.append(letter("one"), flags="(\\Seen)")

    program.run("poll", "--once")

    assert [entry["subject"] for entry in program.json("queue")["entries"]] == ["Portal"]


def test_same_mail_in_two_mailboxes_is_one_message(program: Program, dovecot: MailUser) -> None:
    program.add_mailbox(
        "again", host=dovecot.host, port=dovecot.port, user=dovecot.name, password=dovecot.password
    )
    dovecot.append(letter("one"))

    program.run("poll", "--once")

    assert len(program.messages()) == 1


def test_new_uidvalidity_adds_no_message(program: Program, dovecot: MailUser) -> None:
    for number in range(3):
        dovecot.append(letter(f"m{number}", subject=f"Subject {number}"))
    program.run("poll", "--once")
    before = [(row["message_id"], row["thread_id"]) for row in program.messages()]

    dovecot.renumber()
    dovecot.append(letter("fresh", subject="New in the gap"))
    program.run("poll", "--once")

    after = [(row["message_id"], row["thread_id"]) for row in program.messages()]
    assert [pair for pair in after if pair[0] != "fresh@mail.example"] == before
    assert len(after) == 4
    assert program.json("queue")["coverage"]["state"] == "proven"


def test_one_broken_mailbox_does_not_stop_the_other(program: Program, dovecot: MailUser) -> None:
    program.add_mailbox("wrong", host=dovecot.host, port=dovecot.port, user=dovecot.name, password="no")
    program.add_mailbox("away", host="127.0.0.1", port=1, user="x", password="y")
    dovecot.append(letter("one"))

    reports = {report["mailbox"]: report for report in program.json("poll", "--once", status=1)}

    assert reports["desk"]["new"] == 1
    assert "sign-in" in reports["wrong"]["error"] or "password" in reports["wrong"]["error"]
    assert reports["away"]["error"]
    shown = program.run("queue").stdout
    assert "wrong" in shown
    assert "Unknown" in shown


def test_files_cannot_be_imported_under_the_name_of_a_mailbox(program: Program, tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_bytes(letter("one"))

    done = program.run("import", str(tmp_path / "one.eml"), "--mailbox", "desk", status=2)

    assert "desk is a mailbox of the configuration" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("queue", "--account", "acmee"),
        ("queue", "--project", "none"),
        ("poll", "--once", "--mailbox", "nix"),
    ],
    ids=["account", "project", "mailbox"],
)
def test_misspelt_name_is_no_empty_queue(program: Program, arguments: tuple[str, ...]) -> None:
    program.run("poll", "--once")

    done = program.run(*arguments, status=2)

    assert arguments[-1] in done.stderr


def test_untrusted_certificate_is_refused(program: Program, dovecot: MailUser) -> None:
    program.add_mailbox(
        "tls",
        host="localhost",
        port=dovecot.tls_port,
        security="tls",
        user=dovecot.name,
        password=dovecot.password,
    )

    reports = {report["mailbox"]: report for report in program.json("poll", "--once", status=1)}

    assert "certificate" in reports["tls"]["error"]


@pytest.mark.postgres
def test_postgresql_gives_the_same_answers_as_the_embedded_database(
    program: Program, dovecot: MailUser, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for number in range(4):
        sender = f"p@{'acme' if number % 2 else 'beta'}.example"
        dovecot.append(letter(f"m{number}", sender=sender, subject=f"Matter {number}"))
    dovecot.append(
        letter("re", sender="desk@vendor.example", to="p@acme.example", reply_to="m1"), folder="Sent"
    )
    other = Program(
        tmp_path_factory.mktemp("postgresql"),
        mailboxes=program.settings["mailboxes"],
        database={"url": postgres_url},
    )

    for each in (program, other):
        each.run("poll", "--once")
        each.run("recompute")

    assert _comparable(other) == _comparable(program)
    assert other.json("queue")["coverage"]["state"] == "proven"


def test_mailbox_that_left_the_configuration_keeps_its_mail_and_no_proof_waits_for_it(
    program: Program, dovecot: MailUser
) -> None:
    program.add_mailbox("away", host="127.0.0.1", port=1, user="x", password="y")
    dovecot.append(letter("one"))
    program.run("poll", "--once", status=1)
    del program.settings["mailboxes"][1]
    program.write()

    program.run("poll", "--once")

    queue = program.json("queue")
    assert queue["coverage"]["state"] == "proven"
    assert len(queue["entries"]) == 1


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kill_at_any_moment_ends_with_the_same_rows(
    program: Program, dovecot: MailUser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    at = _hours_ago(48)
    mails = [
        letter(
            f"m{number}",
            sender=f"P{number % 7} <p{number % 7}@{'acme' if number % 2 else 'beta'}.example>",
            subject=f"Matter {number // 4}",
            reply_to=f"m{number - 2}" if number % 4 > 1 else "",
            at=at + timedelta(minutes=number),
            body=f"Please see point {number} of the list.",
        )
        for number in range(2000)
    ]
    dovecot.append_many(mails, at=at)
    undisturbed = Program(tmp_path_factory.mktemp("undisturbed"), mailboxes=program.settings["mailboxes"])
    undisturbed.run("poll", "--once")
    chance = random.Random(20)  # noqa: S311 - which moments does not matter, that they differ does

    for _ in range(20):
        process = subprocess.Popen(
            program.command("poll", "--once"),
            env=program.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # Where it ends before the kill, everything is read, and later kills hit the comparison.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(1.0, 3.5))
        process.kill()
        process.wait()
    program.run("poll", "--once")

    assert _comparable(program) == _comparable(undisturbed)
    again = program.json("poll", "--once")
    assert [(report["new"], report["not_read"]) for report in again] == [(0, 0)]


def _comparable(program: Program) -> list[tuple[object, ...]]:
    """Return the rows with threads named by their first message, for ids may differ."""
    rows = program.messages()
    first: dict[int, str] = {}
    for row in rows:
        first.setdefault(row["thread_id"], row["message_id"])
    return [
        (row["message_id"], row["uid"], row["date"], first[row["thread_id"]], row["account"], row["pending"])
        for row in rows
    ]
