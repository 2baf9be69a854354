"""Encoded words of RFC 2047 outside of addresses: subjects and file names.

The standard library decodes them strictly by charset; real mail names charsets that do not exist,
splits characters between two words, and forgets the encoding. Nothing here raises.
"""

import base64
import binascii
import quopri
import re

from triage.mailbox.mime.charset import decode_as

_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\r\n]*)\?=")
_BETWEEN = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")


def decode_words(value: str) -> str:
    """Return the text with every readable encoded word decoded.

    Neighbouring words of one charset are joined as bytes before decoding, for characters that were
    split between them (forbidden by RFC 2047 section 5, and common).
    """
    if "=?" not in value:
        return value
    value = _BETWEEN.sub(r"\1", value)
    out: list[str] = []
    pending: list[bytes] = []
    pending_charset = ""
    end = 0
    for match in _WORD.finditer(value):
        charset, encoding, payload = match.groups()
        charset = charset.partition("*")[0].lower()
        if pending and (match.start() != end or charset != pending_charset):
            out.append(decode_as(b"".join(pending), pending_charset)[0])
            pending = []
        out.append(value[end : match.start()])
        pending.append(_payload(payload, encoding))
        pending_charset = charset
        end = match.end()
    if pending:
        out.append(decode_as(b"".join(pending), pending_charset)[0])
    out.append(value[end:])
    return "".join(out)


def _payload(payload: str, encoding: str) -> bytes:
    octets = payload.encode("utf-8", "replace")
    if encoding in "qQ":
        return quopri.decodestring(octets.replace(b"_", b" "))
    letters = _NOT_BASE64.sub("", payload)
    try:
        return base64.b64decode(letters[: len(letters) - (len(letters) % 4 == 1)] + "==", validate=False)
    except binascii.Error:
        return octets
