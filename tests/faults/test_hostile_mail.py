"""Faults 51 to 65: hostile mail on its whole way, from the mailbox to what the API shows, on both engines.

All of it comes in one visit, with sound mail between, and is read by limited child processes.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.context import ApiContext
from tests.acceptance.mail import letter
from tests.fakes.mailbox import FakeReader
from tests.faults.clients import settings_for
from tests.faults.hostile_mail import hostile_mails
from tests.faults.meter import Meter
from tests.faults.proxy import FaultProxy, Toxics
from tests.servers.dovecot import MailUser
from tests.services.workplace import Workplace
from triage.app import shared_parser
from triage.mailbox.connection import Password
from triage.mailbox.reader import IMAPReader
from triage.services.access import first_token
from triage.services.poll import MailboxJob, poll_mailbox
from triage.services.quarantine import quarantined
from triage.store.database import Database

#: A sound mail after every so many.
EVERY = 5


@dataclass(kw_only=True, slots=True)
class Shown:
    """What the API shows after the visit: messages, each with its thread, and what is held back."""

    messages: list[dict[str, Any]]
    held: list[str]
    sent: int

    def named(self, name: str) -> list[dict[str, Any]]:
        """Return the messages whose words or subject begin with the name of a fault."""
        return [
            one
            for one in self.messages
            if name in one["text"] or one["subject"].startswith(name) or name in one["sender"]["email"]
        ]

    def one(self, name: str) -> dict[str, Any]:
        """Return the message of that name."""
        (found,) = self.named(name)
        return found

    def thread_of(self, name: str) -> int:
        """Return the thread that holds the message of that name."""
        thread: int = self.one(name)["thread"]["id"]
        return thread


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """All hostile mail, read once on each engine."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('hostile') / 'triage.db'}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.url(server.create_database())
    database = Database(url)
    database.upgrade()
    yield _read_all(Workplace(database))
    database.close()


def _read_all(place: Workplace) -> Shown:
    sent = 0
    for number, hostile in enumerate(hostile_mails()):
        place.mailbox.append(hostile.content)
        sent += 1
        if number % EVERY == 0:
            place.mailbox.append(letter(f"n{number}", subject=f"Neighbour {number}"))
            sent += 1
    with shared_parser() as parse:
        report = place.poll(replace(place.tools(), parse=parse))
    assert report.error is None
    return _shown(place, sent)


def _shown(place: Workplace, sent: int) -> Shown:
    token = first_token(place.database, now=place.now)
    context = ApiContext(database=place.database, public_url="http://testserver", clock=lambda: place.now)
    messages: list[dict[str, Any]] = []
    with TestClient(create_app(context), headers={"Authorization": f"Bearer {token}"}) as client:
        cursor: dict[str, str] = {}
        while True:
            page = client.get("/v1/queue", params={"view": "all", "limit": "200", **cursor}).json()
            for entry in page["entries"]:
                thread = client.get(f"/v1/threads/{entry['id']}").json()
                messages += [message | {"thread": thread} for message in thread["messages"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
    held = [str(one.reason) for one in quarantined(place.database)]
    return Shown(messages=messages, held=held, sent=sent)


def test_faults_51_to_65_every_mail_is_shown_or_held_back_and_every_neighbour_is_shown(shown: Shown) -> None:
    assert len(shown.messages) + len(shown.held) == shown.sent
    assert len(shown.named("Neighbour")) == sum(n % EVERY == 0 for n, _ in enumerate(hostile_mails()))


def test_fault_51_mail_without_a_usable_message_id_is_shown_and_joins_nothing(shown: Shown) -> None:
    names = ("51 no id", "51 empty id", "51 angle brackets only", "51 open bracket")

    threads = {shown.thread_of(name) for name in names}

    assert len(threads) == len(names)


def test_fault_52_other_bytes_under_a_known_message_id_are_another_message(shown: Shown) -> None:
    first, second, foreign = (shown.one(f"52 {name}") for name in ("the first", "the second", "of another"))

    assert first["message_id"] == second["message_id"] == foreign["message_id"]
    assert foreign["thread"]["id"] not in {first["thread"]["id"], second["thread"]["id"]}
    assert foreign["thread"]["account"]["key"] == "beta"


def test_fault_54_odd_bytes_are_stored_and_no_control_character_comes_out(shown: Shown) -> None:
    names = ("nul", "invalid utf-8", "surrogate", "utf-7", "unknown charset", "subject")
    senders = [f"54-{name.replace(' ', '-')}@acme.example" for name in names]

    found = [one for one in shown.messages if one["sender"]["email"] in senders]

    assert len(found) == len(names)
    for one in found:
        for text in (one["subject"], one["text"]):
            assert not {unicodedata.category(sign) for sign in text if sign not in "\n\t"} & {"Cc", "Cs"}


def test_fault_55_very_deep_mail_shows_subject_and_sender(shown: Shown) -> None:
    for name in ("55 deep multipart", "55 deep messages"):
        one = shown.one(name)
        assert one["subject"] == name
        assert one["sender"]["email"].endswith("@acme.example")


def test_fault_56_huge_mail_is_shown_or_held_back_by_itself(shown: Shown) -> None:
    names = ("56 many parts", "56 long subject", "56 encoded words", "56 fifty thousand fields")

    missing = [name for name in names if not shown.named(name)]

    assert len(missing) == len(shown.held)


def test_fault_57_words_in_very_deep_html_are_shown(shown: Shown) -> None:
    assert shown.one("57 words in the html")["subject"] == "57 nested tags"


def test_fault_59_sender_that_is_not_certain_gives_no_account(shown: Shown) -> None:
    for name in ("59 two froms", "59 group", "59 name like", "59 two ats", "59 nested"):
        assert shown.one(name)["thread"]["account"]["state"] != "confirmed", name
    assert shown.one("59 eight bits")["thread"]["account"]["key"] == "acme"


def test_fault_60_impossible_date_is_flagged_and_the_server_decides(shown: Shown) -> None:
    for name in ("60 february", "60 year 0", "60 zone", "60 words", "60 two dates"):
        one = shown.one(name)
        assert one["received_at"] == "2026-03-02T09:30:00Z"
        assert any(code.startswith("date:") for code in one["defects"]), name


def test_fault_61_ten_thousand_references_loops_and_itself_are_stored(shown: Shown) -> None:
    assert shown.one("61 ten thousand")
    assert shown.one("61 itself")
    assert shown.thread_of("61 loop one") == shown.thread_of("61 loop two")


def test_fault_62_storm_of_automatic_replies_asks_nothing_of_anybody(shown: Shown) -> None:
    storm = [one for one in shown.messages if one["sender"]["email"] == "robot@beta.example"]

    assert len(storm) == 300
    assert not any(one["thread"]["pending"] for one in storm)
    assert not any(one["thread"]["clock"]["target"] for one in storm)


def test_fault_63_mail_without_words_waits_in_the_queue(shown: Shown) -> None:
    for name in ("63 invitation", "63 tnef", "63 s-mime", "63 pgp", "63 image only", "63 empty"):
        assert shown.one(name)["thread"]["pending"], name


def test_fault_64_line_break_in_a_subject_is_shown_on_one_line(shown: Shown) -> None:
    for name in ("64 newline", "64 base64"):
        subject = shown.one(name)["subject"]
        assert subject.isprintable()
        assert "evil" in subject.lower()


def test_fault_65_text_direction_is_stripped_and_a_lookalike_is_not_the_customer(shown: Shown) -> None:
    bidi = shown.one("65 bidi")

    assert not {unicodedata.category(sign) for sign in bidi["subject"]} & {"Cc", "Cf"}
    for name in ("65 homoglyph", "65 homoglyph raw"):
        (found,) = [one for one in shown.messages if one["subject"] == name]
        assert found["thread"]["account"]["state"] != "confirmed"
        assert found["thread"]["account"]["key"] != "acme"


def test_fault_53_same_bytes_in_two_folders_and_two_mailboxes_are_one_message(database: Database) -> None:
    place = Workplace(database)
    for folder in ("INBOX", "INBOX", "Sent"):
        place.mailbox.append(letter("one"), folder=folder)
    job = MailboxJob(name="team", wanted=("auto",), connect=lambda: FakeReader(place.mailbox))

    place.poll()
    poll_mailbox(job, place.tools())

    assert len(_shown(place, 1).messages) == 1


@pytest.mark.dovecot
def test_fault_58_attachment_of_50_mb_stays_on_the_server(
    sqlite_database: Database, dovecot: MailUser
) -> None:
    part = b"A" * 76 + b"\r\n"
    head = letter("big", headers={"X-Kind": "big"}).partition(b"\n\n")[0].replace(b"\n", b"\r\n")
    head = head.replace(b"text/plain", b"multipart/mixed; boundary=b").replace(b"7bit", b"8bit")
    body = (
        b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--b\r\n"
        b"Content-Type: application/pdf; name=big.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    dovecot.append_many([head + body + part * 640_000 + b"--b--\r\n", letter("small", subject="Small")])
    place, meter = Workplace(sqlite_database), Meter()

    with FaultProxy(dovecot.port, Toxics(), meter=meter) as proxy:
        settings = settings_for(proxy, user=dovecot.name)
        job = MailboxJob(
            name="desk",
            wanted=("INBOX",),
            connect=lambda: IMAPReader(settings, Password(dovecot.password)),
        )
        report = poll_mailbox(job, place.tools())
        crossed = proxy.forwarded

    assert report.error is None
    (big,) = [one for one in _shown(place, 2).messages if one["attachments"]]
    assert big["attachments"][0]["size_bytes"] > 40_000_000
    assert "See the file." in big["text"]
    assert crossed < 100_000
