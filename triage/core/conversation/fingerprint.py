"""Fingerprints of lines, to find a quoted line again where it was written."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from triage.core.carried import carried
from triage.core.message import ZoneKind
from triage.core.white_space import unspaced_lines

#: Shorter lines are greetings and closings that everybody writes.
_MIN_CHARS = 20
#: Of a long text the lines with the smallest fingerprints: both sides choose alike, unseen.
MAX_NEW = 16
MAX_QUOTED = 200
_QUOTE_MARKS = ">|"
_QUOTED_KINDS = frozenset({ZoneKind.QUOTED, ZoneKind.FORWARDED})


@carried
@dataclass(frozen=True, kw_only=True, slots=True)
class Prints:
    """Fingerprints of the lines of one message: those its author wrote, and those it quotes."""

    new_lines: frozenset[int]
    quoted_lines: frozenset[int]


def prints_of(text: str, zones: Iterable[tuple[str, int, int]]) -> Prints:
    """Return the fingerprints of a text by its zones: kind, start and end in characters."""
    texts: dict[bool, list[str]] = {True: [], False: []}
    for kind, start, end in zones:
        if kind == ZoneKind.NEW or kind in _QUOTED_KINDS:
            texts[kind in _QUOTED_KINDS].append(text[start:end])
    return Prints(new_lines=new_prints(texts[False]), quoted_lines=quoted_prints(texts[True]))


def new_prints(parts: Iterable[str]) -> frozenset[int]:
    """Return fingerprints of lines the author wrote, 16 at most."""
    return frozenset(sorted(_prints(parts))[:MAX_NEW])


def quoted_prints(parts: Iterable[str]) -> frozenset[int]:
    """Return fingerprints of quoted or forwarded lines, 200 at most."""
    return frozenset(sorted(_prints(parts))[:MAX_QUOTED])


def _prints(parts: Iterable[str]) -> set[int]:
    """Hash each line without quote marks, white space and case, in 63 bits: a database's integer."""
    found = set()
    for part in parts:
        for line in unspaced_lines(part.casefold()):
            words = line.lstrip(_QUOTE_MARKS)
            if len(words) >= _MIN_CHARS:
                digest = blake2b(words.encode("utf-8", "surrogatepass"), digest_size=8).digest()
                found.add(int.from_bytes(digest, "big") >> 1)
    return found
