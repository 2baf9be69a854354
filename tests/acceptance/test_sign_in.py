"""From a person's code to mail in the database: the program, a provider of tokens, a real mail server."""

from pathlib import Path

import pytest

from tests.acceptance.mail import letter
from tests.acceptance.program import Program
from tests.fakes.token_endpoint import CLIENT_ID, TENANT, TokenServer
from tests.servers.dovecot import MailUser
from tests.servers.tls import Authority
from triage.oauth.vault import new_key

pytestmark = pytest.mark.dovecot


def test_a_person_signs_in_once_and_mail_is_read(
    tmp_path: Path, dovecot: MailUser, authority: Authority, token_server: TokenServer
) -> None:
    program = Program(tmp_path)
    key = tmp_path / "token-key"
    key.write_text(new_key())
    key.chmod(0o600)
    mailbox = {
        "name": "support",
        "host": "localhost",
        "port": dovecot.tls_port,
        "ca_file": str(authority.certificate),
        "user": dovecot.name,
        "microsoft": {"tenant": TENANT, "client_id": CLIENT_ID, "authority": token_server.authority},
    }
    program.settings |= {"mailboxes": [mailbox], "token_keys": [{"file": "token-key"}]}
    program.write()
    trusted = {"REQUESTS_CA_BUNDLE": str(authority.certificate)}
    issued: list[str] = []

    def mint() -> str:
        issued.append(dovecot.access_token())
        return issued[-1]

    token_server.rules.mint = mint
    dovecot.append(letter("m1", sender="ann@acme.example", subject="By token"))

    login = program.run("mailbox", "login", "support", env=trusted)
    poll = program.run("poll", "--once", env=trusted)

    assert "ABCD-EFGH" in login.stdout
    assert "the sign-in works" in login.stdout
    assert "support: 1 new" in poll.stdout
    said = "".join(done.stdout + done.stderr for done in (login, poll))
    kept = b"".join(path.read_bytes() for path in program.folder.rglob("data/*") if path.is_file())
    for secret in (*issued, "planted"):
        assert secret not in said
        assert secret.encode() not in kept
