from datetime import UTC, datetime

from triage.core.direction import Own
from triage.core.ids import AccountId
from triage.core.proposal import Proposal, Sighting, propose
from triage.core.rules import Rule, RuleBook, RuleKind, RuleSource
from triage.registrable import registrable

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ACME, GLOBEX = AccountId(1), AccountId(2)
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
    seen = [Sighting(account=account, email=email) for account, email in sightings]
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
    domain = Proposal(kind=RuleKind.DOMAIN, value="supplier.example", account=ACME, people=4)
    contact = Proposal(kind=RuleKind.CONTACT, value="a@b.example", account=ACME, people=1)

    assert domain.question(BOOK) == (
        "4 people at supplier.example took part in threads of Acme: take the domain?"
    )
    assert contact.question(BOOK) == "a@b.example took part in threads of Acme: take the contact?"
