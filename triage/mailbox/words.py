"""Which parts of a message carry the words, decided from its structure alone.

The same function works on an IMAP BODYSTRUCTURE, before anything is fetched, and on the structure of
a whole file. Plain text is taken where it is real; HTML where there is no plain text or where the
plain part is a stub beside a long HTML part. Parts that machines wrote for machines (delivery status,
receipts, calendars) are evidence: they are fetched too, under caps of their own.

Source: design page, section 3 step 1; RFC 2046 section 5.1; RFC 2183; RFC 6522.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from triage.core.display_text import display_line
from triage.core.message import Attachment

#: All words of one message together, as encoded on the wire.
MAX_WORDS_BYTES = 64 * 1024
#: More text parts than this are recorded as "more text".
MAX_WORD_PARTS = 16
MAX_EVIDENCE_PARTS = 6
#: Mail attached to a mail: its words are shown as forwarded, from its first bytes.
MAX_ATTACHED_MESSAGES = 4
_ATTACHED_BYTES = 32 * 1024
MAX_NAME_LENGTH = 255

_EVIDENCE_BYTES = {
    "message/delivery-status": 16 * 1024,
    "message/global-delivery-status": 16 * 1024,
    "message/disposition-notification": 4 * 1024,
    "message/global-disposition-notification": 4 * 1024,
    "message/feedback-report": 4 * 1024,
    "text/rfc822-headers": 8 * 1024,
    "message/global-headers": 8 * 1024,
    "message/rfc822": 8 * 1024,
    "message/global": 8 * 1024,
    "text/calendar": 16 * 1024,
}
# What a report says is not an attachment to a reader; the returned message and a calendar are.
_SHOWN_EVIDENCE = frozenset({"message/rfc822", "message/global", "text/calendar"})
_MESSAGES = frozenset({"message/rfc822", "message/global"})
# In a report such a part is the mail that came back; elsewhere it is mail that somebody passes on.
_RETURNED = frozenset({"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"})

_EMPTY_PLAIN_BYTES = 4
_STUB_PLAIN_BYTES = 400
_STUB_RATIO = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyPart:
    """A node of a message's structure (RFC 3501 section 7.4.2, BODYSTRUCTURE).

    Attributes:
        section: IMAP section number; empty for a multipart at the top.
        content_type: In lower case; ``multipart/...`` exactly when the node has children.
        charset: As declared, or empty.
        encoding: Content-Transfer-Encoding in lower case, or empty.
        size_bytes: Encoded size; 0 when unknown.
        name: Decoded file name, or empty.
        disposition: ``inline``, ``attachment`` or empty.
        content_id: Without angle brackets, or empty.
        children: The parts of a multipart. A message/rfc822 is a leaf.
    """

    section: str
    content_type: str
    charset: str = ""
    encoding: str = ""
    size_bytes: int = 0
    name: str = ""
    disposition: str = ""
    content_id: str = ""
    children: tuple["BodyPart", ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedPart:
    """A part to fetch, from its first byte up to ``max_bytes``."""

    part: BodyPart
    max_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What to fetch of a message and what to leave on the server.

    Attributes:
        wanted: Parts with words, in reading order, then attached messages, then parts that are evidence.
        attachments: All other leaves, and evidence that a reader would call an attachment.
        has_more_text: Words lie beyond the caps.
    """

    wanted: tuple[WantedPart, ...]
    attachments: tuple[Attachment, ...]
    has_more_text: bool


def choose_words(root: BodyPart, *, max_bytes: int = MAX_WORDS_BYTES) -> Words:
    """Choose the parts to fetch.

    Args:
        root: The structure of the whole message.
        max_bytes: Encoded bytes of all words together.
    """
    words, evidence, attached, rest = _sort_leaves(root)
    if not words:
        words, rest = _promote(rest)
    wanted = []
    left = max_bytes
    has_more = len(words) > MAX_WORD_PARTS
    for part in words[:MAX_WORD_PARTS]:
        if left <= 0 < part.size_bytes:
            has_more = True
            break
        wanted.append(WantedPart(part=part, max_bytes=max(left, 1)))
        has_more = has_more or part.size_bytes > left
        left -= part.size_bytes
    wanted += [WantedPart(part=part, max_bytes=_ATTACHED_BYTES) for part in attached[:MAX_ATTACHED_MESSAGES]]
    wanted += [
        WantedPart(part=part, max_bytes=_EVIDENCE_BYTES[part.content_type])
        for part in evidence[:MAX_EVIDENCE_PARTS]
    ]
    return Words(
        wanted=tuple(wanted),
        attachments=tuple(attachment_of(part) for part in rest),
        has_more_text=has_more,
    )


def attachment_of(part: BodyPart) -> Attachment:
    """Return the leaf as an attachment, its name without any path and safe to show."""
    name = display_line(part.name).replace("\\", "/").rpartition("/")[2].strip(" .")
    return Attachment(
        name=name[:MAX_NAME_LENGTH],
        content_type=display_line(part.content_type)[:MAX_NAME_LENGTH],
        size_bytes=part.size_bytes,
        content_id=display_line(part.content_id)[:MAX_NAME_LENGTH],
        section=part.section,
        is_inline=part.disposition == "inline" or (bool(part.content_id) and part.disposition == ""),
    )


def _sort_leaves(
    root: BodyPart,
) -> tuple[list[BodyPart], list[BodyPart], list[BodyPart], list[BodyPart]]:
    """Return words, evidence, attached messages and all attachments, each in reading order."""
    words: list[BodyPart] = []
    evidence: list[BodyPart] = []
    attached: list[BodyPart] = []
    rest: list[BodyPart] = []
    is_whole = not root.children
    stack = [(root, False, True)]
    while stack:
        part, in_report, may_be_words = stack.pop()
        if part.children:
            in_report = in_report or part.content_type == "multipart/report"
            expanded = _expand(part)
            stack.extend((child, in_report, may_be_words and wanted) for child, wanted in reversed(expanded))
            continue
        if _is_evidence(part, in_report=in_report):
            evidence.append(part)
            if part.content_type in _SHOWN_EVIDENCE:
                rest.append(part)
        elif not may_be_words and _is_text(part, is_whole=is_whole):
            # The form that was not chosen says the same in other markup.
            continue
        elif may_be_words and _is_text(part, is_whole=is_whole):
            words.append(part)
        else:
            attached += [part] if part.content_type in _MESSAGES else []
            rest.append(part)
    return words, evidence, attached, rest


def _expand(part: BodyPart) -> list[tuple[BodyPart, bool]]:
    """Return the children, each with whether its text is wanted."""
    if part.content_type == "multipart/alternative":
        chosen = _best_alternative(part.children)
        return [(child, child is chosen) for child in part.children]
    return [(child, True) for child in part.children]


def _best_alternative(children: tuple[BodyPart, ...]) -> BodyPart | None:
    plain: BodyPart | None = None
    html: BodyPart | None = None
    other: BodyPart | None = None
    plain_bytes = html_bytes = 0
    for child in children:
        sizes = {"text/plain": 0, "text/html": 0, "": 0}
        kinds = set()
        for leaf in _leaves(child):
            if _is_text(leaf, is_whole=False):
                kind = leaf.content_type if leaf.content_type in sizes else ""
                kinds.add(kind)
                sizes[kind] += leaf.size_bytes
        if "text/html" in kinds:
            html, html_bytes = child, sizes["text/html"]
        elif "text/plain" in kinds and (plain is None or plain_bytes <= _EMPTY_PLAIN_BYTES):
            plain, plain_bytes = child, sizes["text/plain"]
        elif kinds:
            other = other or child
    if plain is None or html is None:
        return plain or html or other
    is_stub = plain_bytes <= _EMPTY_PLAIN_BYTES < html_bytes or (
        plain_bytes < _STUB_PLAIN_BYTES and html_bytes > _STUB_RATIO * _STUB_PLAIN_BYTES
    )
    return html if is_stub else plain


def _leaves(part: BodyPart) -> Iterator[BodyPart]:
    stack = [part]
    while stack:
        node = stack.pop()
        if node.children:
            stack.extend(reversed(node.children))
        else:
            yield node


def _is_text(part: BodyPart, *, is_whole: bool) -> bool:
    """Tell whether a leaf is text that a reader sees in the body; ``is_whole`` if it is the whole message."""
    if not part.content_type.startswith("text/") or part.content_type in _EVIDENCE_BYTES:
        return False
    # A named text part is a file (RFC 2183 section 2.3), unless it is the whole message.
    return is_whole or (part.disposition != "attachment" and not part.name)


def _is_evidence(part: BodyPart, *, in_report: bool) -> bool:
    if part.content_type in _RETURNED:
        return in_report
    return part.content_type in _EVIDENCE_BYTES


def _promote(rest: list[BodyPart]) -> tuple[list[BodyPart], list[BodyPart]]:
    """Take an unnamed text "attachment" as the words of a message that has no others."""
    for index, part in enumerate(rest):
        if part.content_type in {"text/plain", "text/html"} and not part.name:
            return [part], rest[:index] + rest[index + 1 :]
    return [], rest
