"""``triage message show``: how a mail file is read, with the evidence, for people or as JSON lines."""

import json
import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import typer
from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from triage.core.message import Address, Message, ZoneKind
from triage.mailbox.parse import read_message

app = typer.Typer(no_args_is_help=True, help="Look at single messages.")

#: The name that stands for standard input.
STANDARD_INPUT = "-"
#: Fewer files are read faster by one process than by starting more.
_MIN_FILES_FOR_WORKERS = 400
_FILES_A_TASK = 50
#: Tasks under way: bounds the memory whatever the number of files.
_TASKS_A_WORKER = 3
_STYLES = {
    ZoneKind.NEW: "bold",
    ZoneKind.QUOTED: "dim",
    ZoneKind.QUOTE_HEADER: "dim italic",
    ZoneKind.FORWARDED: "cyan",
    ZoneKind.SIGNATURE: "green dim",
    ZoneKind.DISCLAIMER: "dim",
}


class _Shown(NamedTuple):
    """One file as it goes to standard output, or the reason why it could not be read."""

    output: str
    error: str


@app.callback()
def _group() -> None:
    """Look at single messages."""


@app.command()
def show(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Mail files (RFC 5322), or - for standard input.")
    ],
    *,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Write one JSON object a line for every file.")
    ] = False,
) -> None:
    """Show how mail is read: fields, class, zones and every repair, with the evidence."""
    is_coloured = not jsonl and sys.stdout.isatty()
    failed = 0
    with Progress(
        console=Console(stderr=True), disable=not sys.stderr.isatty() or len(files) == 1, transient=True
    ) as progress:
        task = progress.add_task("Reading", total=len(files))
        for shown in _all_shown(files, jsonl=jsonl, is_coloured=is_coloured):
            if shown.error:
                failed += 1
                typer.echo(shown.error, err=True)
            else:
                sys.stdout.write(shown.output)
            progress.advance(task)
    if failed:
        raise typer.Exit(code=1)


def message_object(file: str, message: Message) -> dict[str, object]:
    """Return what ``--jsonl`` writes of a message. Offsets of zones are characters of ``text``."""
    return {
        "file": file,
        "from": _address(message.senders[0]) if message.senders else None,
        "to": [_address(address) for address in message.to],
        "cc": [_address(address) for address in message.cc],
        "date": message.sent_at.isoformat() if message.sent_at else None,
        "subject": message.subject,
        "message_id": message.message_id,
        "in_reply_to": list(message.in_reply_to),
        "references": list(message.references),
        "message_class": message.message_class.value,
        "class_evidence": [{"kind": one.kind, "text": one.text} for one in message.class_evidence],
        "failed_recipients": list(message.failed_recipients),
        "out_of_office_until": message.out_of_office_until.isoformat()
        if message.out_of_office_until
        else None,
        "text": message.text,
        "zones": [[kind.value, start, end] for kind, start, end in message.zones],
        "text_new": message.text_new,
        "attachments": [
            {
                "name": one.name,
                "content_type": one.content_type,
                "size_bytes": one.size_bytes,
                "content_id": one.content_id,
                "section": one.section,
                "is_inline": one.is_inline,
            }
            for one in message.attachments
        ],
        "defects": list(message.defects),
    }


def _address(address: Address) -> dict[str, str]:
    return {"name": address.name, "email": address.email}


def _all_shown(files: Sequence[str], *, jsonl: bool, is_coloured: bool) -> Iterator[_Shown]:
    """Read the files in their order, in several processes when there are many."""
    if len(files) < _MIN_FILES_FOR_WORKERS or STANDARD_INPUT in files:
        for file in files:
            yield _shown(file, jsonl=jsonl, is_coloured=is_coloured)
        return
    tasks = (files[start : start + _FILES_A_TASK] for start in range(0, len(files), _FILES_A_TASK))
    workers = os.cpu_count() or 1
    context = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(max_workers=workers, mp_context=context) as pool:
        waiting: deque[Future[list[_Shown]]] = deque()
        for task in tasks:
            waiting.append(pool.submit(_task, task, jsonl=jsonl, is_coloured=is_coloured))
            if len(waiting) > workers * _TASKS_A_WORKER:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _task(files: Sequence[str], *, jsonl: bool, is_coloured: bool) -> list[_Shown]:
    return [_shown(file, jsonl=jsonl, is_coloured=is_coloured) for file in files]


def _shown(file: str, *, jsonl: bool, is_coloured: bool) -> _Shown:
    try:
        raw = sys.stdin.buffer.read() if file == STANDARD_INPUT else Path(file).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return _Shown("", f"{file}: cannot be read: {reason}")
    message = read_message(raw, received_at=datetime.now(UTC))
    if jsonl:
        # A file name may hold bytes that are no text; JSON escapes keep such a line readable.
        return _Shown(json.dumps(message_object(file, message)) + "\n", "")
    return _Shown(_page(file, message, is_coloured=is_coloured), "")


def _page(file: str, message: Message, *, is_coloured: bool) -> str:
    """Return the message for a person: fields, then the text with the zone of every line beside it."""
    console = Console(
        force_terminal=is_coloured, no_color=not is_coloured, highlight=False, markup=False, soft_wrap=True
    )
    with console.capture() as capture:
        console.print(Text(file.encode("utf-8", "replace").decode(), style="bold underline"))
        for label, value in _facts(message):
            console.print(Text.assemble((f"{label:>12}  ", "dim"), value))
        console.print()
        for kind, start, end in message.zones:
            lines = message.text[start:end].split("\n")
            for line in lines[:-1] if lines[-1] == "" else lines:
                console.print(Text.assemble((f"{kind.value:>12}  ", "dim"), (line, _STYLES[kind])))
        console.print()
    return capture.get()


def _facts(message: Message) -> Iterator[tuple[str, str]]:
    yield "From", _people(message.senders)
    yield "To", _people(message.to)
    if message.cc:
        yield "Cc", _people(message.cc)
    yield "Date", message.sent_at.isoformat() if message.sent_at else "not readable"
    yield "Subject", message.subject
    yield "Message-ID", message.message_id or "none"
    if message.in_reply_to:
        yield "In-Reply-To", " ".join(message.in_reply_to)
    yield "Class", message.message_class.value
    for one in message.class_evidence:
        yield "because", one.text
    if message.failed_recipients:
        yield "Not reached", ", ".join(message.failed_recipients)
    if message.out_of_office_until:
        yield "Away until", message.out_of_office_until.isoformat()
    for attachment in message.attachments:
        name = attachment.name or "(no name)"
        yield "Attachment", f"{name}  {attachment.content_type}  {attachment.size_bytes} bytes"
    if message.defects:
        yield "Repairs", ", ".join(message.defects)
    if not message.zones_are_sure:
        yield "Zones", "not sure: all of the text counts as new"


def _people(addresses: Sequence[Address]) -> str:
    return (
        ", ".join(f"{one.name} <{one.email}>" if one.name else one.email for one in addresses)
        or "not readable"
    )
