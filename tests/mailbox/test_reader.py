"""One contract for every reader: the fake that service tests use, Dovecot, and pymap."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.fakes.mailbox import FakeMailbox
from tests.faults.clients import NOW, settings_for
from triage.mailbox.connection import Password
from triage.mailbox.faults import Declined
from triage.mailbox.fetch import Gone
from triage.mailbox.fetched import Fetched
from triage.mailbox.folders import FolderRole, WatchedFolder
from triage.mailbox.reader import IMAPReader, MailboxReader

if TYPE_CHECKING:
    from tests.servers.dovecot import MailUser
    from tests.servers.pymap import PymapServer

MAIL = b"\r\n".join(
    [
        b"From: Ada Customer <ada@customer.example>",
        b"To: desk@vendor.example",
        b"Subject: Order",
        b"MIME-Version: 1.0",
        b'Content-Type: multipart/mixed; boundary="x"',
        b"",
        b"--x",
        b"Content-Type: text/plain; charset=utf-8",
        b"",
        b"When will it come?",
        b"--x",
        b'Content-Type: application/pdf; name="order.pdf"',
        b"Content-Transfer-Encoding: base64",
        b'Content-Disposition: attachment; filename="order.pdf"',
        b"",
        b"JVBERi0xLjQ=",
        b"--x--",
        b"",
    ]
)


class Appends(Protocol):
    """A mailbox to which a test can add mail."""

    def append(self, message: bytes, *, folder: str = "INBOX") -> object: ...


@dataclass(frozen=True, slots=True)
class Place:
    """A mailbox under test, from both sides."""

    server: Appends
    connect: Callable[[], AbstractContextManager[MailboxReader]]


@pytest.fixture(params=["fake", "dovecot", "pymap"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """The same empty mailbox, three times."""
    if request.param == "fake":
        fake = FakeMailbox()
        yield Place(fake, fake.connect)
        return
    server: MailUser | PymapServer = request.getfixturevalue(request.param)
    settings = settings_for(server, user=server.name)
    yield Place(server, lambda: IMAPReader(settings, Password(server.password)))


def inbox(reader: MailboxReader) -> WatchedFolder:
    (folder,) = (one for one in reader.choose_folders(["auto"]).folders if one.role is FolderRole.INBOX)
    return folder


def test_auto_means_the_inbox_and_the_sent_folder(place: Place) -> None:
    with place.connect() as reader:
        roles = [folder.role for folder in reader.choose_folders(["auto"]).folders]

    assert roles == [FolderRole.INBOX, FolderRole.SENT]


def test_a_name_that_is_not_there_is_reported(place: Place) -> None:
    with place.connect() as reader:
        choice = reader.choose_folders(["INBOX", "Nowhere"])

    assert [folder.name for folder in choice.folders] == ["INBOX"]
    assert choice.missing == ("Nowhere",)


def test_an_empty_folder_has_nothing(place: Place) -> None:
    with place.connect() as reader:
        state = reader.examine(inbox(reader))

        assert state.exists == 0
        assert [uid for window in reader.uids_after(0) for uid in window] == []
        assert reader.uids_between(1, 100) == []


def test_what_is_new_comes_once_with_its_words_and_its_attachments(place: Place) -> None:
    for _ in range(3):
        place.server.append(MAIL)
    with place.connect() as reader:
        state = reader.examine(inbox(reader))
        (uids,) = reader.uids_after(0)
        results = list(reader.fetch(uids, now=NOW))
        nothing = [uid for window in reader.uids_after(uids[-1]) for uid in window]

    assert state.exists == len(uids) == 3
    assert state.uidnext is not None
    assert state.uidnext > uids[-1]
    assert [result.uid for result in results] == sorted(uids)
    for result in results:
        assert isinstance(result, Fetched)
        assert b"Subject: Order" in result.header
        assert [part.content.strip() for part in result.parts] == [b"When will it come?"]
        assert [(each.name, each.section) for each in result.attachments] == [("order.pdf", "2")]
    assert nothing == []


def test_an_attachment_is_read_when_it_is_asked_for(place: Place) -> None:
    place.server.append(MAIL)
    with place.connect() as reader:
        reader.examine(inbox(reader))
        ((uid,),) = reader.uids_after(0)

        assert b"".join(reader.read_section(uid, "2", max_bytes=1000)).strip() == b"JVBERi0xLjQ="
        assert b"".join(reader.read_section(uid, "2", max_bytes=4)) == b"JVBE"


def test_a_uid_that_is_not_there_is_gone(place: Place) -> None:
    place.server.append(MAIL)
    with place.connect() as reader:
        reader.examine(inbox(reader))
        (result,) = reader.fetch([999_999], now=NOW)

    assert isinstance(result, Gone)


def test_the_snapshots_agree_with_examine(place: Place) -> None:
    place.server.append(MAIL)
    with place.connect() as reader:
        folder = inbox(reader)

        assert list(reader.snapshots([folder])) == [[(folder, reader.examine(folder))]]


def test_a_folder_that_is_not_there_is_declined(place: Place) -> None:
    nowhere = WatchedFolder(name="Nowhere", wire_name=b"Nowhere", role=FolderRole.OTHER)
    with place.connect() as reader:
        assert list(reader.snapshots([nowhere])) == [[(nowhere, None)]]
        with pytest.raises(Declined):
            reader.examine(nowhere)

        assert reader.examine(inbox(reader)).exists == 0


def test_waiting_ends_in_time(place: Place) -> None:
    with place.connect() as reader:
        reader.examine(inbox(reader))

        assert not reader.wait_for_news(timedelta(milliseconds=50), stop=lambda: False)


def test_more_than_a_window_is_not_asked_for_at_once(place: Place) -> None:
    with place.connect() as reader:
        reader.examine(inbox(reader))

        with pytest.raises(ValueError, match="at most"):
            reader.uids_between(1, 20_001)
