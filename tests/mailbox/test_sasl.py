"""Signing in with an access token, as the mail servers of Microsoft and Google want it."""

import base64
import json
from collections.abc import Sequence

import pytest

from tests.faults.clients import HASTY, settings_for
from tests.faults.scripted_server import Close, Expect, Say, ScriptedServer, Step
from tests.servers.dovecot import MailUser
from tests.servers.tls import Authority
from triage.core.errors import MailboxError, ProtocolFault, SignInError, Unreachable
from triage.mailbox.connection import ServerSettings, Session
from triage.mailbox.sasl import Bearer, told_by

GOOD = "canary-good-token"


def offering(*mechanisms: str) -> bytes:
    return f"* CAPABILITY IMAP4rev1 {' '.join(f'AUTH={name}' for name in mechanisms)}\r\n".encode() + (
        b"{tag} OK done\r\n"
    )


def challenge(**told: str) -> bytes:
    return b"+ " + base64.b64encode(json.dumps(told).encode()) + b"\r\n"


class Tokens:
    """Tokens in the order in which they are given."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens)
        self.refused: list[str] = []

    def token(self) -> str:
        return self._tokens.pop(0)

    def token_instead_of(self, refused: str) -> str | None:
        self.refused.append(refused)
        return self._tokens.pop(0) if self._tokens else None


def session_to(server: ScriptedServer, tokens: Tokens, *, user: str = "ada@vendor.example") -> Session:
    settings = settings_for(server, limits=HASTY, user=user)
    return Session(settings, Bearer(tokens, place="mailbox support", host="imap.example", port=993))


def asked(mechanism: str, answer: bytes = b"+ \r\n") -> Sequence[Step]:
    return (Expect("CAPABILITY", offering(mechanism)), Expect(f"AUTHENTICATE {mechanism}", answer))


def sent(server: ScriptedServer, number: int = 0) -> bytes:
    """Return what was sent behind AUTHENTICATE."""
    starts = [index for index, line in enumerate(server.lines) if b"AUTHENTICATE" in line]
    return base64.b64decode(server.lines[starts[number] + 1])


def test_xoauth2_says_user_and_token() -> None:
    with ScriptedServer([*asked("XOAUTH2"), Expect(".")], greeting=b"* OK hello\r\n") as server:
        with session_to(server, Tokens(GOOD)):
            pass

        assert sent(server) == b"user=ada@vendor.example\x01auth=Bearer canary-good-token\x01\x01"


def test_oauthbearer_is_preferred_and_escapes_the_user() -> None:
    script = [
        Expect("CAPABILITY", offering("XOAUTH2", "OAUTHBEARER", "PLAIN")),
        Expect("AUTHENTICATE OAUTHBEARER", b"+ \r\n"),
        Expect("."),
    ]
    with ScriptedServer(script, greeting=b"* OK hello\r\n") as server:
        with session_to(server, Tokens(GOOD), user="a,b=c@vendor.example"):
            pass

        opening = b"n,a=a=2Cb=3Dc@vendor.example,\x01host=imap.example\x01port=993\x01auth=Bearer "
        assert sent(server) == opening + GOOD.encode() + b"\x01\x01"


@pytest.mark.parametrize(("mechanism", "last"), [("XOAUTH2", b""), ("OAUTHBEARER", b"AQ==")])
def test_an_error_challenge_is_answered_and_its_status_told(mechanism: str, last: bytes) -> None:
    script = [
        *asked(mechanism),
        Expect(
            ".", challenge(status="invalid_token", scope="https://mail.google.com/", user="ada@x.example")
        ),
        Expect("", b"{tag} NO [AUTHENTICATIONFAILED] ada@vendor.example has no right\r\n"),
    ]
    with ScriptedServer(script, greeting=b"* OK hello\r\n") as server:
        with pytest.raises(SignInError) as raised:
            session_to(server, Tokens(GOOD)).open()

        assert server.lines[-1] == last
    assert "(AUTHENTICATIONFAILED, token status invalid_token)" in str(raised.value)
    assert "example" not in str(raised.value)
    assert "canary" not in str(raised.value) + repr(raised.value.__cause__)
    assert raised.value.permanent


def test_fault_92_a_token_that_is_refused_before_its_time_is_replaced_once_on_the_same_connection() -> None:
    no = b"{tag} NO AUTHENTICATE failed.\r\n"
    script = [
        *asked("XOAUTH2"),
        Expect(".", no),
        Expect("AUTHENTICATE XOAUTH2", b"+ \r\n"),
        Expect("."),
    ]
    tokens = Tokens("canary-old", GOOD)
    with ScriptedServer(script, greeting=b"* OK hello\r\n") as server:
        with session_to(server, tokens):
            pass

        assert server.connections == 1
        assert GOOD.encode() in sent(server, 1)
    assert tokens.refused == ["canary-old"]


def test_a_new_token_that_is_refused_too_is_final() -> None:
    no = b"{tag} NO AUTHENTICATE failed.\r\n"
    script = [*asked("XOAUTH2"), Expect(".", no), Expect("AUTHENTICATE", b"+ \r\n"), Expect(".", no)]
    with ScriptedServer(script, greeting=b"* OK hello\r\n") as server:
        with pytest.raises(SignInError, match="check that user is the address of the mailbox"):
            session_to(server, Tokens("canary-old", GOOD, "canary-third")).open()

        assert len(server.commands("AUTHENTICATE XOAUTH2")) == 2


@pytest.mark.parametrize(
    "no",
    [b"{tag} NO [UNAVAILABLE] later\r\n", b"{tag} NO User is authenticated but not connected.\r\n"],
    ids=["fault 38", "fault 39"],
)
def test_a_refusal_that_passes_costs_no_token(no: bytes) -> None:
    tokens = Tokens(GOOD)
    with (
        ScriptedServer([*asked("XOAUTH2"), Expect(".", no)], greeting=b"* OK hello\r\n") as server,
        pytest.raises(Unreachable),
    ):
        session_to(server, tokens).open()

    assert tokens.refused == []


def test_a_server_without_tokens_is_told_apart() -> None:
    with ScriptedServer() as server:
        with pytest.raises(SignInError, match="takes no access tokens"):
            session_to(server, Tokens(GOOD)).open()

        assert not any(b"AUTHENTICATE" in line for line in server.lines)


def test_a_line_break_in_the_user_name_reaches_no_server() -> None:
    with ScriptedServer() as server:
        with pytest.raises(MailboxError, match="control character"):
            session_to(server, Tokens(GOOD), user="ada\r\nA9 DELETE INBOX").open()

        assert not any(b"DELETE" in line for line in server.lines)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([Say(b"+ e30=\r\n" * 50)], id="challenges without end"),
        pytest.param([Say(b"+ ==not base64\r\n")], id="no base64"),
        pytest.param([Say(b"+ " + b"A" * 1_100_000 + b"\r\n")], id="a line of a megabyte"),
    ],
)
def test_a_server_that_breaks_the_exchange_is_left(answers: Sequence[Step]) -> None:
    script = [*asked("XOAUTH2"), *answers]
    with ScriptedServer(script, greeting=b"* OK hello\r\n") as server, pytest.raises(ProtocolFault):
        session_to(server, Tokens(GOOD)).open()


def test_a_server_that_leaves_during_the_exchange_may_come_back() -> None:
    script = [*asked("XOAUTH2"), Close()]
    with ScriptedServer(script, greeting=b"* OK hello\r\n") as server, pytest.raises(Unreachable):
        session_to(server, Tokens(GOOD)).open()


@pytest.mark.parametrize(
    "hostile",
    [b"", b"{}", b"[]", b'{"status": ["x"]}', b'{"status": "a b\\r\\n"}', b"[" * 4000, b"{" * 5000, b"\xff"],
)
def test_what_a_challenge_tells_is_never_repeated_raw(hostile: bytes) -> None:
    assert told_by(hostile) == "token status unknown"


def test_fault_16_a_session_that_ends_with_its_token_is_opened_again_with_a_new_one() -> None:
    """Gmail ends a session when its token ends, about once an hour."""
    script = [*asked("XOAUTH2"), Expect("."), Expect("NOOP", b"* BYE Session expired\r\n"), Close()]
    again = [*asked("XOAUTH2"), Expect(".")]
    with ScriptedServer(script, again, greeting=b"* OK hello\r\n") as server:
        session = session_to(server, Tokens("canary-old", GOOD))
        session.open()
        with pytest.raises(Unreachable):
            session.command("NOOP")
        session.reopen()
        session.close()

        assert GOOD.encode() in sent(server, 1)


@pytest.mark.dovecot
@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
def test_a_real_server_takes_the_token(dovecot: MailUser, authority: Authority, mechanism: str) -> None:
    tokens = Tokens(dovecot.access_token())
    with real_session(dovecot, authority, tokens, mechanism) as session:
        assert session.examine(b"INBOX")["EXISTS"] == 0


@pytest.mark.dovecot
@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
def test_fault_92_a_real_server_refuses_an_expired_token_and_takes_the_next(
    dovecot: MailUser, authority: Authority, mechanism: str
) -> None:
    expired = dovecot.access_token(lasts_seconds=-60)
    with real_session(dovecot, authority, Tokens(expired, dovecot.access_token()), mechanism) as session:
        assert session.is_open
    with pytest.raises(SignInError, match="token status"):
        real_session(dovecot, authority, Tokens(expired), mechanism).open()


def real_session(dovecot: MailUser, authority: Authority, tokens: Tokens, mechanism: str) -> Session:
    settings = ServerSettings(
        name="support",
        host="localhost",
        port=dovecot.tls_port,
        user=dovecot.name,
        ca_file=authority.certificate,
    )
    bearer = Bearer(
        tokens, place="mailbox support", host="localhost", port=dovecot.tls_port, mechanisms=(mechanism,)
    )
    return Session(settings, bearer)
