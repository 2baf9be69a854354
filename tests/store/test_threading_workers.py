"""Two workers that add to the same conversations at once."""

from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from random import Random
from threading import Event

import pytest

from tests.core.conversation_streams import stream
from tests.store.threaded_mail import (
    OURS,
    add,
    as_mail,
    customers,
    everything_again,
    groups,
    lines,
    mail,
    threads,
)
from triage.core.conversation.partition import partition
from triage.store.database import Database
from triage.store.messages import NewMessage

PATIENCE_SECONDS = 30


@pytest.fixture
def database(database: Database) -> Database:
    """Return the database with some customers."""
    with database.write() as connection:
        customers(connection, 4)
    return database


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(mail(2, 1), mail(3, 1), id="replies to a mail nobody has yet"),
        pytest.param(mail(1), mail(2, 1), id="parent and child"),
        pytest.param(
            mail(1, new=lines(range(4))),
            mail(2, sender=OURS, to=["ann@acme.example"], quoted=lines(range(4))),
            id="parent and a reply that only quotes it",
        ),
    ],
)
def test_two_open_transactions_do_not_miss_each_other(
    database: Database, first: NewMessage, second: NewMessage
) -> None:
    is_written, may_commit = Event(), Event()

    def slow() -> None:
        with database.write() as connection:
            add(connection, first)
            is_written.set()
            assert may_commit.wait(PATIENCE_SECONDS)

    def quick() -> None:
        assert is_written.wait(PATIENCE_SECONDS)
        with database.write() as connection:
            add(connection, second)

    with ThreadPoolExecutor(2) as pool:
        works = [pool.submit(slow), pool.submit(quick)]
        # The second worker has to wait for the first one; it cannot be seen waiting, only started.
        assert is_written.wait(PATIENCE_SECONDS)
        may_commit.set()
        for work in works:
            work.result(PATIENCE_SECONDS)

    with database.read() as connection:
        assert len(groups(connection)) == 1


@pytest.mark.parametrize("seed", range(3))
def test_two_workers_come_to_the_same_threads_as_one(database: Database, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - reproducible mail, not a secret
    written = stream(random, size=120)
    arrival = written.shuffled(random)
    batches: SimpleQueue[list[NewMessage]] = SimpleQueue()
    for start in range(0, len(arrival), 4):
        batches.put([as_mail(node) for node in arrival[start : start + 4]])

    def work() -> None:
        while True:
            try:
                batch = batches.get_nowait()
            except Empty:
                return
            with database.write() as connection:
                add(connection, *batch)

    with ThreadPoolExecutor(2) as pool:
        for worker in [pool.submit(work), pool.submit(work)]:
            worker.result(PATIENCE_SECONDS)

    with database.write() as connection:
        content = {node.key: int(node.digest, 16) for node in written.nodes}
        at_once = partition(written.nodes).groups
        assert groups(connection) == {frozenset(content[key] for key in group) for group in at_once}
        before = threads(connection)
        everything_again(connection)
        assert threads(connection) == before
