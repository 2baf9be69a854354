"""Messages of an mbox file, one after the other: the file may be larger than the memory.

A line that starts with ``From `` begins a message only if a date stands in it and an empty line before
it or a header line behind it. All other such lines are text. One ``>`` is taken from quoted ones.

Source: RFC 4155; the mboxo and mboxrd conventions.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

#: A longer message is reported, not read.
MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024
_MAX_LINE_BYTES: Final = 1024 * 1024

_SEPARATOR: Final = re.compile(
    rb"From (?P<sender>.*?) *"
    rb"(?P<date>(?:mon|tue|wed|thu|fri|sat|sun),? +(?:[a-z]{3} +\d{1,2}|\d{1,2} +[a-z]{3})"
    rb"[ ,]+[\d: a-z+-]{9,40})\s*\Z",
    re.IGNORECASE,
)
_MAX_SEPARATOR_BYTES: Final = 500
_FIELD: Final = re.compile(rb"[!-9;-~]+:")
_QUOTED: Final = re.compile(rb">+From ")
_EMPTY: Final = frozenset({b"\n", b"\r\n", b""})


@dataclass(frozen=True, kw_only=True, slots=True)
class MboxMessage:
    """One message of the file.

    Attributes:
        offset: Byte of the file at which its ``From `` line starts.
        line: Number of that line, from 1.
        sender: What the ``From `` line names; ``-`` in files of Thunderbird.
        date: What the ``From `` line says, as it is.
        raw: The message, or None when it is longer than 64 MiB.
    """

    offset: int
    line: int
    sender: str
    date: str
    raw: bytes | None


@dataclass(slots=True)
class _Line:
    offset: int
    number: int
    text: bytes


def read_mbox(path: Path) -> Iterator[MboxMessage]:
    """Yield the messages of an mbox file in order.

    Raises:
        OSError: If the file cannot be read.
    """
    with path.open("rb") as file:
        yield from _messages(file)


def is_mbox(path: Path) -> bool:
    """Whether the file starts like an mbox.

    Raises:
        OSError: If the file cannot be read.
    """
    with path.open("rb") as file:
        return _SEPARATOR.match(file.readline(_MAX_SEPARATOR_BYTES)) is not None


def _messages(file: BinaryIO) -> Iterator[MboxMessage]:
    start: tuple[_Line, re.Match[bytes]] | None = None
    content = bytearray()
    before = b""
    for line, behind in _lines_with_next(file):
        separator = _separator(before, line.text, behind)
        if separator is not None:
            if start is not None:
                yield _finished(*start, content)
            start, content = (line, separator), bytearray()
        elif start is not None and len(content) <= MAX_MESSAGE_BYTES:
            content += line.text[1:] if _QUOTED.match(line.text) else line.text
        before = line.text
    if start is not None:
        yield _finished(*start, content)


def _separator(before: bytes, text: bytes, behind: bytes) -> re.Match[bytes] | None:
    if not text.startswith(b"From ") or len(text) > _MAX_SEPARATOR_BYTES:
        return None
    if before not in _EMPTY and not _FIELD.match(behind):
        return None
    return _SEPARATOR.match(text)


def _finished(line: _Line, separator: re.Match[bytes], content: bytearray) -> MboxMessage:
    for end in (b"\r\n\r\n", b"\n\n"):
        if content.endswith(end):
            # The empty line before the next separator belongs to the file, not to the message.
            del content[len(content) - len(end) // 2 :]
            break
    return MboxMessage(
        offset=line.offset,
        line=line.number,
        sender=separator["sender"].decode("utf-8", "replace").strip(),
        date=separator["date"].decode("ascii", "replace").strip(),
        raw=bytes(content) if len(content) <= MAX_MESSAGE_BYTES else None,
    )


def _lines_with_next(file: BinaryIO) -> Iterator[tuple[_Line, bytes]]:
    """Yield each line with the text of the next one; a line of a megabyte comes in pieces."""
    waiting: _Line | None = None
    offset, number = 0, 1
    while text := file.readline(_MAX_LINE_BYTES):
        line = _Line(offset, number, text)
        if waiting is not None:
            yield waiting, text
        waiting = line
        offset += len(text)
        number += text.endswith(b"\n")
    if waiting is not None:
        yield waiting, b""
