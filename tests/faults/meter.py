"""Counts what of each message crossed the line, by reading along at the proxy.

One key is one section of one message: folder, UIDVALIDITY, UID and section. What arrives whole for the
second time was fetched twice.
"""

import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, TypeAlias

_LITERAL: Final = re.compile(rb"\{(\d+)\}\r\n\Z")
_UID: Final = re.compile(rb"\bUID (\d+)\b")
_SECTION: Final = re.compile(rb"BODY\[([^\]]*)\]<(\d+)> \{\d+\}\r\n\Z")
_EXAMINE: Final = re.compile(rb'\S+ EXAMINE "?([^"\r\n]+)"?', re.IGNORECASE)
_UIDVALIDITY: Final = re.compile(rb"\[UIDVALIDITY (\d+)\]")

#: Folder, UIDVALIDITY, UID, section with its offset.
Key: TypeAlias = tuple[bytes, int, int, bytes]


@dataclass(slots=True)
class Meter:
    """What crossed the lines of one run of the program after the other.

    Attributes:
        needed_bytes: Every key once, however often it was fetched.
        repeated_bytes: Fetched again after a run that had fetched it and was cut short: what it had not
            stored had to be fetched again.
        needless_bytes: Fetched again although the run that had fetched it ended well.
    """

    needed_bytes: int = 0
    repeated_bytes: int = 0
    needless_bytes: int = 0
    _settled: set[Key] = field(default_factory=set)
    _under_way: Counter[Key] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ratio(self) -> float:
        """Fetched bytes over needed bytes, without what interruptions cost."""
        return (self.needed_bytes + self.needless_bytes) / max(1, self.needed_bytes)

    def settle(self) -> None:
        """Say that the program came to rest: all that was fetched so far is stored."""
        with self._lock:
            self._settled |= self._under_way.keys()
            self._under_way.clear()

    def count(self, key: Key, size: int) -> None:
        """Count a section that arrived whole."""
        with self._lock:
            if key in self._settled:
                self.needless_bytes += size
                return
            if key in self._under_way:
                self.repeated_bytes += size
            else:
                self.needed_bytes += size
            self._under_way[key] += 1


class Listener:
    """Reads along on one connection; the pieces may be cut anywhere."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._asked = bytearray()
        self._buffer = bytearray()
        self._literal = 0
        self._item: tuple[Key, int] | None = None
        self._folder, self._uidvalidity, self._uid = b"", 0, 0

    def sent(self, data: bytes) -> None:
        """Take what the client sent: the folder that it opened last is the one it reads."""
        self._asked += data
        while (end := self._asked.find(b"\n")) >= 0:
            if opened := _EXAMINE.match(self._asked[: end + 1]):
                self._folder = bytes(opened[1])
            del self._asked[: end + 1]

    def received(self, data: bytes) -> None:
        """Take what the server sent through."""
        self._buffer += data
        while self._buffer:
            if self._literal:
                taken = min(self._literal, len(self._buffer))
                del self._buffer[:taken]
                self._literal -= taken
                if not self._literal and self._item:
                    self._meter.count(*self._item)
                continue
            end = self._buffer.find(b"\n")
            if end < 0:
                return
            self._line(bytes(self._buffer[: end + 1]))
            del self._buffer[: end + 1]

    def _line(self, line: bytes) -> None:
        if found := _UIDVALIDITY.search(line):
            self._uidvalidity = int(found[1])
        if line.startswith(b"* ") and (found := _UID.search(line)):
            self._uid = int(found[1])
        self._item = None
        if not (literal := _LITERAL.search(line)):
            return
        self._literal = int(literal[1])
        if section := _SECTION.search(line):
            key = (self._folder, self._uidvalidity, self._uid, section[1] + section[2])
            self._item = (key, self._literal)
