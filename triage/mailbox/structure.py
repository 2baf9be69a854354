"""BODYSTRUCTURE as the tree of parts from which the words are chosen.

Source: RFC 3501 section 7.4.2, section 6.4.5 for the section numbers.
"""

from dataclasses import dataclass, field
from typing import Final

from triage.mailbox.answers import Node
from triage.mailbox.mime.content_field import part_name, read_content_field
from triage.mailbox.words import BodyPart

MAX_DEPTH: Final = 100
MAX_PARTS: Final = 1_000

# Type, subtype, parameters, id, description, encoding, size: what every leaf has.
_BASIC_FIELDS: Final = 7

_MESSAGE_TYPES: Final = frozenset({"message/rfc822", "message/global"})


@dataclass(slots=True)
class _Open:
    """A multipart whose children are still being read."""

    values: tuple[Node, ...]
    section: str
    left: list[tuple[Node, ...]]
    children: list[BodyPart] = field(default_factory=list)


def body_part(node: Node) -> BodyPart | None:
    """Return the tree, or None when the server's answer is no BODYSTRUCTURE or beyond the caps."""
    if not isinstance(node, tuple) or not node:
        return None
    if not isinstance(node[0], tuple):
        return _leaf(node, "1")
    stack = [_opened(node, "")]
    count = 0
    while True:
        top = stack[-1]
        if top.left:
            child = top.left.pop()
            count += 1
            if count > MAX_PARTS or len(stack) > MAX_DEPTH:
                return None
            section = _below(top.section, len(top.children) + 1)
            if child and isinstance(child[0], tuple):
                stack.append(_opened(child, section))
            elif leaf := _leaf(child, section):
                top.children.append(leaf)
            else:
                return None
            continue
        stack.pop()
        done = _multipart(top)
        if not stack:
            return done
        stack[-1].children.append(done)


def _opened(values: tuple[Node, ...], section: str) -> _Open:
    children = [value for value in values if isinstance(value, tuple)]
    # The parameters, disposition and language behind the subtype are lists as well.
    subtype_at = next((at for at, value in enumerate(values) if not isinstance(value, tuple)), len(values))
    return _Open(values=values, section=section, left=children[:subtype_at][::-1])


def _multipart(top: _Open) -> BodyPart:
    subtype = next((value for value in top.values if not isinstance(value, tuple)), b"mixed")
    return BodyPart(
        section=top.section, content_type=f"multipart/{_word(subtype)}", children=tuple(top.children)
    )


def _leaf(values: tuple[Node, ...], section: str) -> BodyPart | None:
    """Return a part without children, or None if the list is too short to be one."""
    if len(values) < _BASIC_FIELDS or not isinstance(values[6], int):
        return None
    content_type = f"{_word(values[0])}/{_word(values[1])}"
    parameters = _parameters(values[2])
    disposition, disposition_parameters = _disposition(values, content_type)
    return BodyPart(
        section=section,
        content_type=content_type,
        charset=parameters.get("charset", ""),
        encoding=_word(values[5]),
        size_bytes=values[6],
        name=part_name(parameters, disposition_parameters),
        disposition=disposition,
        content_id=_text(values[3]).strip("<> \t"),
    )


def _disposition(values: tuple[Node, ...], content_type: str) -> tuple[str, dict[str, str]]:
    """Return ``inline``, ``attachment`` or empty, with the parameters (RFC 2183)."""
    before = _BASIC_FIELDS
    if content_type.startswith("text/"):
        before += 1
    elif content_type in _MESSAGE_TYPES:
        before += 3
    found = values[before + 1] if len(values) > before + 1 else None
    if not isinstance(found, tuple) or not found:
        return "", {}
    word = _word(found[0])
    # An unknown disposition is an attachment (RFC 2183 section 2.8).
    kind = word if word in {"inline", ""} else "attachment"
    return kind, _parameters(found[1] if len(found) > 1 else None)


def _parameters(node: Node) -> dict[str, str]:
    """Return the decoded parameters by lower-case name; continued ones are joined (RFC 2231)."""
    if not isinstance(node, tuple):
        return {}
    pairs = {_text(name).lower(): _text(value) for name, value in zip(node[::2], node[1::2], strict=False)}
    if not any("*" in name for name in pairs):
        return pairs
    field_text = "".join(
        '; {}="{}"'.format(name, value.replace("\\", "\\\\").replace('"', '\\"'))
        for name, value in pairs.items()
    )
    return read_content_field(field_text)[1]


def _below(section: str, number: int) -> str:
    return f"{section}.{number}" if section else str(number)


def _word(node: Node) -> str:
    return _text(node).strip().lower()


def _text(node: Node) -> str:
    if isinstance(node, bytes):
        return node.decode("utf-8", "surrogateescape")
    return str(node) if isinstance(node, int) else ""
