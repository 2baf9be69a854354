from datetime import UTC, datetime, timedelta

from triage.core.direction import Own
from triage.core.ids import AccountId
from triage.core.proposal import Proposal, Sighting, propose
from triage.core.rules import Rule, RuleBook, RuleKind, RuleSource
from triage.registrable import registrable

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ACME, GLOBEX = AccountId(1), AccountId(2)
WEEK = timedelta(days=7)


def book(*rules: Rule) -> RuleBook:
    return RuleBook(
        RuleSource(rules=rules, account_names={ACME: "Acme", GLOBEX: "Globex"}, registrable=registrable)
    )


BOOK = RuleBook(
    RuleSource(
        rules=(Rule(kind=RuleKind.DOMAIN, value="acme.example", account=ACME),),
        own=Own(domains=frozenset({"us.example"})),
        account_names={ACME: "Acme"},
        public_domains=frozenset({"gmail.com"}),
        registrable=registrable,
    )
)


def proposed(*sightings: tuple[AccountId, str]) -> list[tuple[str, str, int]]:
    seen = [Sighting(account=account, email=email, at=NOW) for account, email in sightings]
    return [(one.kind.value, one.value, one.people) for one in propose(seen, BOOK, at=NOW)]


def test_three_people_of_one_domain_propose_the_domain() -> None:
    people = [(ACME, f"{name}@eu.supplier.example") for name in ("ann", "bob", "cy")]

    assert proposed(*people, people[0]) == [("domain", "supplier.example", 3)]


def test_fewer_people_are_proposed_one_by_one() -> None:
    assert proposed((ACME, "Ann@supplier.example"), (ACME, "bob@supplier.example")) == [
        ("contact", "ann@supplier.example", 1),
        ("contact", "bob@supplier.example", 1),
    ]


def test_freemail_and_disguises_are_never_proposed_as_a_domain() -> None:
    people = [(ACME, f"{name}@{domain}") for domain in ("gmail.com", "acrne.example") for name in "abc"]

    assert {kind for kind, _, _ in proposed(*people)} == {"contact"}


def test_who_works_with_two_accounts_is_proposed_for_neither() -> None:
    people = [(ACME, f"{name}@supplier.example") for name in "abc"]

    assert proposed(*people, (GLOBEX, "a@supplier.example")) == [
        ("contact", "b@supplier.example", 1),
        ("contact", "c@supplier.example", 1),
    ]


def test_known_people_and_our_own_are_not_proposed() -> None:
    assert proposed((ACME, "sue@acme.example"), (ACME, "me@us.example")) == []


def test_a_proposal_is_put_as_a_question() -> None:
    domain = Proposal(kind=RuleKind.DOMAIN, value="supplier.example", account=ACME, people=4, since=NOW)
    contact = Proposal(kind=RuleKind.CONTACT, value="a@b.example", account=ACME, people=1, since=NOW)

    assert domain.question(BOOK) == (
        "4 people at supplier.example took part in threads of Acme: take the domain?"
    )
    assert contact.question(BOOK) == "a@b.example took part in threads of Acme: take the contact?"


def test_a_rule_holds_from_the_first_time_it_would_have_spoken() -> None:
    seen = [
        Sighting(account=ACME, email=f"{name}@supplier.example", at=NOW - number * WEEK)
        for number, name in enumerate("abc")
    ]

    assert [one.since for one in propose(seen, BOOK, at=NOW)] == [NOW - 2 * WEEK]


def test_a_contact_that_changed_customers_is_proposed_to_move() -> None:
    rule = Rule(kind=RuleKind.CONTACT, value="pat@mail.example", account=ACME, source="person")
    seen = [
        Sighting(account=ACME, email="pat@mail.example", at=NOW - 3 * WEEK),
        Sighting(account=GLOBEX, email="pat@mail.example", at=NOW - WEEK),
        Sighting(account=GLOBEX, email="pat@mail.example", at=NOW),
    ]

    (found,) = propose(seen, book(rule), at=NOW)

    assert (found.account, found.moved_from, found.since) == (GLOBEX, ACME, NOW - WEEK)
    assert found.question(book(rule)) == (
        "pat@mail.example, a contact of Acme, takes part in threads of Globex only since 2026-02-23:"
        " move the contact?"
    )


def test_who_still_works_with_the_old_customer_or_stands_in_the_configuration_does_not_move() -> None:
    learned = Rule(kind=RuleKind.CONTACT, value="pat@mail.example", account=ACME, source="person")
    configured = Rule(kind=RuleKind.CONTACT, value="pat@mail.example", account=ACME)
    back = [
        Sighting(account=GLOBEX, email="pat@mail.example", at=NOW - WEEK),
        Sighting(account=ACME, email="pat@mail.example", at=NOW),
    ]

    assert propose(back, book(learned), at=NOW) == ()
    assert propose(back[:1], book(configured), at=NOW) == ()


def test_a_domain_covers_its_subdomains_and_no_look_alike() -> None:
    domain = Proposal(kind=RuleKind.DOMAIN, value="b.example", account=ACME, people=3, since=NOW)
    contact = Proposal(kind=RuleKind.CONTACT, value="a@b.example", account=ACME, people=1, since=NOW)

    assert [domain.covers(one) for one in ("x@b.example", "x@eu.b.example", "x@ab.example")] == [
        True,
        True,
        False,
    ]
    assert [contact.covers(one) for one in ("a@b.example", "aa@b.example")] == [True, False]
