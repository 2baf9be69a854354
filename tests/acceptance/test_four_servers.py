"""The main scenarios against four servers that other people wrote: Dovecot, Cyrus, Courier and pymap.

Mail goes from the server to the database by our own client; the service runs in this process.
"""

import threading
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.mail import letter
from tests.servers.neighbour import Neighbour
from tests.servers.ports import eventually
from tests.services.workplace import EVERYTHING, Workplace
from triage.core.coverage import CoverageState
from triage.core.queue_entry import QueueFilters
from triage.mailbox.connection import Password, Security, ServerSettings
from triage.mailbox.reader import IMAPReader
from triage.services.export import export_messages
from triage.services.poll import MailboxJob, PollReport, poll_mailbox
from triage.services.queue import queue
from triage.store.database import Database

if TYPE_CHECKING:
    from tests.servers.dovecot import DovecotServer
    from tests.servers.pymap import PymapServer


@pytest.fixture(
    params=[
        pytest.param("dovecot", marks=pytest.mark.dovecot),
        pytest.param("cyrus", marks=pytest.mark.cyrus),
        pytest.param("courier", marks=pytest.mark.courier),
        "pymap",
    ]
)
def user(request: pytest.FixtureRequest) -> Neighbour:
    """A mailbox with an empty inbox and an empty Sent folder."""
    if request.param == "dovecot":
        server: DovecotServer = request.getfixturevalue("dovecot_server")
        one = server.user()
        return Neighbour(port=one.port, name=one.name, password=one.password)
    if request.param == "pymap":
        pymap: PymapServer = request.getfixturevalue("pymap")
        return Neighbour(port=pymap.port, name=pymap.name, password=pymap.password)
    found: Neighbour = request.getfixturevalue(request.param)
    return found


class Desk:
    """The service over one mailbox."""

    def __init__(self, database: Database, user: Neighbour) -> None:
        self.place = Workplace(database)
        self.user = user
        self.folders: tuple[str, ...] = ("auto",)

    def connect(self) -> IMAPReader:
        settings = ServerSettings(
            name="desk",
            host=self.user.host,
            port=self.user.port,
            user=self.user.name,
            security=Security.PLAIN,
        )
        return IMAPReader(settings, Password(self.user.password))

    def poll(self) -> PollReport:
        """Look once, a minute after the last time, and demand that it went well."""
        self.place.wait(minutes=1)
        job = MailboxJob(name="desk", wanted=self.folders, connect=self.connect)
        report = poll_mailbox(job, self.place.tools())
        assert report.error is None
        assert self.is_proven()
        return report

    def is_proven(self) -> bool:
        page = queue(self.place.database, EVERYTHING, QueueFilters(), now=self.place.now)
        return page.coverage.state is CoverageState.PROVEN

    def ids(self) -> list[str]:
        """Return the Message-IDs here, without their domain, sorted."""
        rows = export_messages(self.place.database, EVERYTHING)
        return sorted((row.message_id or "").partition("@")[0] for row in rows)


@pytest.fixture
def desk(sqlite_database: Database, user: Neighbour) -> Desk:
    return Desk(sqlite_database, user)


def _project() -> str:
    """Return a name that no other test of the same server has used."""
    return f"P{uuid.uuid4().hex[:8]}"


def test_import_finds_inbox_and_sent_by_themselves_and_changes_nothing_on_the_server(desk: Desk) -> None:
    for number in range(3):
        desk.user.append(letter(f"m{number}", subject=f"Matter {number}"))
    desk.user.append(letter("ours", sender="desk@vendor.example"), folder="Sent")
    desk.user.snapshot("INBOX", "Sent")
    before = desk.user.snapshot("INBOX", "Sent")

    report = desk.poll()

    assert desk.ids() == ["m0", "m1", "m2", "ours"]
    assert report.ingested.stored == 4
    assert desk.user.snapshot("INBOX", "Sent") == before


def test_what_comes_later_is_stored_once_and_nothing_is_fetched_again(desk: Desk) -> None:
    desk.user.append(letter("one"))
    desk.poll()
    desk.user.append(letter("two", subject="Other"))

    assert desk.poll().ingested.stored == 1
    assert desk.poll().ingested.stored == 0

    assert desk.ids() == ["one", "two"]


def test_moved_mail_is_one_message_in_another_place(desk: Desk) -> None:
    desk.user.append(letter("one"))
    desk.poll()
    (uid,) = desk.user.uids()

    desk.user.move(uid, to="Sent")
    report = desk.poll()

    assert (report.ingested.stored, report.ingested.known) == (0, 1)
    assert desk.ids() == ["one"]


def test_deleted_mail_stays_here_and_leaves_the_proof_whole(desk: Desk) -> None:
    desk.user.append(letter("one"))
    desk.user.append(letter("two", subject="Other"))
    desk.poll()

    desk.user.expunge(desk.user.uids()[0])
    desk.poll()

    assert desk.ids() == ["one", "two"]


def test_new_uidvalidity_with_new_mail_adds_just_the_new_mail(desk: Desk) -> None:
    folder = _project()
    desk.user.create(folder)
    desk.folders = ("auto", desk.user.path(folder))
    for number in range(3):
        desk.user.append(letter(f"m{number}", subject=f"Matter {number}"), folder=folder)
    desk.poll()
    before = desk.user.uidvalidity(folder)

    def is_made_again() -> bool:
        # Servers that take the second of the day need the next one.
        desk.user.delete(folder)
        desk.user.create(folder)
        return desk.user.uidvalidity(folder) != before

    eventually(is_made_again, what="another UIDVALIDITY")
    for name in ("m1", "m0", "m2"):
        desk.user.append(letter(name, subject=f"Matter {name[1]}"), folder=folder)
    desk.user.append(letter("gap", subject="In the gap"), folder=folder)
    report = desk.poll()

    assert (report.ingested.stored, report.ingested.known) == (1, 3)
    assert desk.ids() == ["gap", "m0", "m1", "m2"]


def test_renamed_folder_with_letters_beyond_ascii_doubles_nothing(desk: Desk) -> None:
    before, after = f"Aufträge & {_project()}", f"Störungen {_project()}"
    desk.user.create(before)
    desk.folders = ("auto", desk.user.path(before))
    desk.user.append(letter("one"), folder=before)
    desk.poll()

    desk.user.rename(before, after)
    desk.folders = ("auto", desk.user.path(after))
    desk.user.append(letter("two", subject="Other"), folder=after)
    report = desk.poll()

    assert (report.ingested.stored, report.ingested.known) == (1, 1)
    assert desk.ids() == ["one", "two"]


def test_waiting_ends_when_mail_comes(desk: Desk) -> None:
    with desk.connect() as reader:
        inbox = reader.choose_folders().folders[0]
        reader.examine(inbox)
        sender = threading.Timer(0.3, desk.user.append, args=[letter("one")])
        sender.start()
        try:
            has_news = reader.wait_for_news(timedelta(seconds=60), stop=lambda: False)
        finally:
            sender.join()

        assert has_news
        assert reader.examine(inbox).exists == 1
