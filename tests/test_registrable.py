import pytest

from triage.registrable import registrable


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("acme.example", "acme.example"),
        ("Mail.Acme.CO.UK.", "acme.co.uk"),
        ("co.uk", ""),
        ("one.github.io", "one.github.io"),
        ("a.b.acme.corp", "acme.corp"),
        ("localhost", ""),
        ("", ""),
        ("[192.0.2.1]", ""),
        ("192.0.2.1", ""),
        ("[2001:db8::1]", ""),
        ("a..b", ""),
        ("xn--bcher-kva.de", "xn--bcher-kva.de"),
    ],
)
def test_the_registered_part_is_found(domain: str, expected: str) -> None:
    assert registrable(domain) == expected
