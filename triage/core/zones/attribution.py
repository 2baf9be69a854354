"""Attribution lines: "On <date> <somebody> wrote:" over one to four physical lines.

No pattern per language: a line is an attribution by what it holds (an opener or a date in front, a
verb of writing, a writer, a colon or dashes at the end) and by what follows it. The words come from
``languages.py``. Work starts only at lines that end the way an attribution ends, and looks back over
at most four lines and 400 characters, so the cost stays linear.
"""

import re
from typing import NamedTuple

from triage.core.zones.dates import CLOCK, DAY, DAY_OR_MONTH
from triage.core.zones.languages import ATTRIBUTION_WORDS, QUOTING_WORDS
from triage.core.zones.lines import COLONS, DASHES, Line

MAX_PHYSICAL_LINES = 4
MAX_CHARS = 400
#: The last character of an attribution.
ATTRIBUTION_ENDS = frozenset(COLONS + DASHES + ">)*")
#: Some web archives leave out the colon.
BARE_VERB = " wrote"
_CLOSINGS = frozenset(COLONS + DASHES + "*")
_MAX_NAME_WORDS = 6
_LONGEST_UNDATED = 200
_LONGEST_NAME = 60
_WRITER_REACH = 120
_VERB_REACH = 8


def _alternatives(words: set[str]) -> str:
    """Return a pattern, for use without case, of any of the words, the longest that is there.

    At nearly every place of a text the first letter decides that none is, so it is looked at before the rest.
    """
    by_letter: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        by_letter.setdefault(word[0].lower(), []).append(re.escape(word[1:]).replace(r"\ ", r"\s+"))
    groups = "|".join(f"{re.escape(letter)}(?:{'|'.join(rests)})" for letter, rests in by_letter.items())
    return f"(?=[{re.escape(''.join(by_letter))}])(?:{groups})"


_OPENERS = _alternatives({opener for words in ATTRIBUTION_WORDS.values() for opener in words.openers})
_VERBS = _alternatives({verb for words in ATTRIBUTION_WORDS.values() for verb in words.verbs})

_DATE_REACH = 40
_ADDRESS = re.compile(
    r"[^\s<>()\[\]\"',;:]{1,64}@[^\s<>()\[\]\"',;:]{1,255}|<[^<>@\s]{1,64}(?: at |\s@\s)[^<>]{1,80}>"
)
_VERB = re.compile(rf"(?:{_VERBS})(?![a-zäöüåøæéè\u0430-\u044f\u0451])", re.IGNORECASE)
#: The last word of every verb, for a quick look whether one may be there; without spaces a part will do.
_VERB_ENDS = frozenset(
    verb.lower().split()[-1].strip(":") for words in ATTRIBUTION_WORDS.values() for verb in words.verbs
)
_UNSPACED_VERBS = tuple(
    verb
    for language in ("ja", "ko", "th", "zh")
    for verb in ATTRIBUTION_WORDS[language].verbs
    if not verb.isascii()
)
_TOKEN = re.compile(r"[^\s:\uff1a,<>*\"]+")
_START = re.compile(
    rf"[-\u2013\u2014\s*_]{{0,60}}(?:(?:{_OPENERS})(?=\W|\d)(?=\D{{0,{_DATE_REACH}}}\d)|\d"
    rf"|{DAY_OR_MONTH}\w{{0,9}}[.,\s]{{1,3}}(?=(?:\w{{1,12}}[.,]?\s{{1,2}})?\d))",
    re.IGNORECASE,
)
_QUOTING = re.compile(rf"(?:{_alternatives(set(QUOTING_WORDS))})\s", re.IGNORECASE)
_DATE_AND_SENDER = re.compile(r"[^<>]{0,120}<\s?[^\s<>]{1,64}@[^<>]{1,255}>\s?[:\uff1a]?$")
_SENDER_WROTE = re.compile(
    rf"[^@<>]{{0,80}}[<(\[]?\s?[^\s<>()\[\]@:]{{1,64}}@[^\s<>()\[\]@]{{1,200}}[>)\]]{{0,2}},?\s{{0,3}}(?:{_VERBS})"
    r"\s{0,2}[:\uff1a]$",
    re.IGNORECASE,
)
_NAME_WROTE = re.compile(
    rf"[-\u2013\u2014\s*]{{0,60}}(\S[^:@]{{1,60}}?)\s(?:{_VERBS})\s{{0,2}}[:\uff1a\s*\u2013\u2014-]{{1,60}}$",
    re.IGNORECASE,
)
#: An attribution that starts behind the answer, on the same line.
_INLINE = re.compile(
    r"(?:(?<=\S)\s|(?<=[^\s-])(?=-{2,}\s?))(-{0,5}\s?(?:On|Am|Le|El|Il|Op|Em|Den|W dniu|Il giorno)"
    rf"\s{{1,2}}(?:\d|(?:(?i:{DAY_OR_MONTH}))[a-z]{{0,6}}\.?,?\s{{1,2}}(?:\d|[A-Za-z]{{3}})))"
)
_WRITER_FIRST = re.compile(r"[^<>@.,;:!?]{0,80}[<(]\s?[^\s<>()@]{1,64}@[^\s<>()@]{1,255}[>)]")
_FRAGMENT = re.compile(r"[<>]|@|mailto:|\d", re.IGNORECASE)
#: Small words inside a name, and words of a date that may stand between it and the name.
_PARTICLES = frozenset(
    {"van", "von", "de", "der", "den", "del", "della", "di", "da", "la", "le", "el", "al", "bin", "ten"}
    | {"ter", "dos", "du", "via", "from", "at", "of", "and", "y", "e", "und"}
)  # fmt: skip
_DATE_WORDS = frozenset(
    {"am", "pm", "gmt", "utc", "uhr", "um", "alle", "ore", "à", "kl", "klo", "om", "a", "las", "às", "heeft"}
    | {"o", "godz", "cet", "cest", "pst", "pdt", "est", "edt", "mst", "mdt"}
)  # fmt: skip
_SEPARATORS = re.compile(r"[\s,;()\"'*]+")


class Attribution(NamedTuple):
    """Where an attribution stands.

    Attributes:
        first: Index of its first line.
        last: Index of its last line.
        needs_quote: It counts only when quoted lines follow.
        cut: Offset in the words of the first line where it begins, when an answer stands before it; else
            None.
    """

    first: int
    last: int
    needs_quote: bool
    cut: int | None = None


def ends_like_attribution(words: str) -> bool:
    """Whether a stripped line ends the way an attribution does: the cheap test before all others."""
    return words[-1] in ATTRIBUTION_ENDS or words.endswith(BARE_VERB)


def find_attribution(lines: list[Line], last: int, floor: int) -> Attribution | None:
    """Return the attribution that ends on a line, or None.

    Args:
        last: Index of the line it would end on.
        floor: First line it may use.
    """
    tail = lines[last].unquoted
    if not tail or len(tail) > MAX_CHARS:
        return None
    spans = _spans_ending_at(lines, last, floor, tail)
    if not _may_introduce(spans[-1][1]):
        return None
    for judge in (_dated, _shared, _one_line, _undated):
        for first, joined in spans:
            found = judge(joined, first, last, lines[first])
            if found is not None:
                return found
    return None


def _may_introduce(joined: str) -> bool:
    """Whether a verb of writing, an address or a quoting word is there at all: most lines have none."""
    if "@" in joined or " at " in joined:
        return True
    if not _VERB_ENDS.isdisjoint(word.rstrip(DASHES) for word in _TOKEN.findall(joined.lower())):
        return True
    if not joined.isascii() and any(verb in joined for verb in _UNSPACED_VERBS):
        return True
    return _QUOTING.match(joined) is not None


def _spans_ending_at(lines: list[Line], last: int, floor: int, tail: str) -> list[tuple[int, str]]:
    """The last one to four lines, joined, shortest first."""
    spans = [(last, tail)]
    while len(spans) < MAX_PHYSICAL_LINES:
        first, joined = spans[-1]
        previous = _previous(lines, first, floor)
        if previous is None or len(joined) + len(lines[previous].words) > MAX_CHARS:
            break
        spans.append((previous, f"{lines[previous].words} {joined}"))
    return spans


def _previous(lines: list[Line], index: int, floor: int) -> int | None:
    """The line above that may belong to the same attribution: one blank line is allowed before a fragment."""
    above = index - 1
    if above >= floor and not lines[above].words and _FRAGMENT.match(lines[index].words):
        above -= 1
    if above < floor or not lines[above].words or lines[above].is_quoted or lines[above].is_fixed:
        return None
    return above


def _dated(joined: str, first: int, last: int, line: Line) -> Attribution | None:
    """An opener or a date in front, a verb, a date: "On 5 May 2020, Ana Lima wrote:"."""
    del line
    if not _START.match(joined):
        return None
    day, clock = DAY.search(joined), CLOCK.search(joined)
    has_sender = _ADDRESS.search(joined) is not None
    if day and has_sender and _DATE_AND_SENDER.match(joined):
        return Attribution(first, last, joined[-1] not in COLONS)
    if joined[-1] not in _CLOSINGS or not (day or clock):
        return None
    verb = _last_match(_VERB, joined)
    if verb is None:
        # A language without a table: date, time and address in one line say enough before a quote.
        is_complete = day and clock and has_sender and joined[-1] in COLONS
        return Attribution(first, last, needs_quote=True) if is_complete else None
    is_sure = _stands_beside_sender(joined, verb) or (bool(day and clock) and _names_writer(joined, verb))
    return Attribution(first, last, not is_sure)


def _stands_beside_sender(joined: str, verb: re.Match[str]) -> bool:
    """Whether the verb follows the address, or the name and the address follow the verb."""
    sender = _last_match(_ADDRESS, joined[: verb.start()])
    if sender is not None and len(joined[sender.end() : verb.start()].strip(' ,*">)]')) <= _VERB_REACH:
        return True
    return _ADDRESS.search(joined, verb.end(), verb.end() + _WRITER_REACH) is not None


def _shared(joined: str, first: int, last: int, line: Line) -> Attribution | None:
    """The same behind an answer on its first line: "Yes, please. On 5 May 2020, Ana Lima wrote:"."""
    inline = _INLINE.search(line.words)
    if inline is None or joined[-1] not in _CLOSINGS:
        return None
    tail = joined[inline.start(1) :]
    if _last_match(_VERB, tail) is None or not (DAY.search(tail) or CLOCK.search(tail)):
        return None
    is_sure = _ADDRESS.search(tail) is not None and DAY.search(tail) is not None
    return Attribution(first, last, not is_sure, inline.start(1))


def _one_line(joined: str, first: int, last: int, line: Line) -> Attribution | None:
    """Writer first, date behind, all on one line: "Ana Lima <ana@example.com> schrieb am 5.5.2020:"."""
    del line
    if first != last or joined[-1] not in _CLOSINGS or _VERB.search(joined) is None:
        return None
    day, clock = DAY.search(joined), CLOCK.search(joined)
    if not (day and clock) and (_ADDRESS.search(joined) is None or not (day or clock)):
        return None
    return Attribution(first, last, needs_quote=_WRITER_FIRST.match(joined) is None)


def _undated(joined: str, first: int, last: int, line: Line) -> Attribution | None:
    """No date: "ana@example.com wrote:", "---- Ana Lima wrote ----", "Quoting Ana Lima:"."""
    del line
    if joined.endswith(BARE_VERB) and first == last:
        is_named = len(joined) <= _LONGEST_NAME and _is_writer(joined.split()[:-1])
        return Attribution(first, last, needs_quote=True) if is_named else None
    if len(joined) > _LONGEST_UNDATED or last - first > 1 or joined[-1] not in _CLOSINGS:
        return None
    if _QUOTING.match(joined):
        return Attribution(first, last, needs_quote=True)
    if _SENDER_WROTE.match(joined):
        return Attribution(first, last, needs_quote=False)
    name = _NAME_WROTE.match(joined) if first == last else None
    if name is not None and _is_writer(name.group(1).split()):
        return Attribution(first, last, needs_quote=not joined.startswith("---"))
    return None


def _last_match(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    return max(pattern.finditer(text), key=re.Match.end, default=None)


def _names_writer(joined: str, verb: re.Match[str]) -> bool:
    """Whether a name stands beside the verb: a few words that start with a capital, or are not Latin."""
    before = joined[: verb.start()]
    start = 0
    for pattern in (DAY, CLOCK):
        match = _last_match(pattern, before)
        start = max(start, match.end() if match else 0)
    names = _SEPARATORS.split(before[start:].strip(" ,;"))
    if not any(names):
        names = _SEPARATORS.split(joined[verb.end() :].strip(f" *{COLONS}{DASHES}"))
    words = [
        name for name in names if name and any(map(str.isalpha, name)) and name.lower() not in _DATE_WORDS
    ]
    return 0 < len(words) <= _MAX_NAME_WORDS and all(_is_name(word) for word in words)


def _is_writer(words: list[str]) -> bool:
    """Whether words are a name: each starts like one, or there is but one, as in a short nickname."""
    return len(words) == 1 or all(_is_name(word) for word in words)


def _is_name(word: str) -> bool:
    return not word[0].islower() or word.lower() in _PARTICLES
