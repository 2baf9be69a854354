"""Which folders are watched: by attribute, by name only where no server marks anything."""

import pytest

from tests.faults.clients import session_to, settings_for
from tests.faults.scripted_server import Mailbox, ScriptedServer
from tests.servers.dovecot import MailUser
from triage.mailbox.connection import Password, Session
from triage.mailbox.folders import FolderChoice, FolderRole, choose_folders, examine, role_of_name, snapshot

INBOX = b'* LIST () "/" INBOX\r\n'


def chosen(*listed: bytes, wanted: tuple[str, ...] = ("auto",)) -> FolderChoice:
    with ScriptedServer(mailbox=Mailbox(folders=listed)) as server, session_to(server) as session:
        return choose_folders(session, wanted)


def names(choice: FolderChoice) -> list[tuple[str, str]]:
    return [(folder.name, folder.role.value) for folder in choice.folders]


def test_sent_is_found_by_its_attribute_whatever_its_name() -> None:
    choice = chosen(INBOX, b'* LIST (\\HasNoChildren \\Sent) "/" "Ausgang 2"\r\n', b'* LIST () "/" Sent\r\n')

    assert names(choice) == [("INBOX", "inbox"), ("Ausgang 2", "sent")]
    assert not choice.folders[1].is_guess


def test_where_other_folders_are_marked_no_name_is_guessed() -> None:
    choice = chosen(INBOX, b'* LIST (\\Drafts) "/" Drafts\r\n', b'* LIST () "/" Sent\r\n')

    assert names(choice) == [("INBOX", "inbox")]


@pytest.mark.parametrize(
    "listed", [b"Sent", b'"INBOX.Sent Items"', b'"Gesendete Objekte"', b'"&kAFP4W4IMH8-"', b'"Wys&AUI-ane"']
)
def test_where_nothing_is_marked_a_name_is_a_guess(listed: bytes) -> None:
    choice = chosen(b'* LIST () "." INBOX\r\n', b'* LIST () "." %s\r\n' % listed)

    assert choice.folders[1].role is FolderRole.SENT
    assert choice.folders[1].is_guess


def test_several_sent_folders_are_all_watched() -> None:
    choice = chosen(INBOX, b'* LIST (\\Sent) "/" "Sent"\r\n', b'* LIST (\\Sent) "/" "Team/Sent"\r\n')

    assert len(choice.folders) == 3


def test_names_add_to_auto_and_none_comes_twice() -> None:
    choice = chosen(INBOX, b'* LIST () "/" Projects\r\n', wanted=("auto", "Projects", "inbox", "Nowhere"))

    assert names(choice) == [("INBOX", "inbox"), ("Projects", "other")]
    assert choice.missing == ("Nowhere",)


def test_a_folder_that_cannot_be_opened_is_missing() -> None:
    choice = chosen(INBOX, b'* LIST (\\Noselect) "/" Archive\r\n', wanted=("Archive",))

    assert choice.missing == ("Archive",)


def test_the_inbox_is_there_even_if_list_forgets_it() -> None:
    assert names(chosen(b'* LIST () "/" Other\r\n')) == [("INBOX", "inbox")]


def test_lines_that_are_no_folders_are_passed_over() -> None:
    assert names(chosen(INBOX, b"* LIST nonsense\r\n", b'* LIST () "/" NIL\r\n')) == [("INBOX", "inbox")]


@pytest.mark.parametrize("name", ["Kunden/Ärger & Co", "日本", "a b "])
def test_names_of_people_reach_a_real_server_and_come_back(dovecot: MailUser, name: str) -> None:
    dovecot.append_many([b"Subject: x\r\n\r\ny\r\n"] * 2, folder=name)
    with Session(settings_for(dovecot, user=dovecot.name), Password(dovecot.password)) as session:
        choice = choose_folders(session, [name])
        (folder,) = choice.folders

        assert folder.name == name
        assert examine(session, folder).exists == 2
        assert snapshot(session, choice.folders)[name].exists == 2


def test_a_folder_deleted_meanwhile_is_left_out_of_the_snapshot(dovecot: MailUser) -> None:
    dovecot.create("Projects")
    with Session(settings_for(dovecot, user=dovecot.name), Password(dovecot.password)) as session:
        choice = choose_folders(session, ["INBOX", "Projects"])
        dovecot.delete("Projects")

        assert list(snapshot(session, choice.folders)) == ["INBOX"]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("inbox", "inbox"),
        ("Sent", "sent"),
        ("a/Gesendet", "sent"),
        ("Sent/2024", "other"),
        ("Absent", "other"),
    ],
)
def test_the_role_that_a_name_suggests(name: str, role: str) -> None:
    assert role_of_name(name).value == role
