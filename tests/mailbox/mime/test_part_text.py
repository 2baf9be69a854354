"""Parts that are encoded by the letter are decoded without mail-parser, and as it decodes them."""

import base64
import quopri

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from triage.mailbox.fetched import FetchedPart
from triage.mailbox.mime.mail_parser import flat_text
from triage.mailbox.mime.part_text import is_sound, legal_text

_CHARSETS = st.sampled_from(
    [
        "", "utf-8", "us-ascii", "iso-8859-1", "windows-1252", "iso-8859-15", "gb2312", "big5", "shift_jis",
        "euc-kr", "koi8-r", "utf-8-sig", "x-unknown", "utf-7", "iso-2022-jp", "utf-16", "hz", "cp437",
    ]
)  # fmt: skip
_TEXTS = st.text(st.sampled_from("abc \t\r\n=äß中\ufeff\x00\x1a\u2028"), max_size=60)
_BYTES = st.one_of(
    _TEXTS.map(str.encode),
    _TEXTS.map(lambda text: quopri.encodestring(text.encode("cp1252", "replace"))),
    _TEXTS.map(lambda text: base64.encodebytes(text.encode())),
    _TEXTS.map(lambda text: base64.encodebytes(text.encode()).replace(b"\n", b"\r\n")),
    st.text(st.sampled_from("YWJjZA=+/ \t\r\n-!"), max_size=40).map(str.encode),
    st.binary(max_size=40),
)


def _part(content: bytes, encoding: str = "base64", charset: str = "utf-8", **fields: bool) -> FetchedPart:
    return FetchedPart(
        section="1", content_type="text/plain", charset=charset, encoding=encoding, content=content, **fields
    )


@given(_BYTES, st.sampled_from(["quoted-printable", "base64"]), _CHARSETS)
@example(b"YWJj\rZGVm", "base64", "utf-8")
@example(b"YWJj\r\r\nZGVm", "base64", "utf-8")
@example(b"YQ==YQ==", "base64", "utf-8")
@example(b"YWJj==", "base64", "utf-8")
@example(b"77u/", "base64", "utf-8-sig")
@example(b"=80", "quoted-printable", "gb2312")
def test_legal_text_is_what_mail_parser_reads(content: bytes, encoding: str, charset: str) -> None:
    part = _part(content, encoding, charset)

    text = legal_text(part)

    assert text is None or is_sound(part)
    assert text in {None, flat_text(part)}


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(_part(b"c=C3=A4\r\n", "quoted-printable"), id="quoted-printable"),
        pytest.param(_part(b"Y8Ok\r\nDQo=\r\n"), id="base64"),
        pytest.param(_part(b"c=E4\r\n", "quoted-printable", "iso-8859-1"), id="charset"),
        pytest.param(_part(b"c=C3=A4\r\n", "quoted-printable", ""), id="no charset"),
    ],
)
def test_part_by_the_letter_is_decoded(part: FetchedPart) -> None:
    assert legal_text(part) == "cä\r\n"


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(_part(b"Y8Ok", is_truncated=True), id="cut by the cap"),
        pytest.param(_part(b"Y8Ok\n\nlist footer\n"), id="text behind base64"),
        pytest.param(_part(b"Y8O"), id="base64 cut short"),
        pytest.param(_part(b"c=E4", "quoted-printable"), id="wrong charset"),
        pytest.param(_part(b"plain", "quoted-printable", "x-unknown"), id="unknown charset"),
        pytest.param(_part(b"plain", "8bit"), id="not encoded"),
        pytest.param(_part(b"", "quoted-printable"), id="empty"),
    ],
)
def test_any_other_part_is_left_to_the_rest(part: FetchedPart) -> None:
    assert legal_text(part) is None
