"""What a person asks the search: words, phrases and conditions, read from one line of text.

All words have to be there; ``OR`` joins the two terms beside it and binds more tightly than the space
between terms. A sign that means nothing here is no error: what is pasted into the box is looked for.
An error is what would otherwise be silently misread: a date that is none, a condition inside an OR.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from triage.core.errors import InvalidQuery
from triage.core.search_document import HAS_FILES
from triage.core.search_words import query_words

#: A longer question is a mail that was pasted by mistake.
MOST_CHARACTERS = 1_000
MOST_TERMS = 40
#: A shorter beginning is that of too many words.
_SHORTEST_BEGINNING = 2
#: A shorter word with ae, oe or ue is too often another word without.
_SHORTEST_RESPELLED = 5

_TERM = re.compile(r'(?P<not>-)?(?:(?P<name>[A-Za-z]+):)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_DATE = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?")
_TO_DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"})
_DIGRAPH = re.compile("[aou]e", re.IGNORECASE)


class Field(StrEnum):
    """Where words can be looked for alone; the values are fields of the index."""

    SUBJECT = "subject"
    SENDER = "sender"
    RECIPIENTS = "recipients"
    FILES = "files"
    MARKS = "marks"


_FIELDS = {"subject": Field.SUBJECT, "from": Field.SENDER, "to": Field.RECIPIENTS, "file": Field.FILES}


class State(StrEnum):
    """What can be asked of a thread."""

    #: A person outside waits for an answer of ours.
    UNANSWERED = "unanswered"
    OPEN = "open"
    SOLVED = "solved"


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """Neighbouring words, in any of a few spellings.

    Attributes:
        spellings: At least one, each of at least one word.
        is_beginning: The last word is the beginning of one.
        field: Where they have to stand; None: anywhere.
    """

    spellings: tuple[tuple[str, ...], ...]
    is_beginning: bool = False
    is_negated: bool = False
    field: Field | None = None


#: Terms of which one has to be true.
Clause = tuple[Term, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchQuery:
    """A question. Everything in it has to be true.

    Attributes:
        accounts: Folded keys or names, one of which the account has to have; empty: any account.
        not_accounts: None of which it may have.
        projects: Like accounts.
        since: First instant; None: from the beginning.
        until: The first instant that is too late.
    """

    clauses: tuple[Clause, ...]
    accounts: tuple[str, ...] = ()
    not_accounts: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    not_projects: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    states: tuple[State, ...] = ()
    not_states: tuple[State, ...] = ()


@dataclass(slots=True)
class _Reading:
    zone: tzinfo
    clauses: list[list[Term]] = field(default_factory=list)
    named: dict[str, list[str]] = field(default_factory=dict)
    since: list[datetime] = field(default_factory=list)
    until: list[datetime] = field(default_factory=list)
    has_condition: bool = False
    ends_in_condition: bool = False

    def name(self, kind: str, value: str, *, is_negated: bool) -> None:
        self.named.setdefault(f"not_{kind}" if is_negated else kind, []).append(value)


def parse(text: str, *, zone: tzinfo) -> SearchQuery:
    """Read a question.

    Args:
        zone: In which the dates of before: and after: begin.

    Raises:
        InvalidQuery: If it is too long, holds no word, or a condition cannot be read.
    """
    if len(text) > MOST_CHARACTERS:
        raise InvalidQuery(f"the question is longer than {MOST_CHARACTERS} characters; leave the rest out")
    reading = _Reading(zone)
    is_or = False
    for count, found in enumerate(_TERM.finditer(text)):
        if count == MOST_TERMS:
            raise InvalidQuery(f"the question has more than {MOST_TERMS} terms; leave the rest out")
        if found.group() == "OR":
            if reading.ends_in_condition:
                raise InvalidQuery("a condition cannot stand beside OR; ask twice instead")
            is_or = bool(reading.clauses)
            continue
        if found.group() == "AND":
            continue
        is_or = _read_term(reading, found, is_or=is_or) and is_or
    if not reading.clauses and not reading.has_condition:
        raise InvalidQuery("there is no word in the question; a word is letters or digits")
    return SearchQuery(
        clauses=tuple(tuple(clause) for clause in reading.clauses),
        accounts=_folded(reading.named.get("account", ())),
        not_accounts=_folded(reading.named.get("not_account", ())),
        projects=_folded(reading.named.get("project", ())),
        not_projects=_folded(reading.named.get("not_project", ())),
        since=max(reading.since, default=None),
        until=min(reading.until, default=None),
        states=tuple(State(one) for one in dict.fromkeys(reading.named.get("is", ()))),
        not_states=tuple(State(one) for one in dict.fromkeys(reading.named.get("not_is", ()))),
    )


def _read_term(reading: _Reading, found: re.Match[str], *, is_or: bool) -> bool:
    """Read a term into the question; return whether an OR before it still waits for one."""
    name = (found["name"] or "").lower()
    quoted = found["phrase"] is not None
    value = found["phrase"] if quoted else found["word"]
    is_negated = found["not"] is not None
    if name in _CONDITIONS and value:
        if is_or:
            raise InvalidQuery(f"{name}: cannot stand beside OR; ask twice instead")
        _CONDITIONS[name](reading, value, is_negated)
        reading.has_condition = reading.ends_in_condition = True
        return False
    if name == "has":
        if value.lower() not in {"attachment", "attachments", "file"}:
            raise InvalidQuery("has: knows only has:attachment")
        term: Term | None = Term(spellings=((HAS_FILES,),), field=Field.MARKS, is_negated=is_negated)
    elif name in _FIELDS:
        term = _term(value, _FIELDS[name], quoted=quoted, is_negated=is_negated)
    else:
        # Not one of our names: a part of an address, of a path, of an error.
        whole = f"{found['name']}:{value}" if found["name"] else value
        term = _term(whole, None, quoted=quoted, is_negated=is_negated)
    if term is None:
        return True
    reading.ends_in_condition = False
    if is_or:
        reading.clauses[-1].append(term)
    else:
        reading.clauses.append([term])
    return False


def _term(value: str, where: Field | None, *, quoted: bool, is_negated: bool) -> Term | None:
    words, is_character = query_words(value)
    if not words:
        return None
    is_beginning = is_character
    if not quoted and value.endswith("*"):
        if len(words[-1]) < _SHORTEST_BEGINNING and not is_character:
            raise InvalidQuery("one letter and * begins too many words; write at least two before the *")
        is_beginning = True
    spellings = [words] if is_negated or is_beginning else [words, *_respelled(value, words)]
    return Term(
        spellings=tuple(dict.fromkeys(tuple(one) for one in spellings)),
        is_beginning=is_beginning,
        is_negated=is_negated,
        field=where,
    )


def _respelled(value: str, words: list[str]) -> Iterable[list[str]]:
    """Yield the words as they are typed without umlauts, and the other way round."""
    digraphs = query_words(value.translate(_TO_DIGRAPHS))[0]
    if digraphs != words:
        yield digraphs
    plain = [
        _DIGRAPH.sub(lambda found: found.group()[0], one) if len(one) >= _SHORTEST_RESPELLED else one
        for one in words
    ]
    if plain != words:
        yield plain


def _account(reading: _Reading, value: str, is_negated: bool) -> None:  # noqa: FBT001 - one shape for all
    reading.name("account", value, is_negated=is_negated)


def _project(reading: _Reading, value: str, is_negated: bool) -> None:  # noqa: FBT001
    reading.name("project", value, is_negated=is_negated)


def _is(reading: _Reading, value: str, is_negated: bool) -> None:  # noqa: FBT001
    if value.lower() not in set(State):
        raise InvalidQuery(f"is: knows {', '.join(f'is:{state.value}' for state in State)}")
    reading.name("is", value.lower(), is_negated=is_negated)


def _before(reading: _Reading, value: str, is_negated: bool) -> None:  # noqa: FBT001
    (reading.since if is_negated else reading.until).append(_start(value, reading.zone))


def _after(reading: _Reading, value: str, is_negated: bool) -> None:  # noqa: FBT001
    (reading.until if is_negated else reading.since).append(_start(value, reading.zone))


_CONDITIONS = {"account": _account, "project": _project, "is": _is, "before": _before, "after": _after}


def _start(value: str, zone: tzinfo) -> datetime:
    """Return the first instant of a day, month or year."""
    found = _DATE.fullmatch(value)
    year, month, day = (int(part or 1) for part in found.groups()) if found else (0, 1, 1)
    try:
        start = datetime(year, month, day, tzinfo=zone)
        # The first and last days of the calendar may lie outside it in UTC.
        start - timedelta(days=2), start + timedelta(days=2)
    except (ValueError, OverflowError) as err:
        raise InvalidQuery(
            "before: and after: take a day as 2026-03-31, a month as 2026-03 or a year as 2026"
        ) from err
    return start


def _folded(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.casefold() for value in values))
