"""What names an account or a project: the facts that people configured or confirmed.

A rule book is built once from the rows and then only read. Every question is a dictionary look-up,
so the number of customers does not matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from triage.core.authentication import Registrable
from triage.core.direction import Own, parents
from triage.core.ids import AccountId, ProjectId
from triage.core.lookalike import LookalikeIndex
from triage.core.phrase import PhraseIndex


class RuleKind(StrEnum):
    """What a rule compares with.

    An ``alias`` with an ``@`` is another address of ours, read like a plus-address; any other alias
    is a name that people use in text. A code may hold ``#`` for a run of digits.
    """

    CONTACT = "contact"
    DOMAIN = "domain"
    PLUS_ADDRESS = "plus_address"
    LIST_ID = "list_id"
    CODE = "code"
    ALIAS = "alias"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One fact.

    Attributes:
        project: Set when the fact names a project of the account.
        source: ``config``, or ``person`` for what was learned from a confirmation.
        valid_from: First instant the fact holds; None for always. People change employers.
        valid_to: First instant it no longer holds; None for never.
    """

    kind: RuleKind
    value: str
    account: AccountId
    project: ProjectId | None = None
    source: str = "config"
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        """Return whether the fact holds at the instant."""
        started = self.valid_from is None or self.valid_from <= moment
        return started and (self.valid_to is None or moment < self.valid_to)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignored:
    """A rule that cannot be used, and why, for a person to mend."""

    rule: Rule
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleSource:
    """What a rule book is built from.

    Attributes:
        account_names: Shown in evidence.
        project_names: Shown in evidence.
        public_domains: Domains of providers that everybody uses.
        joint: Pairs of accounts that work on a common project and may read each other.
        trusted_hosts: authserv-ids whose Authentication-Results are believed (RFC 8601); ``-`` for
            a header without a name, as Microsoft 365 writes it.
        require_authentication: Believe an inbound sender only when a trusted host vouches for it.
        registrable: Returns the registered part of a domain.
    """

    rules: tuple[Rule, ...] = ()
    own: Own = field(default_factory=Own)
    account_names: Mapping[AccountId, str] = field(default_factory=dict)
    project_names: Mapping[ProjectId, str] = field(default_factory=dict)
    public_domains: frozenset[str] = frozenset()
    joint: frozenset[frozenset[AccountId]] = frozenset()
    trusted_hosts: frozenset[str] = frozenset()
    require_authentication: bool = False
    registrable: Registrable


#: Addresses whose rules are kept at hand, and domains of which it is known what they resemble.
_MOST_ADDRESSES = 16_384


class RuleBook:
    """The rules, indexed."""

    def __init__(self, source: RuleSource) -> None:
        """Index the rules; those that cannot be used are listed in ``ignored``."""
        self.own = source.own
        self.trusted_hosts = frozenset(host.lower() for host in source.trusted_hosts)
        self.require_authentication = source.require_authentication
        self.registrable = source.registrable
        self._source = source
        self._partners: defaultdict[AccountId, set[AccountId]] = defaultdict(set)
        for pair in source.joint:
            for account in pair:
                self._partners[account] |= pair
        self._exact: defaultdict[tuple[RuleKind, str], list[Rule]] = defaultdict(list)
        phrases: dict[RuleKind, list[tuple[str, Rule]]] = {RuleKind.CODE: [], RuleKind.ALIAS: []}
        ignored = []
        for rule in source.rules:
            kind, value = self._key(rule)
            if reason := self._objection(kind, value):
                ignored.append(Ignored(rule=rule, reason=reason))
            elif kind in phrases:
                phrases[kind].append((value, rule))
            else:
                self._exact[kind, value].append(rule)
        self.ignored = tuple(ignored)
        self.codes = PhraseIndex(phrases[RuleKind.CODE])
        self.names = PhraseIndex(phrases[RuleKind.ALIAS])
        self._lookalikes = LookalikeIndex(self._known_domains())
        self._steps: dict[str, tuple[Sequence[Rule], ...]] = {}
        self._resembled: dict[str, str | None] = {}

    def sender_rules(self, email: str, at: datetime) -> tuple[Rule, ...]:
        """Return what is known of an address outside: as a contact, or else by its domain.

        The domain is matched from the longest to the registrable one, so a rule for a subsidiary's
        subdomain wins over that of its parent. A provider's domain never matches.
        """
        for known in self._sender_steps(email):
            if valid := _valid(known, at):
                return valid
        return ()

    def address_rules(self, email: str, at: datetime) -> tuple[Rule, ...]:
        """Return the rules for an address of ours that stands for an account or a project."""
        return self._valid(RuleKind.PLUS_ADDRESS, email, at)

    def list_rules(self, list_id: str, at: datetime) -> tuple[Rule, ...]:
        """Return the rules for a List-Id (RFC 2919)."""
        return self._valid(RuleKind.LIST_ID, _list_key(list_id), at)

    def is_public(self, email: str) -> bool:
        """Return whether the address is at a provider that everybody uses."""
        return any(domain in self._source.public_domains for domain in parents(email.rpartition("@")[2]))

    def resembled(self, email: str) -> str | None:
        """Return the known domain that the domain of an unknown address is made to resemble."""
        domain = email.rpartition("@")[2]
        try:
            return self._resembled[domain]
        except KeyError:
            is_public = self.is_public(email)
            found = None if is_public else self._lookalikes.resembled(domain, self.registrable(domain))
        if len(self._resembled) >= _MOST_ADDRESSES:
            self._resembled.clear()
        self._resembled[domain] = found
        return found

    def partners(self, account: AccountId) -> frozenset[AccountId]:
        """Return the account and those it has a joint project with."""
        return frozenset(self._partners.get(account, ())) | {account}

    def account_name(self, account: AccountId) -> str:
        """Return the name to show."""
        return self._source.account_names.get(account, f"account {account}")

    def project_name(self, project: ProjectId) -> str:
        """Return the name to show."""
        return self._source.project_names.get(project, f"project {project}")

    def _valid(self, kind: RuleKind, value: str, at: datetime) -> tuple[Rule, ...]:
        return _valid(self._exact.get((kind, value), ()), at)

    def _sender_steps(self, email: str) -> tuple[Sequence[Rule], ...]:
        """Return the rules for an address outside, whenever they hold: step by step, the nearest first."""
        # The same few hundred people write again and again. No cache of functools: it would hold this book
        # in a circle, and books are made anew often.
        found = self._steps.get(email)
        if found is None:
            if len(self._steps) >= _MOST_ADDRESSES:
                self._steps.clear()
            found = self._steps[email] = tuple(rules for rules in self._find_sender_steps(email) if rules)
        return found

    def _find_sender_steps(self, email: str) -> Iterator[Sequence[Rule]]:
        yield self._exact.get((RuleKind.CONTACT, email), ())
        for domain in parents(email.rpartition("@")[2]):
            if domain in self._source.public_domains or domain in self.own.domains:
                return
            yield self._exact.get((RuleKind.DOMAIN, domain), ())

    def _key(self, rule: Rule) -> tuple[RuleKind, str]:
        value = rule.value.strip()
        match rule.kind:
            case RuleKind.DOMAIN:
                return rule.kind, _ascii(value.lower().removeprefix("@").strip("."))
            case RuleKind.CONTACT | RuleKind.PLUS_ADDRESS:
                return rule.kind, _ascii_address(value.lower())
            case RuleKind.LIST_ID:
                return rule.kind, _list_key(value)
            case RuleKind.ALIAS if "@" in value:
                return RuleKind.PLUS_ADDRESS, _ascii_address(value.lower())
        return rule.kind, value

    def _objection(self, kind: RuleKind, value: str) -> str:
        """Return why the rule cannot be used, or empty."""
        match kind:
            case RuleKind.DOMAIN:
                return self._domain_objection(value)
            case RuleKind.CONTACT if self.own.holds(value):
                return "the address is our own"
            case RuleKind.CONTACT | RuleKind.PLUS_ADDRESS if "@" not in value:
                return "not an address"
            case RuleKind.CODE | RuleKind.ALIAS if not any(character.isalnum() for character in value):
                return "a code or a name needs a letter or a digit"
        return "" if value else "empty"

    def _domain_objection(self, domain: str) -> str:
        if domain in self._source.public_domains:
            return "the domain belongs to a provider that everybody uses; name single contacts"
        if self.own.holds(f"@{domain}"):
            return "the domain is our own"
        return "" if self.registrable(domain) else "not a domain that somebody can register"

    def _known_domains(self) -> Iterator[str]:
        for kind, value in self._exact:
            domain = value.rpartition("@")[2]
            if kind in {RuleKind.CONTACT, RuleKind.DOMAIN} and not self.is_public(value):
                yield self.registrable(domain)
        yield from self.own.domains


def _valid(rules: Iterable[Rule], at: datetime) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.holds_at(at))


def accounts_of(rules: Iterable[Rule]) -> frozenset[AccountId]:
    """Return the accounts that the rules name."""
    return frozenset(rule.account for rule in rules)


def _list_key(list_id: str) -> str:
    """Return the identifier without the description around it (RFC 2919 section 2)."""
    return list_id.rpartition("<")[2].partition(">")[0].strip().lower()


def _ascii_address(email: str) -> str:
    local, at, domain = email.rpartition("@")
    return f"{local}{at}{_ascii(domain)}"


def _ascii(domain: str) -> str:
    """Return the domain as punycode, the form that messages carry; unchanged if it has none."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
