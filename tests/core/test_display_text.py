"""The one boundary: what goes through it is safe in a page, a log, a terminal, a database and a sheet."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.display_text import (
    checked_display_text,
    csv_cell,
    display_line,
    display_text,
    is_altered_for_display,
)

ANY_TEXT = st.text(st.characters(codec=None))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\r\nb\rc\x0bd\x0ce\x85f\u2028g\u2029h", "a\nb\nc\nd\ne\nf\ng\nh"),
        ("a\x00b\x07c\x1b[31md\x7fe\x9bf", "abc[31mdef"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2066a\u2069\u200fb\u200e\u061c", "ab"),
        ("\ufeffbyte order mark", "byte order mark"),
        ("lone \ud83d surrogate", "lone \ufffd surrogate"),
        ("emoji \U0001f600 and नमस्ते and 中文", "emoji \U0001f600 and नमस्ते and 中文"),
        ("hidden\U000e0041tags", "hiddentags"),
        ("zero\u200dwidth joiner stays", "zero\u200dwidth joiner stays"),
    ],
)
def test_unsafe_characters_are_taken_out(value: str, shown: str) -> None:
    assert display_text(value) == shown


def test_safe_text_is_not_copied() -> None:
    text = "größe\n" * 100

    assert display_text(text) is text


@given(ANY_TEXT)
def test_any_text_becomes_safe_and_stays_as_it_is_then(value: str) -> None:
    shown = display_text(value)

    shown.encode("utf-8")
    assert not any(unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\t" for char in shown)
    assert not any(
        unicodedata.bidirectional(char) in {"LRO", "RLO", "LRE", "RLE", "LRI", "RLI", "FSI"} for char in shown
    )
    assert display_text(shown) == shown
    assert not is_altered_for_display(shown)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("x\r\nBcc: evil@x", "x Bcc: evil@x"),
        ("  a \t b\u3000c\u00a0 ", "a b c"),
        ("zero\u200bwidth space", "zero width space"),
        ("", ""),
    ],
)
def test_a_line_is_one_line(value: str, line: str) -> None:
    assert display_line(value) == line


@given(ANY_TEXT)
def test_any_text_becomes_one_line(value: str) -> None:
    line = display_line(value)

    assert len(line.splitlines()) <= 1
    assert line == line.strip()


@pytest.mark.parametrize(
    "value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\uff1d1", "|cmd", "%0A", "\n=1"]
)
def test_a_cell_that_looks_like_a_formula_is_escaped(value: str) -> None:
    assert csv_cell(value).startswith("'")


@pytest.mark.parametrize("value", ["hello", "a=b", "1", "", "ann@example.com"])
def test_other_cells_stay_as_they_are(value: str) -> None:
    assert csv_cell(value) == value


#: What the module takes out, by code point: none of it may pass as printable.
UNSAFE = [
    *range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0), 0x61C, 0x200E, 0x200F, *range(0x2028, 0x202F),
    *range(0x2066, 0x206A), 0xFEFF, *range(0xFFF9, 0xFFFC), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000),
    *range(0xE0001, 0xE0080),
]  # fmt: skip


def test_nothing_unsafe_passes_among_printable_characters() -> None:
    assert [code for code in UNSAFE if chr(code) in display_text(f"ä\t{chr(code)}\n").replace("\n", "")] == []


@given(st.text(st.characters(codec=None) | st.sampled_from(" \n\r\t\u202e\x00\u00a0")))
def test_one_look_gives_both_answers(value: str) -> None:
    lines = re.sub("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", "\n", value)

    shown, is_altered = checked_display_text(value)

    assert shown == display_text(value)
    assert is_altered == is_altered_for_display(value) == any(ord(char) in UNSAFE for char in lines)


@given(st.text(st.characters(codec=None) | st.sampled_from(" \n\t\u200b\u2060\u00a0\u3000")))
def test_a_line_has_single_blanks_only(value: str) -> None:
    assert display_line(value) == re.sub(r"[\s\u200b\u2060]+", " ", display_text(value)).strip()
