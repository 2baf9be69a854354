"""Does storing cost more when the mailbox is large? The product's own path after the fetch.

    python -m benchmarks.scale                                  20,000 messages
    python -m benchmarks.scale --messages 1000000 --json scale.json

Generated mail of 400 customers, headers and words only, goes through the parser processes and the
ingestion in batches as fetched mail does: ledger, threads, accounts, turns, clocks and the index for
search included.
A process of its own writes the mail. Printed for every stretch: messages a second of wall time and of
the writer's CPU time, memory of the writer and of its parsers, and bytes in the database a message.

The last stretch is stored in turn with the first one once more, on another empty database, batch by
batch: whatever else the machine does, and however fast it is by then, weighs on both alike.
"""

import argparse
import contextlib
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from benchmarks.mailbox import Office, mailbox
from tests.acceptance.program import Program
from triage.app import App, shared_parser, utc_now
from triage.mailbox.fetched import Fetched
from triage.mailbox.parse import reduce_message
from triage.mailbox.parser_pool import ParseFailure
from triage.services.ingest import Arrived, ingest
from triage.services.read_folder import BATCH, Parse
from triage.store import mailboxes

OFFICE = Office(customers=400, every_seconds=60, has_files=False)
_LONGEST_STRETCH = 50_000

Numbered = list[tuple[int, Fetched]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """So many messages one after the other.

    Attributes:
        first: Number of its first message.
        wall_seconds: Parsing and storing; waiting for the generator is not in it.
        writer_cpu_seconds: Of the process that stores.
        writer_mb: Memory of the process that stores, at the end, but for pages of files.
        mapped_mb: Its resident memory that is pages of files, the database's for the most part. The system
            takes them back when it needs them.
        parsers_mb: Proportional memory of the parser processes, at the end.
        bytes_per_message: Database so far over messages so far.
    """

    first: int
    messages: int
    wall_seconds: float
    writer_cpu_seconds: float
    writer_mb: float
    mapped_mb: float
    parsers_mb: float
    bytes_per_message: float

    @property
    def rate(self) -> float:
        """Messages a second of wall time."""
        return self.messages / self.wall_seconds

    @property
    def cpu_rate(self) -> float:
        """Messages a second of the writer's CPU time."""
        return self.messages / self.writer_cpu_seconds


@dataclass(slots=True)
class _Spent:
    """What some batches took so far."""

    messages: int = 0
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0


class Scale:
    """A database that mail is stored in, stretch by stretch."""

    def __init__(self, folder: Path, parse: Parse) -> None:
        app = App.open(_program(folder).config)
        self.database = app.database
        self._practice = app.prepare()
        self._parse = parse
        self._folders = {}
        self._file = folder / "data" / "triage.sqlite3"
        self._stored = 0
        with self.database.write() as connection:
            mailbox_id = mailboxes.register_mailbox(connection, "desk", kind="import")
            for name, role in (("INBOX", "inbox"), ("Sent", "sent")):
                row = mailboxes.register_folder(connection, mailbox_id, name, role=role)
                mailboxes.start_epoch(connection, row, uidvalidity=1, newest_uid=2**31)
                self._folders[name] = row.id

    def store(self, batches: Iterator[tuple[str, Numbered]], spent: _Spent) -> None:
        """Store the next batch, and add what it took; waiting for the generator is not in it."""
        folder, batch = next(batches)
        wall, cpu = time.perf_counter(), time.process_time()
        self._store(folder, batch)
        spent.wall_seconds += time.perf_counter() - wall
        spent.cpu_seconds += time.process_time() - cpu
        spent.messages += len(batch)
        self._stored += len(batch)

    def stretch(self, spent: _Spent) -> Stretch:
        """Return the stretch that ends now."""
        writer = psutil.Process()
        memory = writer.memory_info()
        size = sum(path.stat().st_size for path in self._file.parent.glob("triage.sqlite3*"))
        return Stretch(
            first=self._stored - spent.messages,
            messages=spent.messages,
            wall_seconds=spent.wall_seconds,
            writer_cpu_seconds=spent.cpu_seconds,
            writer_mb=(memory.rss - memory.shared) / 1e6,
            mapped_mb=memory.shared / 1e6,
            parsers_mb=_parsers_bytes(writer) / 1e6,
            bytes_per_message=size / self._stored,
        )

    def _store(self, folder: str, batch: Numbered) -> None:
        outcomes = self._parse([fetched for _, fetched in batch])
        items = []
        for (uid, _), outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, ParseFailure):
                raise SystemExit(f"message {uid} could not be read: {outcome.reason}")
            items.append(Arrived(uid=uid, mail=outcome))
        ingest(self.database, self._practice, self._folders[folder], items, epoch=None, now=utc_now())


def main(arguments: Sequence[str] = sys.argv[1:]) -> None:
    """Measure, print a line for each stretch, and write the JSON if asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--json", type=Path, help="write all stretches to this file")
    parser.add_argument("--folder", type=Path, help="where the database is made; a temporary folder without")
    given = parser.parse_args(arguments)
    count = min(_LONGEST_STRETCH, given.messages // 10)
    found: list[Stretch] = []
    with (
        shared_parser() as parse,
        _generated(given.messages + 10 * BATCH) as batches,
        _scale(given.folder, parse) as scale,
    ):
        while sum(one.messages for one in found) + count < given.messages:
            spent = _Spent()
            while spent.messages < count:
                scale.store(batches, spent)
            found.append(scale.stretch(spent))
            _tell(found, given.json)
        with _scale(given.folder, parse) as fresh, _generated(count + 10 * BATCH) as first_again:
            late, early = _Spent(), _Spent()
            while late.messages < count:
                scale.store(batches, late)
                fresh.store(first_again, early)
            found.append(scale.stretch(late))
            _tell(found, given.json)
            again = fresh.stretch(early)
    print(_line(again), "(an empty database beside it)")
    for name, first in (("the first beside it", again), ("the first of this run", found[0])):
        last = found[-1]
        print(
            f"last over {name}: {last.rate / first.rate:.2f} by wall time, "
            f"{last.cpu_rate / first.cpu_rate:.2f} by CPU time"
        )
    # Until the last, one database was open.
    print(f"writer's memory, last but one over first: {found[-2].writer_mb / found[0].writer_mb:.2f}")


@contextlib.contextmanager
def _scale(folder: Path | None, parse: Parse) -> Iterator[Scale]:
    with tempfile.TemporaryDirectory(prefix="triage-scale-", dir=folder) as place:
        scale = Scale(Path(place), parse)
        yield scale
        scale.database.close()


def _tell(found: Sequence[Stretch], file: Path | None) -> None:
    print(_line(found[-1]), flush=True)
    if file:
        file.write_text(json.dumps([asdict(one) for one in found], indent=2) + "\n")


def _line(one: Stretch) -> str:
    return (
        f"{one.first + one.messages:>9,}: {one.rate:6.0f} messages/s, {one.cpu_rate:6.0f} a CPU second; "
        f"writer {one.writer_mb:.0f} MB and {one.mapped_mb:.0f} MB of files, "
        f"parsers {one.parsers_mb:.0f} MB; {one.bytes_per_message:,.0f} bytes a message"
    )


@contextlib.contextmanager
def _generated(count: int) -> Iterator[Iterator[tuple[str, Numbered]]]:
    """Yield an iterator of folder and messages, which a process of its own writes a little ahead."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_generate, args=(there, count), daemon=True)
    process.start()
    there.close()
    try:
        yield iter(here.recv, None)
    finally:
        process.kill()
        process.join()


def _program(folder: Path) -> Program:
    accounts = [
        {"key": f"c{number}", "name": f"Customer {number}", "domains": [f"customer{number}.example"]}
        for number in range(OFFICE.customers)
    ]
    return Program(folder, accounts=accounts)


def _parsers_bytes(writer: psutil.Process) -> int:
    total = 0
    for child in writer.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "forkserver" in " ".join(child.cmdline()):
                total += child.memory_full_info().pss
    return total


def _generate(pipe: Connection, count: int) -> None:
    waiting: dict[str, Numbered] = {"INBOX": [], "Sent": []}
    for number, mail in enumerate(mailbox(count, office=OFFICE), 1):
        batch = waiting[mail.folder]
        batch.append((number, reduce_message(mail.content, received_at=mail.at)))
        if len(batch) == BATCH:
            pipe.send((mail.folder, batch))
            waiting[mail.folder] = []


if __name__ == "__main__":
    main()
