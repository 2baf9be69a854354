"""How reading goes is told now and then, and kept for other processes."""

from datetime import UTC, datetime, timedelta

from triage.core.progress import Progress
from triage.services.progress import Progressing, kept, kept_in
from triage.store.database import Database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_folders_of_a_mailbox_add_up_and_are_told_now_and_then() -> None:
    clock, told = Clock(), list[Progress]()
    watcher = Progressing(clock, told.append)
    watcher.folder("desk", "INBOX", 1_000)
    watcher.folder("desk", "Sent", 500)

    for _ in range(10):
        clock.now += timedelta(seconds=1)
        watcher.advance("desk", "INBOX", 100)
    clock.now += timedelta(seconds=1)
    watcher.advance("desk", "Sent", 500)

    assert [one.done for one in told] == [300, 600, 900, 1_500]
    assert told[0].line() == "desk: 300 of 1,500 messages, 100 a second, 0:00:12 left"
    assert told[-1].left == timedelta()


def test_a_few_new_messages_are_not_worth_a_line() -> None:
    told = list[Progress]()
    watcher = Progressing(Clock(), told.append)

    watcher.folder("desk", "INBOX", 3)
    watcher.advance("desk", "INBOX", 3)

    assert told == []


def test_progress_is_kept_by_the_number_of_the_mailbox(database: Database) -> None:
    progress = Progress(
        mailbox="ada@acme.example", done=10, total=1_000, started_at=NOW, at=NOW + timedelta(seconds=2)
    )

    kept_in(database)(progress)

    (found,) = kept(database)
    assert found.mailbox.isdecimal()
    assert (found.done, found.total, found.per_second, found.left) == (10, 1_000, 5.0, timedelta(seconds=198))


def test_before_anything_was_read_the_time_left_is_not_known() -> None:
    assert Progress(mailbox="desk", done=0, total=9, started_at=NOW, at=NOW).left is None
