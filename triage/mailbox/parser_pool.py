"""Worker processes that read mail, so that a poisonous message costs itself and nothing else.

Each worker is a child with a memory bound. It reads one message after the other and answers over a
pipe, several at once where they were quick; a counter in shared memory tells which one is under way, and
the parent watches the clock. A child that dies, hangs or runs out of memory is replaced, the message under
way becomes a ``ParseFailure``, and the rest of its batch is read by the new child. One that only waits for
a processor is waited for. The parent needs no thread: it waits on all pipes at once.
"""

import contextlib
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from ctypes import Structure, c_double, c_ulonglong
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from queue import SimpleQueue
from types import TracebackType
from typing import ClassVar, Self, TypeAlias

from triage.collector import collect_rarely
from triage.mailbox.fetched import Fetched
from triage.mailbox.limits import CPUAllowance, limit_this_process, standing
from triage.mailbox.read_mail import ReadMail, read_mail
from triage.parser_server import parser_context

#: Per message.
MAX_CPU_SECONDS = 2.0
MAX_WALL_SECONDS = 2.5
#: A message that got less than this share of a processor waits for its turn on a busy host: so many times as
#: long as one that hangs. One that computes for ever gets more, and costs its neighbours no more than before.
_STARVED_SHARE, _PATIENCE = 0.2, 12
_LOOK_AGAIN_SECONDS = 0.1
MAX_MEMORY_BYTES = 256 * 1024 * 1024
#: Messages handed over at once: enough to hide the pipe, few enough to share evenly. So many more wait at a
#: child that it need not wait for the parent, which takes its turns at the interpreter beside what stores.
_BATCH, _WAITING = 32, 48
#: Answers wait for each other so long at most. The parent wakes for each lot of them, and while mail is
#: stored every waking takes its turn at the interpreter from the thread that stores.
_GATHER_SECONDS = 0.05
_STOP_SECONDS = 1.0
_START_SECONDS = 60.0

_SENTENCES = {
    "time": "reading it took too long",
    "memory": "reading it took too much memory",
    "killed": "what read it was killed",
    "error": "reading it failed ({error})",
}

Reader: TypeAlias = Callable[[Fetched], ReadMail]


@dataclass(frozen=True, kw_only=True, slots=True)
class ParseFailure:
    """A message that could not be read within its bounds.

    Attributes:
        reason: ``time``, ``memory``, ``killed`` or ``error:<exception>``; never content of the mail.
    """

    reason: str

    @property
    def sentence(self) -> str:
        """Say it to a consultant."""
        kind, _, error = self.reason.partition(":")
        return _SENTENCES[kind].format(error=error)


Answer: TypeAlias = ReadMail | ParseFailure


class ParserPool:
    """A fixed number of worker processes; use it as a context manager or call ``close``."""

    def __init__(
        self,
        *,
        workers: int,
        reader: Reader = read_mail,
        max_wall_seconds: float = MAX_WALL_SECONDS,
        max_memory_bytes: int = MAX_MEMORY_BYTES,
    ) -> None:
        """Start the workers.

        Args:
            workers: Number of processes, at least 1.
            reader: What reads a message; a module-level function, for it is sent by name.
            max_wall_seconds: For one message that does not wait for a processor meanwhile.
            max_memory_bytes: For one worker beyond what it holds at its start.
        """
        self._start = _Start(
            context=parser_context(),
            reader=reader,
            max_memory_bytes=max_memory_bytes,
        )
        self._max_wall_seconds = max_wall_seconds
        self._workers = [_Worker(self._start) for _ in range(max(1, workers))]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, messages: Sequence[Fetched]) -> list[Answer]:
        """Read the messages; the answers are in the same order.

        Raises:
            RuntimeError: If the pool is closed.
        """
        if not self._workers:
            raise RuntimeError("the parser pool is closed; make a new one")
        results: dict[int, Answer] = {}
        waiting = deque(range(len(messages)))
        while len(results) < len(messages):
            for index, worker in enumerate(self._workers):
                if not worker.is_alive():
                    self._workers[index] = self._replaced(worker, waiting, results)
            for worker in self._workers:
                # The next ones are there before the last are done: it need not wait for our turn.
                if len(worker.pending) <= _WAITING and waiting:
                    numbers = [waiting.popleft() for _ in range(min(_BATCH, len(waiting)))]
                    worker.give(numbers, messages)
            self._collect(waiting, results)
        return [results[number] for number in range(len(messages))]

    def close(self) -> None:
        """Stop all workers; those that do not stop by themselves are killed."""
        for worker in self._workers:
            worker.close()
        self._workers = []

    def _collect(self, waiting: deque[int], results: dict[int, Answer]) -> None:
        """Take the answers that are there, and replace the worker of a message that takes too long."""
        busy = [worker for worker in self._workers if worker.pending]
        now = time.monotonic()
        soonest = min((worker.deadline(self._max_wall_seconds) for worker in busy), default=now)
        ready = set(wait([worker.pipe for worker in busy], timeout=max(0.0, soonest - now)))
        for index, worker in enumerate(self._workers):
            if worker.pipe in ready:
                worker.collect(results)
            elif worker.pending and worker.is_overdue(self._max_wall_seconds):
                worker.kill()
                self._workers[index] = self._replaced(worker, waiting, results)

    def _replaced(self, worker: "_Worker", waiting: deque[int], results: dict[int, Answer]) -> "_Worker":
        """Start a new worker; the message under way is lost, the others of its batch are read again."""
        worker.collect(results)
        if worker.pending:
            results[worker.take_under_way()] = ParseFailure(reason=worker.death())
        waiting.extendleft(reversed(worker.pending))
        worker.close()
        return _Worker(self._start)


class _Progress(Structure):
    """What a child tells of itself in shared memory.

    Attributes:
        read: How many messages it has read, those it has not answered yet included.
        cpu_seconds: What it had taken of the processor when it began the message under way.
    """

    _fields_: ClassVar = [("read", c_ulonglong), ("cpu_seconds", c_double)]
    read: int
    cpu_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class _Start:
    """What every worker is started with."""

    context: ForkServerContext | SpawnContext
    reader: Reader
    max_memory_bytes: int


class _Worker:
    """One child, its pipe, and the numbers of the messages it has still to answer, in order."""

    def __init__(self, start: _Start) -> None:
        self.pipe, child = start.context.Pipe()
        self._progress: _Progress = start.context.RawValue(_Progress)
        self._answered = 0
        self.process = start.context.Process(
            target=_serve, args=(child, start.reader, start.max_memory_bytes, self._progress), daemon=True
        )
        self.process.start()
        child.close()
        self.pending: deque[int] = deque()
        self.was_stopped = False
        self._is_ready = False
        self._begin()

    def is_alive(self) -> bool:
        return self.process.is_alive()

    def give(self, numbers: Sequence[int], messages: Sequence[Fetched]) -> None:
        """Hand over messages by their numbers; a child that died meanwhile is noticed by the next look."""
        if self._is_ready and not self.pending:
            self._begin()
        self.pending.extend(numbers)
        with contextlib.suppress(OSError):
            self.pipe.send([messages[number] for number in numbers])

    def collect(self, results: dict[int, Answer]) -> None:
        """Take all answers that have arrived."""
        try:
            while self.pending and self.pipe.poll():
                answers = self.pipe.recv()
                self._begin()
                self._is_ready = True
                self._answered += len(answers)
                for answer in answers:
                    results[self.pending.popleft()] = answer
        except (EOFError, OSError):
            # The pipe breaks when the child dies; wait so that the next look sees it as dead.
            self.process.join(_STOP_SECONDS)

    def deadline(self, seconds: float) -> float:
        """Return when to look whether the message under way is overdue; a child that is not ready imports."""
        return max(self._since + (seconds if self._is_ready else _START_SECONDS), self._excused_until)

    def is_overdue(self, seconds: float) -> bool:
        """Tell whether the message under way hangs or computes for ever."""
        now = time.monotonic()
        if now < self.deadline(seconds):
            return False
        if self._is_ready and now < self._since + _PATIENCE * seconds and self._waits_for_its_turn():
            self._excused_until = now + _LOOK_AGAIN_SECONDS
            return False
        return True

    def _waits_for_its_turn(self) -> bool:
        stands = standing(self.process.pid or 0)
        if stands is None or not stands.is_at_work:
            return False
        taken = stands.cpu_seconds - self._progress.cpu_seconds
        return taken < _STARVED_SHARE * (time.monotonic() - self._since)

    def _begin(self) -> None:
        """Let the time of the next message begin."""
        self._since = time.monotonic()
        self._excused_until = self._since

    def take_under_way(self) -> int:
        """Take the message off the pending ones that the child was at; the last if it had read them all."""
        place = min(self._progress.read - self._answered, len(self.pending) - 1)
        number = self.pending[place]
        del self.pending[place]
        return number

    def kill(self) -> None:
        self.was_stopped = True
        self.process.kill()
        self.process.join()

    def death(self) -> str:
        """Say why the child ended."""
        if self.was_stopped:
            return "time"
        self.process.join(_STOP_SECONDS)
        return "time" if self.process.exitcode == -signal.SIGXCPU else "killed"

    def close(self) -> None:
        """Stop the child and free its pipe."""
        self.pipe.close()
        self.process.join(_STOP_SECONDS)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()


def _serve(pipe: Connection, reader: Reader, max_memory_bytes: int, progress: _Progress) -> None:
    """Answer messages until the parent closes the pipe."""
    # Ctrl-C is for the parent, which closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Their address space is none of what messages may take.
    batches, answers = _received(pipe), _sent(pipe)
    limit_this_process(memory_bytes=max_memory_bytes)
    collect_rarely()
    allowance = CPUAllowance(MAX_CPU_SECONDS)
    # Ready: what it took to start does not count against the first message.
    answers.put([])
    while (batch := batches.get()) is not None:
        for lot in _gathered(_answers(reader, allowance, batch, progress)):
            answers.put(lot)


def _received(pipe: Connection) -> "SimpleQueue[Sequence[Fetched] | None]":
    """Take what arrives off the pipe at once, None at its end: the parent must never wait to hand over.

    It would not take our answers meanwhile, and both would wait for each other.
    """
    batches = SimpleQueue[Sequence[Fetched] | None]()

    def receive() -> None:
        try:
            with _whole_or_end():
                while True:
                    batches.put(pipe.recv())
        except (EOFError, OSError):
            batches.put(None)

    threading.Thread(target=receive, name="receive", daemon=True).start()
    return batches


def _sent(pipe: Connection) -> "SimpleQueue[list[Answer]]":
    """Return where to put answers, so that the next message need not wait until the parent takes them."""
    answers = SimpleQueue[list[Answer]]()

    def send() -> None:
        with contextlib.suppress(OSError), _whole_or_end():
            while True:
                pipe.send(answers.get())

    threading.Thread(target=send, name="send", daemon=True).start()
    return answers


@contextlib.contextmanager
def _whole_or_end() -> Iterator[None]:
    """End the process where anything but the pipe fails beside a message that is read.

    Mostly memory is missing, and the message has taken it all; to go on until it ends would lay the blame on
    the next. And a thread that ended alone would let the parent wait for nothing.
    """
    try:
        yield
    except (EOFError, OSError):
        raise
    except Exception:  # noqa: BLE001 - the top loop of a thread: the parent replaces the process
        os._exit(1)


def _answers(
    reader: Reader, allowance: CPUAllowance, batch: Sequence[Fetched], progress: _Progress
) -> Iterator[Answer]:
    for fetched in batch:
        progress.cpu_seconds = allowance.renew()
        answer = _answer(reader, fetched)
        progress.read += 1
        yield answer


def _gathered(answers: Iterator[Answer]) -> Iterator[list[Answer]]:
    """Yield the answers in lots, none of which waited for long."""
    lot: list[Answer] = []
    since = time.monotonic()
    for answer in answers:
        lot.append(answer)
        if time.monotonic() - since > _GATHER_SECONDS:
            yield lot
            lot, since = [], time.monotonic()
    if lot:
        yield lot


def _answer(reader: Reader, fetched: Fetched) -> Answer:
    try:
        return reader(fetched)
    except MemoryError:
        return ParseFailure(reason="memory")
    except Exception as error:  # noqa: BLE001 - the top loop of a worker: the message goes to quarantine
        return ParseFailure(reason=f"error:{type(error).__name__}")
