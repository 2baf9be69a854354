"""The one boundary between bytes from outside and text that people and programs see.

Every text of a message passes here once, before it is stored: control characters, bidirectional
overrides, lone surrogates and NUL are taken out or replaced, so that a page, a log line, a chat
message, a terminal and both databases can take it as it is. Escaping for HTML stays with the page.
"""

import re
import unicodedata

REPLACEMENT = "\ufffd"

# C0 without tab and newline, DEL and C1: none of them is text, and terminals obey some of them.
# U+2028 and U+2029 break lines in JavaScript and in some viewers; U+FEFF is a byte order mark.
# Bidirectional embeddings, overrides, isolates and their ends reorder what follows (CVE-2021-42574).
# U+FFF9 to U+FFFB are interlinear marks, U+E0001 to U+E007F invisible tags, U+FFFE and U+FFFF no characters.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000e0001-\U000e007f]"
)
_LINE_BREAK = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile(r"[\s\u200b\u2060]+")
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "|", "%")


def display_text(value: str) -> str:
    r"""Return the text with only ``\n`` and tab left of the control characters.

    Line breaks of every kind become ``\n``; a lone surrogate becomes U+FFFD; the rest that is unsafe
    is dropped. Safe text is returned as the same object.

    Source: Unicode Technical Report 36; reliability fault 54, 64 and 65.
    """
    return checked_display_text(value)[0]


def checked_display_text(value: str) -> tuple[str, bool]:
    """Return the text as ``display_text`` does, and whether ``is_altered_for_display``: one look for both."""
    if (safe := _safe(value)) is not None:
        return safe, False
    plain = _LINE_BREAK.sub("\n", value)
    text, count = _UNSAFE.subn(_replacement, plain)
    return text, count > 0


def display_line(value: str) -> str:
    """Return the text as one line: every run of white space is one blank, none at the ends."""
    if value.isprintable() and "  " not in value:
        # Of all white space only the blank is printable, and nothing unsafe is.
        return value.strip(" ")
    return _SPACES.sub(" ", display_text(value)).strip()


def is_altered_for_display(value: str) -> bool:
    """Tell whether ``value`` holds anything that is dropped or replaced, other than line breaks."""
    return checked_display_text(value)[1]


def csv_cell(value: str) -> str:
    """Return the text as a cell that no spreadsheet takes for a formula.

    A cell that begins like a formula gets an apostrophe in front, also behind leading blanks and in
    the full-width forms that spreadsheets fold.

    Source: OWASP, CSV injection.
    """
    safe = display_text(value)
    start = unicodedata.normalize("NFKC", safe.lstrip(" ")[:1])
    if start.startswith(_FORMULA_START) or safe[:1] in {"\t", "\n"}:
        return "'" + safe
    return safe


def _safe(value: str) -> str | None:
    """Return the text with plain line ends if nothing else is to be done, after one look at it."""
    if value.isascii() and value.isprintable():
        return value
    plain = value.replace("\r\n", "\n")
    # No unsafe character is printable to Python, which is asked many times faster than a pattern.
    if plain.replace("\n", " ").replace("\t", " ").isprintable():
        return plain
    # Every other line break is one of the unsafe characters.
    return None if _UNSAFE.search(plain) else plain


def _replacement(match: re.Match[str]) -> str:
    return REPLACEMENT if "\ud800" <= match.group() <= "\udfff" else ""
