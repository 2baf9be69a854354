"""Reading a real mailbox: what comes, what stays, and that nothing on the server changes."""

import threading
from datetime import UTC, datetime

import pytest

from tests.faults.clients import NOW, read_inbox, session_to, settings_for
from tests.faults.scripted_server import Expect, Mailbox, ScriptedServer
from tests.servers.dovecot import MailUser
from tests.servers.ports import eventually
from tests.servers.pymap import PymapServer
from triage.core.errors import ProtocolFault
from triage.mailbox.connection import Password, Session
from triage.mailbox.fetch import Unfetchable, fetch, read_section
from triage.mailbox.fetched import Fetched
from triage.mailbox.folders import choose_folders, examine, snapshot
from triage.mailbox.idle import wait_for_news
from triage.mailbox.uids import uids_after


def mail(number: int = 1, *, body: bytes = b"Hello\r\n", header: bytes = b"") -> bytes:
    return (
        b"From: ada@customer.example\r\nMessage-ID: <%d@customer.example>\r\n%sSubject: mail %d\r\n\r\n%s"
        % (number, header, number, body)
    )


@pytest.fixture
def session(dovecot: MailUser) -> Session:
    """A session to the user's mailbox, not opened yet."""
    return Session(settings_for(dovecot, user=dovecot.name), Password(dovecot.password))


@pytest.mark.dovecot
def test_flags_uids_and_counts_are_the_same_before_and_after(dovecot: MailUser, session: Session) -> None:
    dovecot.append(mail(1), flags="(\\Seen \\Flagged)")
    dovecot.append(mail(2))
    dovecot.append(mail(3), folder="Sent")
    before = dovecot.snapshot()

    with session:
        choice = choose_folders(session)
        snapshot(session, choice.folders)
        for folder in choice.folders:
            state = examine(session, folder)
            for uids in uids_after(session, state, 0):
                list(fetch(session, uids, now=NOW))
                list(read_section(session, uids[0], "1", max_bytes=100))
            wait_for_news(session, seconds=0.05)

    assert dovecot.snapshot() == before


def test_flags_and_uids_are_the_same_before_and_after_on_pymap(pymap: PymapServer) -> None:
    for number in range(3):
        pymap.append(mail(number))
    before = pymap.snapshot()

    with Session(settings_for(pymap, user=pymap.name), Password(pymap.password)) as session:
        assert len(read_inbox(session)) == 3

    assert pymap.snapshot() == before


@pytest.mark.dovecot
def test_600_messages_come_whole_and_in_order(dovecot: MailUser, session: Session) -> None:
    dovecot.append_many(mail(number, body=b"body %d\r\n" % number) for number in range(600))

    with session:
        results = read_inbox(session)

    assert [result.uid for result in results] == list(range(1, 601))
    bodies = {result.parts[0].content for result in results if isinstance(result, Fetched)}
    assert len(bodies) == 600


@pytest.mark.dovecot
def test_internaldate_is_the_trusted_time(dovecot: MailUser, session: Session) -> None:
    at = datetime(2026, 2, 28, 23, 59, 58, tzinfo=UTC)
    dovecot.append(mail(header=b"Date: Mon, 01 Jan 1990 00:00:00 +0000\r\n"), at=at)

    with session:
        (result,) = read_inbox(session)

    assert isinstance(result, Fetched)
    assert result.received_at == at
    assert result.defects == ()


@pytest.mark.dovecot
def test_words_are_cut_at_the_cap_and_a_large_attachment_stays(dovecot: MailUser, session: Session) -> None:
    attachment = b"QUJD" * 700_000
    body = b"".join(
        [
            b"--b\r\nContent-Type: text/plain\r\n\r\n",
            b"word and word\r\n" * 10_000,
            b"\r\n--b\r\nContent-Type: application/zip; name=a.zip\r\n",
            b"Content-Transfer-Encoding: base64\r\n\r\n",
            b"\r\n".join(attachment[start : start + 76] for start in range(0, len(attachment), 76)),
            b"\r\n--b--\r\n",
        ]
    )
    dovecot.append(
        mail(header=b'Content-Type: multipart/mixed; boundary="b"\r\nMIME-Version: 1.0\r\n', body=body)
    )

    with session:
        (result,) = read_inbox(session)
        assert isinstance(result, Fetched)
        whole = b"".join(read_section(session, 1, "2", max_bytes=10_000_000))

    assert len(result.parts[0].content) == 64 * 1024
    assert result.has_more_text
    assert result.attachments[0].size_bytes == len(whole) > 2_800_000
    assert whole.replace(b"\r\n", b"") == attachment


@pytest.mark.dovecot
def test_eight_bit_and_nul_bytes_come_through(dovecot: MailUser, session: Session) -> None:
    dovecot.append_many([mail(body=b"gr\xfc\xdfe \x00 und mehr\r\n", header=b"X-Odd: \xff\xfe\r\n")])

    with session:
        (result,) = read_inbox(session)

    assert isinstance(result, Fetched)
    assert b"gr\xfc\xdfe" in result.parts[0].content


@pytest.mark.dovecot
def test_new_mail_ends_the_wait(dovecot: MailUser, session: Session) -> None:
    with session:
        assert read_inbox(session) == []
        heard: list[bool] = []
        waiting = threading.Thread(target=lambda: heard.append(wait_for_news(session, seconds=60)))
        waiting.start()
        dovecot.append(mail())
        eventually(lambda: heard, seconds=15, what="news")
        waiting.join()

        assert heard == [True]
        assert len(read_inbox(session)) == 1


@pytest.mark.dovecot
def test_mail_that_came_before_the_wait_began_ends_it_too(dovecot: MailUser, session: Session) -> None:
    with session:
        read_inbox(session)
        dovecot.append(mail())

        assert wait_for_news(session, seconds=30)


def test_structure_that_cannot_be_read_is_found_by_our_own_scan() -> None:
    whole = b"Subject: x\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n"
    header = b"Subject: x\r\nContent-Type: text/html\r\n\r\n"
    script = [
        Expect(
            "UID FETCH",
            b'* 1 FETCH (UID 1 RFC822.SIZE %d INTERNALDATE "02-Mar-2026 09:30:00 +0000" BODYSTRUCTURE NIL '
            b"BODY[HEADER]<0> {%d}\r\n%s)\r\n{tag} OK done\r\n" % (len(whole), len(header), header),
        ),
        Expect(
            "UID FETCH", b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n%s)\r\n{tag} OK done\r\n" % (len(whole), whole)
        ),
    ]
    with ScriptedServer(script, mailbox=Mailbox(uidnext=2)) as server, session_to(server) as session:
        (result,) = read_inbox(session)

        assert isinstance(result, Fetched)
        (part,) = result.parts
        assert (part.content_type, part.content.strip()) == ("text/html", b"<p>Hello</p>")
        assert "structure:unreadable" in result.defects
        assert not result.has_more_text
        assert b"BODY.PEEK[]<0." in server.commands("UID FETCH")[1]


def test_gmail_thread_ids_are_kept() -> None:
    capability = b"* CAPABILITY IMAP4rev1 X-GM-EXT-1\r\n{tag} OK done\r\n"
    header = b"Subject: x\r\n\r\n"
    items = (
        b"X-GM-THRID 1278455344230334865 UID 1 RFC822.SIZE 9 "
        b'INTERNALDATE "02-Mar-2026 09:30:00 +0000" '
        b'BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 7 1) '
        b"BODY[HEADER]<0> {%d}\r\n%s" % (len(header), header)
    )
    answer = b"* 1 FETCH (%s)\r\n{tag} OK done\r\n" % items
    script = [Expect("CAPABILITY", capability), Expect("CAPABILITY", capability), Expect("UID FETCH", answer)]
    with (
        ScriptedServer(script, greeting=b"* OK ready\r\n", mailbox=Mailbox(uidnext=2)) as server,
        session_to(server) as session,
    ):
        (result,) = read_inbox(session)

        assert isinstance(result, Fetched)
        assert result.gmail_thread_id == "1278455344230334865"
        assert b"X-GM-THRID" in server.commands("UID FETCH")[0]


def test_messages_with_the_same_shape_share_a_command() -> None:
    with ScriptedServer(mailbox=Mailbox(uids=range(1, 501))) as server, session_to(server) as session:
        assert len(read_inbox(session)) == 500

        # Two batches of 250, each in two rounds; one more to find the newest UID.
        assert len(server.commands("UID FETCH")) == 5
        assert b"UID FETCH 1:250 " in server.commands("UID FETCH")[1]


@pytest.mark.parametrize("section", ["", "HEADER", "1]", "1 2", "1\r\nA9 DELETE INBOX", "0x1"])
def test_only_sections_are_read_as_sections(section: str) -> None:
    with ScriptedServer() as server, session_to(server) as session:
        read_inbox(session)
        before = len(server.lines)

        with pytest.raises(ProtocolFault, match="not a section"):
            list(read_section(session, 1, section, max_bytes=10))

        assert len(server.lines) == before


def test_what_is_unfetchable_shows_whose_mail_it_is() -> None:
    broken = Expect("UID FETCH", b"{tag} NO something\r\n")
    with (
        ScriptedServer([broken, broken], mailbox=Mailbox(uidnext=2)) as server,
        session_to(server) as session,
    ):
        (result,) = read_inbox(session)

    assert isinstance(result, Unfetchable)
    assert b"ada@customer.example" in result.header
