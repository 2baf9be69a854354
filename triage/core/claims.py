"""The evidence in one message, piece by piece: which accounts each piece allows, and how strongly.

Gathering and deciding are two things: here every piece is judged alone, in ``attribution`` they
are weighed against each other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from triage.core.authentication import Verdict, verdict
from triage.core.direction import Direction
from triage.core.ids import AccountId
from triage.core.message import Address, Evidence, Message
from triage.core.rules import Rule, RuleBook, accounts_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What attribution looks at in a message.

    Attributes:
        addressed: Every address the message was sent or delivered to.
        text: The sender's own new words; nothing quoted or forwarded.
        text_is_sure: False when quoted words may be among them.
    """

    direction: Direction
    received_at: datetime
    senders: tuple[Address, ...] = ()
    recipients: tuple[str, ...] = ()
    addressed: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    list_id: str = ""
    authentication_results: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    text_is_sure: bool = True

    @classmethod
    def of(cls, message: Message, direction: Direction) -> "Facts":
        """Take the facts from a message."""
        return cls(
            direction=direction,
            received_at=message.received_at,
            senders=message.senders,
            recipients=_keys(message.recipients),
            addressed=_keys(message.delivered_to + message.recipients),
            reply_to=_keys(message.reply_to),
            list_id=message.list_id,
            authentication_results=message.authentication_results,
            subject=message.subject,
            text=message.text_new,
            text_is_sure=message.zones_are_sure,
        )


class Rung(StrEnum):
    """The ladder of evidence, highest first."""

    ADDRESS = "plus_address"
    PERSON = "person"
    LIST = "list_id"
    CODE = "code"


class Strength(StrEnum):
    """How far a piece of evidence goes."""

    STRONG = "strong"
    WEAK = "weak"
    #: May object to an account, but never speaks for one.
    OBJECTION = "objection"


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """The accounts that one piece of evidence allows."""

    rung: Rung
    accounts: frozenset[AccountId]
    strength: Strength
    evidence: Evidence


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """All evidence in a message.

    Attributes:
        notes: What a person should know, but what names no account.
        strangers: Addresses outside that take part and belong to no account.
    """

    claims: tuple[Claim, ...]
    notes: tuple[Evidence, ...]
    strangers: frozenset[str]


def gather(facts: Facts, rules: RuleBook) -> Case:
    """Collect the evidence of a message."""
    warnings = tuple(_disguises(facts, rules))
    is_proven, doubts = _sender_proof(facts, rules)
    strength = Strength.STRONG if is_proven and not warnings else Strength.WEAK
    people = tuple(_people(facts, rules, strength))
    claims = (
        *_addresses(facts, rules, strength),
        *people,
        *_lists(facts, rules, has_warning=bool(warnings)),
        *_reply_to(facts, rules),
        *_codes(facts, rules, people),
    )
    strangers = frozenset(email for email in _outsiders(facts, rules) if not _known(email, facts, rules))
    return Case(claims=claims, notes=(*warnings, *doubts, *_freemail(strangers, rules)), strangers=strangers)


def _sender_proof(facts: Facts, rules: RuleBook) -> tuple[bool, tuple[Evidence, ...]]:
    """Return whether the sender may be believed, and the doubts."""
    if len(facts.senders) != 1:
        text = "The message names several senders" if facts.senders else "The message names no sender"
        return False, (Evidence(kind="authentication", text=f"{text}, so none is proven."),)
    domain = facts.senders[0].domain
    match _verdict(facts, rules, domain, is_author=True):
        case Verdict.PASS:
            return True, ()
        case Verdict.FAIL:
            text = f"The receiving server could not prove that the mail comes from {domain}."
            return False, (Evidence(kind="authentication", text=text),)
        case Verdict.ABSENT if rules.require_authentication and facts.direction is Direction.INBOUND:
            return False, (Evidence(kind="authentication", text=f"No trusted server vouches for {domain}."),)
    return True, ()


def _verdict(facts: Facts, rules: RuleBook, domain: str, *, is_author: bool) -> Verdict:
    return verdict(
        facts.authentication_results,
        hosts=rules.trusted_hosts,
        domain=domain,
        registrable=rules.registrable,
        is_author=is_author,
    )


def _disguises(facts: Facts, rules: RuleBook) -> Iterator[Evidence]:
    """Yield a warning for each sender that is made to look like somebody known."""
    for sender in facts.senders:
        email = sender.key
        if rules.own.holds(email) or rules.sender_rules(email, facts.received_at):
            continue
        if resembled := rules.resembled(email):
            yield Evidence(kind="look_alike", text=f"{sender.domain} only resembles {resembled}.")
        shown = {word.strip("<>()[]\"',;").lower() for word in sender.name.split() if "@" in word}
        for word in sorted(shown - {email}):
            if rules.own.holds(word) or rules.sender_rules(word, facts.received_at):
                yield Evidence(kind="display_name", text=f"{email} shows the address {word} as its name.")


def _people(facts: Facts, rules: RuleBook, strength: Strength) -> Iterator[Claim]:
    """Yield a claim for each known person outside.

    A sender decides inbound mail. Whom an outsider copies only suggests: anybody can copy anybody.
    """
    is_outbound = facts.direction is Direction.OUTBOUND
    for sender in facts.senders:
        yield from _person(sender.key, "wrote this", facts, rules, strength)
    for email in dict.fromkeys(facts.recipients):
        told = "was written to" if is_outbound else "was copied"
        yield from _person(email, told, facts, rules, strength if is_outbound else Strength.WEAK)


def _person(email: str, did: str, facts: Facts, rules: RuleBook, strength: Strength) -> Iterator[Claim]:
    found = () if rules.own.holds(email) else rules.sender_rules(email, facts.received_at)
    if found:
        kind = found[0].kind
        known = f"a contact of {_names(found, rules)}"
        if kind.value == "domain":
            known = f"at {found[0].value}, a domain of {_names(found, rules)}"
        evidence = Evidence(kind=kind.value, text=f"{email}, {known}, {did}.")
        yield Claim(rung=Rung.PERSON, accounts=accounts_of(found), strength=strength, evidence=evidence)


def _addresses(facts: Facts, rules: RuleBook, strength: Strength) -> Iterator[Claim]:
    for email in dict.fromkeys(facts.addressed):
        if found := rules.address_rules(email, facts.received_at):
            evidence = Evidence(
                kind=Rung.ADDRESS.value, text=f"It was sent to {email}, kept for {_names(found, rules)}."
            )
            yield Claim(rung=Rung.ADDRESS, accounts=accounts_of(found), strength=strength, evidence=evidence)


def _lists(facts: Facts, rules: RuleBook, *, has_warning: bool) -> Iterator[Claim]:
    """Yield the claim of the mailing list, which is proven by the list's domain, not the author's."""
    found = rules.list_rules(facts.list_id, facts.received_at) if facts.list_id else ()
    if not found:
        return
    proof = _verdict(facts, rules, found[0].value.strip("<> ").lower(), is_author=False)
    is_open = proof is Verdict.ABSENT and not rules.require_authentication
    is_strong = not has_warning and (proof is Verdict.PASS or is_open)
    yield Claim(
        rung=Rung.LIST,
        accounts=accounts_of(found),
        strength=Strength.STRONG if is_strong else Strength.WEAK,
        evidence=Evidence(kind=Rung.LIST.value, text=f"It came through the list of {_names(found, rules)}."),
    )


def _reply_to(facts: Facts, rules: RuleBook) -> Iterator[Claim]:
    """Yield an objection where replies would go to somebody of another account."""
    for email in dict.fromkeys(facts.reply_to):
        for claim in _person(email, "would get the reply", facts, rules, Strength.OBJECTION):
            yield Claim(
                rung=claim.rung,
                accounts=claim.accounts,
                strength=claim.strength,
                evidence=Evidence(kind="reply_to", text=claim.evidence.text),
            )


def _codes(facts: Facts, rules: RuleBook, people: tuple[Claim, ...]) -> Iterator[Claim]:
    """Yield a claim per code. It is strong only beside a proven person of the same account."""
    proven = [claim.accounts for claim in people if claim.strength is Strength.STRONG]
    seen: set[tuple[str, frozenset[AccountId]]] = set()
    for text, is_sure in ((facts.subject, True), (facts.text, facts.text_is_sure)):
        for code, found in codes_in(text, rules, facts.received_at):
            accounts = accounts_of(found)
            if (code.lower(), accounts) in seen:
                continue
            seen.add((code.lower(), accounts))
            has_person = any(accounts & others for others in proven)
            yield Claim(
                rung=Rung.CODE,
                accounts=accounts,
                strength=Strength.STRONG if has_person and is_sure else Strength.WEAK,
                evidence=Evidence(
                    kind=Rung.CODE.value, text=f"It names {code}, a code of {_names(found, rules)}."
                ),
            )


def codes_in(text: str, rules: RuleBook, at: datetime) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    """Yield each code in the text with all rules that it fits."""
    spans: dict[tuple[int, int], list[Rule]] = {}
    for hit in rules.codes.find(text):
        if hit.target.holds_at(at):
            spans.setdefault((hit.start, hit.end), []).append(hit.target)
    for (start, end), found in spans.items():
        yield text[start:end], tuple(found)


def _outsiders(facts: Facts, rules: RuleBook) -> Iterator[str]:
    for email in (*_keys(facts.senders), *facts.recipients):
        if not rules.own.holds(email):
            yield email


def _known(email: str, facts: Facts, rules: RuleBook) -> bool:
    return bool(rules.sender_rules(email, facts.received_at))


def _freemail(strangers: Iterable[str], rules: RuleBook) -> Iterator[Evidence]:
    for email in sorted(strangers):
        if rules.is_public(email):
            yield Evidence(
                kind="freemail", text=f"{email} is at a provider that everybody uses, and no known contact."
            )


def _names(found: Iterable[Rule], rules: RuleBook) -> str:
    return " and ".join(sorted(rules.account_name(account) for account in accounts_of(found)))


def _keys(addresses: Iterable[Address]) -> tuple[str, ...]:
    return tuple(address.key for address in addresses)
