"""The pool: order, and what a poisonous message costs."""

import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from triage.core.message import Message
from triage.mailbox.fetched import Fetched
from triage.mailbox.parse import read_fetched
from triage.mailbox.parser_pool import ParseFailure, ParserPool

RECEIVED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def mail(subject: str) -> Fetched:
    return Fetched(received_at=RECEIVED_AT, size_bytes=1, header=f"Subject: {subject}\r\n\r\n".encode())


def read_or_misbehave(fetched: Fetched) -> Message:
    """Do what the subject says: the planted poison."""
    message = read_fetched(fetched)
    if message.subject == "hang":
        while True:
            time.sleep(0.01)
    elif message.subject == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    elif message.subject == "eat":
        bytearray(1024 * 1024 * 1024)
    elif message.subject == "raise":
        raise LookupError("the content of the mail, which must not be told")
    return message


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool]:
    with ParserPool(workers=2, reader=read_or_misbehave, max_wall_seconds=0.5) as pool:
        yield pool


def subjects(results: list[Message | ParseFailure]) -> list[str]:
    return [one.subject if isinstance(one, Message) else f"<{one.reason}>" for one in results]


def test_answers_are_in_the_order_of_the_messages(pool: ParserPool) -> None:
    wanted = [f"number {number}" for number in range(100)]

    assert subjects(pool.read([mail(subject) for subject in wanted])) == wanted


def test_no_messages_give_no_answers(pool: ParserPool) -> None:
    assert pool.read([]) == []


@pytest.mark.parametrize(
    ("poison", "reason"),
    [("hang", "<time>"), ("die", "<killed>"), ("eat", "<memory>"), ("raise", "<error:LookupError>")],
)
def test_a_poisonous_message_costs_only_itself(pool: ParserPool, poison: str, reason: str) -> None:
    wanted = [f"number {number}" for number in range(40)]
    wanted[7] = poison

    results = subjects(pool.read([mail(subject) for subject in wanted]))

    assert results[7] == reason
    assert results[:7] + results[8:] == wanted[:7] + wanted[8:]


def test_neighbours_of_a_hanging_message_wait_less_than_three_seconds(pool: ParserPool) -> None:
    started = time.monotonic()

    pool.read([mail("hang"), mail("neighbour")])

    assert time.monotonic() - started < 3


def test_many_poisonous_messages_in_a_row_are_all_told(pool: ParserPool) -> None:
    assert subjects(pool.read([mail("die")] * 5 + [mail("alive")])) == ["<killed>"] * 5 + ["alive"]


def test_a_closed_pool_refuses_work_and_leaves_no_children() -> None:
    pool = ParserPool(workers=1)
    children = [worker.process.pid for worker in pool._workers]

    pool.close()

    with pytest.raises(RuntimeError, match="closed"):
        pool.read([mail("late")])
    assert not any(is_running(child) for child in children)


def is_running(pid: int | None) -> bool:
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return False
    return True
