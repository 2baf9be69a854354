"""White space taken out of texts as ``str.split`` and ``str.splitlines`` would do it."""

import sys

from hypothesis import example, given
from hypothesis import strategies as st

from triage.core.white_space import single_blanks, unspaced_lines

WHITE_SPACE = "".join(char for char in map(chr, range(sys.maxunicode + 1)) if char.isspace())
#: Every white space, two letters, and characters that are near to white space and are none.
TEXTS = st.text(st.sampled_from(WHITE_SPACE + "aß\u200b\u2060\ufeff")) | st.text(st.sampled_from("a \n"))


@given(TEXTS)
@example(f"a{WHITE_SPACE}b")
@example("a" + " " * 1_001 + "b \n c\n")
@example("")
def test_words_are_those_of_split(text: str) -> None:
    assert single_blanks(text) == " ".join(text.split())


@given(TEXTS)
@example(f"a{WHITE_SPACE}b")
@example("a\n\n b\nc ")
def test_lines_are_those_of_splitlines(text: str) -> None:
    unspaced = ["".join(line.split()) for line in text.splitlines()]

    assert unspaced_lines(text) == [line for line in unspaced if line]


def test_each_white_space_parts_words() -> None:
    assert [char for char in WHITE_SPACE if single_blanks(f"a{char}b") != "a b"] == []
