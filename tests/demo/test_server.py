import imaplib
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from triage.demo.server import HOST, USER, DemoServer
from triage.demo.story import stories

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[DemoServer]:
    with DemoServer() as server:
        yield server


def _signed_in(server: DemoServer) -> imaplib.IMAP4:
    client = imaplib.IMAP4(HOST, server.port, timeout=10)
    client.login(USER, server.password)
    return client


def _internal_dates(client: imaplib.IMAP4, folder: str) -> list[datetime]:
    client.select(folder, readonly=True)
    _, answers = client.fetch("1:*", "(INTERNALDATE)")
    found = []
    for answer in answers:
        local = imaplib.Internaldate2tuple(answer) if isinstance(answer, bytes) else None
        assert local is not None
        found.append(datetime.fromtimestamp(time.mktime(local), tz=UTC))
    return found


def test_server_is_up_and_filled_within_five_seconds_of_work() -> None:
    """Processor time: the machine of a build is shared."""
    started = time.process_time()

    with DemoServer() as server:
        server.put(stories(NOW))
        elapsed = time.process_time() - started

    assert elapsed < 5


def test_dates_of_the_mail_survive(server: DemoServer) -> None:
    mails = stories(NOW)
    server.put(mails)

    with _signed_in(server) as client:
        for folder in ("INBOX", "Sent"):
            expected = [mail.received_at for mail in mails if mail.folder == folder]
            assert _internal_dates(client, folder) == expected


def test_wrong_password_is_refused(server: DemoServer) -> None:
    with imaplib.IMAP4(HOST, server.port, timeout=10) as client, pytest.raises(imaplib.IMAP4.error):
        client.login(USER, f"{server.password}x")


def test_stop_closes_the_port_even_with_a_client_connected() -> None:
    with DemoServer() as server:
        client = _signed_in(server)

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, server.port), timeout=5)
    client.shutdown()
