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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.corpus_row import CorpusRow
from benchmarks.peer_expectations import imap_tools_checks, mime4j_checks
from triage.core.message import Message, MessageClass
from triage.mailbox.mime.header_block import raw_text, read_header, split_message
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
_HUMAN = ("enron-berkeley-categories", "enron-stiege", "enron-williams-w3")
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
            print(json.dumps(dict(zip(CorpusRow._fields, row, strict=True))))
    else:
        _print_table(rows)
    return int(any(not _is_met(row) for row in rows))


def measure(path: Path) -> list[CorpusRow]:
    """Return all rows."""
    rows = [*_parse_rows(path), *_class_rows(path), *_peer_rows(path), *_speed_rows(path)]
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


# Parse ---------------------------------------------------------------------------------------------


def _parse_rows(path: Path) -> Iterable[CorpusRow]:
    exceptions = count = with_sender = sender_found = with_date = date_equal = 0
    slowest = 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for file in _all_mail(path):
        count += 1
        started = time.process_time()
        try:
            message = read_message(file.raw, received_at=RECEIVED_AT)
        except Exception as error:  # noqa: BLE001 - this is what is counted
            exceptions += 1
            print(f"{file.name}: {error!r}", file=sys.stderr)
            continue
        slowest = max(slowest, time.process_time() - started)
        has_sender, expected_date = _reference(file.raw)
        with_sender += has_sender
        sender_found += has_sender and bool(message.senders)
        with_date += expected_date is not None
        date_equal += expected_date is not None and expected_date == message.sent_at
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return [
        CorpusRow("exceptions", "all", count, exceptions, 0, "messages"),
        CorpusRow("slowest message", "all", count, slowest, 2, "CPU s"),
        CorpusRow("memory grown by", "all", count, grown, 256, "MB"),
        CorpusRow("sender found", "all with one", with_sender, _share(sender_found, with_sender), 0.999, "share"),
        CorpusRow("date equal to the standard library's", "all that it reads", with_date,
                  _share(date_equal, with_date), 0.999, "share"),
    ]  # fmt: skip


def _reference(raw: bytes) -> tuple[bool, datetime | None]:
    """Return whether the message names a sender, and its date as the standard library reads it."""
    raw = raw.lstrip(b"\r\n")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    header = read_header(raw[: split_message(raw, 0, len(raw))[0]])
    sender = header.first("from")
    try:
        moment = parsedate_to_datetime(raw_text(header.first("date")))
    except (ValueError, TypeError, IndexError, OverflowError):
        return _names_someone(sender), None
    if moment.year < 1900:
        # The standard library takes "0102" for the year 102; it says nothing usable here.
        return _names_someone(sender), None
    return _names_someone(sender), (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _names_someone(sender: bytes) -> bool:
    return bool(sender.strip(b' <>"'))


# Class ---------------------------------------------------------------------------------------------


def _class_rows(path: Path) -> Iterable[CorpusRow]:
    bounces = [
        file
        for corpus in ("sisimai", "bounceparser-perl")
        for file in _mail_of(path, corpus)
        if not _NO_BOUNCES.search(file.name)
    ]
    if bounces:
        found = sum(_read(file).message_class is MessageClass.BOUNCE for file in bounces)
        yield CorpusRow(
            "bounces found",
            "sisimai, BounceParser",
            len(bounces),
            _share(found, len(bounces)),
            0.995,
            "share",
        )
        named = sum(bool(_read(file).failed_recipients) for file in bounces)
        yield CorpusRow(
            "failed recipient named",
            "sisimai, BounceParser",
            len(bounces),
            _share(named, len(bounces)),
            None,
            "share",
        )
    groups: dict[str, Callable[[], Iterable[bytes]]] = {
        "R lists": lambda: r_lists(path),
        "Enron": lambda: (file.raw for corpus in _HUMAN for file in _mail_of(path, corpus)),
        "SpamAssassin ham": lambda: (
            file.raw for file in _mail_of(path, "spamassassin") if _HAM.search(file.name)
        ),
    }
    wrong_in_all = count_in_all = 0
    for name, messages in groups.items():
        wrong = count = 0
        for raw in messages():
            if _TRULY_MACHINE.search(raw[:20_000]):
                continue
            count += 1
            wrong += read_message(raw, received_at=RECEIVED_AT).message_class in _MACHINE
        wrong_in_all += wrong
        count_in_all += count
        if count:
            yield CorpusRow(
                "false bounce, auto-reply or bulk", name, count, _share(wrong, count), 0.001, "share"
            )
    if count_in_all:
        yield CorpusRow(
            "false bounce, auto-reply or bulk",
            "all human mail",
            count_in_all,
            _share(wrong_in_all, count_in_all),
            0.001,
            "share",
        )


def _mail_of(path: Path, corpus: str) -> Iterator[_File]:
    for file in sorted((path / corpus).rglob("*")):
        if file.is_file() and not _NOT_MAIL.fullmatch(file.name):
            yield _File(corpus, str(file.relative_to(path)), file.read_bytes())


def _read(file: _File) -> Message:
    return read_message(file.raw, received_at=RECEIVED_AT)


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
