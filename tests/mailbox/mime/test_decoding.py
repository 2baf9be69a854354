"""Charsets, encoded words and the parameters of MIME fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.mailbox.mime.charset import codec_for, decode_as
from triage.mailbox.mime.content_field import part_name, read_content_field, read_content_type
from triage.mailbox.mime.encoded_words import decode_words


@pytest.mark.parametrize(
    ("octets", "charset", "text", "defect"),
    [
        (b"caf\xc3\xa9", "utf-8", "café", ""),
        (b"\x93quoted\x94", "iso-8859-1", "“quoted”", ""),
        (b"caf\xe9", "utf-8", "café", "charset:wrong"),
        (b"caf\xe9", "", "café", "charset:missing"),
        (b"caf\xe9", "us-ascii", "café", "charset:wrong"),
        (b"caf\xc3\xa9", "x-unknown", "café", "charset:unknown"),
        (b"caf\xe9", "x-unknown", "café", "charset:unknown"),
        ("質問".encode("cp932"), "shift_jis", "質問", ""),
        ("质".encode("gb18030"), "gb2312", "质", ""),
        (b"plain", "rot13", "plain", "charset:unknown"),
        (b"plain", "unicode_escape", "plain", "charset:unknown"),
        (b"plain", "hex", "plain", "charset:unknown"),
        (b"", "", "", ""),
    ],
)
def test_bytes_become_text(octets: bytes, charset: str, text: str, defect: str) -> None:
    assert decode_as(octets, charset) == (text, defect)


def test_one_bad_byte_in_a_long_utf8_text_does_not_spoil_it() -> None:
    text, defect = decode_as("grüße ".encode() * 50 + b"\xff", "utf-8")

    assert text.startswith("grüße ")
    assert text.endswith("\ufffd")
    assert defect == "charset:wrong"


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_in_any_charset_become_text(octets: bytes, charset: str) -> None:
    assert isinstance(decode_as(octets, charset)[0], str)


@pytest.mark.parametrize(
    "name", ["windows-1252", "x-cp1252", "CP1252", '"cp1252"', "ibm850", "ks_c_5601-1987"]
)
def test_common_names_are_known(name: str) -> None:
    assert codec_for(name)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("no words", "no words"),
        ("=?utf-8?q?caf=C3=A9?=", "café"),
        ("=?utf-8?Q?a_b?= c", "a b c"),
        ("=?utf-8?b?Y2Fmw6k=?=", "café"),
        ("=?utf-8?b?Y2Fmw6k?=", "café"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("a =?utf-8?q?b?= c", "a b c"),
        ("=?utf-8?b?Y2Fmww==?= =?utf-8?b?qQ==?=", "café"),
        ("=?utf-8*en?q?b?=", "b"),
        ("=?nope?q?b?=", "b"),
        ("=?utf-8?x?b?=", "=?utf-8?x?b?="),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
    ],
)
def test_encoded_words_are_decoded(value: str, text: str) -> None:
    assert decode_words(value) == text


@given(st.text(alphabet="=?utf-8qQbB_AZ09+/ \r\n", max_size=120))
def test_any_encoded_words_become_text(value: str) -> None:
    assert isinstance(decode_words(value), str)


@pytest.mark.parametrize(
    ("value", "main", "parameters"),
    [
        ("text/plain", "text/plain", {}),
        ("Text/HTML; Charset=UTF-8", "text/html", {"charset": "UTF-8"}),
        ('a/b; name="x; y.pdf"; z=1', "a/b", {"name": "x; y.pdf", "z": "1"}),
        ('a/b; name="say \\"hi\\""', "a/b", {"name": 'say "hi"'}),
        ("a/b; name=with blanks.pdf", "a/b", {"name": "with blanks.pdf"}),
        ("a/b; name*=utf-8''pl%C3%A4ne.pdf", "a/b", {"name": "pläne.pdf"}),
        ("a/b; name*0*=utf-8''pl%C3%A4; name*1=ne.pdf", "a/b", {"name": "pläne.pdf"}),
        ("a/b; name*0=long; name*1=name", "a/b", {"name": "longname"}),
        ("a/b; name=old; name*=utf-8''new", "a/b", {"name": "new"}),
        ("a/b; x=1; x=2", "a/b", {"x": "1"}),
        (";", "", {}),
    ],
)
def test_parameters_are_read(value: str, main: str, parameters: dict[str, str]) -> None:
    assert read_content_field(value) == (main, parameters)


@pytest.mark.parametrize(
    ("value", "kind"), [("text", "text/plain"), ("html", "text/html"), ("", "text/plain")]
)
def test_an_unreadable_type_is_plain_text(value: str, kind: str) -> None:
    assert read_content_type(value)[0] == kind


@pytest.mark.parametrize(
    ("type_parameters", "disposition_parameters", "name"),
    [
        ({"name": "a.pdf"}, {}, "a.pdf"),
        ({"name": "a.pdf"}, {"filename": "b.pdf"}, "b.pdf"),
        ({"name": "=?utf-8?q?pl=C3=A4ne?="}, {}, "pläne"),
        ({}, {}, ""),
    ],
)
def test_the_name_of_a_part_is_decoded(
    type_parameters: dict[str, str], disposition_parameters: dict[str, str], name: str
) -> None:
    assert part_name(type_parameters, disposition_parameters) == name
