"""The structure of a whole message, found by a scan for boundaries: no recursion, capped, never raises.

The standard library's parser copies the message several times and descends by recursion; here only
positions are kept, and the content of attachments is never touched. The result has the same shape as
an IMAP BODYSTRUCTURE, so that one function chooses the words for both.
"""

import re
from dataclasses import dataclass, field

from triage.mailbox.mime.content_field import part_name, read_content_field, read_content_type
from triage.mailbox.mime.header_block import HeaderBlock, raw_text, read_header, split_message
from triage.mailbox.words import BodyPart

MAX_DEPTH = 100
MAX_PARTS = 1_000
_MAX_DELIMITERS = 100_000

_GUESSED_DELIMITER = re.compile(rb"^--([^\s][^\n]{0,200}?)[ \t]*\r?\nContent-[A-Za-z-]+:", re.MULTILINE)
# Behind the boundary nothing, or white space and then anything; a longer boundary is another one.
_DELIMITER_END = re.compile(rb"(--)?(?=[ \t\r\n]|\Z)")
_ENCODING_WORD = re.compile(r"[a-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Structure:
    """What the scan found.

    Attributes:
        header: Extent of the header block of the message.
        root: The tree of parts.
        bodies: Start and end of every leaf's body by section.
    """

    header: tuple[int, int]
    root: BodyPart
    bodies: dict[str, tuple[int, int]]
    defects: tuple[str, ...]


@dataclass(slots=True)
class _Node:
    start: int
    end: int
    section: str
    depth: int
    default_type: str = "text/plain"
    content_type: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    children: list["_Node"] = field(default_factory=list)


def read_structure(raw: bytes) -> Structure:
    """Return the structure of a message.

    Parts beyond the caps on depth and number are left as one opaque leaf, with a defect.

    Source: RFC 2046 section 5.1; RFC 3501 section 6.4.5 for the section numbers.
    """
    scan = _Scan(raw)
    root = _Node(start=0, end=len(raw), section="", depth=0)
    header = scan.open(root)
    stack = [root]
    order: list[_Node] = []
    while stack:
        node = stack.pop()
        order.append(node)
        for child in node.children:
            scan.open(child)
        stack.extend(reversed(node.children))
    return Structure(header, scan.freeze(order), scan.bodies, tuple(dict.fromkeys(scan.defects)))


class _Scan:
    """One pass over one message."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.part_count = 0
        self.bodies: dict[str, tuple[int, int]] = {}
        self.defects: list[str] = []

    def open(self, node: _Node) -> tuple[int, int]:
        """Read the header of a part, note its children; return the extent of the header."""
        header_end, body_start, defects = split_message(self.raw, node.start, node.end)
        if node.depth == 0:
            self.defects += defects
        header_start = node.start
        header = read_header(self.raw[header_start:header_end])
        content_type, parameters = self._content_type(header, node)
        _describe(node, header, content_type, parameters)
        if content_type.startswith("multipart/"):
            self._open_multipart(node, parameters.get("boundary", ""), body_start)
        if not node.children:
            node.section = node.section or "1"
            self.bodies[node.section] = (min(body_start, node.end), node.end)
        node.start = body_start
        return header_start, header_end

    def freeze(self, order: list[_Node]) -> BodyPart:
        """Turn the nodes, parents first, into the frozen tree."""
        frozen: dict[int, BodyPart] = {}
        for node in reversed(order):
            children = tuple(frozen.pop(id(child)) for child in node.children)
            frozen[id(node)] = BodyPart(
                section=node.section,
                content_type=node.content_type,
                charset=node.fields["charset"],
                encoding=node.fields["encoding"],
                size_bytes=0 if children else node.end - node.start,
                name=node.fields["name"],
                disposition=node.fields["disposition"],
                content_id=node.fields["content_id"],
                children=children,
            )
        return frozen[id(order[0])]

    def _content_type(self, header: HeaderBlock, node: _Node) -> tuple[str, dict[str, str]]:
        values = header.every("content-type")
        if not values:
            return node.default_type, {}
        if len(values) > 1 and node.depth == 0:
            self.defects.append("content_type:duplicate")
        return read_content_type(raw_text(values[0]))

    def _open_multipart(self, node: _Node, boundary: str, body_start: int) -> None:
        spans: list[tuple[int, int]] = []
        if node.depth >= MAX_DEPTH:
            self.defects.append("structure:too_deep")
        else:
            exact = boundary.encode("utf-8", "surrogateescape")
            # A boundary may not end in blanks (RFC 2046 section 5.1.1); where it does, it is mostly a slip.
            spans = self._spans(exact, body_start, node.end) or self._spans(
                exact.rstrip(), body_start, node.end
            )
            if not spans:
                spans = self._guessed_spans(body_start, node.end)
        if not spans:
            # Without parts the body is shown as it stands, so that no word is lost.
            node.content_type = "text/plain" if node.depth < MAX_DEPTH else "application/octet-stream"
            return
        prefix = f"{node.section}." if node.section else ""
        default_type = "message/rfc822" if node.content_type == "multipart/digest" else "text/plain"
        for number, (start, end) in enumerate(spans, start=1):
            if self.part_count >= MAX_PARTS:
                self.defects.append("structure:too_many_parts")
                break
            self.part_count += 1
            node.children.append(
                _Node(
                    start=start,
                    end=end,
                    section=f"{prefix}{number}",
                    depth=node.depth + 1,
                    default_type=default_type,
                )
            )

    def _guessed_spans(self, start: int, end: int) -> list[tuple[int, int]]:
        """Find the parts by the first line that looks like a delimiter before a part's header."""
        self.defects.append("structure:no_parts")
        match = _GUESSED_DELIMITER.search(self.raw, max(start - 1, 0), end)
        return self._spans(match.group(1), start, end) if match else []

    def _spans(self, boundary: bytes, start: int, end: int) -> list[tuple[int, int]]:
        """Return the extents of the parts between delimiter lines."""
        if not boundary.strip():
            return []
        raw, needle = self.raw, b"--" + boundary
        spans: list[tuple[int, int]] = []
        open_at = -1
        is_closed = False
        position = raw.find(needle, start, end)
        for _ in range(_MAX_DELIMITERS):
            if position < 0 or len(spans) > MAX_PARTS:
                break
            line_end = raw.find(b"\n", position, end)
            line_end = end if line_end < 0 else line_end
            after = position + len(needle)
            tail = _DELIMITER_END.match(raw, after, line_end)
            at_line_start = position == start or raw[position - 1] in b"\r\n"
            if at_line_start and tail:
                is_end = bool(tail.group(1))
                if open_at >= 0:
                    spans.append((open_at, _before_delimiter(raw, open_at, position)))
                if is_closed and not is_end:
                    self.defects.append("structure:parts_after_end")
                is_closed = is_end
                open_at = -1 if is_end else min(line_end + 1, end)
            position = raw.find(needle, after, end)
        if open_at >= 0:
            self.defects.append("structure:no_end")
            spans.append((open_at, end))
        return spans


def _before_delimiter(raw: bytes, start: int, position: int) -> int:
    """Return the end of a part: the line break before a delimiter belongs to the delimiter."""
    if position > start and raw[position - 1 : position] == b"\n":
        position -= 1
        if position > start and raw[position - 1 : position] == b"\r":
            position -= 1
    return position


def _describe(node: _Node, header: HeaderBlock, content_type: str, parameters: dict[str, str]) -> None:
    disposition, disposition_parameters = read_content_field(header.text("content-disposition"))
    encoding = _ENCODING_WORD.match(header.text("content-transfer-encoding").lower())
    node.content_type = content_type
    node.fields = {
        "charset": parameters.get("charset", "").strip()[:60],
        "encoding": encoding.group() if encoding else "",
        "name": part_name(parameters, disposition_parameters)[:1_000],
        "disposition": disposition.partition(" ")[0],
        "content_id": header.text("content-id").strip("<> ")[:1_000],
    }
