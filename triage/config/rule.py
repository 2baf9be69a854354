"""The evidence that the configuration gives for accounts and projects, one fact at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from triage.config.document import Place
from triage.config.model import AccountConfig, ContactConfig, ProjectConfig
from triage.core.rules import RuleKind

#: Kind of evidence by the key that lists it.
_KINDS = {
    "domains": RuleKind.DOMAIN,
    "contacts": RuleKind.CONTACT,
    "plus_addresses": RuleKind.PLUS_ADDRESS,
    "list_ids": RuleKind.LIST_ID,
    "codes": RuleKind.CODE,
    "aliases": RuleKind.ALIAS,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A fact that names an account, or one of its projects.

    Attributes:
        value: In lower case: evidence is compared without regard to case.
        account: Key of the account.
        project: Key of the project; None for a fact about the account as a whole.
        valid_from: First day of a contact; None: from the beginning.
        valid_to: First day on which it no longer counts; None: for ever.
    """

    kind: RuleKind
    value: str
    account: str
    project: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def overlaps(self, other: "Rule") -> bool:
        """Return whether there is a day on which both count."""
        starts = self.valid_from is None or other.valid_to is None or self.valid_from < other.valid_to
        ends = other.valid_from is None or self.valid_to is None or other.valid_from < self.valid_to
        return starts and ends


def list_rules(accounts: Iterable[AccountConfig]) -> Iterator[tuple[Place, Rule]]:
    """Yield every fact with the place where it is written."""
    for index, account in enumerate(accounts):
        place: Place = ("accounts", index)
        yield from _facts(account, place, account=account.key, project=None)
        for number, project in enumerate(account.projects):
            yield from _facts(project, (*place, "projects", number), account=account.key, project=project.key)


def _facts(
    section: AccountConfig | ProjectConfig, place: Place, *, account: str, project: str | None
) -> Iterator[tuple[Place, Rule]]:
    for key, kind in _KINDS.items():
        for index, value in enumerate(getattr(section, key, ())):
            yield (*place, key, index), _rule(kind, value, account, project)


def _rule(kind: RuleKind, value: str | ContactConfig, account: str, project: str | None) -> Rule:
    if isinstance(value, str):
        return Rule(kind=kind, value=value.lower(), account=account, project=project)
    return Rule(
        kind=kind,
        value=value.email,
        account=account,
        project=project,
        valid_from=value.valid_from,
        valid_to=value.valid_to,
    )
