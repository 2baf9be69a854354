"""From bytes to text: the charset that was declared, what it means in practice, and what to do without.

Names are taken as browsers take them (the WHATWG encoding standard): ``iso-8859-1`` means
Windows-1252, ``gb2312`` means GB 18030. When a declared charset cannot be right the text is read as
UTF-8 if it is UTF-8, else as the nearest charset of one byte a character, which never fails.
"""

import codecs
import re
from functools import lru_cache

_MEANT = {
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "7bit": "utf-8",
    "8bit": "utf-8",
    "utf8": "utf-8",
    "utf-8mb4": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "koi8-ru": "koi8-u",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
}
_CODE_PAGE = re.compile(r"(?:x-)?(?:windows|cp|ibm|ms|win)[-_]?(\d{3,5})")
# These codecs are not charsets: they run programs' escapes or refuse everything.
_NOT_CHARSETS = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "rot13"}
)
# WHATWG: the five bytes that Windows-1252 leaves undefined are C1 controls; they are dropped later.
_FALLBACK = "cp1252"


@lru_cache(maxsize=256)
def codec_for(charset: str) -> str | None:
    """Return the name of the Python codec that a declared charset means, or None when unknown."""
    name = charset.strip().strip("\"'").lower()[:60]
    name = _MEANT.get(name, name)
    if code_page := _CODE_PAGE.fullmatch(name):
        name = f"cp{code_page.group(1)}"
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    is_text = getattr(info, "_is_text_encoding", True)
    return info.name if is_text and info.name.replace("-", "_") not in _NOT_CHARSETS else None


def decode_as(octets: bytes, charset: str) -> tuple[str, str]:
    """Return the text and a defect code, empty when the declared charset was right.

    Args:
        octets: Bytes of the text, transfer encoding already undone.
        charset: As declared; empty means that none was declared.
    """
    declared = codec_for(charset) if charset else "utf-8"
    defect = "" if declared else "charset:unknown"
    if declared:
        try:
            return octets.decode(declared), ""
        except (UnicodeError, ValueError):
            defect = "charset:wrong" if charset else "charset:missing"
    try:
        return octets.decode("utf-8"), defect
    except UnicodeDecodeError:
        pass
    # A few bad bytes in a long text of a known charset: keep the charset, mark the bytes.
    if declared and declared != "utf-8":
        text = octets.decode(declared, "replace")
        return text, defect
    text = octets.decode("utf-8", "replace")
    if text.count("\ufffd") * 50 < len(text) and _has_multibyte(text):
        return text, defect
    return octets.decode(_FALLBACK, "replace"), defect


def _has_multibyte(text: str) -> bool:
    """Tell whether some character beyond ASCII was read as UTF-8: such a text is UTF-8 with a scar."""
    return any(char > "\x7f" and char != "\ufffd" for char in text)
