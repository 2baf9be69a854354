"""Checked values of the configuration: domains, addresses, codes, zones."""

import re
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationInfo

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_LOCAL_PART = re.compile(r"[^\s@<>(),;:\"\\\[\]]{1,64}")
#: A run of digits may stand as ``#``; a code of punctuation alone would match everywhere.
_CODE = re.compile(r"[^\W_][\w./#-]{1,62}[\w#]")
_LIST_ID = re.compile(r"[a-z0-9._-]+(?:\.[a-z0-9_-]+)*")


class WrongValueError(ValueError):
    """A value that cannot be meant, with the way to mend it."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.mend = mend


def as_domain(value: str) -> str:
    """Return a domain in lower case and as punycode (RFC 5890)."""
    domain = value.strip().lower().removeprefix("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            domain = ""
    if not _DOMAIN.fullmatch(domain):
        raise WrongValueError(f"{value!r} is not a domain.", "Write it like example.com, without an @.")
    return domain


def as_address(value: str) -> str:
    """Return an e-mail address in lower case (RFC 5322 section 3.4.1, without quoted local parts)."""
    local, _, domain = value.strip().lower().rpartition("@")
    if not _LOCAL_PART.fullmatch(local):
        raise WrongValueError(
            f"{value!r} is not an e-mail address.", "Write it like anna@example.com, without a name."
        )
    return f"{local}@{as_domain(domain)}"


def as_code(value: str) -> str:
    """Return a reference code as written; it is compared without regard to case."""
    code = value.strip()
    if not _CODE.fullmatch(code):
        raise WrongValueError(
            f"{value!r} is not a usable code.",
            "Write at least three letters or digits, such as ACME-42, without spaces.",
        )
    return code


def as_list_id(value: str) -> str:
    """Return a List-Id without its angle brackets, in lower case (RFC 2919)."""
    list_id = value.strip().strip("<>").lower()
    if not _LIST_ID.fullmatch(list_id):
        raise WrongValueError(
            f"{value!r} is not a List-Id.", "Copy what stands between < and > in the List-Id header."
        )
    return list_id


def as_zone(value: str) -> str:
    """Return the name of an IANA time zone."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as err:  # unknown, malformed, the name of a directory
        raise WrongValueError(
            f"{value!r} is not a time zone.", "Write an IANA name such as Europe/Berlin or America/New_York."
        ) from err
    return value


def _shaped(pattern: str, noun: str, mend: str) -> AfterValidator:
    shape = re.compile(pattern)

    def as_shaped(value: str) -> str:
        if not shape.fullmatch(value):
            raise WrongValueError(f"{value!r} is not {noun}.", mend)
        return value

    return AfterValidator(as_shaped)


def _rooted(path: Path, info: ValidationInfo) -> Path:
    """Return a path that does not depend on the working directory."""
    folder = (info.context or {}).get("folder", Path())
    return Path(folder, path.expanduser())


#: A short name that other parts of the configuration refer to.
Key = Annotated[
    str,
    _shaped(
        r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}",
        "a short name",
        "Begin with a letter or digit; letters, digits, '.', '_' and '-' may follow, 100 at most.",
    ),
]
Domain = Annotated[str, AfterValidator(as_domain)]
EmailAddress = Annotated[str, AfterValidator(as_address)]
Code = Annotated[str, AfterValidator(as_code)]
ListId = Annotated[str, AfterValidator(as_list_id)]
Zone = Annotated[str, AfterValidator(as_zone)]
#: ISO 639-1.
Language = Annotated[str, _shaped(r"[a-z]{2}", "a language", "Write two small letters, such as de or en.")]
#: ISO 3166-1.
Country = Annotated[str, _shaped(r"[A-Z]{2}", "a country", "Write two capital letters, such as DE or US.")]
#: ISO 3166-2 without the country.
Region = Annotated[
    str, _shaped(r"[A-Z0-9]{1,3}", "a region", "Write its code without the country, such as BE or NSW.")
]
WebAddress = Annotated[
    str,
    _shaped(r"https?://[^\s/]+(/\S*)?", "a web address", "Write it like https://triage.example.com."),
]
Text = Annotated[str, Field(min_length=1, max_length=200)]
#: Relative paths count from the folder of the configuration file.
FilePath = Annotated[Path, AfterValidator(_rooted)]
