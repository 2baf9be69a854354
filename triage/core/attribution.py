"""Which customer a message and a thread belong to, decided from evidence alone.

Evidence stands on rungs: an address of ours given to one customer, a known person or domain, a
mailing list, a reference code. The first rung that names exactly one account decides; everything
else can only object. Text alone never decides, and neither do Reply-To and display names: anybody
can write them. What is not certain is suggested, in conflict or unknown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from triage.core.claims import Claim, Facts, Rung, Strength, gather
from triage.core.ids import AccountId
from triage.core.message import Evidence
from triage.core.rules import RuleBook


class AccountState(StrEnum):
    """How sure the account is. Only a confirmed one is shown to the readers of an account."""

    CONFIRMED = "confirmed"
    SUGGESTED = "suggested"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribution:
    """The account of a message or a thread, and why.

    Attributes:
        account: The account that is confirmed or suggested; None otherwise.
        possible: Accounts that the evidence leaves open; empty when it leaves none or there is none.
        strangers: Addresses outside that take part and belong to no account.
    """

    state: AccountState
    account: AccountId | None = None
    evidence: tuple[Evidence, ...] = ()
    possible: frozenset[AccountId] = frozenset()
    strangers: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class ManualAccount:
    """A person's decision about a thread; it holds until a person changes it.

    Attributes:
        account: None when the person said that it belongs to no account.
        actor: Who decided.
    """

    account: AccountId | None
    actor: str


def attribute(facts: Facts, rules: RuleBook) -> Attribution:
    """Return the account that the message's own evidence names.

    Inbound mail speaks by its sender, outbound mail by its recipients outside.
    """
    case = gather(facts, rules)
    evidence = (*(claim.evidence for claim in case.claims), *case.notes)
    if all(claim.strength is Strength.OBJECTION for claim in case.claims):
        return _by_name(facts, rules, evidence, case.strangers)
    possible = _common(_widened(claim, rules) for claim in case.claims)
    state, account = _decide(case.claims, possible)
    return Attribution(
        state=state, account=account, evidence=evidence, possible=possible, strangers=case.strangers
    )


def attribute_thread(messages: Sequence[Attribution], manual: ManualAccount | None = None) -> Attribution:
    """Return the account of a thread from those of its messages, in any order.

    A person's decision wins. Otherwise the thread is confirmed only if its messages confirm exactly
    one account and none speaks against it. A message without an account of its own inherits it
    only if everybody outside who takes part in it was brought in by a confirmed message.
    """
    strangers = frozenset[str]().union(*(message.strangers for message in messages))
    if manual:
        return _by_hand(manual, strangers)
    state, account, reason = _weigh(messages)
    seen = dict.fromkeys(item for message in messages for item in message.evidence)
    return Attribution(
        state=state,
        account=account,
        evidence=(*((Evidence(kind="thread", text=reason),) if reason else ()), *seen),
        possible=_common(message.possible for message in messages if message.possible),
        strangers=strangers,
    )


def _decide(claims: Sequence[Claim], possible: frozenset[AccountId]) -> tuple[AccountState, AccountId | None]:
    """Weigh the claims; ``possible`` are the accounts that none of them objects to."""
    strong = [claim for claim in claims if claim.strength is Strength.STRONG]
    spoken = [claim for claim in claims if claim.strength is not Strength.OBJECTION]
    for state, heard in ((AccountState.CONFIRMED, strong), (AccountState.SUGGESTED, spoken)):
        for rung in Rung:
            named = _common(claim.accounts for claim in heard if claim.rung is rung)
            if len(named) == 1 and named <= possible:
                return state, next(iter(named))
    together = _common(claim.accounts for claim in spoken) & possible
    if len(together) == 1:
        return AccountState.SUGGESTED, next(iter(together))
    return AccountState.CONFLICT, None


def _widened(claim: Claim, rules: RuleBook) -> frozenset[AccountId]:
    """Return the accounts a claim does not object to: its own and their joint-project partners."""
    return frozenset[AccountId]().union(*(rules.partners(account) for account in claim.accounts))


def _by_name(
    facts: Facts, rules: RuleBook, evidence: tuple[Evidence, ...], strangers: frozenset[str]
) -> Attribution:
    """Suggest the one account whose name stands in the text, where nothing else is known."""
    hits = [
        hit
        for text in (facts.subject, facts.text)
        for hit in rules.names.find(text)
        if hit.target.holds_at(facts.received_at)
    ]
    accounts = {hit.target.account for hit in hits}
    if len(accounts) != 1:
        return Attribution(state=AccountState.UNKNOWN, evidence=evidence, strangers=strangers)
    account = accounts.pop()
    reason = Evidence(
        kind="alias", text=f"It mentions {rules.account_name(account)}; a name alone proves nothing."
    )
    return Attribution(
        state=AccountState.SUGGESTED, account=account, evidence=(*evidence, reason), strangers=strangers
    )


def _by_hand(manual: ManualAccount, strangers: frozenset[str]) -> Attribution:
    evidence = (Evidence(kind="manual", text=f"{manual.actor} decided."),)
    if manual.account is None:
        return Attribution(state=AccountState.UNKNOWN, evidence=evidence, strangers=strangers)
    return Attribution(
        state=AccountState.CONFIRMED,
        account=manual.account,
        evidence=evidence,
        possible=frozenset({manual.account}),
        strangers=strangers,
    )


def _weigh(messages: Sequence[Attribution]) -> tuple[AccountState, AccountId | None, str]:
    """Return the state and account of a thread, and the reason where its messages do not show it."""
    confirmed = _accounts(messages, AccountState.CONFIRMED)
    named = [message.possible for message in messages if message.possible]
    if len(confirmed) > 1:
        return AccountState.CONFLICT, None, "Its messages belong to several accounts."
    if any(message.state is AccountState.CONFLICT and not message.possible for message in messages) or (
        named and not _common(named)
    ):
        return AccountState.CONFLICT, None, "Its messages speak for several accounts."
    if confirmed:
        return _inherited(messages, confirmed.pop())
    suggested = _accounts(messages, AccountState.SUGGESTED)
    if len(suggested) == 1:
        return AccountState.SUGGESTED, suggested.pop(), ""
    if suggested or named:
        return AccountState.CONFLICT, None, "Its messages speak for several accounts."
    return AccountState.UNKNOWN, None, ""


def _inherited(
    messages: Sequence[Attribution], account: AccountId
) -> tuple[AccountState, AccountId | None, str]:
    """Return whether the messages without an account of their own may take that of the thread."""
    confirmed = [message for message in messages if message.state is AccountState.CONFIRMED]
    brought_in = frozenset[str]().union(*(message.strangers for message in confirmed))
    uninvited = frozenset[str]().union(*(message.strangers for message in messages)) - brought_in
    if uninvited:
        named = ", ".join(sorted(uninvited))
        return AccountState.SUGGESTED, account, f"Nobody of the account brought in {named}."
    return AccountState.CONFIRMED, account, ""


def _accounts(messages: Iterable[Attribution], state: AccountState) -> set[AccountId]:
    return {m.account for m in messages if m.state is state and m.account is not None}


def _common(sets: Iterable[frozenset[AccountId]]) -> frozenset[AccountId]:
    """Return what all the sets have in common; empty when there is none."""
    first, *others = [*sets] or [frozenset[AccountId]()]
    return first.intersection(*others)
