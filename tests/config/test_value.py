from collections.abc import Callable

import pytest

from triage.config.value import WrongValueError, as_address, as_code, as_domain, as_list_id, as_zone


@pytest.mark.parametrize(
    ("read", "written", "expected"),
    [
        (as_domain, "Example.COM", "example.com"),
        (as_domain, "@example.com", "example.com"),
        (as_domain, "bücher.example", "xn--bcher-kva.example"),
        (as_address, "Anna@Example.com", "anna@example.com"),
        (as_address, "a+b@x.example", "a+b@x.example"),
        (as_code, " ACME-4711 ", "ACME-4711"),
        (as_code, "ACM-#", "ACM-#"),
        (as_code, "2024/117", "2024/117"),
        (as_list_id, "<Users.Lists.example>", "users.lists.example"),
        (as_zone, "Europe/Berlin", "Europe/Berlin"),
    ],
)
def test_value_is_normalised(read: Callable[[str], str], written: str, expected: str) -> None:
    assert read(written) == expected


@pytest.mark.parametrize(
    ("read", "written"),
    [
        (as_domain, "example"),
        (as_domain, "-a.example"),
        (as_domain, "a b.example"),
        (as_domain, "ü" * 70 + ".example"),
        (as_address, "anna"),
        (as_address, "Anna <anna@example.com>"),
        (as_address, "@example.com"),
        (as_code, "AB"),
        (as_code, "A B C"),
        (as_code, "---"),
        (as_list_id, "Users list"),
        (as_zone, "Berlin"),
        (as_zone, "Europe"),
        (as_zone, "../etc/passwd"),
    ],
)
def test_value_that_cannot_be_meant_is_refused_with_a_mend(read: Callable[[str], str], written: str) -> None:
    with pytest.raises(WrongValueError) as raised:
        read(written)

    assert raised.value.mend
