"""Deceptive mail of the made-up company: none of it may be confirmed for the wrong account."""

from collections import Counter
from itertools import islice

import pytest

from benchmarks.company import Company, attacks, mails, make_company
from triage.core.attribution import AccountState, attribute
from triage.core.claims import Facts
from triage.core.direction import direction
from triage.core.rules import RuleBook


@pytest.fixture(scope="module")
def company() -> Company:
    return make_company(5, customers=40)


@pytest.fixture(scope="module")
def rules(company: Company) -> RuleBook:
    return RuleBook(company.source())


def test_no_deceptive_mail_is_confirmed_for_the_wrong_account(company: Company, rules: RuleBook) -> None:
    kinds: Counter[str] = Counter()
    wrong: Counter[str] = Counter()

    for attack in attacks(company, 6, count=1_800):
        found = attribute(Facts.of(attack.message, direction(attack.message, rules.own)), rules)
        kinds[attack.kind] += 1
        wrong[attack.kind] += found.state is AccountState.CONFIRMED and found.account != attack.allowed

    assert wrong.total() == 0
    assert len(kinds) == 9


def test_honest_mail_of_known_people_is_confirmed(company: Company, rules: RuleBook) -> None:
    outcomes: Counter[tuple[str, bool]] = Counter()

    for mail in islice(mails(company, 7, threads_a_project=1), 500):
        assert direction(mail.message, rules.own) is mail.direction
        found = attribute(Facts.of(mail.message, mail.direction), rules)
        outcomes[found.state.value, found.account == mail.customer.id] += 1

    assert outcomes["confirmed", False] == 0
    assert outcomes["confirmed", True] / outcomes.total() > 0.85


def test_the_same_seed_draws_the_same_mail() -> None:
    one, other = (list(attacks(make_company(5, customers=4), 6, count=20)) for _ in range(2))

    assert one == other
