"""The pool: order, and what a poisonous message costs."""

import contextlib
import json
import mmap
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from triage.mailbox.fetched import Fetched, FetchedPart
from triage.mailbox.parser_pool import ParseFailure, ParserPool
from triage.mailbox.read_mail import ReadMail, read_mail

RECEIVED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def mail(subject: str) -> Fetched:
    return Fetched(received_at=RECEIVED_AT, size_bytes=1, header=f"Subject: {subject}\r\n\r\n".encode())


def hoard() -> None:
    """Take all memory that there is, and give it back once the next mail has arrived."""
    blocks = list[mmap.mmap]()
    for size in range(27, 11, -1):
        with contextlib.suppress(OSError):
            while True:
                blocks.append(mmap.mmap(-1, 2**size))
    time.sleep(0.3)


def starve() -> None:
    """Compute for a moment on a processor that others keep busy for a while."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for _ in range(3):
        if os.fork() == 0:
            end = time.monotonic() + 1.5
            while time.monotonic() < end:
                pass
            os._exit(0)
    os.nice(19)
    enough = time.process_time() + 0.05
    while time.process_time() < enough:
        pass


def hang() -> None:
    while True:
        time.sleep(0.01)


def spin() -> None:
    while True:
        pass


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise LookupError("the content of the mail, which must not be told")


POISON: dict[str, Callable[[], object]] = {
    "hang": hang,
    "spin": spin,
    "die": die,
    "eat": lambda: bytearray(1024 * 1024 * 1024),
    "hoard": hoard,
    "starve": starve,
    "slow": lambda: time.sleep(0.1),
    "raise": fail,
}


def read_or_misbehave(fetched: Fetched) -> ReadMail:
    """Do what the subject says: the planted poison."""
    mail = read_mail(fetched)
    POISON.get(mail.message.subject, lambda: None)()
    return mail


def read_what_cannot_be_sent(fetched: Fetched) -> ReadMail:
    mail = read_mail(fetched)
    return replace(mail, base_subject=(lambda: "") if mail.message.subject == "odd" else "")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool]:
    with ParserPool(workers=2, reader=read_or_misbehave, max_wall_seconds=0.5) as pool:
        yield pool


def subjects(results: list[ReadMail | ParseFailure]) -> list[str]:
    return [one.message.subject if isinstance(one, ReadMail) else f"<{one.reason}>" for one in results]


def test_answers_are_in_the_order_of_the_messages(pool: ParserPool) -> None:
    wanted = [f"number {number}" for number in range(100)]

    assert subjects(pool.read([mail(subject) for subject in wanted])) == wanted


@pytest.mark.timeout(30)
def test_messages_and_answers_larger_than_a_pipe_wait_for_each_other_not_for_ever() -> None:
    # Noise does not shrink when it is packed: the pipes are full in both directions.
    sent = [
        replace(
            mail(f"number {number}"),
            parts=(FetchedPart(section="1", content_type="text/plain", content=os.urandom(40_000)),),
        )
        for number in range(80)
    ]

    with ParserPool(workers=1) as pool:
        assert subjects(pool.read(sent)) == [f"number {number}" for number in range(80)]


@pytest.mark.timeout(30)
def test_an_answer_that_cannot_be_sent_is_told_at_once() -> None:
    with ParserPool(workers=1, reader=read_what_cannot_be_sent, max_wall_seconds=60) as pool:
        assert subjects(pool.read([mail("sound")])) == ["sound"]
        assert subjects(pool.read([mail("odd")])) == ["<killed>"]
        assert subjects(pool.read([mail("sound")])) == ["sound"]


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


def test_one_worker_lets_the_neighbours_of_a_hanging_message_wait_for_it_once() -> None:
    wanted = ["before", "hang", *(f"number {number}" for number in range(20))]
    with ParserPool(workers=1, reader=read_or_misbehave, max_wall_seconds=1.5) as pool:
        pool.read([mail("warm")])
        started = time.monotonic()

        results = subjects(pool.read([mail(subject) for subject in wanted]))

        assert time.monotonic() - started < 2 * 1.5
    assert results == ["before", "<time>", *wanted[2:]]


def test_a_message_that_waits_for_a_processor_is_none_that_hangs() -> None:
    with ParserPool(workers=1, reader=read_or_misbehave, max_wall_seconds=0.5) as pool:
        pool.read([mail("warm")])
        started = time.monotonic()

        results = subjects(pool.read([mail("before"), mail("starve"), mail("behind")]))

        assert time.monotonic() - started > 1, "it waited longer than a message may hang"
    assert results == ["before", "starve", "behind"]


def test_neighbours_of_a_message_that_computes_for_ever_wait_less_than_three_seconds() -> None:
    with ParserPool(workers=1, reader=read_or_misbehave) as pool:
        pool.read([mail("warm")])
        started = time.monotonic()

        results = subjects(pool.read([mail("spin"), mail("neighbour")]))

        assert time.monotonic() - started < 3
    assert results == ["<time>", "neighbour"]


def beside_a_hoarder() -> None:
    """Print what becomes of messages that arrive while another one takes all memory."""
    # What is read before a slow one is answered, and the next ones are handed over, while memory is short.
    before = [*(f"before {number}" for number in range(30)), "slow"]
    large = FetchedPart(section="1", content_type="text/plain", content=os.urandom(400_000))
    behind = [replace(mail(f"behind {number}"), parts=(large,)) for number in range(32)]
    with ParserPool(workers=1, reader=read_or_misbehave) as pool:
        told = subjects(pool.read([*map(mail, before), mail("hoard"), *behind]))
    sys.stdout.write(json.dumps(told))


def test_who_takes_all_memory_costs_no_message_that_arrives_meanwhile() -> None:
    # Where threads share what the C library keeps, often so in containers, none is left for what arrives.
    told = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import beside_a_hoarder; beside_a_hoarder()"],
        env=os.environ | {"MALLOC_ARENA_MAX": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    results = json.loads(told.stdout)
    assert results.pop(31) in {"hoard", "<killed>"}
    assert [one for one in results if one.startswith("<")] == []
    assert len(results) == 63


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


@pytest.mark.parametrize("reason", ["time", "memory", "killed", "error:LookupError"])
def test_reason_is_said_in_a_sentence(reason: str) -> None:
    said = ParseFailure(reason=reason).sentence

    assert "it" in said.split()
    assert said.endswith("(LookupError)") == reason.startswith("error:")
