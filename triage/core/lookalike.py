"""Domains that are made to be mistaken for a known one.

Four tricks are seen: letters of other alphabets and digits in place of letters, one letter more,
less, different or swapped, the known name under another ending, and the known name as a word of a
longer one. The answer is a warning, never evidence for an account.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

#: Shorter names are the same as far too many honest ones under another ending.
_SHORTEST = 4
#: Shorter names are one letter away from far too many honest ones.
_SHORTEST_NEAR = 5

#: What looks like a Latin letter but is none, from the Cyrillic and Greek alphabets, and digits.
_CONFUSED = str.maketrans("авдеіјкмнорсѕтухһԁԛԝαβεικνορτυχω0135", "abdeijkmhopcstyxhdqwabeikvoptuxwoies")  # noqa: RUF001 (they are the point)


class LookalikeIndex:
    """Known registrable domains, to ask which of them an unknown one resembles."""

    def __init__(self, domains: Iterable[str]) -> None:
        """Index the domains by their skeletons with at most one letter left out."""
        self._known = frozenset(domains)
        self._by_word: defaultdict[str, str] = defaultdict(str)
        self._by_shortened: defaultdict[str, str] = defaultdict(str)
        for domain in sorted(self._known, reverse=True):
            name = _skeleton(domain)
            if len(name) >= _SHORTEST:
                self._by_word[name] = domain
            if len(name) >= _SHORTEST_NEAR:
                for shortened in _shortened(name):
                    self._by_shortened[shortened] = domain

    def resembled(self, domain: str) -> str | None:
        """Return the known domain that the unknown registrable domain resembles, or None."""
        if domain in self._known or not domain:
            return None
        name = _skeleton(domain)
        words = (name, *_label(domain).split("-"))
        by_word = next((self._by_word[word] for word in words if word in self._by_word), None)
        if by_word or len(name) < _SHORTEST_NEAR:
            return by_word
        near = (self._by_shortened[piece] for piece in _shortened(name) if piece in self._by_shortened)
        return next(near, None)


def _label(domain: str) -> str:
    """Return the registered name without its ending, read as Unicode."""
    label = domain.partition(".")[0]
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:
        return label


def _skeleton(domain: str) -> str:
    """Return the name as a hurried eye reads it."""
    plain = unicodedata.normalize("NFKD", _label(domain).casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    skeleton = letters.translate(_CONFUSED).replace("-", "").replace("l", "i")
    return skeleton.replace("rn", "m").replace("vv", "w").replace("cl", "d")


def _shortened(name: str) -> Iterator[str]:
    """Yield the name, and the name with each of its letters left out.

    Two names share one of these when they differ by one letter more, less, different or swapped
    with its neighbour (the deletion neighbourhood of the SymSpell method).
    """
    yield name
    for index in range(len(name)):
        yield name[:index] + name[index + 1 :]
