from datetime import UTC, datetime

import pytest

from triage.core.direction import Own
from triage.core.ids import AccountId, ProjectId
from triage.core.rules import Rule, RuleBook, RuleKind, RuleSource
from triage.registrable import registrable

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ACME = AccountId(1)


def book(kind: RuleKind, value: str) -> RuleBook:
    return RuleBook(
        RuleSource(
            rules=(Rule(kind=kind, value=value, account=ACME),),
            own=Own(addresses=frozenset({"me@mail.example"}), domains=frozenset({"us.example"})),
            public_domains=frozenset({"gmail.com", "onmicrosoft.com"}),
            registrable=registrable,
        )
    )


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (RuleKind.DOMAIN, "gmail.com", "everybody uses"),
        (RuleKind.DOMAIN, "eu.us.example", "our own"),
        (RuleKind.DOMAIN, "co.uk", "register"),
        (RuleKind.DOMAIN, "", "register"),
        (RuleKind.CONTACT, "me@mail.example", "our own"),
        (RuleKind.CONTACT, "sue", "not an address"),
        (RuleKind.PLUS_ADDRESS, "help", "not an address"),
        (RuleKind.CODE, "#", "needs a letter"),
        (RuleKind.ALIAS, "  ", "needs a letter"),
        (RuleKind.LIST_ID, "", "empty"),
    ],
)
def test_a_rule_that_cannot_be_used_is_listed(kind: RuleKind, value: str, reason: str) -> None:
    (ignored,) = book(kind, value).ignored

    assert reason in ignored.reason


@pytest.mark.parametrize(
    ("rule", "email"),
    [
        ("acme.onmicrosoft.com", "sue@acme.onmicrosoft.com"),
        ("@Acme.example", "sue@mail.acme.example"),
        ("bücher.example", "sue@xn--bcher-kva.example"),
    ],
)
def test_a_domain_is_matched_from_the_longest(rule: str, email: str) -> None:
    rules = book(RuleKind.DOMAIN, rule)

    assert [found.account for found in rules.sender_rules(email, NOW)] == [ACME]
    assert rules.ignored == ()


def test_another_tenant_of_a_shared_provider_is_a_stranger() -> None:
    assert book(RuleKind.DOMAIN, "acme.onmicrosoft.com").sender_rules("x@evil.onmicrosoft.com", NOW) == ()


def test_a_name_that_is_not_configured_is_shown_as_a_number() -> None:
    rules = book(RuleKind.DOMAIN, "acme.example")

    assert rules.account_name(ACME) == "account 1"
    assert rules.project_name(ProjectId(4)) == "project 4"


def test_a_malformed_domain_is_kept_as_it_is() -> None:
    rules = book(RuleKind.CONTACT, "sue@a..example")

    assert [found.account for found in rules.sender_rules("sue@a..example", NOW)] == [ACME]
