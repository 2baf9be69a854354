"""Signing in: over TLS, with any password, and never in clear text over a network."""

import pytest

from tests.faults.clients import session_to
from tests.faults.scripted_server import Close, Expect, Reset, ScriptedServer, Step
from tests.servers.dovecot import MailUser
from tests.servers.tls import Authority
from triage.core.errors import SignInError, Unreachable, Untrusted
from triage.mailbox.connection import Password, Security, ServerSettings, Session, quoted

pytestmark = pytest.mark.dovecot


def settings(dovecot: MailUser, authority: Authority, security: Security) -> ServerSettings:
    return ServerSettings(
        name="support",
        host="localhost",
        port=dovecot.tls_port if security is Security.TLS else dovecot.port,
        user=dovecot.name,
        security=security,
        ca_file=authority.certificate,
    )


@pytest.mark.parametrize("security", Security)
def test_it_signs_in_to_a_real_server(dovecot: MailUser, authority: Authority, security: Security) -> None:
    with Session(settings(dovecot, authority, security), Password(dovecot.password)) as session:
        assert session.examine(b"INBOX")["EXISTS"] == 0


def test_a_wrong_password_is_a_sign_in_error_in_one_sentence(dovecot: MailUser, authority: Authority) -> None:
    wrong = Session(settings(dovecot, authority, Security.TLS), Password("wrong"))

    with pytest.raises(
        SignInError, match=r"mailbox support: the server refused the sign-in \(AUTHENTICATIONFAILED\)"
    ):
        wrong.open()

    assert not wrong.is_open


@pytest.mark.parametrize("host", ["mail.customer.example", "192.0.2.1", "::2"])
def test_plain_text_to_another_host_is_refused_before_the_name_is_looked_up(host: str) -> None:
    settings = ServerSettings(name="support", host=host, port=143, user="ada", security=Security.PLAIN)

    with pytest.raises(Untrusted, match="plain text would send the password readable"):
        Session(settings, Password("secret")).open()


def test_a_password_with_letters_beyond_ascii_goes_by_sasl() -> None:
    with ScriptedServer() as server:
        with Session(session_to(server).settings, Password("geheimnäs")):
            pass

        assert len(server.commands("AUTHENTICATE PLAIN")) == 1
        assert server.commands("LOGIN") == []


def test_a_user_name_with_a_blank_is_one_argument() -> None:
    with ScriptedServer() as server:
        given = ServerSettings(
            name="support", host=server.host, port=server.port, user="ada lovelace", security=Security.PLAIN
        )
        with Session(given, Password('se"cret')):
            pass

        assert server.commands("LOGIN") == [b'LOGIN "ada lovelace" "se\\"cret"']


def test_login_that_is_disabled_is_not_used() -> None:
    greeting = b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN] ready\r\n"
    # Without words behind the status, as some servers have it.
    script = [Expect("CAPABILITY", b"* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN\r\n{tag} OK\r\n")]
    with ScriptedServer(script, greeting=greeting) as server:
        with session_to(server):
            pass

        assert len(server.commands("AUTHENTICATE PLAIN")) == 1
        assert server.commands("LOGIN") == []


def test_a_connection_that_is_cut_at_the_sign_in_is_no_refusal() -> None:
    # The answer never comes: imapclient calls that a refused login.
    scripts: list[list[Step]] = [
        [Expect("LOGIN", b"* BYE\r\n"), Close()],
        [Expect("LOGIN", b"par"), Reset()],
    ]
    for script in scripts:
        with ScriptedServer(script) as server, pytest.raises(Unreachable):
            session_to(server).open()


def test_quoting_escapes_what_imap_asks_for() -> None:
    assert quoted('a "b" \\c') == '"a \\"b\\" \\\\c"'
