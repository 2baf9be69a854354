"""Test mails to ourselves: one at a time, known when they come back, and no mail of anybody is hidden."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from tests.fakes.smtp import FakeSmtp, running
from tests.services.workplace import EVERYTHING, Workplace
from triage.alerts.smtp import compose
from triage.canary_job import canary_job
from triage.config.canary import CanaryConfig
from triage.core.alert import Alert
from triage.core.canary import CanaryReport, CanaryState, subject_of
from triage.core.errors import DeliveryError
from triage.core.queue_entry import QueueFilters, View
from triage.services.canary import CanaryJob, TestMail, send_canary, test_mail_report
from triage.services.mailbox_alerts import tell_of_mailboxes
from triage.services.queue import coverage_report, queue
from triage.store import canaries, leases, mailboxes, outbox
from triage.store.database import Database
from triage.store.messages import count_messages

# The name under which it is imported begins like a test's.
report_of = test_mail_report
del test_mail_report

EVERY = timedelta(minutes=10)
both_engines = pytest.mark.usefixtures("database")


@dataclass
class Post:
    """A mail server that puts what it takes into the mailbox, or does what a test wants."""

    place: Workplace
    sent: list[TestMail] = field(default_factory=list)
    is_delivering: bool = True
    error: DeliveryError | None = None

    def send(self, mail: TestMail) -> None:
        if self.error is not None:
            raise self.error
        self.sent.append(mail)
        if self.is_delivering:
            self.place.mailbox.append(as_bytes(mail), at=self.place.now)

    def try_to_send(self, owner: str = "worker") -> bool:
        job = CanaryJob(
            mailbox="desk",
            sender="triage@vendor.example",
            to="desk+test@vendor.example",
            every=EVERY,
            send=self.send,
        )
        return send_canary(job, self.place.database, owner=owner, clock=lambda: self.place.now)

    def report(self) -> CanaryReport:
        found = report_of(self.place.database, now=self.place.now)
        assert found is not None
        return found


def as_bytes(mail: TestMail, **changed: str) -> bytes:
    message = compose(mail.sender, mail.to, mail.subject, mail.text, sent_at=mail.sent_at)
    for name, value in changed.items():
        del message[name]
        if value:
            message[name] = value
    return bytes(message)


def hold(place: Workplace, owner: str = "worker", *, seconds: float = 3600) -> bool:
    with place.database.write() as connection:
        mailbox = mailboxes.register_mailbox(connection, "desk", kind="imap")
        lasts = timedelta(seconds=seconds)
        return leases.acquire(connection, mailbox, owner=owner, now=place.now, lasts=lasts) is not None


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Workplace:
    """On SQLite; on both engines for tests that use the fixture ``database``."""
    name = "database" if "database" in request.fixturenames else "sqlite_database"
    database = request.getfixturevalue(name)
    assert isinstance(database, Database)
    with database.write() as connection:
        canaries.configure(connection, "desk")
    place = Workplace(database)
    place.poll()
    return place


@pytest.fixture
def post(place: Workplace) -> Post:
    assert hold(place)
    return Post(place)


def read(place: Workplace) -> None:
    """Read the mailbox as the worker that holds it."""
    assert place.poll().error is None
    assert hold(place)


def subjects(place: Workplace) -> list[str]:
    page = queue(place.database, EVERYTHING, QueueFilters(view=View.ALL), limit=200, now=place.now)
    return [entry.subject for entry in page.entries]


def stored(place: Workplace) -> int:
    with place.database.read() as connection:
        return count_messages(connection)


def alerts(place: Workplace) -> list[Alert]:
    """Return the alerts about test mails that are told now, all of them, each once."""
    tell_of_mailboxes(place.database, place.practice(), now=place.now)
    found: list[Alert] = []
    while True:
        with place.database.write() as connection:
            claim = outbox.claim_due(connection, channel="chat", now=place.now)
            if claim is None:
                return found
            outbox.mark_sent(connection, claim, now=place.now)
        found.append(claim.alert)


@both_engines
def test_test_mail_comes_back_and_is_no_mail(place: Workplace, post: Post) -> None:
    assert post.try_to_send()
    assert post.report().state is CanaryState.WAITING
    place.wait(seconds=7)
    read(place)

    assert subjects(place) == []
    assert stored(place) == 0
    said = post.report()
    assert (said.state, said.round_trip_seconds, said.missing_since) == (CanaryState.ARRIVED, 7, None)
    report = coverage_report(place.database, EVERYTHING, now=place.now)
    (inbox,) = (row for row in report.folders if row.folder == "INBOX")
    assert (inbox.server_messages, inbox.stored_messages) == (1, 1)
    assert inbox.is_proven(place.now)
    assert report.canary == said
    assert alerts(place) == []


def test_next_one_is_sent_when_it_is_due(place: Workplace, post: Post) -> None:
    assert post.try_to_send()
    place.wait(minutes=9)
    assert not post.try_to_send()
    place.wait(minutes=1)
    assert post.try_to_send()
    assert post.sent[0].token != post.sent[1].token


@both_engines
def test_only_the_worker_that_reads_the_mailbox_sends(place: Workplace, post: Post) -> None:
    assert not post.try_to_send("another")
    assert post.try_to_send()
    place.wait(hours=2)
    assert not post.try_to_send(), "the lease ran out"

    assert hold(place, "another")
    assert not post.try_to_send()
    assert post.try_to_send("another")
    assert len(post.sent) == 2


def test_worker_that_takes_over_does_not_send_again(place: Workplace, post: Post) -> None:
    assert post.try_to_send()
    with place.database.write() as connection:
        mailbox = mailboxes.register_mailbox(connection, "desk", kind="imap")
        leases.release(connection, mailbox, owner="worker", now=place.now)
    assert hold(place, "another")

    assert not post.try_to_send("another")
    assert len(post.sent) == 1


def _attach(mail: TestMail) -> bytes:
    message = message_from_bytes(as_bytes(mail), policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    message.add_attachment(b"invoice", maintype="application", subtype="pdf", filename="invoice.pdf")
    return bytes(message)


def _signed_by_another(mail: TestMail) -> bytes:
    token = f"{mail.token[:33]}{'0' * 32}"
    return as_bytes(mail, Subject=subject_of(token)).replace(mail.token.encode(), token.encode())


def _never_sent(mail: TestMail) -> bytes:
    token = f"{'0' * 32}{mail.token[32:]}"
    return as_bytes(mail, Subject=subject_of(token)).replace(mail.token.encode(), token.encode())


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(_signed_by_another, id="wrong signature"),
        pytest.param(_never_sent, id="signature of another token"),
        pytest.param(lambda mail: as_bytes(mail) + b"Our server is down, please help.\r\n", id="more words"),
        pytest.param(_attach, id="an attachment"),
        pytest.param(lambda mail: as_bytes(mail, From="eve@acme.example"), id="another sender"),
        pytest.param(lambda mail: as_bytes(mail, Subject=f"Re: {mail.subject}"), id="an answer"),
        pytest.param(
            lambda mail: as_bytes(mail).replace(b"Nobody needs", b"Somebody needs"), id="other words"
        ),
    ],
)
def test_whatever_is_not_all_ours_is_mail(
    place: Workplace, post: Post, forge: Callable[[TestMail], bytes]
) -> None:
    post.is_delivering = False
    assert post.try_to_send()
    place.mailbox.append(forge(post.sent[0]))
    read(place)

    assert len(subjects(place)) == 1
    assert stored(place) == 1


def test_forged_mail_of_a_customer_starts_its_clock(place: Workplace, post: Post) -> None:
    assert post.try_to_send()
    mail = post.sent[0]
    of_a_person = {"Auto-Submitted": "", "X-Auto-Response-Suppress": ""}
    place.mailbox.append(as_bytes(mail, From="eve@acme.example", **of_a_person), at=place.now)
    read(place)

    assert place.pending() == [mail.subject]


@both_engines
def test_row_is_needed_even_with_a_signature(place: Workplace, post: Post) -> None:
    assert post.try_to_send()
    read(place)
    place.wait(days=401)
    assert hold(place)
    assert post.try_to_send()
    place.mailbox.renumber()
    read(place)

    assert subjects(place) == [post.sent[0].subject], "its row was forgotten, so it counts as mail"


def test_token_hides_one_content_only(place: Workplace, post: Post) -> None:
    assert post.try_to_send()
    read(place)
    place.mailbox.append(as_bytes(post.sent[0], **{"Message-ID": "<again@vendor.example>"}))
    read(place)

    assert subjects(place) == [post.sent[0].subject]


def test_two_with_one_token_in_one_batch_hide_one(place: Workplace, post: Post) -> None:
    assert post.try_to_send()
    place.mailbox.append(as_bytes(post.sent[0], **{"Message-ID": "<again@vendor.example>"}))
    read(place)

    assert stored(place) == 1


@both_engines
def test_test_mails_stay_known_when_the_server_numbers_anew(place: Workplace, post: Post) -> None:
    assert post.try_to_send()
    read(place)
    arrived = post.report().arrived_at
    place.wait(minutes=5)
    place.mailbox.renumber()
    read(place)

    assert subjects(place) == []
    assert post.report().arrived_at == arrived


def test_copy_among_sent_mail_is_no_arrival(place: Workplace, post: Post) -> None:
    post.is_delivering = False
    assert post.try_to_send()
    place.mailbox.append(as_bytes(post.sent[0]), folder="Sent")
    place.wait(minutes=2)
    read(place)

    assert subjects(place) == []
    assert post.report().state is CanaryState.MISSING


def test_changed_words_arrive_and_are_shown(place: Workplace, post: Post) -> None:
    post.is_delivering = False
    assert post.try_to_send()
    place.mailbox.append(as_bytes(post.sent[0]) + b"\r\nThis mail is confidential.\r\n")
    place.wait(seconds=5)
    read(place)

    assert stored(place) == 1
    said = post.report()
    assert said.state is CanaryState.ARRIVED
    assert "exempt test mails" in said.sentence


@both_engines
def test_mail_that_is_lost_is_told_once_until_one_arrives(place: Workplace, post: Post) -> None:
    post.is_delivering = False
    assert post.try_to_send()
    lost_at = place.now
    place.wait(seconds=61)
    assert post.report().state is CanaryState.MISSING
    assert post.report().missing_since == lost_at
    assert alerts(place) == []

    place.wait(minutes=4)
    (alert,) = alerts(place)
    assert (alert.customer, alert.headline) == ("desk", "Test mail does not arrive")
    place.wait(minutes=6)
    assert hold(place)
    assert post.try_to_send()
    assert alerts(place) == []

    place.wait(minutes=10)
    post.is_delivering = True
    assert post.try_to_send()
    read(place)
    assert post.report().state is CanaryState.ARRIVED


def test_late_one_says_how_late(place: Workplace, post: Post) -> None:
    assert post.try_to_send()
    place.wait(seconds=95)
    read(place)

    said = post.report()
    assert (said.state, said.round_trip_seconds) == (CanaryState.LATE, 95)


@pytest.mark.parametrize(("permanent", "again_after"), [(False, 2), (True, 10)])
def test_mail_server_that_takes_nothing_is_told(
    place: Workplace, post: Post, *, permanent: bool, again_after: int
) -> None:
    post.error = DeliveryError("mail server smtp:465 cannot be used now", permanent=permanent)
    assert not post.try_to_send()
    assert post.report().state is CanaryState.UNSENT
    assert "smtp:465" in post.report().sentence
    place.wait(minutes=again_after, seconds=-1)
    post.error = None
    assert not post.try_to_send()
    place.wait(seconds=1)
    assert post.try_to_send()
    read(place)

    assert post.report().state is CanaryState.ARRIVED


def test_mail_server_that_stays_down_alerts(place: Workplace, post: Post) -> None:
    post.error = DeliveryError("mail server smtp:465 cannot be used now")
    post.try_to_send()
    place.wait(minutes=5)

    (alert,) = alerts(place)
    assert "smtp:465" in alert.reason


def test_silence_of_the_sender_is_told(place: Workplace, post: Post) -> None:
    assert post.try_to_send()
    read(place)
    place.wait(minutes=16)

    assert post.report().state is CanaryState.STOPPED


def test_nothing_is_said_where_none_are_wanted(place: Workplace, post: Post) -> None:
    assert post.try_to_send()
    with place.database.write() as connection:
        canaries.configure(connection, "")

    assert report_of(place.database, now=place.now) is None


def test_real_mail_server_and_back(place: Workplace) -> None:
    assert hold(place)

    def deliver(mail: bytes) -> None:
        place.mailbox.append(b"Received: by fake; Mon, 2 Mar 2026 12:00:01 +0000\r\n" + mail, at=place.now)

    with running(FakeSmtp(deliver=deliver)) as fake:
        wanted = CanaryConfig.model_validate(
            {
                "mailbox": "desk",
                "to": "desk@vendor.example",
                "sender": "triage@vendor.example",
                "smtp": {"host": "127.0.0.1", "port": fake.port, "security": "plain"},
            }
        )
        job = canary_job(wanted)
        assert send_canary(job, place.database, owner="worker", clock=lambda: place.now)
    read(place)

    found = report_of(place.database, now=place.now)
    assert found is not None
    assert found.state is CanaryState.ARRIVED
    assert stored(place) == 0
