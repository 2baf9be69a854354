"""How this vendor works: who is who, what is promised to whom, whom to tell. Read once, then used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from triage.core.alert import AlertLevel
from triage.core.attribution import AccountState, Attribution
from triage.core.clocks import Terms
from triage.core.ids import AccountId, ProjectId
from triage.core.policy import Policy, ThreadFacts, check_policies, choose_policy
from triage.core.rules import RuleBook
from triage.core.schedule import Schedule
from triage.store.accounts import Directory


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelRule:
    """Which alerts a channel takes.

    Attributes:
        accounts: Keys; empty for all accounts and for threads without one.
        min_level: The least serious level it takes.
    """

    name: str
    accounts: frozenset[str] = frozenset()
    min_level: AlertLevel = AlertLevel.WARNING

    def takes(self, account: str, level: AlertLevel) -> bool:
        """Tell whether an alert about this account goes here."""
        if self.accounts and account not in self.accounts:
            return False
        return level is not AlertLevel.WARNING or self.min_level is AlertLevel.WARNING


@dataclass(frozen=True, kw_only=True, slots=True)
class Practice:
    """Everything that decisions are made by.

    Attributes:
        schedules: Versions by name, oldest first.
        priorities: Usual priority by account key; normal where absent.
        base_url: Links in alerts begin with it.
    """

    rules: RuleBook
    directory: Directory
    policies: tuple[Policy, ...]
    schedules: Mapping[str, tuple[Schedule, ...]]
    priorities: Mapping[str, str]
    channels: tuple[ChannelRule, ...] = ()
    base_url: str = ""

    def __post_init__(self) -> None:
        """Refuse policies that would leave a thread without a target."""
        check_policies(self.policies, self.schedules)

    def account_key(self, account: AccountId | None) -> str:
        """Return the key of an account, or empty."""
        return "" if account is None else self.directory.account_keys.get(account, "")

    def confirmed_account(self, attribution: Attribution) -> AccountId | None:
        """Return the account, if it is confirmed."""
        return attribution.account if attribution.state is AccountState.CONFIRMED else None

    def project_path(self, project: ProjectId | None) -> str:
        """Return ``account/project`` by keys, or empty."""
        if project is None:
            return ""
        account = self.account_key(self.directory.project_accounts[project])
        return f"{account}/{self.directory.project_keys[project]}"

    def priority(self, account: AccountId | None) -> str:
        """Return the usual priority of an account's threads."""
        return self.priorities.get(self.account_key(account), "normal")

    def terms(self, facts: ThreadFacts, *, now: datetime) -> tuple[Terms, tuple[Terms, ...]]:
        """Return what is promised to such a thread now, and what was promised before."""
        past = [change for change in self._changes() if change <= now]
        starts: list[datetime | None] = [None, *past]
        ends: list[datetime] = [*past, datetime.max.replace(tzinfo=now.tzinfo)]
        periods = [
            Terms(policy=self._policy(facts, start), schedules=self._schedules(start), until=end)
            for start, end in zip(starts, ends, strict=True)
        ]
        return periods[-1], tuple(periods[:-1])

    def next_change(self, *, now: datetime) -> datetime | None:
        """Return when a version of a policy or a schedule begins next; clocks are counted anew then."""
        return next((change for change in self._changes() if change > now), None)

    def _changes(self) -> list[datetime]:
        changes = {policy.effective_from for policy in self.policies} | {
            version.effective_from for versions in self.schedules.values() for version in versions
        }
        return sorted(change for change in changes if change is not None)

    def _policy(self, facts: ThreadFacts, start: datetime | None) -> Policy:
        return choose_policy(self.policies, facts, at=start or _LONG_AGO)

    def _schedules(self, start: datetime | None) -> dict[str, Schedule]:
        moment = start or _LONG_AGO
        return {
            name: [
                version
                for version in versions
                if version.effective_from is None or version.effective_from <= moment
            ][-1]
            for name, versions in self.schedules.items()
        }


_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
