"""Content-Type and Content-Disposition: a value and its parameters (RFC 2045, RFC 2183, RFC 2231)."""

import re
from urllib.parse import unquote_to_bytes

from triage.mailbox.mime.charset import decode_as
from triage.mailbox.mime.encoded_words import decode_words

_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_TYPE = re.compile(r'[^\s;/",()<>@:\\]+/[^\s;",()<>@:\\]+')
_BACKSLASH = re.compile(r"\\(.)")
_MAX_PARAMETERS = 64
_MAX_VALUE = 16 * 1024
_MAX_CONTINUATIONS = 50


def read_content_field(value: str) -> tuple[str, dict[str, str]]:
    """Return the main value in lower case and the parameters by lower-case name.

    Continued and percent-encoded parameters (RFC 2231) are joined and decoded, encoded words (not
    allowed there, and common) as well. A repeated parameter counts once, the first.
    """
    main, semicolon, rest = value.partition(";")
    parameters: dict[str, str] = {}
    if semicolon:
        for count, match in enumerate(_PARAMETER.finditer(";" + rest)):
            if count >= _MAX_PARAMETERS:
                break
            name, raw = match.groups()
            parameters.setdefault(name.lower(), _unquoted(raw)[:_MAX_VALUE])
    if any("*" in name for name in parameters):
        parameters = _joined(parameters)
    return main.strip().strip('"').lower(), parameters


def read_content_type(value: str) -> tuple[str, dict[str, str]]:
    """Return type and parameters; an unreadable type is ``text/plain`` (RFC 2045 section 5.2)."""
    main, parameters = read_content_field(value)
    match = _TYPE.match(main)
    if match:
        return match.group(), parameters
    # "text" alone is what some old clients wrote.
    return "text/html" if main == "html" else "text/plain", parameters


def part_name(type_parameters: dict[str, str], disposition_parameters: dict[str, str]) -> str:
    """Return the decoded file name of a part, or an empty string."""
    name = disposition_parameters.get("filename") or type_parameters.get("name") or ""
    return decode_words(name)


def _unquoted(raw: str) -> str:
    raw = raw.strip()
    if len(raw) > 1 and raw[0] == raw[-1] == '"':
        return _BACKSLASH.sub(r"\1", raw[1:-1])
    return raw.strip('"')


def _joined(parameters: dict[str, str]) -> dict[str, str]:
    """Join ``name*0*``, ``name*1`` and decode ``name*`` (RFC 2231 sections 3 and 4)."""
    plain = {name: value for name, value in parameters.items() if "*" not in name}
    for base in dict.fromkeys(name.partition("*")[0] for name in parameters if "*" in name):
        pieces: list[bytes] = []
        charset = ""
        is_extended = False
        keys = [f"{base}*"] if f"{base}*" in parameters else []
        keys = keys or _continuations(base, parameters)
        for index, key in enumerate(keys):
            value = parameters[key]
            if key.endswith("*"):
                is_extended = True
                if index == 0 and value.count("'") > 1:
                    charset, _, value = value.split("'", 2)
                pieces.append(unquote_to_bytes(value))
            else:
                pieces.append(value.encode("utf-8", "surrogateescape"))
        if pieces:
            text = decode_as(b"".join(pieces), charset)[0]
            if is_extended or base not in plain:
                plain[base] = text
    return plain


def _continuations(base: str, parameters: dict[str, str]) -> list[str]:
    keys = []
    for index in range(_MAX_CONTINUATIONS):
        for key in (f"{base}*{index}*", f"{base}*{index}"):
            if key in parameters:
                keys.append(key)
                break
        else:
            break
    return keys
