"""The header block of a message or part, split into fields without interpreting them.

Real mail breaks the rules in known ways: an mbox line in front, a wrapped line without its indent, a
missing blank line before the body, line ends of three systems. Each is repaired here and recorded.
"""

import re
from dataclasses import dataclass

#: What is read of a header block; real ones reach about 60 KiB.
MAX_HEADER_BYTES = 256 * 1024
MAX_FIELDS = 2_000

_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)
_RUN = re.compile(rb"(?:(?:[!-9;-~]++[ \t]*+:|[ \t])[^\n]*+(?:\n|\Z))*+")
_BLANK_LINE = re.compile(rb"\r?\n")
_LINE = re.compile(rb"[^\n]*(?:\n|\Z)")
_FOLD = re.compile(rb"\r*\n[ \t]*|\r")
# A field whose name holds bytes that no name may hold.
_ODD_NAME = re.compile(rb"[!-9;-~\x80-\xff]{1,60}[ \t]*:")
_MBOX_LINE = re.compile(rb">?From ")
# A stray line is only stepped over when one of these follows: prose has colons too.
_WELL_KNOWN = re.compile(
    rb"^(?:from|to|cc|date|subject|message-id|mime-version|content-type|content-transfer-encoding"
    rb"|received|reply-to|in-reply-to|references|return-path|x-[a-z-]+)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_MAX_STRAY_LINES = 8


@dataclass(frozen=True, slots=True)
class HeaderBlock:
    """The fields of a header, raw, in their order.

    Attributes:
        fields: Values by lower-case name; folded as on the wire.
        defects: Codes of what was repaired.
    """

    fields: dict[str, list[bytes]]
    defects: tuple[str, ...] = ()

    def first(self, name: str) -> bytes:
        """Return the first value of a field, unfolded, or empty bytes. ``name`` is in lower case."""
        values = self.fields.get(name)
        return unfold(values[0]) if values else b""

    def every(self, name: str) -> list[bytes]:
        """Return all values of a field, unfolded. ``name`` is in lower case."""
        values = self.fields.get(name)
        return [unfold(value) for value in values] if values else []

    def text(self, name: str) -> str:
        """Return the first value of a field as text, without decoding encoded words."""
        return raw_text(self.first(name))


def split_message(raw: bytes, start: int, end: int) -> tuple[int, int, tuple[str, ...]]:
    """Return where the header block ends, where the body starts, and what was repaired.

    Source: RFC 5322 section 2.1.
    """
    defects: list[str] = []
    position = start
    limit = min(end, start + MAX_HEADER_BYTES)
    for _ in range(_MAX_STRAY_LINES):
        match = _RUN.match(raw, position, limit)
        position = match.end() if match else position
        if position >= limit:
            break
        if blank := _BLANK_LINE.match(raw, position, limit):
            return position, blank.end(), tuple(defects)
        line = _LINE.match(raw, position, limit)
        after = line.end() if line else limit
        if not _is_stray(raw, position, after, limit):
            defects.append("header:no_blank_line")
            return position, position, tuple(defects)
        if not _MBOX_LINE.match(raw, position):
            defects.append("header:stray_line")
        position = after
    if position < end:
        defects.append("header:too_long")
    return position, position, tuple(defects)


def read_header(block: bytes) -> HeaderBlock:
    """Split a header block into fields; what lies beyond the caps is left out and recorded."""
    defects: tuple[str, ...] = ()
    if len(block) > MAX_HEADER_BYTES:
        block = block[:MAX_HEADER_BYTES]
        defects = ("header:too_long",)
    fields: dict[str, list[bytes]] = {}
    found = _FIELD.findall(block)
    if len(found) > MAX_FIELDS:
        defects = ("header:too_long",)
    for name, value in found[:MAX_FIELDS]:
        fields.setdefault(name.decode("ascii").lower(), []).append(value)
    return HeaderBlock(fields, defects)


def unfold(value: bytes) -> bytes:
    """Return a field value as one line (RFC 5322 section 2.2.3)."""
    # Most values are one line, whose line end is all there is to take off.
    value = value.strip()
    return _FOLD.sub(b" ", value) if b"\n" in value or b"\r" in value else value


def raw_text(value: bytes) -> str:
    """Return header bytes as text: UTF-8 (RFC 6532), else Windows-1252, which shows the most."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("cp1252", "replace")


def _is_stray(raw: bytes, position: int, after: int, limit: int) -> bool:
    """Tell whether the header goes on behind a line that is no field."""
    match = _RUN.match(raw, after, limit)
    if match is None or match.end() == after:
        return False
    if _ODD_NAME.match(raw, position):
        return True
    return bool(_WELL_KNOWN.search(raw, after, match.end())) or bool(_MBOX_LINE.match(raw, position))
