"""Domains that are made to be mistaken for a known one.

Four tricks are seen: letters of other alphabets and digits in place of letters, one letter more,
less, different or swapped, the known name under another ending, and the known name as a word of a
longer one. The answer is a warning, never evidence for an account.
"""

import unicodedata
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
        self._by_word: dict[str, str] = {}
        self._by_shortened: dict[str, str] = {}
        for domain in sorted(self._known, reverse=True):
            name = _skeleton(domain)
            if len(name) >= _SHORTEST:
                self._by_word[name] = domain
            if len(name) >= _SHORTEST_NEAR:
                for shortened in _near(domain):
                    self._by_shortened[shortened] = domain

    def resembled(self, domain: str, registrable: str) -> str | None:
        """Return the known domain that an unknown one resembles, or None.

        Args:
            domain: The whole domain, whose every word counts: ``acme.example.evil.test`` is a disguise.
            registrable: Its registrable part.
        """
        if registrable in self._known or not registrable:
            return None
        name = _skeleton(registrable)
        words = (_skeleton(word) for label in domain.split(".")[:-1] for word in (label, *label.split("-")))
        for word in (name, *words):
            if word in self._by_word:
                return self._by_word[word]
        if len(name) < _SHORTEST_NEAR:
            return None
        near = (self._by_shortened[piece] for piece in _near(registrable) if piece in self._by_shortened)
        return next(near, None)


def _skeleton(domain: str) -> str:
    """Return the first label of the domain as a hurried eye reads it."""
    return _letters(domain).replace("rn", "m").replace("vv", "w").replace("ci", "d")


def _letters(domain: str) -> str:
    """Return the first label with plain letters for those that look like them."""
    plain = unicodedata.normalize("NFKD", _unicode(domain.partition(".")[0]).casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return letters.translate(_CONFUSED).replace("-", "").replace("l", "i")


def _unicode(label: str) -> str:
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:
        return label


def _near(domain: str) -> Iterator[str]:
    yield from _shortened(_skeleton(domain))
    yield from _shortened(_letters(domain))


def _shortened(name: str) -> Iterator[str]:
    """Yield the name, and the name with each of its letters left out.

    Two names share one of these when they differ by one letter more, less, different or swapped
    with its neighbour (the deletion neighbourhood of the SymSpell method).
    """
    yield name
    for index in range(len(name)):
        yield name[:index] + name[index + 1 :]
