"""The words of a text as the search index holds them: the same for every database.

Case and diacritics do not count, and compatibility forms are one (NFKD, case folding). A word is a run
of letters and digits. Chinese, Japanese, Korean, Thai and their like do not separate words: a run of
such characters becomes overlapping pairs and its last character, so that every stretch of two or more
characters is found as neighbouring pairs, and a single one as the beginning of a pair.

Words of one sign, such as emoji, are no words. Whoever changes what comes out here raises ``VERSION``.
"""

import re
import string
import unicodedata
from collections.abc import Iterator

from triage.core.western import Western

#: Of the words in the index; another number makes the index be built anew.
VERSION = 1
#: A longer run of letters and digits, such as a key or a base64 line, is cut into pieces of this length.
LONGEST_WORD = 64

#: Marks that do not count: of Latin, Greek and Cyrillic, Hebrew and Arabic. The voiced marks of kana do.
_MARKS = "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670"
#: Scripts without spaces between words: Thai, Lao, Burmese, Khmer; kana, Han, Hangul.
_UNSPACED = (
    "\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u109f\u1780-\u17d3\u3041-\u3096\u3099\u309a\u309d-\u309f"
    "\u30a1-\u30fa\u30fc-\u30ff\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003134f"
)
#: Letters that are not a base letter with a mark, as they are typed where the keyboard has none.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe", "\u0131": "i", "ð": "d"}
)

_IS_LETTER = re.compile(f"[{''.join(map(chr, _LETTERS))}]")
_ASCII_WORD = re.compile(rf"[a-z0-9]{{1,{LONGEST_WORD}}}")
_IS_MARK = re.compile(f"[{_MARKS}]+")
_IS_BEYOND = re.compile(f"[^\\x00-\\x7f{_MARKS}]")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_RUN = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]{{1,{LONGEST_WORD}}}")
#: The same runs in a text that was not folded yet, with the marks in them.
_RAW_RUN = re.compile(rf"[{_UNSPACED}]+|(?:[^\W_{_UNSPACED}][{_MARKS}]*)+")


def words(text: str) -> list[str]:
    """Return the words of a text in their order, folded."""
    if (plain := _WESTERN.folded(text)) is not None:
        found = plain.split()
        is_cut = max(map(len, found), default=0) > LONGEST_WORD
        return _ASCII_WORD.findall(plain) if is_cut else found
    folded = _fold(text)
    if folded.isascii():
        # Most languages of Europe, once their diacritics are gone.
        return _ASCII_WORD.findall(folded)
    stretches: list[str] = _RUN.findall(folded)
    if _IS_UNSPACED.search(folded) is None:
        return stretches
    return [word for run in stretches for word in (_pairs(run) if _IS_UNSPACED.match(run) else (run,))]


def query_words(text: str) -> tuple[list[str], bool]:
    """Return the words to look for, and whether the last of them is only the beginning of one.

    A run of characters without spaces is found by its pairs; a single one by what begins with it.
    """
    found: list[str] = []
    is_beginning = False
    for run in _RUN.findall(_fold(text)):
        is_beginning = bool(_IS_UNSPACED.match(run)) and len(run) == 1
        found += _pairs(run)[:-1] if _IS_UNSPACED.match(run) and len(run) > 1 else [run]
    return found, is_beginning


def runs(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the runs of letters and digits stand in a text, as half-open spans of characters."""
    return (run.span() for run in _RAW_RUN.finditer(text))


def is_unspaced(text: str) -> bool:
    """Tell whether a run is of a script that does not separate words."""
    return _IS_UNSPACED.match(text) is not None


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).casefold()
    if _IS_LETTER.search(folded):
        folded = folded.translate(_LETTERS)
    if _IS_BEYOND.search(folded) is None:
        # Most languages of Europe: beside their marks all is ASCII.
        return folded.encode("ascii", "ignore").decode("ascii")
    # Folding may leave compatibility forms again; composing puts kana and Hangul back together.
    return unicodedata.normalize("NFC", _IS_MARK.sub("", unicodedata.normalize("NFKD", folded)))


def _pairs(run: str) -> list[str]:
    return [run[index : index + 2] for index in range(len(run))]


_WESTERN = Western(_fold, kept=string.ascii_lowercase + string.digits)
