"""Mail from files, as if it came from a mailbox: mbox, Maildir, MH, single messages, folders of them.

What a file is, its content says, not its name. What cannot be read is reported with file and place,
and the rest goes on. Nothing is written; flags in Maildir names are not looked at.

A message's UID is taken from its content: the same file imported twice, moved, or compacted by a mail
program gives the same UIDs.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from imapclient import imap_utf7

from triage.mailbox.folders import INBOX, FolderRole, role_of_name
from triage.mailbox.mbox import MAX_MESSAGE_BYTES, MboxMessage, is_mbox, read_mbox
from triage.mailbox.mime.header_block import HeaderBlock, raw_text, read_header, split_message
from triage.mailbox.mime.sent_at import is_plausible, repaired_date

_FIELD_LINE: Final = re.compile(rb"(?:>?From [^\n]*\n)?[!-9;-~]+[ \t]*:")
_MAILDIR_STEPS: Final = ("cur", "new")
_SAME_DAY: Final = timedelta(hours=26)


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedFile:
    """A message found in a file.

    Attributes:
        folder: ``INBOX`` or a path with ``/``, from the place of the file.
        uid: Positive, 63 bits, from the content.
        received_at: The best date that file and header give.
        source: File, and place in it, for messages to a person.
    """

    folder: str
    role: FolderRole
    uid: int
    received_at: datetime
    source: str
    raw: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportProblem:
    """Something that could not be read."""

    source: str
    reason: str


Imported: TypeAlias = ImportedFile | ImportProblem


def read_path(path: Path) -> Iterator[Imported]:
    """Yield every message below a file or folder, and every problem, in a stable order.

    Memory holds one message at a time, whatever the size of the files.
    """
    try:
        if path.is_dir():
            yield from _from_tree(path)
        elif path.exists():
            yield from _from_file(path, INBOX)
        else:
            yield ImportProblem(source=str(path), reason="there is no such file or folder")
    except OSError as error:
        yield ImportProblem(source=str(path), reason=_why(error))


def _from_tree(root: Path) -> Iterator[Imported]:
    problems: list[OSError] = []
    for place, folders, files in os.walk(root, onerror=problems.append):
        folders.sort()
        here = Path(place)
        if _is_maildir(here):
            yield from _from_maildir(here, _maildir_name(root, here))
            folders[:] = [name for name in folders if name not in {*_MAILDIR_STEPS, "tmp"}]
            continue
        for name in sorted(files):
            yield from _from_tree_file(root, here / name)
    for error in problems:
        yield ImportProblem(source=str(error.filename), reason=_why(error))


def _from_tree_file(root: Path, path: Path) -> Iterator[Imported]:
    """Read what is mail: ``.eml``, the numbered files of MH, mbox. Other files are passed over."""
    below = path.parent.relative_to(root).parts
    try:
        if path.suffix.lower() == ".eml" or path.name.rstrip(".").isdigit():
            yield from _from_single(path, "/".join(below) or INBOX)
        elif path.is_file() and is_mbox(path):
            steps = [step.removesuffix(".sbd") for step in (*below, path.stem)]
            yield from _from_mbox(path, "/".join(steps))
    except OSError as error:
        yield ImportProblem(source=str(path), reason=_why(error))


def _from_file(path: Path, folder: str) -> Iterator[Imported]:
    if is_mbox(path):
        yield from _from_mbox(path, folder)
    else:
        yield from _from_single(path, folder)


def _from_mbox(path: Path, folder: str) -> Iterator[Imported]:
    fallback = _modified_at(path)
    for message in read_mbox(path):
        source = f"{path}, line {message.line} (byte {message.offset})"
        if message.raw is None:
            yield ImportProblem(source=source, reason=_TOO_LONG)
        elif not _FIELD_LINE.match(message.raw):
            yield ImportProblem(source=source, reason="no header line stands behind the From line")
        else:
            header = _header_of(message.raw)
            date = _separator_date(message, header) or _header_date(header) or fallback
            yield _imported(message.raw, folder, date, source)


def _from_maildir(place: Path, folder: str) -> Iterator[Imported]:
    for step in _MAILDIR_STEPS:
        if (place / step).is_dir():
            for entry in sorted((place / step).iterdir()):
                if entry.is_file() and not entry.name.startswith("."):
                    yield from _from_single(entry, folder)


def _from_single(path: Path, folder: str) -> Iterator[Imported]:
    try:
        if path.stat().st_size > MAX_MESSAGE_BYTES:
            yield ImportProblem(source=str(path), reason=_TOO_LONG)
            return
        raw = path.read_bytes()
        fallback = _modified_at(path)
    except OSError as error:
        yield ImportProblem(source=str(path), reason=_why(error))
        return
    if not _FIELD_LINE.match(raw):
        yield ImportProblem(source=f"{path}, line 1", reason="it does not start with a mail header")
        return
    yield _imported(raw, folder, _header_date(_header_of(raw)) or fallback, str(path))


_TOO_LONG: Final = f"the message is longer than {MAX_MESSAGE_BYTES // 1024 // 1024} MiB"


def _imported(raw: bytes, folder: str, received_at: datetime, source: str) -> ImportedFile:
    digest = hashlib.sha256(raw).digest()
    return ImportedFile(
        folder=folder,
        role=role_of_name(folder),
        uid=int.from_bytes(digest[:8], "big") >> 1 or 1,
        received_at=received_at,
        source=source,
        raw=raw,
    )


def _is_maildir(place: Path) -> bool:
    return all((place / step).is_dir() for step in _MAILDIR_STEPS)


def _maildir_name(root: Path, place: Path) -> str:
    """Return the folder: nested folders by their path, those of Maildir++ by the dots in the name."""
    steps = []
    for part in place.relative_to(root).parts:
        steps += [step for step in part.split(".") if step] if part.startswith(".") else [part]
    return "/".join(_decoded(step) for step in steps) or INBOX


def _decoded(step: str) -> str:
    try:
        return str(imap_utf7.decode(step.encode("ascii")))
    except ValueError:
        return step


def _header_of(raw: bytes) -> HeaderBlock:
    end, _, _ = split_message(raw, 0, len(raw))
    return read_header(raw[:end])


def _separator_date(message: MboxMessage, header: HeaderBlock) -> datetime | None:
    """Return the date of the ``From `` line, where it is the date of delivery.

    Thunderbird writes ``-`` and the time at which it stored the message. Without a zone the line is
    some local time: a Received date of the same day says the same, exactly.
    """
    if message.sender == "-":
        return None
    moment, defect = repaired_date(message.date)
    if moment is None or not is_plausible(moment):
        return None
    if defect == "date:no_zone":
        received = _received_date(header)
        if received is not None and abs(received - moment) < _SAME_DAY:
            return received
    return moment


def _header_date(header: HeaderBlock) -> datetime | None:
    """Return the date of delivery from the header, else the sender's date."""
    if (received := _received_date(header)) is not None:
        return received
    moment, _ = repaired_date(header.text("date"))
    return moment if moment is not None and is_plausible(moment) else None


def _received_date(header: HeaderBlock) -> datetime | None:
    """Return the date of the topmost Received field (RFC 5321 section 4.4)."""
    for value in header.every("received")[:1]:
        moment, _ = repaired_date(raw_text(value).rpartition(";")[2].strip())
        if moment is not None and is_plausible(moment):
            return moment
    return None


def _modified_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)


def _why(error: OSError) -> str:
    return f"it cannot be read ({error.strerror or type(error).__name__})"
