"""Faults 41, 46 and 48: too many connections, folders that vanish, and very many folders."""

import pytest

from tests.faults.clients import NOW, open_inbox, read_inbox, session_to, settings_for
from tests.faults.scripted_server import Mailbox, ScriptedServer
from tests.servers.dovecot import DovecotServer, MailUser
from tests.servers.ports import eventually
from tests.servers.tls import Authority
from triage.core.errors import MailboxError, Unreachable
from triage.mailbox.connection import Password, Session
from triage.mailbox.faults import Declined
from triage.mailbox.fetch import fetch
from triage.mailbox.folders import choose_folders, examine, snapshot
from triage.mailbox.uids import uids_after

MAIL = b"Subject: one\r\n\r\nbody\r\n"


def session_of(user: MailUser) -> Session:
    return Session(settings_for(user, user=user.name), Password(user.password))


def test_fault_41_too_many_connections_pass_by_themselves(authority: Authority) -> None:
    server = DovecotServer(authority.issue("narrow"), connections=1)
    try:
        user = server.user()
        with session_of(user) as first:
            with pytest.raises(Unreachable) as raised:
                session_of(user).open()
            assert not raised.value.permanent
            assert open_inbox(first).exists == 0

        # The server notices a moment later that the first connection has gone.
        eventually(lambda: _signs_in(user), what="a sign-in after the other connection ended")
    finally:
        server.close()


def _signs_in(user: MailUser) -> bool:
    try:
        with session_of(user) as session:
            return open_inbox(session).exists == 0
    except Unreachable:
        return False


@pytest.mark.dovecot
def test_fault_46_a_folder_deleted_while_it_is_open_is_an_error_and_no_empty_folder(
    dovecot: MailUser,
) -> None:
    dovecot.append_many([MAIL] * 3, folder="Projects")
    with session_of(dovecot) as session:
        (folder,) = choose_folders(session, ["Projects"]).folders
        state = examine(session, folder)
        (uids,) = uids_after(session, state, 0)
        dovecot.delete("Projects")

        # Whatever the server says now, no message may be taken for one that somebody deleted.
        with pytest.raises(MailboxError):
            list(fetch(session, uids, now=NOW))

    with session_of(dovecot) as session:
        with pytest.raises(Declined):
            examine(session, folder)
        assert snapshot(session, [folder]) == {}
        assert open_inbox(session).exists == 0


@pytest.mark.dovecot
def test_fault_46_a_folder_made_again_has_another_uidvalidity(dovecot: MailUser) -> None:
    dovecot.append_many([MAIL], folder="Projects")
    with session_of(dovecot) as session:
        (folder,) = choose_folders(session, ["Projects"]).folders
        before = examine(session, folder)
    dovecot.delete("Projects")
    dovecot.append_many([MAIL, MAIL], folder="Projects")

    with session_of(dovecot) as session:
        after = examine(session, folder)

    assert before.uidvalidity != after.uidvalidity
    assert after.exists == 2


def test_fault_48_among_5_000_folders_the_right_ones_are_found_with_one_list() -> None:
    folders = [b'* LIST () "/" "Kunde/%04d"\r\n' % number for number in range(5_000)]
    folders += [b'* LIST () "/" INBOX\r\n', b'* LIST (\\Sent) "/" "Versand"\r\n']
    with ScriptedServer(mailbox=Mailbox(folders=folders)) as server, session_to(server) as session:
        choice = choose_folders(session, ["auto", "Kunde/4999"])

        assert [folder.name for folder in choice.folders] == ["INBOX", "Versand", "Kunde/4999"]
        assert len(server.commands("LIST")) == 1
        assert len(read_inbox(session)) == 1
