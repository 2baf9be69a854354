"""Texts of Western Europe are folded as all others, only faster."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.western import Western


def by_unicode(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


LETTERS = Western(by_unicode, kept="abcdefghijklmnopqrstuvwxyz")


@given(st.text(st.characters(codec="cp1252") | st.characters(codec="latin-1"), max_size=80))
def test_words_are_those_of_the_folding(text: str) -> None:
    folded = LETTERS.folded(text)

    assert folded is None or folded.split() == re.findall("[a-z]+", by_unicode(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Grüße aus der STRASSE", ["grusse", "aus", "der", "strasse"]),
        ("\u201eEinführung\u201c \u2013 l\u2019été", ["einfuhrung", "l", "ete"]),
        ("plain_text", ["plain", "text"]),
        ("", []),
    ],
)
def test_accents_and_printers_signs(text: str, words: list[str]) -> None:
    assert (LETTERS.folded(text) or "").split() == words


@pytest.mark.parametrize("text", ["Łódź", "привет", "障害", "\ud800", "a 1 b", "þorn", "a\u0308", "\x8a"])
def test_what_is_folded_otherwise_is_left_to_the_rules_for_all(text: str) -> None:
    assert LETTERS.folded(text) is None
