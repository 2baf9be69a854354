"""What a search finds, and its hits as a person sees them: an excerpt with the words marked."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from triage.core.ids import MessageId
from triage.core.queue_entry import QueueEntry
from triage.core.search_query import Field, SearchQuery, Term
from triage.core.search_words import LONGEST_WORD, is_unspaced, runs, words

_EXCERPT_CHARACTERS = 200
#: Shown before the first hit, so that it can be read.
_LEAD_CHARACTERS = 60
#: Lines are looked at in pieces of this length at most.
_PIECE_CHARACTERS = 2_000


class Piece(NamedTuple):
    """A stretch of text, and whether the question asked for it."""

    text: str
    is_hit: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchHit:
    """A message that was found.

    Attributes:
        entry: Its thread, as in the queue.
        sender: Name, or address without one.
        subject: In pieces.
        snippet: Words around the hit; the beginning of the text when the hit is elsewhere.
        files: Names of attachments that were hit.
        is_quoted: The words stand only in what the message quotes, or not all in its own text.
    """

    message_id: MessageId
    entry: QueueEntry
    received_at: datetime
    direction: str
    sender_name: str
    sender_email: str
    subject: tuple[Piece, ...]
    snippet: tuple[Piece, ...]
    files: tuple[str, ...]
    is_quoted: bool

    @property
    def sender(self) -> str:
        """Name, or the address without one."""
        return self.sender_name or self.sender_email


class Marker:
    """Finds the words of a question in texts.

    Args:
        query: Only what it asks for is marked, not what it excludes.
        field: Terms of this field count beside those of none; None: only those of none.
    """

    def __init__(self, query: SearchQuery, field: Field | None = None) -> None:
        terms = [
            term
            for clause in query.clauses
            for term in clause
            if not term.is_negated and term.field in {None, field}
        ]
        self._phrases = [spelling for term in terms for spelling in term.spellings if len(spelling) > 1]
        self._whole = frozenset(_whole(terms))
        self._beginnings = tuple(
            spelling[-1] for term in terms if term.is_beginning for spelling in term.spellings
        )

    def excerpt(self, text: str) -> tuple[Piece, ...] | None:
        """Return words around the best hit in a text, in one line; None when there is no hit."""
        best, at = 0, 0
        for start, piece in _pieces(text):
            score = self._score(words(piece))
            if score > best:
                best, at = score, start
        if not best:
            return None
        first = at + next((start for start, _ in self._hits(text[at : at + _PIECE_CHARACTERS])), 0)
        start = _word_start(text, max(at, first - _LEAD_CHARACTERS))
        return self.mark(_cut(text, start))

    def mark(self, text: str) -> tuple[Piece, ...]:
        """Return a text in pieces, the hits apart."""
        spans: list[tuple[int, int]] = []
        for start, stop in self._hits(text):
            _join(spans, start, stop)
        pieces, end = [], 0
        for start, stop in spans:
            pieces += [Piece(text[end:start], is_hit=False), Piece(text[start:stop], is_hit=True)]
            end = stop
        pieces.append(Piece(text[end:], is_hit=False))
        return tuple(piece for piece in pieces if piece.text)

    def _is_hit(self, word: str) -> bool:
        return word in self._whole or (bool(self._beginnings) and word.startswith(self._beginnings))

    def _score(self, found: list[str]) -> int:
        hits = {word for word in found if self._is_hit(word)}
        if not hits:
            return 0
        return len(hits) + 10 * sum(_holds(found, phrase) for phrase in self._phrases)

    def _hits(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where words of the question stand; those of scripts without spaces overlap."""
        is_ascii = text.isascii()
        for start, end in runs(text):
            run = text[start:end]
            found = [run.lower()] if is_ascii and len(run) <= LONGEST_WORD else words(run)
            if is_unspaced(run) and len(found) == len(run):
                for index, word in enumerate(found, start):
                    if self._is_hit(word):
                        yield index, min(index + (2 if word in self._whole else 1), end)
            elif any(self._is_hit(word) for word in found):
                yield start, end


def beginning(text: str) -> tuple[Piece, ...]:
    """Return the first words of a text, in one line."""
    cut = _cut(text, 0)
    return (Piece(cut, is_hit=False),) if cut else ()


def _whole(terms: Iterable[Term]) -> Iterator[str]:
    for term in terms:
        for spelling in term.spellings:
            yield from spelling[:-1] if term.is_beginning else spelling


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with where they start; a long line comes in pieces."""
    start = 0
    for line in text.split("\n"):
        for offset in range(0, len(line), _PIECE_CHARACTERS):
            yield start + offset, line[offset : offset + _PIECE_CHARACTERS]
        start += len(line) + 1


def _holds(found: Sequence[str], phrase: Collection[str]) -> bool:
    length = len(phrase)
    wanted = tuple(phrase)
    return any(tuple(found[index : index + length]) == wanted for index in range(len(found) - length + 1))


def _join(spans: list[tuple[int, int]], start: int, end: int) -> None:
    """Add a span; one that begins where the last one has not ended makes that one longer."""
    if spans and start <= spans[-1][1]:
        spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
    else:
        spans.append((start, end))


def _word_start(text: str, start: int) -> int:
    """Return where a word begins at or a little behind a place."""
    if start == 0 or text[start - 1].isspace():
        return start
    gap = re.search(r"\s", text[start : start + _LEAD_CHARACTERS])
    return start if gap is None else start + gap.end()


def _cut(text: str, start: int) -> str:
    """Return an excerpt from a place on, in one line, with dots where text was left out."""
    line = " ".join(text[start : start + 2 * _EXCERPT_CHARACTERS].split())
    is_longer = len(line) > _EXCERPT_CHARACTERS or start + 2 * _EXCERPT_CHARACTERS < len(text)
    line = line[:_EXCERPT_CHARACTERS].rstrip()
    return f"{'… ' if start else ''}{line}{' …' if is_longer and line else ''}"
