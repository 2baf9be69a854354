"""`triage audit` and `triage quarantine` against a real server."""

import pytest

from tests.acceptance.mail import letter
from tests.acceptance.program import Program
from tests.servers.dovecot import MailUser

pytestmark = pytest.mark.dovecot


def test_audit_of_a_mailbox_in_order_prints_its_figures_and_the_mail_never_seen(
    program: Program, dovecot: MailUser
) -> None:
    dovecot.append(letter("one"))
    dovecot.append(letter("two", subject="Re: Other", reply_to="never"))
    program.run("poll", "--once")
    uid = dovecot.append(letter("three", subject="Third"))
    dovecot.expunge(uid)

    found = program.json("audit", "--phantoms")

    (mailbox,) = found["mailboxes"]
    assert (mailbox["mailbox"], mailbox["proven"], mailbox["error"]) == ("desk", True, None)
    folders = {one.pop("folder"): one for one in mailbox["folders"]}
    assert folders["INBOX"] == {
        "level": "all",
        "server_messages": 2,
        "here_messages": 2,
        "missing": 0,
        "departed": 0,
        "unexplained": 0,
    }
    assert found["phantom_parents"] == {"acme": 1}
    assert [one["message_id"] for one in found["phantoms"]] == ["never@mail.example"]


def test_audit_that_reaches_no_server_leaves_with_status_1(program: Program, dovecot: MailUser) -> None:
    program.add_mailbox("away", host=dovecot.host, port=1, user="x", password="y")

    shown = program.run("audit", status=1).stdout

    assert "INBOX" in shown
    assert "away" in shown


def test_misspelt_mailbox_is_no_proof(program: Program) -> None:
    assert "no mailbox dsek" in program.run("audit", "--mailbox", "dsek", status=2).stderr


def test_quarantine_of_a_mailbox_in_order_is_empty(program: Program) -> None:
    program.run("poll", "--once")

    assert program.json("quarantine", "list") == []
    assert program.run("quarantine", "list").stdout == "No message is held back.\n"
    assert program.json("quarantine", "retry", "--all") == []
    program.run("quarantine", "retry", status=2)
    assert "no message 7 is held back" in program.run("quarantine", "show", "7", status=1).stderr
