"""What confirmed threads teach about people: new contacts and domains, for one click each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from triage.core.ids import AccountId
from triage.core.rules import RuleBook, RuleKind

#: So many people of one domain must have written before the domain as a whole is proposed.
_FEWEST_PEOPLE = 3
#: What a person confirmed, as opposed to the configuration, which a program must not overrule.
_PERSON = "person"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """An address outside that took part in a thread of a confirmed account.

    Attributes:
        at: When the message was received.
    """

    account: AccountId
    email: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A rule that a person may confirm.

    Attributes:
        people: How many addresses speak for it.
        since: The first time that one of them took part; the rule holds from then on.
        moved_from: The account whose contact the person was until then.
    """

    kind: RuleKind
    value: str
    account: AccountId
    people: int
    since: datetime
    moved_from: AccountId | None = None

    @property
    def id(self) -> str:
        """Return what a person names it by: nothing is proposed twice."""
        return f"{self.kind.value}:{self.value}"

    def covers(self, email: str) -> bool:
        """Return whether the rule would speak for an address in lower case."""
        if self.kind is RuleKind.CONTACT:
            return email == self.value
        domain = email.rpartition("@")[2]
        return domain == self.value or domain.endswith(f".{self.value}")

    def question(self, rules: RuleBook) -> str:
        """Return the question to put to a person."""
        name = rules.account_name(self.account)
        if self.kind is RuleKind.DOMAIN:
            return f"{self.people} people at {self.value} took part in threads of {name}: take the domain?"
        if self.moved_from is not None:
            before = rules.account_name(self.moved_from)
            return (
                f"{self.value}, a contact of {before}, takes part in threads of {name} only"
                f" since {self.since:%Y-%m-%d}: move the contact?"
            )
        return f"{self.value} took part in threads of {name}: take the contact?"


def propose(sightings: Iterable[Sighting], rules: RuleBook, *, at: datetime) -> tuple[Proposal, ...]:
    """Return the rules that would name unknown people, domains first, those of most people first.

    Who was seen with two accounts is proposed for neither: a wrong rule would confirm wrong threads.
    Only somebody who was seen with one account first and with the other afterwards has moved, and
    only a contact that a person confirmed can move: the configuration is changed by hand.
    """
    seen: defaultdict[str, list[Sighting]] = defaultdict(list)
    for one in sightings:
        if not rules.own.holds(email := one.email.lower()):
            seen[email].append(one)
    unknown = {email: found for email, found in seen.items() if not rules.sender_rules(email, at)}
    domains = _domains(unknown, rules)
    taken = {one.value for one in domains}
    contacts = (
        Proposal(
            kind=RuleKind.CONTACT,
            value=email,
            account=found[0].account,
            people=1,
            since=min(one.at for one in found),
        )
        for email, found in sorted(unknown.items())
        if len({one.account for one in found}) == 1 and _domain(email, rules) not in taken
    )
    return (*domains, *contacts, *_moves(seen, rules, at))


def _moves(seen: dict[str, list[Sighting]], rules: RuleBook, at: datetime) -> Iterator[Proposal]:
    for email, found in sorted(seen.items()):
        known = rules.sender_rules(email, at)
        if len(known) != 1 or known[0].kind is not RuleKind.CONTACT or known[0].source != _PERSON:
            continue
        before = known[0].account
        away = [one for one in found if one.account != before]
        accounts = {one.account for one in away}
        last = max((one.at for one in found if one.account == before), default=known[0].valid_from)
        if len(accounts) == 1 and (last is None or last < min(one.at for one in away)):
            yield Proposal(
                kind=RuleKind.CONTACT,
                value=email,
                account=accounts.pop(),
                people=1,
                since=min(one.at for one in away),
                moved_from=before,
            )


def _domains(unknown: dict[str, list[Sighting]], rules: RuleBook) -> list[Proposal]:
    people: defaultdict[str, set[str]] = defaultdict(set)
    sightings: defaultdict[str, list[Sighting]] = defaultdict(list)
    for email, found in unknown.items():
        if domain := _domain(email, rules):
            people[domain].add(email)
            sightings[domain] += found
    proposed = [
        Proposal(
            kind=RuleKind.DOMAIN,
            value=domain,
            account=sightings[domain][0].account,
            people=len(emails),
            since=min(one.at for one in sightings[domain]),
        )
        for domain, emails in people.items()
        if len({one.account for one in sightings[domain]}) == 1 and len(emails) >= _FEWEST_PEOPLE
    ]
    return sorted(proposed, key=lambda one: (-one.people, one.value))


def _domain(email: str, rules: RuleBook) -> str:
    """Return the registrable domain that may be proposed, or empty."""
    if rules.is_public(email) or rules.resembled(email):
        return ""
    return rules.registrable(email.rpartition("@")[2])
