"""The text of one fetched part: as it is declared where that is legal, own repairs where it is not.

A part that is encoded by the letter in a known charset leaves nothing to decide: its bytes are decoded
here. One that is sound but not by the letter goes to mail-parser, as a flat message of this one part, so
that it can neither lose text between parts nor show it twice. Otherwise the bytes are decoded here, as
far as they can be, and the repair is recorded.
"""

import base64
import binascii
import quopri
import re

from triage.mailbox.fetched import FetchedPart
from triage.mailbox.mime.charset import codec_for, decode_as

_IDENTITY = frozenset({"", "7bit", "8bit", "binary"})
_KNOWN = _IDENTITY | {"quoted-printable", "base64"}
_UUENCODED = frozenset({"x-uuencode", "uuencode", "x-uue", "uue"})
_BASE64_LINES = re.compile(rb"(?:[A-Za-z0-9+/=]*[ \t]*\r?(?:\n|\Z))*+")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\n]*\n", re.MULTILINE)
# Charsets that write other scripts with ASCII bytes: mail-parser leaves them as they are.
_SHIFTED = ("iso2022", "iso-2022", "hz", "utf-7", "utf_7", "utf-16", "utf-32")
_HTML_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE
)
_HTML_START = 2_048


def is_sound(part: FetchedPart) -> bool:
    """Tell whether mail-parser reads the part as it is declared."""
    if part.encoding not in _KNOWN or part.is_truncated:
        return False
    codec = codec_for(part.charset) if part.charset else "utf-8"
    if codec is None or codec.startswith(_SHIFTED):
        return False
    if part.encoding == "base64":
        match = _BASE64_LINES.match(part.content)
        return match is not None and match.end() == len(part.content)
    if part.encoding == "quoted-printable":
        return True
    return part.content.isascii() or codec == "utf-8"


def legal_text(part: FetchedPart) -> str | None:
    """Return the text of a part that is encoded by the letter, or None.

    The answer is that of mail-parser, which begins with the same strict decoding, at a tenth of the price.
    Whatever is not plain (a cut, an odd base64 line, a byte outside of the charset) is None.
    """
    codec = codec_for(part.charset) if part.charset else "utf-8"
    if codec is None or codec.startswith(_SHIFTED) or part.is_truncated:
        return None
    try:
        if part.encoding == "quoted-printable":
            octets = quopri.decodestring(part.content)
        elif part.encoding == "base64":
            letters = part.content.replace(b"\r\n", b"").replace(b"\n", b"")
            if len(letters) % 4:
                return None
            octets = base64.b64decode(letters, validate=True)
        else:
            return None
        text = octets.decode(codec)
        # Some codecs make lone surrogates.
        text.encode("utf-8")
    except (UnicodeError, binascii.Error):
        return None
    return text or None


def repaired_text(part: FetchedPart) -> tuple[str, tuple[str, ...]]:
    """Return the text of any part, however it is declared, and the codes of what was repaired."""
    octets, defects = _undo_encoding(part)
    charset = part.charset or _sniffed_charset(part, octets)
    if part.is_truncated:
        octets = _without_cut_character(octets, charset)
    text, defect = decode_as(octets, charset)
    return text, (*defects, defect) if defect else defects


def decoded_content(part: FetchedPart) -> bytes:
    """Return the bytes of a part without its transfer encoding."""
    return _undo_encoding(part)[0]


def _undo_encoding(part: FetchedPart) -> tuple[bytes, tuple[str, ...]]:
    content = part.content
    encoding = part.encoding
    if encoding == "quoted-printable":
        return quopri.decodestring(content), ()
    if encoding == "base64":
        return _from_base64(content)
    if encoding in _UUENCODED:
        return _from_uuencode(content), ()
    return content, () if encoding in _IDENTITY else ("encoding:unknown",)


def _from_base64(content: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Decode up to the first line that is no base64; what list software appended there is plain text."""
    match = _BASE64_LINES.match(content)
    end = match.end() if match else 0
    letters = _NOT_BASE64.sub(b"", content[:end])
    is_cut = len(b"".join(content[:end].split())) % 4 != 0
    if is_cut and content[end:].strip():
        # A lone word looks like base64 as well; what is followed by text must be complete to be it.
        return content, ("encoding:not_base64",)
    if not letters and content.strip():
        return content, ("encoding:not_base64",)
    try:
        octets = base64.b64decode(letters[: len(letters) - (len(letters) % 4 == 1)] + b"==", validate=False)
    except binascii.Error:
        return content, ("encoding:not_base64",)
    rest = content[end:]
    return (octets + b"\n" + rest, ("encoding:text_after_base64",)) if rest.strip() else (octets, ())


def _from_uuencode(content: bytes) -> bytes:
    begin = _UU_BEGIN.search(content)
    if begin is None:
        return content
    out = [content[: begin.start()]]
    for line in content[begin.end() :].splitlines():
        if line.strip() in {b"end", b"`"}:
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            continue
    return b"".join(out)


def _sniffed_charset(part: FetchedPart, octets: bytes) -> str:
    if part.content_type != "text/html":
        return ""
    match = _HTML_CHARSET.search(octets, 0, _HTML_START)
    return match.group(1).decode("ascii", "replace") if match else ""


def _without_cut_character(octets: bytes, charset: str) -> bytes:
    """Drop the first bytes of a character that the cap cut in two."""
    codec = codec_for(charset) if charset else "utf-8"
    for drop in range(4):
        try:
            octets[: len(octets) - drop].decode(codec or "utf-8")
        except UnicodeDecodeError:
            continue
        return octets[: len(octets) - drop]
    return octets
