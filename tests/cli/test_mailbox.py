"""``triage mailbox``: signing in step by step, and how mailboxes stand."""

import json
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.fakes.token_endpoint import CLIENT_ID, CLIENT_SECRET, TENANT, TokenServer
from tests.faults.scripted_server import Expect, ScriptedServer, Step
from tests.wait import until
from triage.cli import build_app
from triage.oauth.vault import new_key

PASSWORD = "canary-password"
REFUSED = b"{tag} NO [AUTHENTICATIONFAILED] no\r\n"


def takes_tokens(answer: bytes = b"{tag} OK done\r\n") -> Sequence[Step]:
    """Return a connection on which XOAUTH2 is offered and answered so."""
    return [
        Expect("CAPABILITY", b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n{tag} OK done\r\n"),
        Expect("AUTHENTICATE XOAUTH2", b"+ \r\n"),
        Expect(".", answer),
    ]


class Desk:
    """A configuration with one mailbox, and the commands run on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.yaml"
        (folder / "key").write_text(new_key())
        (folder / "key").chmod(0o600)

    def configure(self, server: ScriptedServer, **sign_in: Any) -> None:  # noqa: ANN401 - as free as YAML
        mailbox = {
            "name": "support",
            "host": server.host,
            "port": server.port,
            "security": "plain",
            "user": "support@vendor.example",
            **sign_in,
        }
        self.config.write_text(
            json.dumps(
                {
                    "data_dir": str(self.folder),
                    "allow_inline_secrets": True,
                    "token_keys": [{"file": "key"}],
                    "mailboxes": [mailbox],
                }
            )
        )

    def secret(self, name: str, text: str) -> dict[str, str]:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return {"file": str(path)}

    def run(self, *arguments: str, given: str = "") -> Result:
        command = ["mailbox", *arguments, "--config", str(self.config)]
        result = CliRunner().invoke(build_app("mailbox"), command, input=given)
        assert "canary" not in result.output
        return result

    def standing(self) -> dict[str, Any]:
        (row,) = json.loads(self.run("list", "--json").stdout)
        assert isinstance(row, dict)
        return row


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def serve() -> Iterator[Callable[..., ScriptedServer]]:
    servers: list[ScriptedServer] = []

    def start(*scripts: Sequence[Step]) -> ScriptedServer:
        servers.append(ScriptedServer(*scripts, greeting=b"* OK hello\r\n"))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


Serve = Callable[..., ScriptedServer]


def microsoft(server: TokenServer, **more: object) -> dict[str, object]:
    return {"tenant": TENANT, "client_id": CLIENT_ID, "authority": server.authority, **more}


def test_login_shows_address_and_code_and_tries_the_token(
    desk: Desk, serve: Serve, token_server: TokenServer
) -> None:
    desk.configure(serve(takes_tokens()), microsoft=microsoft(token_server))

    done = desk.run("login", "support")

    assert done.exit_code == 0, done.output
    assert f"{token_server.authority}/device" in done.output
    assert "ABCD-EFGH" in done.output
    assert "the sign-in works. Folders that are read: INBOX, Sent." in done.output
    standing = desk.standing()
    assert standing["sign_in"] == "Microsoft, a person"
    assert standing["token_until"] > standing["signed_in_since"]


def test_login_that_the_mail_server_does_not_take_says_what_to_check(
    desk: Desk, serve: Serve, token_server: TokenServer
) -> None:
    desk.configure(serve(takes_tokens(REFUSED)), microsoft=microsoft(token_server))

    done = desk.run("login", "support")

    assert done.exit_code == 1
    assert "check that user is the address of the mailbox" in str(done.exception)
    assert desk.standing()["next_try_at"] is not None


def test_an_application_needs_no_code(desk: Desk, serve: Serve, token_server: TokenServer) -> None:
    secret = desk.secret("client", CLIENT_SECRET)
    desk.configure(serve(takes_tokens()), microsoft=microsoft(token_server, client_secret=secret))

    done = desk.run("login", "support")

    assert done.exit_code == 0, done.output
    assert "there is nothing to enter" in done.output


def test_google_by_a_pasted_address(desk: Desk, serve: Serve, token_server: TokenServer) -> None:
    client = desk.secret("google.json", token_server.google_client())
    desk.configure(serve(takes_tokens()), google={"client": client})

    done = desk.run("login", "support", "--paste", given="http://localhost:1/?code=x&state=wrong\n")

    assert f"{token_server.authority}/google/auth" in done.output
    assert done.exit_code == 1
    assert "Google gave no access" in str(done.exception)


def test_a_password_that_works(desk: Desk, serve: Serve) -> None:
    desk.configure(serve(), password={"plain": PASSWORD})

    assert desk.run("login", "support").exit_code == 0
    assert desk.run("test", "support").exit_code == 0


def test_a_password_that_is_refused_stops_nothing_else_and_is_listed(desk: Desk, serve: Serve) -> None:
    desk.configure(serve([Expect("LOGIN", REFUSED)]), password={"plain": PASSWORD})

    failed = desk.run("test", "support")

    assert failed.exit_code == 1
    assert "refused the sign-in (AUTHENTICATIONFAILED)" in str(failed.exception)
    assert "try 1 of 3" in str(failed.exception)


def test_a_try_that_works_ends_the_waiting(desk: Desk, serve: Serve) -> None:
    refused = [Expect("LOGIN", REFUSED)]
    desk.configure(serve(refused, refused, refused), password={"plain": PASSWORD})
    for _ in range(3):
        desk.run("test", "support")
    assert desk.standing()["waits_for_person"]

    assert desk.run("test", "support").exit_code == 0

    assert not desk.standing()["waits_for_person"]


def test_a_missing_folder_is_said(desk: Desk, serve: Serve) -> None:
    desk.configure(serve(), password={"plain": PASSWORD}, folders=["INBOX", "Projects"])

    done = desk.run("test", "support")

    assert done.exit_code == 1
    assert "no folder Projects" in done.output


def test_an_unknown_mailbox_names_the_known_ones(desk: Desk, serve: Serve) -> None:
    desk.configure(serve(), password={"plain": PASSWORD})

    done = desk.run("test", "suport")

    assert done.exit_code == 2
    assert "It has: support." in done.output


def test_list_says_how_each_mailbox_stands(desk: Desk, serve: Serve) -> None:
    desk.configure(serve(), password={"plain": PASSWORD})
    desk.run("test", "support")

    done = desk.run("list")

    assert done.exit_code == 0
    assert "a password" in done.output


def test_list_without_mailboxes_says_where_to_add_one(desk: Desk) -> None:
    desk.config.write_text(json.dumps({"data_dir": str(desk.folder)}))
    desk.run("key", str(desk.folder / "x"))
    build = CliRunner().invoke(build_app("recompute"), ["recompute", "--config", str(desk.config)])
    assert build.exit_code == 0, build.output

    assert "No mailbox is configured" in desk.run("list").output


def test_keys_are_made_and_changed(desk: Desk, serve: Serve, token_server: TokenServer) -> None:
    desk.configure(serve(takes_tokens(), takes_tokens()), microsoft=microsoft(token_server))
    desk.run("login", "support")
    new = desk.folder / "secrets" / "new-key"

    made = CliRunner().invoke(build_app("mailbox"), ["mailbox", "key", str(new)])
    settings = json.loads(desk.config.read_text())
    desk.config.write_text(json.dumps(settings | {"token_keys": [{"file": str(new)}, {"file": "key"}]}))
    done = desk.run("rekey")
    desk.config.write_text(json.dumps(settings | {"token_keys": [{"file": str(new)}]}))

    assert made.exit_code == 0
    assert new.stat().st_mode & 0o777 == 0o600
    assert "The tokens of 1 mailbox are encrypted with the first key." in done.output
    assert desk.run("test", "support").exit_code == 0
    again = CliRunner().invoke(build_app("mailbox"), ["mailbox", "key", str(new)])
    assert again.exit_code == 1
    assert "exists already" in again.output


def test_a_lost_key_is_said(desk: Desk, serve: Serve, token_server: TokenServer) -> None:
    desk.configure(serve(takes_tokens(), takes_tokens()), microsoft=microsoft(token_server))
    desk.run("login", "support")
    (desk.folder / "key").write_text(new_key())

    done = desk.run("rekey")

    assert done.exit_code == 1
    assert "triage mailbox login support" in done.output


def test_logout_deletes_the_tokens(desk: Desk, serve: Serve, token_server: TokenServer) -> None:
    desk.configure(serve(takes_tokens()), microsoft=microsoft(token_server))
    desk.run("login", "support")

    assert "are deleted" in desk.run("logout", "support").output
    assert "There were no tokens" in desk.run("logout", "support").output
    assert desk.standing()["token_until"] is None


def test_a_person_at_a_terminal_may_try_another_password(desk: Desk, serve: Serve) -> None:
    server = serve([Expect("LOGIN", REFUSED)])
    desk.configure(server, password=desk.secret("password", PASSWORD))
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "triage", "mailbox", "login", "support", "--config", str(desk.config)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Without a terminal of its own it asks on its standard input.
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = b""
        while b"to try it" not in said:
            said += (letter := process.stdout.read(1))
            assert letter, said
        # What is typed before the echo is off is thrown away, as at any terminal.
        until(lambda: not termios.tcgetattr(theirs)[3] & termios.ECHO, "the password is asked for")
        os.write(ours, b"canary-better\n")
        said += process.stdout.read() + process.stderr.read()
        status = process.wait(60)
    os.close(ours)
    os.close(theirs)

    assert status == 1
    assert b"refused the sign-in (AUTHENTICATIONFAILED)" in said
    assert f"This password works. Write it into {desk.folder / 'password'}".encode() in said
    assert b"canary" not in said
    assert b'"canary-better"' in server.commands("LOGIN")[1]
