"""New mail comes before old mail, in every folder, and nothing is left behind."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from models import Message
from tests.acceptance.mail import letter
from tests.services.workplace import EVERYTHING, NOW, Workplace
from triage.core.coverage import CoverageState
from triage.core.queue_entry import QueueFilters
from triage.mailbox.folders import FolderState
from triage.services import read_folder
from triage.services.queue import queue
from triage.services.reading_order import Pace, at_most, is_unchanged, next_piece
from triage.store import mailboxes
from triage.store.database import Database


@pytest.fixture
def place(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    monkeypatch.setattr(read_folder, "BATCH", 2)
    return Workplace(sqlite_database, pace=Pace(messages=4))


def _stored(place: Workplace) -> list[str]:
    """Return the Message-IDs in the order of storing, without their domain."""
    with place.database.read() as connection:
        ids = connection.scalars(sa.select(Message.header_id).order_by(Message.id)).all()
    return [(one or "").partition("@")[0] for one in ids]


def _fill(place: Workplace, count: int, *, folder: str = "INBOX", prefix: str = "old") -> None:
    for number in range(count):
        place.mailbox.append(letter(f"{prefix}{number}", subject=f"{prefix} {number}"), folder=folder)


def test_mail_that_comes_during_a_back_fill_is_stored_before_it_ends(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_folder, "BATCH", 2)
    place = Workplace(database, pace=Pace(messages=4))
    _fill(place, 40)
    fresh = letter("fresh", subject="Fresh")
    place.mailbox.at_uid[10] = lambda: place.mailbox.append(fresh)

    report = place.poll()

    stored = _stored(place)
    assert report.error is None
    assert len(stored) == 41
    # At most the piece that was being read, and the one fetched ahead, come before it.
    assert stored.index("fresh") < 20
    assert place.mailbox.fetched == [*dict.fromkeys(place.mailbox.fetched)]
    assert queue(place.database, EVERYTHING, QueueFilters(), now=NOW).coverage.state is CoverageState.PROVEN


def test_mail_that_comes_in_another_folder_during_a_back_fill_is_stored_before_it_ends(
    place: Workplace,
) -> None:
    place.poll()
    _fill(place, 40)
    answer = letter("answer", sender="desk@vendor.example", to="ada@acme.example")
    place.mailbox.at_uid[10] = lambda: place.mailbox.append(answer, folder="Sent")

    place.poll()

    assert _stored(place).index("answer") < 20


def test_small_folder_does_not_wait_for_a_large_one(place: Workplace) -> None:
    _fill(place, 40)
    _fill(place, 6, folder="Sent", prefix="sent")

    place.poll()

    stored = _stored(place)
    assert max(stored.index(f"sent{number}") for number in range(6)) < 16
    assert len(stored) == 46


def test_history_is_what_was_there_at_first_and_fresh_mail_is_none(place: Workplace) -> None:
    _fill(place, 20)
    place.mailbox.at_uid[3] = lambda: place.mailbox.append(letter("fresh", subject="Fresh"))

    place.poll()

    with place.database.read() as connection:
        row = mailboxes.find_folder(connection, "desk", "INBOX")
    assert row is not None
    assert (row.backfill_until_uid, row.last_uid, row.backlog_until_uid) == (20, 21, None)


def test_new_uidvalidity_in_the_middle_of_a_back_fill_doubles_and_loses_nothing(place: Workplace) -> None:
    _fill(place, 20)
    place.mailbox.at_uid[9] = place.mailbox.renumber

    place.poll()
    place.poll()

    assert sorted(_stored(place)) == sorted(f"old{number}" for number in range(20))
    assert queue(place.database, EVERYTHING, QueueFilters(), now=NOW).coverage.state is CoverageState.PROVEN


def test_backlog_that_grows_over_mail_that_was_read_first_ends(place: Workplace) -> None:
    _fill(place, 20)
    place.mailbox.at_uid[3] = lambda: _fill(place, 3, prefix="fresh")
    place.mailbox.at_uid[12] = lambda: _fill(place, 30, prefix="flood")

    place.poll()

    assert len(_stored(place)) == 53
    assert place.mailbox.fetched == [*dict.fromkeys(place.mailbox.fetched)]


def test_folder_that_says_the_same_as_before_is_not_opened(place: Workplace) -> None:
    _fill(place, 1, folder="Sent")
    place.poll()
    place.wait(minutes=1)
    place.mailbox.declined.add("Sent")

    report = place.poll()

    assert report.error is None
    page = queue(place.database, EVERYTHING, QueueFilters(), now=place.now)
    assert page.coverage.since == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("after", "count", "uids", "is_last"),
    [
        ([[5, 6, 9]], 2, [5, 6], False),
        ([[5, 6, 9]], 3, [5, 6, 9], True),
        ([[5, 6], [9, 12]], 3, [5, 6, 9], True),
        ([[12]], 3, [], True),
        ([], 3, [], True),
        ([[5], [6, 10]], 3, [5, 6, 10], True),
    ],
    ids=["more", "all", "behind", "only-fresh", "none", "end"],
)
def test_next_piece_ends_with_the_backlog(
    after: list[list[int]], count: int, uids: list[int], *, is_last: bool
) -> None:
    piece = next_piece(iter(after), until_uid=10, count=count)

    assert (piece.uids, piece.is_last) == (uids, is_last)


def test_at_most_asks_for_no_window_that_it_does_not_need() -> None:
    windows = iter([[1, 2], [3, 4], [5]])

    assert at_most(windows, 2) == [1, 2, 3]
    assert next(windows) == [5]


def test_pace_follows_the_speed_of_the_server_within_bounds() -> None:
    pace = Pace()

    pace.learn(500, 2.0)
    assert pace.messages == 2500
    pace.learn(100, 50.0)
    assert pace.messages == 500
    pace.learn(100_000, 1.0)
    assert pace.messages == 10_000
    pace.learn(0, 5.0)
    assert pace.messages == 10_000


@pytest.mark.parametrize(
    "state",
    [
        FolderState(uidvalidity=8, uidnext=2, exists=1),
        FolderState(uidvalidity=1, uidnext=3, exists=1),
        FolderState(uidvalidity=1, uidnext=2, exists=0),
        FolderState(uidvalidity=1, uidnext=None, exists=1),
    ],
    ids=["renumbered", "came", "left", "says-nothing"],
)
def test_any_difference_is_a_reason_to_look(place: Workplace, state: FolderState) -> None:
    _fill(place, 1)
    place.poll()
    with place.database.read() as connection:
        row = mailboxes.find_folder(connection, "desk", "INBOX")

    assert is_unchanged(row, FolderState(uidvalidity=1, uidnext=2, exists=1))
    assert not is_unchanged(row, state)
    assert not is_unchanged(None, state)
