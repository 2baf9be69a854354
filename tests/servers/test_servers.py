"""The private servers start, answer, and keep the tests apart from each other."""

import imaplib
from datetime import UTC, datetime

import psycopg
import pytest

from tests.servers.availability import MARK, missing_servers, unavailable
from tests.servers.dovecot import DovecotServer, MailUser
from tests.servers.pymap import PymapServer

MAIL = b"From: ada@customer.example\r\nSubject: one\r\n\r\nbody\r\n"


def test_dovecot_gives_the_uid_and_keeps_the_date(dovecot: MailUser) -> None:
    uid = dovecot.append(MAIL, at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC))

    assert uid == 1
    assert b"02-Mar-2026 09:30:00 +0000" in dovecot.snapshot()["INBOX"][1]


def test_dovecot_users_do_not_see_each_other(dovecot_server: DovecotServer) -> None:
    one, other = dovecot_server.user(), dovecot_server.user()

    one.append(MAIL)

    assert len(one.snapshot()["INBOX"]) == 2
    assert len(other.snapshot()["INBOX"]) == 1


def test_dovecot_can_be_renumbered(dovecot: MailUser) -> None:
    dovecot.append(MAIL)

    dovecot.set_uidvalidity(4242)
    dovecot.set_next_uid(50_000)
    uid = dovecot.append(MAIL)

    assert b"UIDVALIDITY 4242 " in dovecot.snapshot()["INBOX"][0]
    assert uid == 50_000


def test_dovecot_takes_many_messages_at_once(dovecot: MailUser) -> None:
    count = dovecot.append_many((MAIL for _ in range(300)), folder="Archiv/Ältere")

    with dovecot.connect() as connection:
        assert connection.select('"Archiv/&AMQ-ltere"', readonly=True)[1] == [b"300"]
    assert count == 300


def test_dovecot_refuses_a_wrong_password(dovecot: MailUser) -> None:
    connection = imaplib.IMAP4(dovecot.host, dovecot.port, timeout=30)

    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        connection.login(dovecot.name, "wrong")
    connection.shutdown()


def test_pymap_keeps_a_message(pymap: PymapServer) -> None:
    pymap.append(MAIL)

    assert len(pymap.snapshot()) == 1


def test_postgres_databases_are_empty_and_durable_enough(postgres_url: str) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE only_here (id int)")
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()

    assert found == (1,)


def test_a_missing_server_is_a_skip_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match=f"{MARK}Dovecot: it is away"):
        unavailable("Dovecot", "it is away")


def test_a_missing_server_is_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="it is away"):
        unavailable("Dovecot", "it is away")


def test_the_summary_counts_tests_by_missing_server() -> None:
    reasons = [f"Skipped: {MARK}Dovecot: it is away", f"Skipped: {MARK}Dovecot: it is away", "not on Windows"]

    assert missing_servers(reasons) == {"Dovecot: it is away": 2}
