"""What a contract promises: targets with their budgets, and which policy a thread gets.

Policies are immutable versions. Which version counts is decided by its date of effect; which policy
counts is decided by position: the first whose filter matches. There is always a default.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from triage.core.errors import InvalidPolicy
from triage.core.instant import as_utc
from triage.core.schedule import Schedule


class TargetKind(StrEnum):
    """What is promised."""

    ACKNOWLEDGEMENT = "acknowledgement"
    FIRST_REPLY = "first_reply"
    NEXT_REPLY = "next_reply"
    PERIODIC_UPDATE = "periodic_update"
    RESOLUTION = "resolution"
    COMMITMENT = "commitment"


class Status(StrEnum):
    """What people say a thread is in."""

    OPEN = "open"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_THIRD_PARTY = "waiting_third_party"
    SOLVED = "solved"


class OnReopen(StrEnum):
    """How the resolution clock goes on when a customer writes after ``solved``."""

    #: The same clock goes on; the time it was solved does not count.
    TOTAL = "total"
    #: A new clock starts.
    PER_REOPEN = "per_reopen"


#: In which statuses a target may stand still. The customer's wait for an answer never does because
#: of ``waiting_customer``: their mail itself ends that status.
PAUSES_ALLOWED: Mapping[TargetKind, frozenset[Status]] = {
    TargetKind.ACKNOWLEDGEMENT: frozenset(),
    TargetKind.FIRST_REPLY: frozenset(),
    TargetKind.NEXT_REPLY: frozenset({Status.WAITING_THIRD_PARTY}),
    TargetKind.PERIODIC_UPDATE: frozenset({Status.WAITING_CUSTOMER}),
    TargetKind.RESOLUTION: frozenset({Status.WAITING_CUSTOMER, Status.WAITING_THIRD_PARTY}),
    TargetKind.COMMITMENT: frozenset(),
}

#: What stands still unless the policy says otherwise.
PAUSES_BY_DEFAULT: Mapping[TargetKind, frozenset[Status]] = {
    **PAUSES_ALLOWED,
    TargetKind.NEXT_REPLY: frozenset(),
}

_WHOLE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class WarnPoint:
    """When to warn: at a share of the budget, or so many working minutes before its end.

    Exactly one of the two is set.
    """

    percent: int | None = None
    minutes_before: int | None = None

    def __post_init__(self) -> None:
        """Refuse points that lie outside the budget."""
        if (self.percent is None) == (self.minutes_before is None):
            raise InvalidPolicy("a warn point is either a percentage or a number of minutes before")
        if self.percent is not None and not 0 < self.percent < _WHOLE:
            raise InvalidPolicy(f"a warn point of {self.percent} % is not between 0 and 100")
        if self.minutes_before is not None and self.minutes_before <= 0:
            raise InvalidPolicy("a warn point lies at least one minute before the due time")

    @property
    def label(self) -> str:
        """Stable name, part of the key under which a warning is given once: ``75%`` or ``30m``."""
        return f"{self.percent}%" if self.percent is not None else f"{self.minutes_before}m"

    def minutes_into(self, minutes: int) -> int:
        """Return after how many working minutes of a budget to warn; 0 when the budget is shorter.

        Source: sla.md section 3: ``ceil(m * p / 100)``, or ``m - warn_before``.
        """
        if self.percent is not None:
            return -(-minutes * self.percent // _WHOLE)
        return max(minutes - (self.minutes_before or 0), 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """One promise.

    Attributes:
        minutes: Budget in working minutes; ignored by commitments, which bring their due time.
        schedule: Name of the schedule by which it counts.
        pauses: Statuses in which it stands still; None for the usual ones of its kind.
        accepts_automatic: For an acknowledgement: our automatic mail will do.
        on_reopen: For a resolution.
    """

    kind: TargetKind
    minutes: int = 0
    schedule: str
    warn: tuple[WarnPoint, ...] = ()
    pauses: frozenset[Status] | None = None
    accepts_automatic: bool = False
    on_reopen: OnReopen = OnReopen.TOTAL

    def __post_init__(self) -> None:
        """Refuse what the kind does not allow."""
        if self.minutes < 0 or (self.minutes == 0 and self.kind is not TargetKind.COMMITMENT):
            raise InvalidPolicy(f"target {self.kind} needs a budget of at least one minute")
        forbidden = self.paused_in - PAUSES_ALLOWED[self.kind]
        if forbidden:
            raise InvalidPolicy(f"target {self.kind} cannot stand still in {', '.join(sorted(forbidden))}")

    @property
    def paused_in(self) -> frozenset[Status]:
        """The statuses in which it stands still."""
        return PAUSES_BY_DEFAULT[self.kind] if self.pauses is None else self.pauses


@dataclass(frozen=True, kw_only=True, slots=True)
class ThreadFacts:
    """What a policy is chosen by: keys of the configuration. Empty when not known."""

    account: str = ""
    project: str = ""
    priority: str = "normal"
    mailboxes: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """Which threads a policy is for. An empty set asks nothing; all others must match."""

    accounts: frozenset[str] = frozenset()
    projects: frozenset[str] = frozenset()
    priorities: frozenset[str] = frozenset()
    mailboxes: frozenset[str] = frozenset()

    def matches(self, facts: ThreadFacts) -> bool:
        """Tell whether a thread is meant; of several mailboxes one is enough."""
        return (
            (not self.accounts or facts.account in self.accounts)
            and (not self.projects or facts.project in self.projects)
            and (not self.priorities or facts.priority in self.priorities)
            and (not self.mailboxes or not self.mailboxes.isdisjoint(facts.mailboxes))
        )

    @property
    def is_empty(self) -> bool:
        """True when every thread matches: the mark of the default policy."""
        return not (self.accounts or self.projects or self.priorities or self.mailboxes)


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """One version of a policy.

    Attributes:
        position: Lower wins; unique among the names.
        effective_from: First instant at which this version is in force; None for "always was".
        version: Hash of what it says, 16 hexadecimal digits; its name and its start are no part.
    """

    name: str
    position: int
    filter: Filter = field(default_factory=Filter)
    targets: tuple[Target, ...]
    effective_from: datetime | None = None
    version: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a policy that promises nothing, or one thing twice."""
        kinds = [target.kind for target in self.targets]
        if not kinds:
            raise InvalidPolicy(f"policy {self.name} has no target")
        if len(set(kinds)) < len(kinds):
            raise InvalidPolicy(f"policy {self.name} has two targets of one kind")
        object.__setattr__(self, "version", _version(self))
        if self.effective_from is not None:
            object.__setattr__(self, "effective_from", as_utc(self.effective_from))


def check_policies(policies: Sequence[Policy], schedules: Iterable[str]) -> None:
    """Refuse policies that would leave a thread without a target, or in doubt about its policy.

    Args:
        schedules: Names of the schedules that exist.

    Raises:
        InvalidPolicy: Without a default, with two names at one position, or with an unknown schedule.
    """
    known = set(schedules)
    positions = {(policy.position, policy.name) for policy in policies}
    if len({position for position, _ in positions}) < len(positions):
        raise InvalidPolicy("two policies have the same position; the first match must be one")
    if not any(policy.filter.is_empty and policy.effective_from is None for policy in policies):
        raise InvalidPolicy("no default policy: one without a filter must come last")
    for policy in policies:
        for target in policy.targets:
            if target.schedule not in known:
                raise InvalidPolicy(f"policy {policy.name} names the unknown schedule {target.schedule!r}")


def choose_policy(policies: Iterable[Policy], facts: ThreadFacts, *, at: datetime) -> Policy:
    """Return the first policy by position, in its version of that time, whose filter matches.

    Args:
        at: The time at which the version must be in force: now for open threads.

    Raises:
        InvalidPolicy: If none matches, which ``check_policies`` rules out.
    """
    in_force: dict[str, Policy] = {}
    for policy in policies:
        if policy.effective_from is not None and policy.effective_from > at:
            continue
        known = in_force.get(policy.name)
        if known is None or _effect_order(known) <= _effect_order(policy):
            in_force[policy.name] = policy
    for policy in sorted(in_force.values(), key=lambda policy: policy.position):
        if policy.filter.matches(facts):
            return policy
    raise InvalidPolicy("no policy matches and there is no default")


def terms_version(policy: Policy, schedule: Schedule) -> str:
    """Return the hash under which a clock records the policy and the schedule it was counted by."""
    return _joint_hash(policy.name, policy.version, schedule.version)


@lru_cache(maxsize=1_024)
def _joint_hash(*versions: str) -> str:
    return _hash(versions)


def _effect_order(policy: Policy) -> float:
    return float("-inf") if policy.effective_from is None else policy.effective_from.timestamp()


def _version(policy: Policy) -> str:
    wanted = (
        policy.filter.accounts,
        policy.filter.projects,
        policy.filter.priorities,
        policy.filter.mailboxes,
    )
    return _hash(
        [policy.position, [sorted(part) for part in wanted], [_content(target) for target in policy.targets]]
    )


def _content(target: Target) -> list[object]:
    return [
        target.kind,
        target.minutes,
        target.schedule,
        [point.label for point in target.warn],
        sorted(target.paused_in),
        target.accepts_automatic,
        target.on_reopen,
    ]


def _hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
