"""Normalising Message-IDs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.header_id import header_id, header_ids


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("<a@x.example>", ("a@x.example",), id="plain"),
        pytest.param("<A.b@X.Example>", ("A.b@x.example",), id="case of the domain only"),
        pytest.param("<a@x.example>\r\n <b@x.example>", ("a@x.example", "b@x.example"), id="folded"),
        pytest.param("<a@x.example><b@x.example>", ("a@x.example", "b@x.example"), id="no space between"),
        pytest.param("<long\r\n left@x.example>", ("longleft@x.example",), id="folded inside the id"),
        pytest.param("(<no@x.example> (nested)) <a@x.example>", ("a@x.example",), id="comment"),
        pytest.param('"Bob <no@x.example>" <a@x.example>', ("a@x.example",), id="phrase"),
        pytest.param("(open <a@x.example>", ("a@x.example",), id="comment that never ends"),
        pytest.param('"open <a@x.example>', ("a@x.example",), id="phrase that never ends"),
        pytest.param("<broken <a@x.example>", ("a@x.example",), id="bracket that never ends"),
        pytest.param('<"a.b"@x.example>', ("a.b@x.example",), id="needless quotes"),
        pytest.param('<"a b"@x.example>', ("ab@x.example",), id="white space never counts"),
        pytest.param('<"a:b"@x.example>', ('"a:b"@x.example',), id="needed quotes stay"),
        pytest.param("<a@b@X.example>", ("a@b@x.example",), id="the last at sign divides"),
        pytest.param("<nothing>", (), id="no at sign"),
        pytest.param("<@x.example> <a@>", (), id="half an id"),
        pytest.param("a@x.example", ("a@x.example",), id="bare word"),
        pytest.param("your mail bob@x.example of Monday", (), id="prose is not an id"),
        pytest.param("<a@x.example> <b@x.example> <a@x.example>", ("a@x.example", "b@x.example"), id="once"),
        pytest.param("<a\x00b@x.example>", ("ab@x.example",), id="control characters"),
        pytest.param("<é@x.example>".encode(), ("é@x.example",), id="UTF-8"),
        pytest.param(b"<\xe9@x.example>", ("é@x.example",), id="Latin-1"),
        pytest.param("<\udce9@x.example>", ("é@x.example",), id="octets kept as surrogates"),
        pytest.param("<a\ud800@x.example>", ("a?@x.example",), id="lone surrogate"),
        pytest.param("", (), id="empty"),
    ],
)
def test_spellings_come_to_one_form(value: str | bytes, expected: tuple[str, ...]) -> None:
    assert header_ids(value) == expected


def test_an_id_longer_than_a_header_line_is_dropped() -> None:
    fits = "a" * (998 - len("@x.example"))

    assert header_id(f"<{fits}@x.example>") == f"{fits}@x.example"
    assert header_id(f"<{fits}a@x.example>") is None
    assert header_id(f"<{'é' * 500}@x.example>") is None


def test_a_long_chain_keeps_its_root_and_its_last_fifty() -> None:
    chain = [f"{number}@x.example" for number in range(200)]

    kept = header_ids(" ".join(f"<{one}>" for one in chain))

    assert kept == (chain[0], *chain[-50:])


def test_the_first_usable_id_is_the_message_id() -> None:
    assert header_id("<junk> <a@x.example> <b@x.example>") == "a@x.example"
    assert header_id("junk") is None


@given(st.one_of(st.text(), st.binary()))
def test_any_value_gives_ids_that_normalise_to_themselves(value: str | bytes) -> None:
    ids = header_ids(value)

    assert header_ids(" ".join(f"<{one}>" for one in ids)) == ids
    assert all("@" in one and "\x00" not in one and one.encode() for one in ids)


@given(st.text(st.sampled_from("ab@.<> \t\r\n,é"), max_size=40).map("<".__add__))
def test_ids_beside_a_comment_are_the_same_ids(value: str) -> None:
    assert header_ids(value) == header_ids(f"(comment) {value}")
