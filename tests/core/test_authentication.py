import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.authentication import UNNAMED_HOST, Verdict, verdict

HOSTS = frozenset({"mx.us.example"})


def last_two(domain: str) -> str:
    return ".".join(domain.split(".")[-2:])


def read(*values: str, domain: str = "acme.example", hosts: frozenset[str] = HOSTS) -> Verdict:
    return verdict(values, hosts=hosts, domain=domain, registrable=last_two)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("mx.us.example; dmarc=pass header.from=acme.example", Verdict.PASS),
        ("mx.us.example 1; dmarc=fail (p=none) header.from=acme.example; spf=pass", Verdict.FAIL),
        ("MX.US.example; spf=pass smtp.mailfrom=bounce@mail.acme.example", Verdict.PASS),
        ("mx.us.example; spf=pass smtp.mailfrom=x@evil.example", Verdict.FAIL),
        ("mx.us.example; spf=pass", Verdict.FAIL),
        ("mx.us.example; dkim=pass header.d=acme.example; spf=fail", Verdict.PASS),
        ("mx.us.example; dkim=pass header.i=@acme.example", Verdict.PASS),
        ("mx.us.example; dkim/1=fail header.d=acme.example", Verdict.FAIL),
        ("mx.us.example; spf=softfail smtp.mailfrom=acme.example", Verdict.FAIL),
        ("mx.us.example; spf=none; dkim=none", Verdict.ABSENT),
        ("mx.us.example; spf=temperror", Verdict.ABSENT),
        ("mx.us.example; none", Verdict.ABSENT),
        ("mx.us.example (a;(b) dmarc=pass); spf=fail", Verdict.FAIL),
        ('mx.us.example; spf=fail reason="x; dmarc=pass"', Verdict.FAIL),
        ('mx.us.example; spf=fail reason="a \\" ; dmarc=pass"', Verdict.FAIL),
        ("evil.example; dmarc=pass header.from=acme.example", Verdict.ABSENT),
        ("", Verdict.ABSENT),
        (";;", Verdict.ABSENT),
        ("mx.us.example; spf=fail ) (", Verdict.FAIL),
        (
            "mx.us.example; spf=fail (a (b (c (d) dmarc=pass) dmarc=pass) dmarc=pass); dmarc=pass",
            Verdict.PASS,
        ),
        ("mx.us.example; spf=fail (a (b); dmarc=pass", Verdict.FAIL),
        (f"mx.us.example; spf=fail {'(' * 100_000}; dmarc=pass{')' * 100_000}", Verdict.FAIL),
    ],
)
def test_a_verdict_follows_from_the_header(value: str, expected: Verdict) -> None:
    assert read(value) is expected


def test_only_the_topmost_header_of_a_trusted_host_counts() -> None:
    forged = "mx.us.example; dmarc=pass header.from=acme.example"

    assert read("mx.us.example; dmarc=fail", forged) is Verdict.FAIL
    assert read("relay.example; dmarc=fail", forged) is Verdict.PASS


def test_microsoft_names_no_host() -> None:
    value = "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=acme.example; dmarc=bestguesspass"

    assert read(value, hosts=frozenset({UNNAMED_HOST})) is Verdict.PASS
    assert read(value) is Verdict.ABSENT


def test_a_sender_without_a_domain_is_never_proven() -> None:
    assert read("mx.us.example; spf=pass smtp.mailfrom=", domain="") is Verdict.FAIL


def test_dmarc_says_nothing_about_another_party_than_the_author() -> None:
    value = "mx.us.example; dmarc=pass header.from=evil.example; dkim=pass header.d=evil.example"

    found = verdict([value], hosts=HOSTS, domain="lists.acme.example", registrable=last_two, is_author=False)

    assert found is Verdict.FAIL


@given(st.lists(st.sampled_from(["(", ")", "((", "))", "; ", "dmarc=pass", "spf=fail", " a "]), max_size=12))
def test_quotes_elsewhere_do_not_change_what_is_a_comment(words: list[str]) -> None:
    value = "mx.us.example; " + "".join(words)

    assert read(value) == read(f'{value} ;x="y"')
