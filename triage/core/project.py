"""Which project of a confirmed account a thread belongs to, where somebody said so in clear words.

Codes, names, plus-addresses, lists and contacts that work on one project only. When they name
several projects nothing is chosen: the answer would go to the wrong team. What the words of a mail
make likely is the business of ``triage.classify``, which only suggests.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from triage.core.claims import Facts, codes_in
from triage.core.ids import AccountId, ProjectId
from triage.core.message import Evidence
from triage.core.rules import Rule, RuleBook, RuleKind


class ProjectState(StrEnum):
    """How sure the project is; ``suggested`` comes from a model."""

    CONFIRMED = "confirmed"
    SUGGESTED = "suggested"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectFinding:
    """The project that the evidence names, and the evidence of every project it names."""

    state: ProjectState
    project: ProjectId | None = None
    evidence: tuple[Evidence, ...] = ()


def project_of(messages: Iterable[Facts], account: AccountId, rules: RuleBook) -> ProjectFinding:
    """Return the project that the messages of a thread name.

    Args:
        messages: The messages of the thread that count for its account.
        account: The confirmed account of the thread; facts of other accounts are not looked at.
        rules: The rule book.
    """
    found: dict[ProjectId, dict[Evidence, None]] = {}
    for facts in messages:
        for project, evidence in _named(facts, account, rules):
            found.setdefault(project, {})[evidence] = None
    reasons = tuple(reason for named in found.values() for reason in named)
    if len(found) == 1:
        return ProjectFinding(state=ProjectState.CONFIRMED, project=next(iter(found)), evidence=reasons)
    return ProjectFinding(state=ProjectState.UNKNOWN, evidence=reasons)


def _named(facts: Facts, account: AccountId, rules: RuleBook) -> Iterator[tuple[ProjectId, Evidence]]:
    at = facts.received_at
    for text in (facts.subject, facts.text if facts.text_is_sure else ""):
        for code, found in codes_in(text, rules, at):
            yield from _one_project(found, account, rules, RuleKind.CODE, f"It names {code}")
        for hit in rules.names.find(text):
            if hit.target.holds_at(at):
                named = text[hit.start : hit.end]
                yield from _one_project(
                    (hit.target,), account, rules, RuleKind.ALIAS, f"It speaks of {named}"
                )
    for email in facts.addressed:
        if found := rules.address_rules(email, at):
            yield from _one_project(found, account, rules, RuleKind.PLUS_ADDRESS, f"It was sent to {email}")
    if facts.list_id:
        told = "It came through a list"
        yield from _one_project(rules.list_rules(facts.list_id, at), account, rules, RuleKind.LIST_ID, told)
    for email in (*(sender.key for sender in facts.senders), *facts.recipients):
        if found := rules.sender_rules(email, at):
            yield from _one_project(found, account, rules, RuleKind.CONTACT, f"{email} takes part")


def _one_project(
    found: Iterable[Rule], account: AccountId, rules: RuleBook, kind: RuleKind, told: str
) -> Iterator[tuple[ProjectId, Evidence]]:
    """Yield the project if the rules name exactly one of the account: a contact of two names none."""
    projects = {rule.project for rule in found if rule.account == account and rule.project is not None}
    if len(projects) == 1:
        (project,) = projects
        yield project, Evidence(kind=kind.value, text=f"{told}, which means {rules.project_name(project)}.")
