"""Finding codes and names in text, many at a time and in linear time.

A phrase is literal text. Case and the amount of white space do not matter, and ``#`` stands for a
run of digits: ``ACME-#`` finds ``acme-1042``. Nothing else is a pattern, so no phrase of a user can
make the search slow. A phrase is found only as whole words: ``ACME-#`` is not found in ``XACME-1``
nor in ``ACME-1b``.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"[0-9]+")
_SPACE = re.compile(r"\s+")


class Found(NamedTuple, Generic[T]):
    """A phrase found in a text: characters ``start`` to ``end``, half open."""

    start: int
    end: int
    target: T


class _Phrase(NamedTuple, Generic[T]):
    expression: re.Pattern[str]
    target: T


class PhraseIndex(Generic[T]):
    """Phrases, each with what it stands for, looked up by the shape of their words."""

    def __init__(self, phrases: Iterable[tuple[str, T]]) -> None:
        """Compile the phrases once.

        Raises:
            ValueError: If a phrase has no letter and no literal digit: it would be found everywhere.
        """
        self._by_shape: defaultdict[str, list[_Phrase[T]]] = defaultdict(list)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for phrase, target in phrases:
            expression = _expression(phrase)
            sample = phrase.replace("#", "0")
            words = list(_WORD.finditer(sample))
            self._by_shape[_shape(sample[words[0].start() : words[-1].end()])].append(
                _Phrase(expression, target)
            )
            lengths[_shape(words[0][0])].add(len(words))
        self._lengths = {first: tuple(sorted(found)) for first, found in lengths.items()}

    def find(self, text: str) -> Iterator[Found[T]]:
        """Yield every phrase in the text, in order of its first word; phrases may overlap."""
        if not self._lengths:
            return
        words = list(_WORD.finditer(text))
        for index, word in enumerate(words):
            for length in self._lengths.get(_shape(word[0]), ()):
                if index + length > len(words):
                    break
                start, end = word.start(), words[index + length - 1].end()
                piece = text[start:end]
                for phrase in self._by_shape.get(_shape(piece), ()):
                    if phrase.expression.fullmatch(piece):
                        yield Found(start, end, phrase.target)

    def mask(self, text: str, mask: str) -> str:
        """Return the text with every phrase in it replaced by the mask, overlapping ones by one."""
        pieces, position = [], 0
        for start, end in _merged(self.find(text)):
            pieces += [text[position:start], mask]
            position = end
        return "".join(pieces) + text[position:]


def _merged(found: Iterable[Found[T]]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for hit in found:
        if spans and hit.start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], hit.end))
        else:
            spans.append((hit.start, hit.end))
    return spans


def _shape(text: str) -> str:
    return _SPACE.sub(" ", _DIGITS.sub("#", text.casefold()))


def _expression(phrase: str) -> re.Pattern[str]:
    """Compile the phrase without what stands before its first and after its last word."""
    trimmed = re.sub(r"^(?:[^\w#]|_)+|(?:[^\w#]|_)+$", "", phrase)
    if not _WORD.search(trimmed):
        raise ValueError(f"a code or name needs a letter or a digit, {phrase!r} has none")
    parts = re.split(r"(#+|\s+)", trimmed)
    return re.compile("".join(_part(part) for part in parts), re.IGNORECASE)


def _part(part: str) -> str:
    if part.startswith("#"):
        return "[0-9]+"
    return r"\s+" if part.isspace() else re.escape(part)
