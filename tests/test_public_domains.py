from triage.public_domains import public_domains


def test_the_list_covers_the_world() -> None:
    assert {
        "gmail.com",
        "gmx.de",
        "yahoo.co.jp",
        "qq.com",
        "mail.ru",
        "laposte.net",
        "onmicrosoft.com",
    } <= public_domains()
    assert len(public_domains()) > 800


def test_every_entry_is_a_domain_in_lower_case() -> None:
    wrong = [
        name for name in public_domains() if name != name.strip().lower() or "." not in name or "@" in name
    ]

    assert wrong == []


def test_companies_with_staff_of_their_own_are_not_on_it() -> None:
    assert public_domains().isdisjoint({"google.com", "microsoft.com", "example.com"})
