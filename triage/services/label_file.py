"""Labels in files of JSON lines, to teach an existing archive in one go and to take labels elsewhere."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from triage.core.errors import NotFound
from triage.core.header_id import header_id
from triage.core.ids import HeaderId, MessageId, ThreadId
from triage.services.correct import Correction, derive_corrected, keep_correction
from triage.services.practice import Practice
from triage.store import labels, threading
from triage.store.database import Database
from triage.store.labels import ExportedLabel

#: In one transaction: others who write wait for it.
_LINES = 200
_FAULT = (
    'not a label; write {"message_id": "...", "account": "...", "project": "..."},'
    " or thread_id for message_id"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelLine:
    """One line: a message or a thread, and what it belongs to, by keys.

    Attributes:
        number: Of the line, from 1.
        fault: Why it is no label; empty for one that is.
    """

    number: int
    fault: str = ""
    message_id: HeaderId | None = None
    thread_id: ThreadId | None = None
    account: str | None = None
    project: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedLine:
    """A line that was not used, by its number from 1, and why."""

    number: int
    why: str


@dataclass(kw_only=True, slots=True)
class ImportedLabels:
    """What became of the lines.

    Attributes:
        threads: That were labelled.
        refused: In the order of the lines.
    """

    threads: int = 0
    refused: list[RefusedLine]


def read_lines(lines: Iterable[str]) -> Iterator[LabelLine]:
    """Yield the labels of JSON lines: message_id or thread_id, account, project; empty lines are left out.

    A line that is no label is yielded with its fault: one slip must not cost the rest of an archive.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            label = _label(number, fields)
        # Deeply nested brackets end the parser's recursion.
        except (ValueError, TypeError, AttributeError, RecursionError):
            yield LabelLine(number=number, fault=_FAULT)
            continue
        is_one = (label.message_id is None) != (label.thread_id is None)
        yield label if is_one and (label.account or label.project) else replace(label, fault=_FAULT)


def import_labels(
    database: Database,
    practice: Practice,
    lines: Iterable[LabelLine],
    *,
    actor: str,
    now: datetime,
    advance: Callable[[int], None] = lambda _count: None,
) -> ImportedLabels:
    """Keep labels as decisions about their threads; a line that fits nothing is told, the others count.

    A few hundred lines are one transaction, and their threads are derived once at its end.

    Args:
        advance: Is told how many lines are done.
    """
    outcome = ImportedLabels(refused=[])
    source = iter(lines)
    while waiting := list(islice(source, _LINES)):
        while waiting:
            done = _import(database, practice, waiting, outcome, actor=actor, now=now)
            advance(done)
            waiting = waiting[done:]
    return outcome


def export_labels(database: Database) -> Iterator[ExportedLabel]:
    """Yield every label."""
    with database.read() as connection:
        yield from labels.exported_labels(connection)


def _import(
    database: Database,
    practice: Practice,
    lines: Sequence[LabelLine],
    outcome: ImportedLabels,
    *,
    actor: str,
    now: datetime,
) -> int:
    """Keep the labels of some lines in one transaction; return how many lines that are.

    It ends before a line that says something else about a thread of an earlier line: that has to take
    effect first.
    """
    kept: dict[ThreadId, Correction] = {}
    messages: list[MessageId] = []
    with database.write() as connection:
        threading.hold(connection)
        found = labels.find_threads(connection, {one.message_id for one in lines if one.message_id})
        done = 0
        for line in lines:
            wanted = [_correction(line, one) for one in _threads(found, line, outcome)]
            if any(kept.get(one.thread, one) != one for one in wanted):
                break
            for one in wanted:
                if one.thread in kept:
                    continue
                try:
                    messages += keep_correction(connection, practice, one, actor=actor, now=now)
                except NotFound as err:
                    outcome.refused.append(RefusedLine(number=line.number, why=str(err)))
                else:
                    kept[one.thread] = one
            done += 1
        derive_corrected(connection, practice, messages, now=now)
    outcome.threads += len(kept)
    return done


def _threads(
    found: Mapping[HeaderId, Collection[ThreadId]], line: LabelLine, outcome: ImportedLabels
) -> list[ThreadId]:
    if line.fault:
        outcome.refused.append(RefusedLine(number=line.number, why=line.fault))
        return []
    if line.thread_id is not None:
        return [line.thread_id]
    threads = sorted(found.get(line.message_id, ())) if line.message_id else []
    if not threads:
        why = "there is no message with this message_id"
        outcome.refused.append(RefusedLine(number=line.number, why=why))
    return threads


def _correction(line: LabelLine, thread: ThreadId) -> Correction:
    return Correction(thread=thread, account=line.account, project=line.project, source="import")


def _label(number: int, fields: dict[str, object]) -> LabelLine:
    message_id, thread_id = fields.get("message_id"), fields.get("thread_id")
    return LabelLine(
        number=number,
        message_id=None if message_id is None else header_id(str(message_id)),
        thread_id=None if thread_id is None else ThreadId(int(str(thread_id))),
        account=_key(fields.get("account")),
        project=_key(fields.get("project")),
    )


def _key(value: object) -> str | None:
    return None if value is None else str(value)
