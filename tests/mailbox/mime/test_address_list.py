"""Address fields: legal ones by mail-parser, the rest without guessing."""

import pytest

from triage.mailbox.mime.address_list import MAX_ADDRESSES, read_addresses


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("ann@x.example", [("", "ann@x.example")]),
        ("Ann Lee <Ann@X.Example>", [("Ann Lee", "Ann@x.example")]),
        ('"Lee, Ann" <ann@x.example>, bob@y.example', [("Lee, Ann", "ann@x.example"), ("", "bob@y.example")]),
        ("=?utf-8?q?J=C3=B6rg?= <j@x.example>", [("Jörg", "j@x.example")]),
        ("a..b@x.example", [("", "a..b@x.example")]),
        ("Ann <a.@x.example>", [("Ann", "a.@x.example")]),
        ("Ann <<ann@x.example>>", [("Ann", "ann@x.example")]),
        ("Ann <mailto:ann@x.example>", [("Ann", "ann@x.example")]),
        ("Ann <ann@x.example", [("Ann", "ann@x.example")]),
        ("Ann Lee ann@x.example", [("Ann Lee", "ann@x.example")]),
        ("Ann < ann @ x.example >", [("Ann", "ann@x.example")]),
        ("Jörg <jörg@bücher.example>", [("Jörg", "jörg@xn--bcher-kva.example")]),
        ("root", [("", "root")]),
        ("MAILER-DAEMON <>", [("", "MAILER-DAEMON")]),
        ('"ann@good.example" <eve@evil.example>', [("ann@good.example", "eve@evil.example")]),
        ("Team: ann@x.example, bob@y.example;", [("", "ann@x.example"), ("", "bob@y.example")]),
        ("undisclosed-recipients:;", []),
        ("", []),
        ("<>", []),
        (" , ;, ", []),
    ],
)
def test_addresses_are_read(value: str, found: list[tuple[str, str]]) -> None:
    assert [(one.name, one.email) for one in read_addresses(value.encode())[0]] == found


@pytest.mark.parametrize(
    "value",
    [
        "alice@x.example)bob@y.example",
        "ann@x.example bob@y.example",
        "<ann@x.example> <bob@y.example>",
        "Ann <ann@x.example@y.example>",
        "ann\u202e@x.example",
    ],
)
def test_what_has_two_readings_never_becomes_an_address(value: str) -> None:
    addresses, defects = read_addresses(value.encode())

    assert not any("@" in one.email for one in addresses)
    assert "ambiguous" in defects


@pytest.mark.parametrize("octets", [b"J\xf6rg <j@x.example>", "Jörg <j@x.example>".encode()])
def test_raw_bytes_do_not_lose_the_address(octets: bytes) -> None:
    addresses, defects = read_addresses(octets)

    assert [(one.name, one.email) for one in addresses] == [("Jörg", "j@x.example")]
    assert defects == ("8bit",)


def test_a_field_beyond_the_caps_is_cut_and_flagged() -> None:
    addresses, defects = read_addresses(b"a@b.example, " * 100_000)

    assert len(addresses) == MAX_ADDRESSES
    assert "too_long" in defects


def test_a_legal_field_has_no_defects() -> None:
    assert read_addresses(b"Ann (at work) <ann@x.example>")[1] == ()
