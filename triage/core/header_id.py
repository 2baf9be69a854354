"""Message-IDs as they stand in Message-ID, In-Reply-To and References, brought to one form.

Two spellings of one id must compare equal, and two ids must never be made equal. So only what RFC 5322
calls insignificant is dropped: folding, comments, the angle brackets, needless quotes around the left
part and the case of the domain.
"""

import re

from triage.core.ids import HeaderId

#: A header line may not be longer (RFC 5322 section 2.1.1); an id that is cannot be quoted back whole.
_MAX_OCTETS = 998
#: What is kept of a long References: the root, and the last ids before the message.
_MAX_LAST = 50

_MARKS = re.compile(r'\\.|[()"<>]', re.DOTALL)
_NESTING = re.compile(r'[()"\\]')
_BRACKETED = re.compile(r"<([^<>]*)>")
_INSIGNIFICANT = re.compile(r"[\s\x00-\x20\x7f-\x9f\u2028\u2029]+")
_QUOTED_LEFT = re.compile(r'"((?:[^"\\@]|\\.)+)"', re.DOTALL)
_DOT_ATOM = re.compile(r"[^\s()<>\[\]:;@\\,.\"]+(?:\.[^\s()<>\[\]:;@\\,.\"]+)*")


def header_ids(value: str | bytes) -> tuple[HeaderId, ...]:
    """Return the ids of a header value in their order, each once.

    Args:
        value: The value of the header, folded or not, of any quality.

    Returns:
        The usable ids: the first one and the last 50. Empty when there is none. A value without any
        brackets counts as one id when it is a single word with an ``@``.

    Source: RFC 5322 sections 3.6.4 and 4.5.4; RFC 5256 section 2.2 on equal spellings.
    """
    text = _text(value)
    found = dict.fromkeys(one for token in _tokens(text) if (one := _normalised(token)))
    ids = tuple(found)
    return ids if len(ids) <= _MAX_LAST + 1 else ids[:1] + ids[-_MAX_LAST:]


def header_id(value: str | bytes) -> HeaderId | None:
    """Return the first usable id of a Message-ID header, or None."""
    return next(iter(header_ids(value)), None)


def _text(value: str | bytes) -> str:
    """Decode as UTF-8 (RFC 6532), else byte by byte, so that no two values become one."""
    if isinstance(value, str):
        try:
            octets = value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            octets = value.encode("utf-8", "replace")
    else:
        octets = value
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _tokens(text: str) -> list[str]:
    """Return what stands between angle brackets outside of comments and quoted phrases."""
    # Where nothing can begin a comment or a phrase, every pair of brackets counts.
    tokens = _tokens_outside(text) if _NESTING.search(text) else _BRACKETED.findall(text)
    if not tokens and "<" not in text and len(words := text.split()) == 1:
        return words
    return tokens


def _tokens_outside(text: str) -> list[str]:
    tokens: list[str] = []
    depth, is_quoted, opened_at = 0, False, -1
    for mark in _MARKS.finditer(text):
        char = mark.group()
        if opened_at >= 0:
            if char == ">":
                tokens.append(text[opened_at : mark.start()])
                opened_at = -1
            elif char == "<":
                opened_at = mark.end()
        elif char == '"' and depth == 0:
            is_quoted = not is_quoted
        elif not is_quoted and char in "()":
            depth = max(0, depth + (1 if char == "(" else -1))
        elif char == "<" and depth == 0 and not is_quoted:
            opened_at = mark.end()
    if depth or is_quoted:
        # A comment or phrase that never ends would swallow every id behind it.
        return _BRACKETED.findall(text)
    return tokens


def _normalised(token: str) -> HeaderId | None:
    left, at, right = _INSIGNIFICANT.sub("", token).rpartition("@")
    if not at or not left or not right:
        return None
    quoted = _QUOTED_LEFT.fullmatch(left)
    if quoted and _DOT_ATOM.fullmatch(bare := re.sub(r"\\(.)", r"\1", quoted.group(1))):
        left = bare
    one = f"{left}@{right.lower()}"
    return HeaderId(one) if len(one.encode()) <= _MAX_OCTETS else None
