"""What confirmed threads teach about people: new contacts and domains, for one click each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from triage.core.ids import AccountId
from triage.core.rules import RuleBook, RuleKind

#: So many people of one domain must have written before the domain as a whole is proposed.
_FEWEST_PEOPLE = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """An address outside that took part in a thread of a confirmed account."""

    account: AccountId
    email: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A rule that a person may confirm.

    Attributes:
        people: How many addresses speak for it.
    """

    kind: RuleKind
    value: str
    account: AccountId
    people: int

    def question(self, rules: RuleBook) -> str:
        """Return the question to put to a person."""
        name = rules.account_name(self.account)
        if self.kind is RuleKind.DOMAIN:
            return f"{self.people} people at {self.value} took part in threads of {name}: take the domain?"
        return f"{self.value} took part in threads of {name}: take the contact?"


def propose(sightings: Iterable[Sighting], rules: RuleBook, *, at: datetime) -> tuple[Proposal, ...]:
    """Return the rules that would name unknown people, domains first, those of most people first.

    Who was seen with two accounts is proposed for neither: a wrong rule would confirm wrong threads.
    """
    accounts: defaultdict[str, set[AccountId]] = defaultdict(set)
    for one in sightings:
        email = one.email.lower()
        if not rules.own.holds(email) and not rules.sender_rules(email, at):
            accounts[email].add(one.account)
    domains = _domains(accounts, rules)
    contacts = [
        Proposal(kind=RuleKind.CONTACT, value=email, account=next(iter(found)), people=1)
        for email, found in sorted(accounts.items())
        if len(found) == 1 and _domain(email, rules) not in {one.value for one in domains}
    ]
    return (*domains, *contacts)


def _domains(accounts: dict[str, set[AccountId]], rules: RuleBook) -> list[Proposal]:
    people: defaultdict[str, set[str]] = defaultdict(set)
    owners: defaultdict[str, set[AccountId]] = defaultdict(set)
    for email, found in accounts.items():
        if domain := _domain(email, rules):
            people[domain].add(email)
            owners[domain] |= found
    proposed = [
        Proposal(
            kind=RuleKind.DOMAIN,
            value=domain,
            account=next(iter(owners[domain])),
            people=len(emails),
        )
        for domain, emails in people.items()
        if len(owners[domain]) == 1 and len(emails) >= _FEWEST_PEOPLE
    ]
    return sorted(proposed, key=lambda one: (-one.people, one.value))


def _domain(email: str, rules: RuleBook) -> str:
    """Return the registrable domain that may be proposed, or empty."""
    if rules.is_public(email) or rules.resembled(email):
        return ""
    return rules.registrable(email.rpartition("@")[2])
