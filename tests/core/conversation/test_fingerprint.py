"""Fingerprints of lines."""

from hypothesis import given
from hypothesis import strategies as st

from triage.core.conversation.fingerprint import MAX_NEW, new_prints, quoted_prints

LINE = "The printer on floor three prints nothing"


def test_quoted_line_has_the_fingerprint_of_the_written_one() -> None:
    written = new_prints([LINE])

    assert len(written) == 1
    assert quoted_prints([f"> {LINE}"]) == written
    assert quoted_prints([f">> |  {LINE.upper()}  \r\n"]) == written
    assert quoted_prints([LINE + "!"]) != written


def test_short_lines_have_none() -> None:
    assert new_prints(["Kind regards,\nAnn\n\n> > >"]) == frozenset()


def test_long_text_is_known_by_the_same_few_lines_on_both_sides() -> None:
    text = "\n".join(f"{LINE} since day number {day}" for day in range(100))

    written = new_prints([text])

    assert len(written) == MAX_NEW
    assert written <= quoted_prints([text])


def test_fingerprint_fits_into_a_signed_integer_of_64_bits() -> None:
    assert all(0 <= one < 2**63 for one in new_prints([LINE]))


@given(st.text(st.sampled_from("abcß> |\t\n\r\u00a0\u2028"), max_size=300))
def test_quote_marks_and_white_space_never_count(text: str) -> None:
    bare = "\n".join("".join(line.lstrip(">| \t\u00a0").split()) for line in text.splitlines())

    assert quoted_prints([text]) == quoted_prints([bare])
    assert len(quoted_prints([text])) == len(
        {line for line in bare.casefold().split("\n") if len(line) >= 20}
    )
