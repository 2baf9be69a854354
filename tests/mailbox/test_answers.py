"""The fast reader of FETCH answers says what imapclient's says, and gives up where it should."""

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient.response_parser import parse_response

from triage.mailbox.answers import fetch_answers, pairs_of, values_of

if TYPE_CHECKING:
    from triage.mailbox.connection import Raw

ATOMS = st.from_regex(rb"[A-Za-z\\$][A-Za-z0-9.\\-]{0,8}", fullmatch=True).filter(
    lambda atom: atom.upper() != b"NIL"
)
NUMBERS = st.integers(min_value=0, max_value=2**63).map(lambda number: b"%d" % number)
PLAIN = st.binary(max_size=12).map(lambda text: bytes(byte for byte in text if byte not in b'"\\\r\n'))
STRINGS = PLAIN.map(lambda text: b'"%s"' % text)
LEAVES = st.one_of(ATOMS, NUMBERS, STRINGS, st.just(b"NIL"))
LISTS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=5).map(lambda parts: b"(%s)" % b" ".join(parts)),
    max_leaves=30,
)


@given(LISTS)
def test_it_reads_what_imapclient_reads(line: bytes) -> None:
    assert values_of(line) == parse_response([line])


@given(st.binary(max_size=60))
def test_nothing_that_a_server_says_raises(line: bytes) -> None:
    assert list(fetch_answers([line])) is not None


def test_literals_stand_where_they_were_announced() -> None:
    raw: list[Raw] = [
        (b"1 (UID 5 BODY[HEADER]<0> {3}", b"a)b"),
        (b" BODY[1.2]<0> {2}", b'"x'),
        b" RFC822.SIZE 9)",
        b"2 (UID 6)",
    ]

    assert list(fetch_answers(raw)) == [
        {b"UID": 5, b"BODY[HEADER]<0>": b"a)b", b"BODY[1.2]<0>": b'"x', b"RFC822.SIZE": 9},
        {b"UID": 6},
    ]


def test_quotes_and_backslashes_are_unescaped() -> None:
    assert values_of(rb'"a \"b\" c\\d"') == (rb'a "b" c\d',)


def test_a_section_with_blanks_is_one_name() -> None:
    (answer,) = fetch_answers([b'1 (BODY[HEADER.FIELDS (FROM TO)] "x" UID 3)'])

    assert answer == {b"BODY[HEADER.FIELDS (FROM TO)]": b"x", b"UID": 3}


@pytest.mark.parametrize("line", [b"1 (UID 5", b'1 (UID "5)', b"1 UID 5)", b"(((", b""])
def test_an_answer_that_cannot_be_read_is_no_answer(line: bytes) -> None:
    assert [answer.get(b"UID") for answer in fetch_answers([line])] in ([], [None])


def test_deep_lists_do_not_exhaust_the_stack() -> None:
    depth = 50_000

    value: Any = values_of(b"(" * depth + b")" * depth)

    assert isinstance(value[0], tuple)


def test_pairs_of_something_else_are_none() -> None:
    assert pairs_of(b"no list") == {}
