"""How mail is read, measured over an unpacked folder of public corpora.

``python -m benchmarks.corpora PATH`` prints a table; ``--json`` one object a row. A corpus that is not
there is left out. Nothing of the corpora is kept. docs/accuracy.md holds the latest table and explains
every difference from what other projects expect.
"""

import argparse
import importlib
import json
import re
import resource
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.corpus_row import CorpusRow
from benchmarks.peer_expectations import imap_tools_checks, mime4j_checks
from triage.core.message import Message, MessageClass
from triage.mailbox.mime.header_block import HeaderBlock, raw_text, read_header, split_message
from triage.mailbox.parse import read_message

RECEIVED_AT = datetime(2026, 1, 1, tzinfo=UTC)

# What stands between the messages of the R archives; bodies hold other "From " lines.
_MBOX_LINE = re.compile(
    rb"^From [^\n]*  (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    rb"[ \d]\d \d\d:\d\d:\d\d \d{4}\r?\n(?=From: )",
    re.MULTILINE,
)
_NOT_MAIL = re.compile(
    r".*\.(?:json|jsonl|gz|md|xml|pdf|bin|out|cats|html|pl|DS_Store|tsv|csv|log|py|ann)|README.*|categories.*"
)
_WHOLE_FILES = (
    "aerc-jwz", "bounceparser-perl", "chatwoot", "enmime", "enron-berkeley-categories", "enron-stiege",
    "enron-williams-w3", "imap_tools", "mailparser-spamscope", "mikel-mail", "mime4j", "mox", "notmuch",
    "otrs-postmaster", "php-imap", "rspamd", "sisimai", "spamassassin", "talon",
)  # fmt: skip
#: Folders of mail written by people; everything in them that is not human is a false class.
_HUMAN = {
    "rlists-dev": "R lists",
    "enron-berkeley-categories": "Enron",
    "enron-stiege": "Enron",
    "enron-williams-w3": "Enron",
}
_BOUNCES = ("sisimai", "bounceparser-perl")
_HAM = re.compile(r"(?:easy|hard)[-_]ham")
# Mail in the folders of people that mail systems wrote, by the words that only they use in front.
_TRULY_MACHINE = re.compile(
    rb"^From:.*mailer-daemon|^Content-Type:\s*multipart/report|^Subject: out of office autoreply",
    re.IGNORECASE | re.MULTILINE,
)
# Files of the bounce collections that are no bounces by their own names and content: absences, challenges,
# advertisements and a virus that were filed there for the tests of their projects.
_NO_BOUNCES = re.compile(
    r"rfc3834-|vacation|autoreply|bluebottle|warning-6|spam-(?:bogus|lots|with)|virus-caused|is-not-bounce"
)
_MACHINE = {MessageClass.BOUNCE, MessageClass.AUTO_REPLY, MessageClass.BULK}
_SPEED_SAMPLE = 2_000
_COLUMNS = ("name", "corpus", "n", "value", "target", "unit")


@dataclass(frozen=True, slots=True)
class _File:
    corpus: str
    name: str
    raw: bytes


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; exit with 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpora", description=__doc__)
    parser.add_argument("path", type=Path, help="folder of unpacked corpora")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    parser.add_argument(
        "--differences", action="store_true", help="list every difference from the peers' results"
    )
    options = parser.parse_args(arguments)
    if options.differences:
        for check in (*imap_tools_checks(options.path), *mime4j_checks(options.path)):
            if not check.is_met:
                print(f"{check.file}: {check.what}")
        return 0
    rows = measure(options.path)
    if options.json:
        for row in rows:
            print(json.dumps(dict(zip(_COLUMNS, row, strict=True))))
    else:
        _print_table(rows)
    return int(any(not _is_met(row) for row in rows))


def measure(path: Path) -> list[CorpusRow]:
    """Return all rows."""
    rows = [*_reading_rows(path), *_peer_rows(path), *_speed_rows(path)]
    try:
        zones = importlib.import_module("benchmarks.zones_corpora")
    except ImportError:
        return rows
    return [*rows, *zones.measure(path)]


def r_lists(path: Path) -> Iterator[bytes]:
    """Yield the messages of the R archives."""
    for file in sorted((path / "rlists-dev").glob("*/*.txt")):
        raw = file.read_bytes()
        starts = [match.start() for match in _MBOX_LINE.finditer(raw)]
        for start, end in zip(starts, [*starts[1:], len(raw)], strict=True):
            yield raw[start:end]


def _all_mail(path: Path) -> Iterator[_File]:
    for corpus in _WHOLE_FILES:
        for file in sorted((path / corpus).rglob("*")):
            if file.is_file() and not _NOT_MAIL.fullmatch(file.name):
                yield _File(corpus, str(file.relative_to(path)), file.read_bytes())
    for number, raw in enumerate(r_lists(path)):
        yield _File("rlists-dev", f"rlists-dev#{number}", raw)


# Parse and class -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Count:
    """How many of how many."""

    right: int = 0
    total: int = 0

    def add(self, *, is_right: bool) -> None:
        self.right += is_right
        self.total += 1

    def row(self, name: str, corpus: str, target: float | None) -> list[CorpusRow]:
        if not self.total:
            return []
        return [CorpusRow(name, corpus, self.total, self.right / self.total, target, "share")]


@dataclass(slots=True)
class _Reading:
    """What one pass over all mail counts."""

    messages: int = 0
    exceptions: int = 0
    slowest_seconds: float = 0.0
    senders: _Count = field(default_factory=_Count)
    dates: _Count = field(default_factory=_Count)
    bounces: _Count = field(default_factory=_Count)
    recipients: _Count = field(default_factory=_Count)
    false_classes: dict[str, _Count] = field(default_factory=dict)

    def add(self, file: _File) -> None:
        self.messages += 1
        started = time.process_time()
        try:
            message = read_message(file.raw, received_at=RECEIVED_AT)
        except Exception as error:  # noqa: BLE001 - this is what is counted
            self.exceptions += 1
            print(f"{file.name}: {error!r}", file=sys.stderr)
            return
        self.slowest_seconds = max(self.slowest_seconds, time.process_time() - started)
        header = _header_of(file.raw)
        if header.first("from").strip(b' <>"'):
            self.senders.add(is_right=bool(message.senders))
        expected = _date_of(header)
        if expected:
            self.dates.add(is_right=expected == message.sent_at)
        self._add_class(file, message)

    def _add_class(self, file: _File, message: Message) -> None:
        if file.corpus in _BOUNCES and not _NO_BOUNCES.search(file.name):
            self.bounces.add(is_right=message.message_class is MessageClass.BOUNCE)
            self.recipients.add(is_right=bool(message.failed_recipients))
        is_human = file.corpus in _HUMAN or (file.corpus == "spamassassin" and bool(_HAM.search(file.name)))
        if is_human and not _TRULY_MACHINE.search(file.raw[:20_000]):
            group = _HUMAN.get(file.corpus, "SpamAssassin ham")
            for name in (group, "all human mail"):
                counted = self.false_classes.setdefault(name, _Count())
                counted.add(is_right=message.message_class in _MACHINE)


def _reading_rows(path: Path) -> list[CorpusRow]:
    reading = _Reading()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for file in _all_mail(path):
        reading.add(file)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    count = reading.messages
    rows = [
        CorpusRow("exceptions", "all", count, reading.exceptions, 0, "messages"),
        CorpusRow("slowest message", "all", count, reading.slowest_seconds, 2, "CPU s"),
        CorpusRow("memory grown by", "all", count, grown, 256, "MB"),
        *reading.senders.row("sender found", "all that name one", 0.999),
        *reading.dates.row("date as the standard library reads it", "all that it reads", 0.999),
        *reading.bounces.row("bounces found", "sisimai, BounceParser", 0.995),
        *reading.recipients.row("failed recipient named", "sisimai, BounceParser", None),
    ]
    for name, counted in sorted(reading.false_classes.items()):
        rows += counted.row("false bounce, auto-reply or bulk", name, 0.001)
    return rows


def _header_of(raw: bytes) -> HeaderBlock:
    raw = raw.lstrip(b"\r\n")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    return read_header(raw[: split_message(raw, 0, len(raw))[0]])


def _date_of(header: HeaderBlock) -> datetime | None:
    """Return the Date as the standard library reads it, or None."""
    try:
        moment = parsedate_to_datetime(raw_text(header.first("date")))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.year < 1900:
        # It takes "0102", from a clock that counts from 1900, for the year 102: nothing usable.
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


# Peers' expectations and speed -----------------------------------------------------------------------


def _peer_rows(path: Path) -> Iterable[CorpusRow]:
    for name, checks in (("imap_tools", imap_tools_checks(path)), ("mime4j", mime4j_checks(path))):
        results = [check.is_met for check in checks]
        if results:
            yield CorpusRow(
                "expected results met", name, len(results), _share(sum(results), len(results)), 0.98, "share"
            )


def _speed_rows(path: Path) -> Iterable[CorpusRow]:
    """Time messages around the median size of the R lists, zones and class included."""
    messages = sorted(r_lists(path), key=len)
    if not messages:
        return
    middle = len(messages) // 2
    sample = messages[max(0, middle - _SPEED_SAMPLE // 2) : middle + _SPEED_SAMPLE // 2]
    rates = []
    for _ in range(5):
        started = time.process_time()
        for raw in sample:
            read_message(raw, received_at=RECEIVED_AT)
        rates.append(len(sample) / (time.process_time() - started))
    yield CorpusRow(
        "messages a second and core",
        "R lists, median size",
        len(sample),
        statistics.median(rates),
        1_500,
        "1/s",
    )


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 1.0


def _is_met(row: CorpusRow) -> bool:
    if row.target is None:
        return True
    lower_is_better = row.name.startswith(("exceptions", "slowest", "memory", "false"))
    return row.value <= row.target if lower_is_better else row.value >= row.target


def _print_table(rows: list[CorpusRow]) -> None:
    table = Table("what", "corpus", "n", "value", "target", "", box=None)
    for row in rows:
        value = f"{row.value:.5f}" if row.unit == "share" else f"{row.value:.4g}"
        target = "" if row.target is None else f"{row.target:g}"
        table.add_row(
            row.name,
            row.corpus,
            f"{row.n:,}",
            f"{value} {row.unit}",
            target,
            "" if _is_met(row) else "MISSED",
        )
    Console(width=140).print(table)


if __name__ == "__main__":
    sys.exit(main())
