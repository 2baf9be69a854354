"""Address fields: mail-parser's reading where the field is legal, a tolerant one where it is not.

The tolerant reader never guesses. An item that could be read as two different addresses keeps its
text but loses every ``@``, so that it can be shown and can never be matched with an account.

Source: RFC 5322 section 3.4; CVE-2023-27043 on what guessing leads to.
"""

import re
from functools import lru_cache

from triage.core.display_text import display_line, is_altered_for_display
from triage.core.message import Address
from triage.mailbox.mime.encoded_words import decode_words
from triage.mailbox.mime.header_block import raw_text
from triage.mailbox.mime.mail_parser import legal_addresses

MAX_FIELD_BYTES = 32 * 1024
MAX_ADDRESSES = 1_000
_MAX_CACHED_BYTES = 2_048
_MAX_EMAIL = 320
_MAX_NAME = 200

_PIECE = re.compile(
    r'"(?:[^"\\]|\\.)*"|\\.|[(),;<>]|[^"\\(),;<>]+|["\\]',
    re.DOTALL,
)
_EMAIL = re.compile(
    r'(?:[^\s@"(),:;<>\[\]\\]+|"(?:[^"\\]|\\.)+")@(?:[^\s@"(),:;<>\[\]\\]+|\[[^\s\[\]\\@]+\])'
)
_AROUND_AT = re.compile(r"\s*@\s*")
_GROUP_NAME = re.compile(r'^[^"<>@:]*:(?!//)')
_EDGES = " \t\"'`.,;:()[]<>"


def read_addresses(value: bytes) -> tuple[tuple[Address, ...], tuple[str, ...]]:
    """Return the addresses of an unfolded field value and the codes of what was repaired.

    The codes have no field name in front: ``8bit``, ``repaired``, ``ambiguous``, ``no_address``,
    ``too_long``. At most 1,000 addresses are returned.
    """
    if len(value) <= _MAX_CACHED_BYTES:
        return _cached(value)
    return _read(value)


def _read(value: bytes) -> tuple[tuple[Address, ...], tuple[str, ...]]:
    defects: list[str] = []
    if len(value) > MAX_FIELD_BYTES:
        value = value[:MAX_FIELD_BYTES].rpartition(b",")[0]
        defects.append("too_long")
    text = raw_text(value)
    if not value.isascii():
        defects.append("8bit")
    legal = legal_addresses(text)
    if legal:
        found = [_address(name, email) for name, email in legal]
    else:
        found = [item for item in map(_read_item, _items(text)) if item]
        if text.strip() and not _is_empty_group(text):
            defects.append("repaired" if found else "no_address")
    addresses: list[Address] = []
    for address, defect in found[:MAX_ADDRESSES]:
        addresses.append(address)
        if defect:
            defects.append(defect)
    if len(found) > MAX_ADDRESSES:
        defects.append("too_long")
    return tuple(addresses), tuple(dict.fromkeys(defects))


# Customers write again and lists repeat: the same few fields make up most of a mailbox.
_cached = lru_cache(maxsize=8_192)(_read)


def _items(text: str) -> list[tuple[str, list[str], list[str]]]:
    """Split at commas and semicolons outside of quotes, comments and angle brackets.

    Returns:
        For each item the text outside, the contents of its angle brackets, and its comments.
    """
    items: list[tuple[str, list[str], list[str]]] = []
    outside: list[str] = []
    angles: list[str] = []
    comments: list[str] = []
    depth = 0
    is_angle = False
    for piece in _PIECE.findall(text):
        if piece == "(" and not is_angle:
            comments += [""] if depth == 0 else []
            depth += 1
        elif piece == ")" and depth:
            depth -= 1
        elif depth:
            comments[-1] += piece
        elif piece == "<":
            is_angle = True
            angles.append("")
        elif piece == ">":
            is_angle = False
        elif is_angle and piece not in {",", ";"}:
            angles[-1] += piece
        elif piece in {",", ";"}:
            items.append(("".join(outside), angles, comments))
            outside, angles, comments, is_angle = [], [], [], False
        else:
            outside.append(piece)
    items.append(("".join(outside), angles, comments))
    return [item for item in items if any((item[0].strip(), *item[1], *item[2]))]


def _read_item(item: tuple[str, list[str], list[str]]) -> tuple[Address, str] | None:
    outside, angles, comments = item
    outside = _GROUP_NAME.sub("", outside) if not angles else outside
    name = _plain_name(outside) or _plain_name(" ".join(comments))
    filled = [angle for angle in angles if angle.strip(_EDGES)]
    if len(filled) == 1:
        return _judged(name, filled[0], _plain_name(outside) or filled[0])
    if filled:
        return _ambiguous(name, " ".join(filled))
    return _read_bare(outside, comments, name)


def _read_bare(outside: str, comments: list[str], name: str) -> tuple[Address, str] | None:
    """Read an item without a usable angle address."""
    if "@" not in outside and "=?" in outside:
        outside = decode_words(outside).replace("<", " ").replace(">", " ")
    text = _AROUND_AT.sub("@", outside) if outside.count("@") == 1 else outside
    words = text.split()
    with_at = [word for word in words if "@" in word]
    if len(with_at) == 1:
        others = " ".join(word for word in words if word != with_at[0])
        return _judged(_plain_name(others) or _plain_name(" ".join(comments)), with_at[0], text)
    plain = display_line(text).strip(_EDGES) or name
    if not plain:
        return None
    if with_at:
        return _ambiguous(_plain_name(" ".join(comments)), text)
    # "MAILER-DAEMON <>" and "root": a local name without a domain.
    return Address(name="" if plain == name else name, email=plain[:_MAX_EMAIL]), "no_address"


def _judged(name: str, candidate: str, whole: str) -> tuple[Address, str]:
    candidate = _AROUND_AT.sub("@", candidate.strip())
    candidate = candidate.removeprefix("mailto:").removeprefix("MAILTO:")
    if candidate.startswith("@") and ":" in candidate:
        candidate = candidate.partition(":")[2]
    if not _EMAIL.fullmatch(candidate):
        candidate = candidate.strip(_EDGES)
    if _EMAIL.fullmatch(candidate):
        return _address(name, candidate)
    if "@" in candidate or " " in candidate.strip():
        return _ambiguous(name, candidate)
    plain = display_line(candidate or whole).replace("@", "")
    return Address(name=name, email=plain[:_MAX_EMAIL]), "no_address"


def _ambiguous(name: str, text: str) -> tuple[Address, str]:
    words = display_line(text.replace("@", " at ")).strip(_EDGES)
    return Address(name=name, email=words[:_MAX_EMAIL]), "ambiguous"


def _address(name: str, email: str) -> tuple[Address, str]:
    """Return the address in the form that is compared: domain in lower case and as punycode."""
    shown_name = display_line(name)[:_MAX_NAME]
    if is_altered_for_display(email) or len(email) > _MAX_EMAIL:
        return _ambiguous(shown_name, email)
    local, at, domain = email.strip().rpartition("@")
    if not at:
        return Address(name=shown_name, email=display_line(email)), "no_address"
    return Address(name=shown_name, email=f"{local}@{_ascii_domain(domain)}"), ""


def _ascii_domain(domain: str) -> str:
    domain = domain.strip().rstrip(".").lower()
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return domain


def _plain_name(text: str) -> str:
    text = decode_words(re.sub(r"\\(.)", r"\1", text.replace('"', " ")))
    return display_line(text).strip(" '`,;")[:_MAX_NAME]


def _is_empty_group(text: str) -> bool:
    """Tell whether the field names a group without members, such as ``undisclosed-recipients:;``."""
    return not _GROUP_NAME.sub("", text.strip()).strip(" ;\t,<>")
