"""Labels in files of JSON lines, to teach an existing archive in one go and to take labels elsewhere."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from triage.core.errors import NotFound, TriageError
from triage.core.header_id import header_id
from triage.core.ids import HeaderId, MessageId, ThreadId
from triage.services.correct import Correction, derive_corrected, keep_correction
from triage.services.practice import Practice
from triage.store import labels, threading
from triage.store.database import Database
from triage.store.labels import ExportedLabel

#: In one transaction: others who write wait for it.
_LINES = 200
_SHAPE = 'write {"message_id": "...", "account": "...", "project": "..."}, or thread_id for message_id'


class WrongLine(TriageError):
    """A line of a label file cannot be used."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelLine:
    """One line: a message or a thread, and what it belongs to, by keys.

    Attributes:
        number: Of the line, from 1.
    """

    number: int
    message_id: HeaderId | None = None
    thread_id: ThreadId | None = None
    account: str | None = None
    project: str | None = None


@dataclass(kw_only=True, slots=True)
class ImportedLabels:
    """What became of the lines.

    Attributes:
        refused: A sentence for each line that was not used.
    """

    threads: int = 0
    refused: list[str]


def read_lines(lines: Iterable[str]) -> Iterator[LabelLine]:
    """Yield the labels of JSON lines: message_id or thread_id, account, project.

    Raises:
        WrongLine: With the number of the first line that is not a label.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            label = _label(number, fields)
        except (ValueError, TypeError, AttributeError) as err:
            raise WrongLine(f"line {number} is not a label: {_SHAPE}") from err
        if (label.message_id is None) == (label.thread_id is None) or not (label.account or label.project):
            raise WrongLine(f"line {number} is not a label: {_SHAPE}")
        yield label


def import_labels(
    database: Database, practice: Practice, lines: Iterable[LabelLine], *, actor: str, now: datetime
) -> ImportedLabels:
    """Keep labels as decisions about their threads; a line that fits nothing is told, the others count.

    A few hundred lines are one transaction, and their threads are derived once at its end.
    """
    outcome = ImportedLabels(refused=[])
    source = iter(lines)
    while waiting := list(islice(source, _LINES)):
        while waiting:
            waiting = waiting[_import(database, practice, waiting, outcome, actor=actor, now=now) :]
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
                    outcome.refused.append(f"line {line.number}: {err}")
                else:
                    kept[one.thread] = one
            done += 1
        derive_corrected(connection, practice, messages, now=now)
    outcome.threads += len(kept)
    return done


def _threads(
    found: Mapping[HeaderId, Collection[ThreadId]], line: LabelLine, outcome: ImportedLabels
) -> list[ThreadId]:
    if line.thread_id is not None:
        return [line.thread_id]
    threads = sorted(found.get(line.message_id, ())) if line.message_id else []
    if not threads:
        outcome.refused.append(f"line {line.number}: there is no message with this message_id")
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
