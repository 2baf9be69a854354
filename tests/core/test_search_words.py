"""Words are found however their writer typed them."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from triage.core.search_words import LONGEST_WORD, query_words, runs, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Could you re-start PRD_02?", ["could", "you", "re", "start", "prd", "02"]),
        ("mia@acme.example, ORA-00600", ["mia", "acme", "example", "ora", "00600"]),
        ("Grüße aus der Straße", ["grusse", "aus", "der", "strasse"]),
        ("l\u2019été à Orléans", ["l", "ete", "a", "orleans"]),
        ("u\u0308ber", ["uber"]),
        ("\ufb01le \uff21\uff22\uff23 \u2460", ["file", "abc", "1"]),
        ("Łódź, Ørsted, cœur", ["lodz", "orsted", "coeur"]),
        ("Ελλάδα Й", ["ελλαδα", "и"]),
        ("שָׁלוֹם مُحَمَّد", ["שלום", "محمد"]),
        ("資料", ["資料", "料"]),
        ("サーバーの障害", ["サー", "ーバ", "バー", "ーの", "の障", "障害", "害"]),
        ("ガ か\u3099", ["ガ", "が"]),
        ("server障害report", ["server", "障害", "害", "report"]),
        ("한국어", ["한국", "국어", "어"]),
        ("👍 -- …", []),
        ("", []),
    ],
)
def test_words_of_a_text(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_long_runs_are_cut() -> None:
    assert [len(word) for word in words("x" * 150)] == [LONGEST_WORD, LONGEST_WORD, 150 - 2 * LONGEST_WORD]


_WESTERN = st.text(
    st.characters(codec="cp1252")
    | st.sampled_from(["ß", "Æ", "œ", "™", "¼", "µ", "þ", "\u00b4", "\u00ad", "_"])
)


@given(_WESTERN)
@example("x" * 150)
def test_words_are_the_same_beside_a_word_of_another_script(text: str) -> None:
    # Texts of Western Europe alone are folded in another way, which must not show.
    assert words(f"{text} \u0439") == [*words(text), "\u0438"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("Grüße", (["grusse"], False)),
        ("障害", (["障害"], False)),
        ("バーの", (["バー", "ーの"], False)),
        ("害", (["害"], True)),
        ("PRD 害", (["prd", "害"], True)),
    ],
)
def test_words_to_look_for(asked: str, expected: tuple[list[str], bool]) -> None:
    assert query_words(asked) == expected


@given(st.text(max_size=60), st.text(max_size=60))
def test_what_stands_in_a_text_is_found_in_it(before: str, asked: str) -> None:
    wanted, is_beginning = query_words(asked)
    held = words(f"{before} {asked} .")

    if is_beginning:
        assert any(word.startswith(wanted[-1]) for word in held)
        wanted = wanted[:-1]
    assert all(word in held for word in wanted)


@given(st.text(max_size=200))
def test_every_word_stands_in_a_run(text: str) -> None:
    spans = list(runs(text))

    assert spans or not words(text) or not text.isascii()
    for start, end in spans:
        assert 0 <= start < end <= len(text)


@given(st.text())
def test_words_are_what_an_index_can_hold(text: str) -> None:
    for word in words(text):
        assert word.isalnum() or any(ord(sign) > 127 for sign in word)
        assert not set(word) & set(" '\":*()\\\0\t\n")
        word.encode()
