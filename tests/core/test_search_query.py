import unicodedata
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from triage.core.errors import InvalidQuery
from triage.core.search_hit import Marker
from triage.core.search_query import MOST_CHARACTERS, Field, SearchQuery, State, parse


def read(text: str) -> SearchQuery:
    return parse(text, zone=UTC)


def shown(query: SearchQuery) -> str:
    """Return the clauses as a person would write them down."""
    return " & ".join(
        " | ".join(
            f"{'!' if term.is_negated else ''}{f'{term.field.value}:' if term.field else ''}"
            f"{'/'.join(' '.join(words) for words in term.spellings)}{'*' if term.is_beginning else ''}"
            for term in clause
        )
        for clause in query.clauses
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("invoice March", "invoice & march"),
        ('"cut-over plan"', "cut over plan"),
        ('"unbalanced quote', "unbalanced quote"),
        ("invo*", "invo*"),
        ("-draft", "!draft"),
        ("a OR b c", "a | b & c"),
        ("a b OR c OR d", "a & b | c | d"),
        ("OR a", "a"),
        ("a OR", "a"),
        ("a OR , b", "a | b"),
        ("a AND b", "a & b"),
        ("or and", "or & and"),
        ("from:mia To:desk SUBJECT:vpn file:plan", "sender:mia & recipients:desk & subject:vpn & files:plan"),
        ('-from:"Mia Berg"', "!sender:mia berg"),
        ("has:attachment", "marks:hasattachment"),
        ("from: mia", "from & mia"),
        ("http://acme.example/x?y=1", "http acme example x y 1"),
        ("nosuch:thing", "nosuch thing"),
        ("(a OR b) c", "a | b & c"),
        ("Müller", "muller/mueller"),
        ("Mueller aes", "mueller/muller & aes"),
        ("-Müller", "!muller"),
        ("害", "害*"),
        ("障害*", "障害*"),
    ],
)
def test_terms(text: str, expected: str) -> None:
    assert shown(read(text)) == expected


def test_conditions() -> None:
    query = read('account:Acme -account:"Beta AG" project:ERP is:Unanswered -is:solved after:2026-03')

    assert (query.accounts, query.not_accounts, query.projects) == (("acme",), ("beta ag",), ("erp",))
    assert (query.states, query.not_states) == ((State.UNANSWERED,), (State.SOLVED,))
    assert query.since == datetime(2026, 3, 1, tzinfo=UTC)
    assert query.clauses == ()


def test_dates_begin_in_the_zone() -> None:
    query = parse("x after:2026-03-29 before:2027", zone=ZoneInfo("Europe/Berlin"))

    assert query.since == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert query.until == datetime(2026, 12, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no word"),
        ('"" - ?', "no word"),
        ("x" * (MOST_CHARACTERS + 1), "longer than 1000 characters"),
        ("x " * 41, "more than 40 terms"),
        ("a*", "two"),
        ("before:tomorrow", "2026-03-31"),
        ("after:2026-02-30", "2026-03-31"),
        ("after:0000", "2026-03-31"),
        ("before:9999-12-31", "2026-03-31"),
        ("has:money", "has:attachment"),
        ("is:late", "is:unanswered"),
        ("a OR account:acme", "cannot stand beside OR"),
        ("account:acme OR a", "cannot stand beside OR"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, said: str) -> None:
    with pytest.raises(InvalidQuery, match=said):
        read(text)


_PARTS = st.sampled_from(
    ['"', "-", "OR", "AND", "from:", "subject:", "has:attachment", "before:2026", "is:open", "*", "a", "ab*",
     "Müller", "障害", "害", "\x00", "\ud800", "(", ":", "'", "\\", "&", "<->", "NEAR", "account:x", " "]
)  # fmt: skip
QUESTIONS = st.one_of(
    st.text(max_size=80), st.lists(_PARTS, max_size=30).map(" ".join), st.lists(_PARTS).map("".join)
)


def _is_unsafe(char: str) -> bool:
    """Tell whether a character could end or break the text that goes to the index."""
    # One that is newer than Python's tables may be an ideograph all the same.
    return char == '"' or not (char.isprintable() or unicodedata.category(char) == "Cn")


@given(QUESTIONS)
@example("\U0002ebe1")
@example("\u104a")
def test_every_text_is_a_question_in_words_of_the_index_or_refused(text: str) -> None:
    try:
        query = read(text)
    except InvalidQuery:
        return
    for clause in query.clauses:
        assert clause
        for term in clause:
            assert term.spellings
            assert not any(_is_unsafe(char) for words in term.spellings for word in words for char in word)
            assert all(words for words in term.spellings)


@given(QUESTIONS, st.text(max_size=300))
def test_marking_a_text_loses_nothing_of_it(asked: str, text: str) -> None:
    try:
        marker = Marker(read(asked), Field.SUBJECT)
    except InvalidQuery:
        return

    assert "".join(piece.text for piece in marker.mark(text)) == text
    excerpt = marker.excerpt(text)
    assert excerpt is None or sum(len(piece.text) for piece in excerpt) <= 210


@pytest.mark.parametrize(
    ("asked", "text", "hits"),
    [
        ("grusse", "viele Gr\u00fc\u00dfe!", ["Grüße"]),
        ("uber", "u\u0308ber", ["u\u0308ber"]),
        ("print*", "printer, sprint", ["printer"]),
        ("障害", "サーバー障害だ", ["障害"]),
        ("バーの", "サーバーの件", ["バーの"]),
        ("害", "障害", ["害"]),
        ("-printer plan", "printer plan", ["plan"]),
    ],
)
def test_hits_are_marked_as_they_are_written(asked: str, text: str, hits: list[str]) -> None:
    assert [piece.text for piece in Marker(read(asked)).mark(text) if piece.is_hit] == hits


def test_excerpt_prefers_the_place_where_the_words_stand_together() -> None:
    text = "The plan.\nAnother line.\n" + "filler " * 100 + "\nHere is the cut-over plan for May.\nEnd."
    excerpt = Marker(read('"cut-over plan"')).excerpt(text)

    assert excerpt is not None
    whole = "".join(piece.text for piece in excerpt)
    assert whole == "… Here is the cut-over plan for May. End."
