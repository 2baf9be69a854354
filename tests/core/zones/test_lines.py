# ruff: noqa: E501 (mails as they come: long lines)
"""Lines of a text, and the shortcuts past those that cannot matter."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from triage.core.zones import headings, lines, separators, signature
from triage.core.zones.attribution import _alternatives
from triage.core.zones.headings import find_headings
from triage.core.zones.languages import ATTRIBUTION_WORDS, QUOTING_WORDS
from triage.core.zones.lines import split_lines

_HEADING_PIECES = st.sampled_from(
    [
        "Yes.", "", "> Friday?", "> ana@example.com>:", ">>> <ana@example.com> 05/03/20 10:41 >>>", "On 5 May 2020, Ana <",
        "ana@example.com> wrote:", "Ana Lima wrote", "On 5 May 2020 Ana Lima wrote", "ana@example.com>", "De\uff1aana@example.com",
        "From: ana@example.com", "Sent: 5 May 2020 10:00", "To: ben@example.org,", "Subject: The plan", "Forwarded message:",
        "*Forwarded message:*", "-----Original Message", "Message-----", "~~~~~", "05/05/2020 10:00 AM", "写道\uff1a", "(wrote)",
    ]
)  # fmt: skip


@given(st.text(st.sampled_from("a >»\n\r\t\u2028="), max_size=60), st.integers(1, 8), st.integers(0, 60))
@example("a\nb\n", 2, 60)
@example("a\nb\n", 2, 2)
@example("a\nb", 1, 60)
def test_lines_are_those_of_a_walk_from_line_feed_to_line_feed(text: str, max_lines: int, cap: int) -> None:
    spans: list[tuple[int, int, str]] = []
    start, limit = 0, min(len(text), cap)
    while start < limit and len(spans) < max_lines:
        end = text.find("\n", start, limit) + 1 or limit
        spans.append((start, end, text[start:end].strip()))
        start = end

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "MAX_LINES", max_lines)
        patch.setattr(lines, "MAX_CHARS", cap)
        found, reached = split_lines(text)

    assert [(line.start, line.end, line.words) for line in found] == spans
    assert reached == start


@given(st.lists(_HEADING_PIECES, max_size=12).map("\n".join))
@example("Ana Lima wrote\n> Friday?")
@example("Quoting Ana Lima *\n> Friday?")
@example("On 5 May 2020, Ana Lima <ana@example.com>\n> Friday?")
@example("Forwarded message\uff1a\nDe\uff1aana@example.com\nTo\uff1aben@example.com\nSubject\uff1aThe plan")
@example("De\uff1aana@example.com .\nTo\uff1aben@example.com .\nSubject\uff1aThe plan .")
def test_no_heading_is_on_a_line_that_is_stepped_over(text: str) -> None:
    found = find_headings(split_lines(text)[0])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(headings, "_is_plain", lambda _line: False)
        assert find_headings(split_lines(text)[0]) == found


_VERBS = {verb for words in ATTRIBUTION_WORDS.values() for verb in words.verbs}
_OPENERS = {opener for words in ATTRIBUTION_WORDS.values() for opener in words.openers}


@pytest.mark.parametrize("words", [_VERBS, _OPENERS, set(QUOTING_WORDS)], ids=["verbs", "openers", "quoting"])
@given(data=st.data())
def test_words_sorted_by_letter_are_the_words_longest_first(words: set[str], data: st.DataObject) -> None:
    plain = "|".join(re.escape(one).replace(r"\ ", r"\s+") for one in sorted(words, key=len, reverse=True))
    found = st.sampled_from(sorted(words))
    pieces = st.one_of(
        found, found.map(str.upper), found.map(str.title), st.sampled_from("\u0131\u0130\u017f\u212a ( a1")
    )
    text = "".join(data.draw(st.lists(pieces, max_size=6)))

    spans = [match.span() for match in re.finditer(plain, text, re.IGNORECASE)]

    assert [match.span() for match in re.finditer(_alternatives(words), text, re.IGNORECASE)] == spans


def test_no_phrase_of_a_separator_begins_like_what_is_drawn_in_front_of_it() -> None:
    assert [one for one in separators._BARE if re.match(rf"{separators._DASH}|[\s<\[]", one)] == []


@given(
    st.lists(
        st.sampled_from(["+49", "0049", "30", "1234567", "555-1234", "http", "://x", "www", ".x", "a", "@", "b.de"])
        | st.sampled_from(["Tel", ":", "fax", "#", "/", "(cell)", "(", " ", "Ana", "٣٠١٢٣٤٥٦٧"]),
        max_size=8,
    ).map("".join)
)  # fmt: skip
def test_sign_of_a_contact_is_in_every_contact(words: str) -> None:
    is_contact = any(pattern.search(words) for pattern in (signature._CONTACT, signature._CONTACT_ADDRESS))

    assert signature._is_contact(words) == is_contact
