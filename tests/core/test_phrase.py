import time

import pytest

from triage.core.phrase import PhraseIndex


def found(phrase: str, text: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in PhraseIndex([(phrase, None)]).find(text)]


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("ACME-#", "Re: [acme-1042] invoice", ["acme-1042"]),
        ("ACME-#", "xACME-1", []),
        ("ACME-#", "ACME-1b", []),
        ("ACME-#", "ACME-x", []),
        ("ACME-#", "ACME 12", []),
        ("ACME#", "see ACME77.", ["ACME77"]),
        ("P2-#", "P3-9 and P2-9", ["P2-9"]),
        ("PRJ #", "prj \n 5", ["prj \n 5"]),
        ("[ACME-#]", "ACME-7", ["ACME-7"]),
        ("Blue Harbour", "the blue  harbour plan", ["blue  harbour"]),
        ("Blue Harbour", "the blue-harbour plan", []),
        ("a+b?", "a+b", ["a+b"]),
        ("CR_#_X", "cr_12_x", ["cr_12_x"]),
        ("Änderung", "ÄNDERUNG 4", ["ÄNDERUNG"]),
        ("ACME-#", "ACME-1-urgent", ["ACME-1"]),
        ("#-ACME", "12-acme", ["12-acme"]),
    ],
)
def test_a_phrase_is_found_as_whole_words(phrase: str, text: str, expected: list[str]) -> None:
    assert found(phrase, text) == expected


@pytest.mark.parametrize("phrase", ["#", "", "--", "##", "# #"])
def test_a_phrase_without_a_word_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="needs a letter"):
        PhraseIndex([(phrase, None)])


def test_two_phrases_of_one_shape_are_told_apart() -> None:
    index = PhraseIndex([("P1-#", "one"), ("P2-#", "two")])

    assert [hit.target for hit in index.find("P2-77")] == ["two"]


def test_an_empty_index_finds_nothing() -> None:
    assert list(PhraseIndex[str]([]).find("ACME-1")) == []


def test_masking_replaces_overlapping_phrases_once() -> None:
    index = PhraseIndex([("ACME-#", 1), ("ACME", 2), ("1 urgent", 3)])

    assert index.mask("x ACME-1 urgent y", "_") == "x _ y"


def test_the_search_is_linear_in_the_text() -> None:
    index = PhraseIndex([(f"ACME {'a ' * 5}#", 0), ("a a a a a b", 1)])
    start = time.perf_counter()

    assert list(index.find("a " * 30_000)) == []
    assert time.perf_counter() - start < 5
