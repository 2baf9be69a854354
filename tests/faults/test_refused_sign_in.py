"""Faults 40 and 91: a refused sign-in is tried three times, told, and never tried into a lock-out."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

import pytest
import sqlalchemy as sa

from models import Delivery, Mailbox
from tests.acceptance.mail import letter
from tests.fakes.mailbox import FakeMailbox, FakeReader
from tests.services.workplace import NOW, Workplace
from tests.wait import until
from triage.core.errors import NeedsPerson, SignInError, Unreachable
from triage.mailbox.reader import MailboxReader
from triage.services.poll import MailboxJob, PollReport, poll_mailbox
from triage.services.practice import ChannelRule
from triage.services.sign_in_gate import MOST_TRIES, Gate
from triage.services.sweep import sweep
from triage.services.watch import CurrentTools, MailboxWatch
from triage.store.database import Database
from triage.store.mailboxes import register_mailbox
from triage.store.sign_ins import SealedTokens, find, save_login

REFUSED = SignInError(
    "mailbox wrong: the server refused the sign-in (AUTHENTICATIONFAILED); check the secret", permanent=True
)


@dataclass
class Locked:
    """A mailbox that one secret opens, and how often it was tried."""

    place: Workplace
    secret: str = "wrong"
    answer: Exception | None = None
    tries: list[str] = field(default_factory=list)
    mailbox: FakeMailbox = field(default_factory=FakeMailbox)
    is_repaired: bool = False

    def __post_init__(self) -> None:
        self.mailbox.append(letter("m1", sender="ann@acme.example", subject="Behind the lock"))

    def gate(self) -> Gate:
        return Gate(self.place.database, "wrong", presented=lambda: self.secret, clock=lambda: self.place.now)

    def job(self, gate: Gate | None = None) -> MailboxJob:
        door = gate or self.gate()
        return MailboxJob(
            name="wrong", wanted=("auto",), connect=lambda: door.passing(self.connect), gate=door
        )

    def connect(self) -> AbstractContextManager[MailboxReader]:
        self.tries.append(self.secret)
        if self.secret != "right" and not self.is_repaired:
            raise self.answer or REFUSED
        return FakeReader(self.mailbox)

    def poll(self) -> PollReport:
        return poll_mailbox(self.job(), self.place.tools())

    def states(self) -> dict[str, str]:
        with self.place.database.read() as connection:
            rows = connection.execute(sa.select(Mailbox.name, Mailbox.state))
            return {row.name: row.state for row in rows}

    def alerts(self) -> list[tuple[str, str]]:
        sweep(self.place.database, self.place.practice(), now=self.place.now)
        with self.place.database.read() as connection:
            rows = connection.execute(
                sa.select(Delivery.channel, Delivery.payload)
                .where(Delivery.kind == "mailbox")
                .order_by(Delivery.id)
            )
            return [(row.channel, row.payload["reason"]) for row in rows]


@pytest.fixture
def locked(sqlite_database: Database) -> Locked:
    return Locked(Workplace(sqlite_database))


@pytest.fixture
def locked_on_either(database: Database) -> Locked:
    return Locked(Workplace(database))


def test_fault_91_a_wrong_password_stops_only_its_mailbox_and_is_told_within_five_minutes(
    locked_on_either: Locked,
) -> None:
    locked, place = locked_on_either, locked_on_either.place
    place.mailbox.append(letter("m2", sender="ann@acme.example", subject="In the other mailbox"))

    first_alert_after = None
    for minute in range(8):
        assert place.poll().error is None
        locked.poll()
        if first_alert_after is None and locked.alerts():
            first_alert_after = minute
        place.wait(minutes=1)

    assert len(locked.tries) == MOST_TRIES
    assert first_alert_after is not None
    assert first_alert_after < 5
    assert place.pending() == ["In the other mailbox"]
    assert locked.states() == {"desk": "ok", "wrong": "auth_failed"}
    ((channel, reason),) = locked.alerts()
    assert channel == "chat"
    assert "refused the sign-in (AUTHENTICATIONFAILED)" in reason


def test_fault_40_three_tries_within_ten_minutes_and_then_none(locked: Locked) -> None:
    seen = []
    for minutes in [1] * 10 + [60] * 12:
        locked.poll()
        seen.append(len(locked.tries))
        locked.place.wait(minutes=minutes)

    assert seen[0] == 1
    assert seen[10] == seen[-1] == MOST_TRIES


def test_fault_40_each_refusal_says_when_the_next_try_will_be(locked: Locked) -> None:
    first = str(locked.poll().error)
    again = str(locked.poll().error)
    locked.place.wait(minutes=1)
    second = str(locked.poll().error)
    locked.place.wait(minutes=2)
    third = str(locked.poll().error)

    assert first.endswith("try 1 of 3; the next one is at 12:01:00 UTC")
    assert again == first
    assert second.endswith("try 2 of 3; the next one is at 12:03:00 UTC")
    assert "triage mailbox login wrong" in third
    assert str(locked.poll().error) == third


def test_fault_91_a_corrected_password_is_tried_at_once(locked: Locked) -> None:
    for _ in range(5):
        locked.poll()
        locked.place.wait(minutes=5)

    locked.secret = "right"

    assert locked.poll().error is None
    assert locked.states()["wrong"] == "ok"
    locked.secret = "wrong"
    assert "try 1 of 3" in str(locked.poll().error)


def test_fault_91_another_wrong_password_has_its_own_three_tries(locked: Locked) -> None:
    for _ in range(5):
        locked.poll()
        locked.place.wait(minutes=5)
    locked.secret = "wrong too"
    for _ in range(5):
        locked.poll()
        locked.place.wait(minutes=5)

    assert locked.tries == ["wrong"] * 3 + ["wrong too"] * 3


def test_fault_91_a_restart_forgets_no_try(locked: Locked) -> None:
    for _ in range(10):
        locked.poll()

    assert len(locked.tries) == 1


def test_fault_91_a_hiccup_of_the_server_is_forgotten(locked: Locked) -> None:
    locked.poll()
    locked.place.wait(minutes=1)
    locked.secret = "right"
    locked.poll()
    locked.secret = "wrong"

    assert "try 1 of 3" in str(locked.poll().error)
    assert locked.alerts() == []


def test_fault_92_what_only_a_person_can_mend_is_tried_once_and_told_at_once(locked: Locked) -> None:
    locked.answer = NeedsPerson("mailbox wrong: the sign-in was revoked; run: triage mailbox login wrong")

    for _ in range(5):
        locked.poll()
        locked.place.wait(minutes=10)

    assert locked.tries == ["wrong"]
    assert [reason for _, reason in locked.alerts()] == [str(locked.answer)]


def test_fault_92_a_network_fault_is_never_a_refused_sign_in(locked: Locked) -> None:
    locked.answer = Unreachable("mailbox wrong: the provider of tokens cannot be reached")

    for _ in range(29):
        locked.poll()
        locked.place.wait(minutes=1)

    assert len(locked.tries) == 29
    assert locked.states()["wrong"] == "unreachable"
    assert locked.alerts() == []


def test_fault_39_a_server_that_connects_nobody_for_half_an_hour_is_told(locked: Locked) -> None:
    locked.answer = Unreachable("mailbox wrong: the server takes no sign-in now")

    for _ in range(40):
        locked.poll()
        locked.place.wait(minutes=1)

    assert locked.alerts() == [("chat", str(locked.answer))]


def test_a_mailbox_that_fails_again_is_told_again(locked: Locked) -> None:
    locked.answer = NeedsPerson("mailbox wrong: revoked")
    locked.poll()
    assert len(locked.alerts()) == 1
    locked.secret = "right"
    locked.poll()
    locked.place.wait(minutes=1)

    locked.secret = "wrong"
    locked.poll()

    assert len(locked.alerts()) == 2


def test_channels_of_single_customers_hear_of_mailboxes_only_where_no_other_does(locked: Locked) -> None:
    locked.answer = NeedsPerson("mailbox wrong: revoked")
    acme = ChannelRule(name="acme", accounts=frozenset({"acme"}))
    locked.poll()

    locked.place.channels = (acme, ChannelRule(name="chat"))
    assert {channel for channel, _ in locked.alerts()} == {"chat"}

    locked.secret = "wrong too"
    locked.place.wait(minutes=1)
    locked.place.channels = (acme,)
    with locked.place.database.write() as connection:
        connection.execute(sa.delete(Delivery))
    assert {channel for channel, _ in locked.alerts()} == {"acme"}


def test_what_was_refused_is_kept_as_a_salted_hash(locked: Locked) -> None:
    locked.secret = "canary-password"
    locked.poll()

    with locked.place.database.read() as connection:
        row = find(connection, "wrong")

    assert row is not None
    assert "canary" not in repr(row)
    assert len(row.refused) > 100


class Waiting(threading.Event):
    """An event whose waits pass at once, and are counted; after so many it is set."""

    def __init__(self, locked: Locked, acts: Callable[[int], bool]) -> None:
        super().__init__()
        self._locked = locked
        self._acts = acts
        self.waits = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.waits += 1
        self._locked.place.wait(seconds=timeout or 0)
        if self._acts(self.waits):
            self.set()
        return self.is_set()


def watch(locked: Locked, stop: threading.Event) -> None:
    """Run a worker until the mailbox is read."""
    work = MailboxWatch(locked.job(), CurrentTools(locked.place.tools(), locked.place.practice), stop)
    thread = threading.Thread(target=work.run)
    thread.start()
    until(lambda: locked.states().get("wrong") == "ok", "the mailbox is read")
    stop.set()
    thread.join(20)


def test_fault_92_after_a_login_the_worker_goes_on_by_itself(locked: Locked) -> None:
    locked.answer = NeedsPerson("mailbox wrong: revoked")

    def act(waits: int) -> bool:
        if waits == 100:
            assert len(locked.tries) == 1
            locked.is_repaired = True
        if waits == 200:
            # Nothing that is presented changed: only the login tells.
            assert len(locked.tries) == 1
            with locked.place.database.write() as connection:
                mailbox_id = register_mailbox(connection, "wrong", kind="imap")
                save_login(connection, mailbox_id, tokens(since=locked.place.now))
        return waits > 200 and locked.states().get("wrong") == "ok"

    watch(locked, Waiting(locked, act))

    assert len(locked.tries) == 2


def tokens(*, since: datetime) -> SealedTokens:
    return SealedTokens(
        belongs_to="x", sealed=b"x", obtained_at=since, expires_at=since, renewable_since=since
    )


def test_a_sign_in_that_lies_idle_is_told_at_60_75_and_85_days(locked: Locked) -> None:
    with locked.place.database.write() as connection:
        mailbox_id = register_mailbox(connection, "wrong", kind="imap")
        save_login(connection, mailbox_id, tokens(since=locked.place.now))

    told = []
    for _ in range(90):
        told.append(len(locked.alerts()))
        locked.place.wait(days=1)

    assert [told.index(number) for number in (1, 2, 3)] == [60, 75, 85]
    reasons = [reason for _, reason in locked.alerts()]
    assert ["for 60 days" in reasons[0], "for 75 days" in reasons[1], "for 85 days" in reasons[2]] == [
        True
    ] * 3


def test_fault_91_a_worker_goes_on_by_itself_once_the_password_is_corrected(locked: Locked) -> None:
    """The worker looks every two seconds, and connects only when something changed."""

    def act(waits: int) -> bool:
        if waits == 1_000:
            assert locked.tries == ["wrong"] * MOST_TRIES
            locked.secret = "right"
        return waits > 1_000 and locked.states().get("wrong") == "ok"

    stop = Waiting(locked, act)
    watch(locked, stop)

    assert locked.tries == ["wrong"] * MOST_TRIES + ["right"]
    assert locked.place.pending() == ["Behind the lock"]
    assert locked.place.now > NOW
