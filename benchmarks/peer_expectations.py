"""What imap_tools and mime4j expect of their own test messages, field by field, against our reading.

A field counts only where the peer states a result. Text is compared without regard to white space,
and, where the message does not say in which charset its bytes are, without what is not ASCII.
"""

import contextlib
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from triage.core.message import Message
from triage.mailbox.mime.header_block import raw_text, read_header, split_message, unfold
from triage.mailbox.mime.structure import read_structure
from triage.mailbox.parse import read_message
from triage.mailbox.words import BodyPart

_RECEIVED_AT = datetime(2026, 1, 1, tzinfo=UTC)
_UNDECLARED = re.compile(r"charset:|8bit|encoding:unknown")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation of a peer."""

    file: str
    what: str
    is_met: bool


def imap_tools_checks(path: Path) -> Iterator[Check]:
    """Yield the expectations of imap_tools."""
    folder = path / "imap_tools"
    if not (folder / "expected.json").exists():
        return
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    for name, fields in expected.items():
        message = read_message((folder / name).read_bytes(), received_at=_RECEIVED_AT)
        for what, is_met in _imap_tools_fields(message, fields):
            yield Check(f"imap_tools/{name}", what, is_met)


def _imap_tools_fields(message: Message, expected: dict[str, object]) -> Iterator[tuple[str, bool]]:
    if subject := _words(expected["subject"], message):
        yield "subject", _words(message.subject, message) == subject
    if sender := str(expected["from_"]):
        yield "from", bool(message.senders) and message.senders[0].key == _comparable(sender)
    for field, ours in (("to", message.to), ("cc", message.cc), ("reply_to", message.reply_to)):
        if addresses := [_comparable(one) for one in _listed(expected[field]) if one]:
            yield field, [one.key for one in ours] == addresses
    date = str(expected["date"])
    # The peer writes this date where it found none.
    if not date.startswith("1900"):
        moment = datetime.fromisoformat(date)
        yield "date", message.sent_at == (moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    if text := _words(expected["text"], message):
        yield "text", text in _words(message.text, message)
    elif _words(re.sub(r"<[^>]*>", " ", str(expected["html"])), message):
        yield "html", bool(message.text.strip())
    names = sorted(one["filename"] for one in _listed(expected["attachments"]))
    yield "attachments", sorted(one.name for one in message.attachments) == names


def mime4j_checks(path: Path) -> Iterator[Check]:
    """Yield the expectations of mime4j: header fields, parts in order, and every text that is shown."""
    for expectation in sorted((path / "mime4j").rglob("*_decoded.xml")):
        source = expectation.with_name(expectation.name.replace("_decoded.xml", ".msg"))
        if source.exists():
            raw = source.read_bytes()
            root = ET.fromstring(expectation.read_bytes())  # noqa: S314 - a local test corpus
            for what, is_met in _mime4j_fields(raw, root, expectation.parent):
                yield Check(f"mime4j/{source.name}", what, is_met)


def _mime4j_fields(raw: bytes, root: ET.Element, folder: Path) -> Iterator[tuple[str, bool]]:
    header = read_header(raw[: split_message(raw, 0, len(raw))[0]])
    for field in root.findall("header/field"):
        name, _, value = (field.text or "").strip().partition(":")
        values = {" ".join(raw_text(one).split()) for one in header.every(name.strip().lower())}
        yield f"field {name}", " ".join(raw_text(unfold(value.encode())).split()) in values
    expected_leaves = list(_leaves_of(root))
    leaves = list(_leaf_parts(read_structure(raw).root))
    # Where the peer finds no part at all we show the body as it stands: nothing is stated to compare with.
    if expected_leaves:
        yield "number of parts", len(leaves) == len(expected_leaves)
    message = read_message(raw, received_at=_RECEIVED_AT)
    texts = [element for element in expected_leaves if element.tag == "text-body"]
    if len(expected_leaves) == 1 and texts:
        text = (folder / str(texts[0].get("name"))).read_bytes()
        wanted = _NOT_ASCII.sub("", " ".join(raw_text(text).split()))
        is_html = "<" in wanted and message.text and "<" not in message.text
        yield "text", bool(is_html) or wanted == _NOT_ASCII.sub("", " ".join(message.text.split()))


def _leaves_of(element: ET.Element) -> Iterator[ET.Element]:
    """Yield the leaf bodies in order; an attached message is one leaf."""
    for child in element:
        if child.tag in {"multipart", "body-part"}:
            yield from _leaves_of(child)
        elif child.tag in {"text-body", "binary-body", "body", "message"}:
            yield child


def _leaf_parts(part: BodyPart) -> Iterator[BodyPart]:
    if not part.children:
        yield part
    for child in part.children:
        yield from _leaf_parts(child)


def _words(value: object, message: Message) -> str:
    text = " ".join(str(value).split())
    if any(_UNDECLARED.search(defect) for defect in message.defects):
        text = " ".join(_NOT_ASCII.sub("", text).split())
    return text


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _comparable(email: str) -> str:
    """Return the address as we spell it: domain in lower case and as punycode."""
    local, at, domain = email.rpartition("@")
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode()
    return f"{local}{at}{domain}".lower()
