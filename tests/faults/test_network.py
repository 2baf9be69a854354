"""Faults 1 to 18 of the list: the line and what is at its ends, against the client layer alone."""

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.clients import HASTY, INBOX, open_inbox, read_inbox, session_to, settings_for
from tests.faults.proxy import FaultProxy, Toxics
from tests.faults.scripted_server import (
    Close,
    Expect,
    Mailbox,
    Reset,
    Say,
    ScriptedServer,
    Silence,
    StartTLS,
    Step,
)
from tests.servers.ports import free_port
from tests.servers.tls import Authority
from triage.core.errors import ProtocolFault, Unreachable, Untrusted
from triage.mailbox.connection import Password, Security, ServerSettings, Session
from triage.mailbox.fetch import Unfetchable
from triage.mailbox.fetched import Fetched
from triage.mailbox.idle import wait_for_news
from triage.mailbox.wire import Limits

IN_IDLE = Expect("IDLE", b"+ idling\r\n")
HEADER_LITERAL = b"* 1 FETCH (UID 1 RFC822.SIZE 300 BODY[HEADER]<0> {200}\r\nSubject: half"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A healthy server with three messages."""
    with ScriptedServer(mailbox=Mailbox(uids=(1, 2, 3), uidnext=4)) as running:
        yield running


def misbehaving(*steps: Step) -> ScriptedServer:
    """A server whose first connection goes by the script, and whose later ones are healthy."""
    return ScriptedServer(steps, mailbox=Mailbox(uids=(1, 2, 3), uidnext=4))


def test_fault_01_connection_refused_is_unreachable_and_says_what_to_do() -> None:
    settings = ServerSettings(name="support", host="127.0.0.1", port=free_port(), user="ada")

    with pytest.raises(Unreachable, match=r"mailbox support: no connection .*refused.*tried again"):
        Session(settings, Password("secret")).open()


def test_fault_01_unknown_name_is_unreachable() -> None:
    settings = ServerSettings(name="support", host="mail.invalid", port=993, user="ada")

    with pytest.raises(Unreachable, match="not known; check it"):
        Session(settings, Password("secret")).open()


def test_fault_02_no_greeting_ends_at_the_deadline() -> None:
    with ScriptedServer([Silence()], greeting=None) as silent:
        session = session_to(silent, limits=Limits(connect_seconds=0.5))
        began = time.monotonic()

        with pytest.raises(Unreachable, match="does not answer in time"):
            session.open()

        assert time.monotonic() - began < 5


def test_fault_03_tls_handshake_that_stalls_ends_at_the_deadline(authority: Authority) -> None:
    with (
        ScriptedServer(tls=authority.issue("stall").server_context()) as secure,
        FaultProxy(secure.port, Toxics(silent_after=100)) as proxy,
    ):
        settings = ServerSettings(
            name="support",
            host="localhost",
            port=proxy.port,
            user="ada",
            ca_file=authority.certificate,
            limits=Limits(connect_seconds=0.5),
        )

        with pytest.raises(Unreachable):
            Session(settings, Password("secret")).open()


def test_fault_03_tls_handshake_that_is_cut_is_unreachable(authority: Authority) -> None:
    with (
        ScriptedServer(tls=authority.issue("cut").server_context()) as secure,
        FaultProxy(secure.port, Toxics(close_after=100)) as proxy,
    ):
        settings = ServerSettings(
            name="support", host="localhost", port=proxy.port, user="ada", ca_file=authority.certificate
        )

        with pytest.raises(Unreachable):
            Session(settings, Password("secret")).open()


@pytest.mark.parametrize(
    ("host", "expired", "trusted", "said"),
    [
        ("localhost", False, False, "unable to get local issuer"),
        ("localhost", True, True, "expired"),
        ("other.example", False, True, "mismatch"),
    ],
    ids=["untrusted", "expired", "wrong host"],
)
def test_fault_04_bad_certificate_is_final_and_nothing_is_sent(
    authority: Authority, host: str, *, expired: bool, trusted: bool, said: str
) -> None:
    certificate = authority.issue(f"bad-{host}-{expired}", host=host, expired=expired)
    with ScriptedServer(tls=certificate.server_context()) as secure:
        settings = ServerSettings(
            name="support",
            host="localhost",
            port=secure.port,
            user="ada",
            ca_file=authority.certificate if trusted else None,
        )

        with pytest.raises(Untrusted, match=said) as raised:
            Session(settings, Password("secret")).open()

        assert raised.value.permanent
        assert secure.lines == []


def test_fault_04_plain_server_on_a_tls_port_is_untrusted(server: ScriptedServer) -> None:
    settings = ServerSettings(name="support", host="localhost", port=server.port, user="ada")

    with pytest.raises(Untrusted, match="check the port"):
        Session(settings, Password("secret")).open()


def test_fault_05_stripped_starttls_refuses_to_sign_in(server: ScriptedServer) -> None:
    settings = ServerSettings(
        name="support", host="localhost", port=server.port, user="ada", security=Security.STARTTLS
    )

    with pytest.raises(Untrusted, match="does not offer STARTTLS"):
        Session(settings, Password("secret")).open()

    assert server.commands("LOGIN") == []
    assert server.commands("AUTHENTICATE") == []


def test_fault_05_preauth_before_tls_is_refused() -> None:
    with ScriptedServer(greeting=b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] hello\r\n") as server:
        settings = ServerSettings(
            name="support", host="localhost", port=server.port, user="ada", security=Security.STARTTLS
        )

        with pytest.raises(Untrusted, match="signed us in before TLS"):
            Session(settings, Password("secret")).open()


def starttls_settings(server: ScriptedServer, authority: Authority) -> ServerSettings:
    return ServerSettings(
        name="support",
        host="localhost",
        port=server.port,
        user="ada",
        security=Security.STARTTLS,
        ca_file=authority.certificate,
    )


OFFERS_STARTTLS = b"* OK [CAPABILITY IMAP4rev1 STARTTLS] ready\r\n"
CAPABILITY_STARTTLS = Expect("CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS\r\n{tag} OK done\r\n")


def test_fault_06_text_injected_before_tls_is_refused(authority: Authority) -> None:
    context = authority.issue("inject").server_context()
    script: list[Step] = [
        CAPABILITY_STARTTLS,
        Expect("STARTTLS", b"{tag} OK go\r\n* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n"),
        StartTLS(context),
    ]
    with ScriptedServer(script, greeting=OFFERS_STARTTLS) as server:
        settings = starttls_settings(server, authority)

        with pytest.raises(Untrusted, match="injected before TLS"):
            Session(settings, Password("secret")).open()

        assert server.commands("LOGIN") == []


def test_starttls_signs_in_only_under_tls(authority: Authority) -> None:
    context = authority.issue("start").server_context()
    script: list[Step] = [CAPABILITY_STARTTLS, Expect("STARTTLS", b"{tag} OK go\r\n"), StartTLS(context)]
    with ScriptedServer(script, greeting=OFFERS_STARTTLS) as server:
        settings = starttls_settings(server, authority)

        with Session(settings, Password("secret")) as session:
            results = read_inbox(session)

        assert len(results) == 1
        names = [line.split()[1] for line in server.lines]
        assert names.index(b"STARTTLS") < names.index(b"LOGIN")


def test_what_the_server_can_do_is_asked_again_after_the_sign_in(authority: Authority) -> None:
    context = authority.issue("again").server_context()
    little = Expect("CAPABILITY", b"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n")
    script: list[Step] = [
        CAPABILITY_STARTTLS,
        Expect("STARTTLS", b"{tag} OK go\r\n"),
        StartTLS(context),
        little,
        little,
        Expect("LOGIN"),
    ]
    with ScriptedServer(script, greeting=OFFERS_STARTTLS) as server:
        settings = starttls_settings(server, authority)

        with Session(settings, Password("secret")) as session:
            assert session.has("SPECIAL-USE")


def test_fault_07_cut_at_every_byte_gives_whole_messages_or_an_error(server: ScriptedServer) -> None:
    with FaultProxy(server.port, Toxics()) as clean, session_to(clean) as session:
        reference = read_inbox(session)
        total = clean.forwarded

    for cut in range(1, total):
        with FaultProxy(server.port, Toxics(reset_after=cut, connections=1)) as proxy:
            got: list[Any] = []
            with contextlib.suppress(Unreachable), session_to(proxy) as session:
                got = read_inbox(session)
            if not got:
                with session_to(proxy) as session:
                    got = read_inbox(session)
            assert got == reference, cut


@pytest.mark.parametrize("end", [Close(), Reset()], ids=["FIN", "RST"])
def test_fault_08_end_in_a_literal_is_mended_and_the_half_message_is_not_used(end: Step) -> None:
    with misbehaving(Expect("UID FETCH", HEADER_LITERAL), end) as server, session_to(server) as session:
        results = read_inbox(session)

        assert [type(result) for result in results] == [Fetched] * 3
        assert not any(b"half" in result.header for result in results if isinstance(result, Fetched))
        assert server.connections == 2


def test_fault_08_a_server_that_dies_of_one_message_does_not_take_the_others_along() -> None:
    dies: list[Step] = [Expect("UID FETCH (1:3|2:3|2) ", HEADER_LITERAL), Close()]
    mailbox = Mailbox(uids=(1, 2, 3), uidnext=4)
    with ScriptedServer(*[dies] * 8, mailbox=mailbox) as server, session_to(server) as session:
        results = read_inbox(session)

    assert [type(result) for result in results] == [Fetched, Unfetchable, Fetched]


def test_fault_09_half_open_line_in_idle_shows_when_idle_is_left() -> None:
    with misbehaving(IN_IDLE, Silence()) as server, session_to(server) as session:
        open_inbox(session)
        began = time.monotonic()

        with pytest.raises(ProtocolFault, match="does not answer IDLE"):
            wait_for_news(session, seconds=0.2)

        assert time.monotonic() - began < 5
        assert not session.is_open


def test_fault_09_the_kernel_probes_a_silent_line(server: ScriptedServer) -> None:
    with session_to(server) as session:
        line = session.wire.socket()

        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000


def test_fault_10_half_open_line_in_a_literal_is_noticed_at_the_read_deadline_and_mended() -> None:
    with misbehaving(Expect("UID FETCH", HEADER_LITERAL), Silence()) as server, session_to(server) as session:
        began = time.monotonic()

        assert [type(result) for result in read_inbox(session)] == [Fetched] * 3
        assert time.monotonic() - began < 10


def test_fault_10_a_line_that_stays_dead_is_an_error_in_the_end() -> None:
    dead: list[Step] = [Expect("UID FETCH", HEADER_LITERAL), Silence()]
    hasty = replace(HASTY, read_seconds=0.3, recovery_seconds=0.5)
    with ScriptedServer(*[dead] * 40) as server, session_to(server, limits=hasty) as session:
        began = time.monotonic()

        with pytest.raises(Unreachable, match="does not answer in time"):
            read_inbox(session)

        assert time.monotonic() - began < 10


def test_fault_11_a_dripping_line_is_dropped(server: ScriptedServer) -> None:
    drip = Limits(connect_seconds=30, bytes_per_second=100_000, rate_seconds=0.3, recovery_seconds=0)
    with (
        FaultProxy(server.port, Toxics(slice_bytes=20, latency_seconds=0.02)) as proxy,
        session_to(proxy, limits=drip) as session,
        pytest.raises(Unreachable, match="too slow"),
    ):
        read_inbox(session)


def test_fault_11_after_a_drop_the_batch_is_halved() -> None:
    uids = range(1, 101)
    slow: list[Step] = [Expect("UID FETCH 1:100", HEADER_LITERAL), Silence()]
    mailbox = Mailbox(uids=uids, uidnext=101)
    with ScriptedServer(slow, mailbox=mailbox) as server, session_to(server) as session:
        assert len(read_inbox(session)) == 100

        assert b"UID FETCH 1:50 " in server.commands("UID FETCH")[1]


def test_fault_12_every_byte_in_its_own_segment_works(server: ScriptedServer) -> None:
    with FaultProxy(server.port, Toxics(slice_bytes=1)) as proxy, session_to(proxy) as session:
        results = read_inbox(session)

    assert [result.uid for result in results] == [1, 2, 3]


def test_fault_13_notice_split_over_segments_is_not_lost() -> None:
    script: list[Step] = [IN_IDLE, Say(b"* 4 EX"), Say(b"ISTS\r\n"), Expect("DONE")]
    with misbehaving(*script) as server, session_to(server) as session:
        open_inbox(session)

        assert wait_for_news(session, seconds=10)


def test_fault_13_half_a_notice_survives_a_slice_under_tls(authority: Authority) -> None:
    context = authority.issue("half").server_context()
    script: list[Step] = [IN_IDLE, Say(b"* 4 EX")]
    with ScriptedServer(script, tls=context) as server:
        settings = ServerSettings(
            name="support",
            host="localhost",
            port=server.port,
            user="ada",
            ca_file=authority.certificate,
            limits=HASTY,
        )
        with Session(settings, Password("secret")) as session:
            open_inbox(session)
            session.wire.begin("IDLE")

            first = [session.wire.line_within(0.2), session.wire.line_within(0.2)]
            server.push(b"ISTS\r\n")

            assert first == [b"+ idling", None]
            assert session.wire.line_within(5) == b"* 4 EXISTS"


def test_fault_14_notice_in_the_segment_of_the_plus_is_seen_at_once() -> None:
    script = [Expect("IDLE", b"+ idling\r\n* 4 EXISTS\r\n"), Expect("DONE")]
    with misbehaving(*script) as server, session_to(server) as session:
        open_inbox(session)
        began = time.monotonic()

        assert wait_for_news(session, seconds=30)
        assert time.monotonic() - began < 2


def test_fault_15_end_of_the_connection_in_idle_is_an_error_at_once() -> None:
    with misbehaving(IN_IDLE, Close()) as server, session_to(server) as session:
        open_inbox(session)
        began, busy = time.monotonic(), time.process_time()

        with pytest.raises(Unreachable):
            wait_for_news(session, seconds=30)

        assert time.monotonic() - began < 2
        assert time.process_time() - busy < 0.5


def test_fault_16_bye_in_idle_ends_the_wait_and_a_new_session_works() -> None:
    with misbehaving(IN_IDLE, Say(b"* BYE session expired\r\n"), Close()) as server:
        with session_to(server) as session:
            open_inbox(session)
            with pytest.raises(ProtocolFault, match="ended IDLE"):
                wait_for_news(session, seconds=30)

        with session_to(server) as session:
            assert len(read_inbox(session)) == 3


def test_fault_17_latency_and_resets_cost_time_and_nothing_else(server: ScriptedServer) -> None:
    bad = Toxics(latency_seconds=0.02, reset_after=900, connections=3)
    with FaultProxy(server.port, bad) as proxy, session_to(proxy) as session:
        assert [result.uid for result in read_inbox(session)] == [1, 2, 3]

    assert server.connections > 1


def test_fault_18_a_dead_first_address_leaves_time_for_the_second(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", free_port()))
    alive = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [dead, alive])

    with Session(settings_for(server), Password("secret")) as session:
        assert session.examine(INBOX.wire_name)["EXISTS"] == 3


def test_no_idle_on_the_server_is_a_plain_wait() -> None:
    script = [Expect("CAPABILITY", b"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n")] * 2
    with (
        ScriptedServer(script, greeting=b"* OK ready\r\n") as server,
        session_to(server) as session,
    ):
        assert not wait_for_news(session, seconds=0.05)
        assert server.commands("IDLE") == []


def test_a_wait_ends_when_it_is_told_to() -> None:
    with misbehaving(IN_IDLE, Expect("DONE")) as server, session_to(server) as session:
        open_inbox(session)

        assert not wait_for_news(session, seconds=60, stop=lambda: True)
