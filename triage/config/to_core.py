"""From what is configured to the values that decisions are made with."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from triage.config.hours import parse_hours, parse_week
from triage.config.model import Config, MatchConfig, PolicyConfig, ScheduleConfig, ScheduleRules, TargetConfig
from triage.config.rule import Rule, list_rules
from triage.core.direction import Own
from triage.core.policy import Filter, Policy, Target, TargetKind, WarnPoint
from triage.core.schedule import ALWAYS_OPEN, Schedule, SpecialDay, Week
from triage.holidays_by_country import holiday_dates

#: Used where no schedule is configured.
_OFFICE_HOURS = ScheduleConfig(name="office-hours", zone="UTC", week={"mon-fri": ("09:00-17:00",)})

#: Used where no policy is configured: half a working day for the first reply, a day for later ones.
_DEFAULT_POLICY = PolicyConfig.model_validate(
    {"name": "default", "targets": {"first_reply": {"minutes": 240}, "next_reply": {"minutes": 480}}}
)


def own(config: Config) -> Own:
    """Return what tells our own people from customers."""
    return Own(addresses=frozenset(config.own.addresses), domains=frozenset(config.own.domains))


def rules(config: Config) -> tuple[Rule, ...]:
    """Return the facts that name accounts and projects, in the order of the file."""
    return tuple(rule for _, rule in list_rules(config.accounts))


def period(config: Config, rule: Rule) -> tuple[datetime | None, datetime | None]:
    """Return from when and until when a fact counts: midnights in the zone of the account's schedule."""
    names = {account.key: account.schedule for account in config.accounts}
    zones = {schedule.name: schedule.zone for schedule in config.schedules}
    zone = zones.get(names.get(rule.account) or "", default_schedule(config).zone)
    begins = None if rule.valid_from is None else _midnight(rule.valid_from, zone)
    ends = None if rule.valid_to is None else _midnight(rule.valid_to, zone)
    return begins, ends


def default_schedule(config: Config) -> ScheduleConfig:
    """Return the schedule of whatever names none: the first one."""
    return config.schedules[0] if config.schedules else _OFFICE_HOURS


def schedules(config: Config, *, years: Iterable[int]) -> dict[str, tuple[Schedule, ...]]:
    """Return the versions of every schedule by its name, the oldest first.

    Args:
        years: Years for which public holidays are looked up.

    Raises:
        InvalidSchedule: If holidays leave nothing open, or a calendar file cannot be read.
    """
    wanted = tuple(years)
    return {
        schedule.name: tuple(_versions(schedule, years=wanted))
        for schedule in config.schedules or (_OFFICE_HOURS,)
    }


def _versions(schedule: ScheduleConfig, *, years: Iterable[int]) -> Iterator[Schedule]:
    yield _schedule(schedule.name, schedule, effective_from=None, years=years)
    for version in sorted(schedule.versions, key=lambda version: version.effective_from):
        start = _midnight(version.effective_from, version.zone)
        yield _schedule(schedule.name, version, effective_from=start, years=years)


def _schedule(
    name: str, hours: ScheduleRules, *, effective_from: datetime | None, years: Iterable[int]
) -> Schedule:
    return Schedule(
        name=name,
        zone=hours.zone,
        week=_week(hours),
        special_days={
            day: SpecialDay(intervals=parse_hours(texts)) for day, texts in hours.exceptions.items()
        },
        holidays=holiday_dates(hours.holidays, hours.holiday_files, years),
        effective_from=effective_from,
    )


def _week(hours: ScheduleRules) -> Week:
    return parse_week(hours.week) if isinstance(hours.week, dict) else ALWAYS_OPEN


def policies(config: Config) -> tuple[Policy, ...]:
    """Return the policies in the order in which they are tried; the last one matches everything.

    A target without a schedule counts by the schedule of the thread's account, so such a policy
    comes once for every other schedule that accounts use, and once for all the rest.
    """
    usual = default_schedule(config)
    by_schedule: dict[str, set[str]] = {}
    for account in config.accounts:
        if account.schedule and account.schedule != usual.name:
            by_schedule.setdefault(account.schedule, set()).add(account.key)
    written = config.policies or (_DEFAULT_POLICY,)
    names = list(dict.fromkeys(policy.name for policy in written))
    step = len(by_schedule) + 1
    found: list[Policy] = []
    for policy in written:
        position = names.index(policy.name) * step
        start = _midnight(policy.effective_from, usual.zone) if policy.effective_from else None
        for offset, (schedule, accounts) in enumerate(by_schedule.items()):
            meant = accounts.intersection(policy.match.accounts) if policy.match.accounts else accounts
            if meant and _leaves_schedule_open(policy):
                name = f"{policy.name} ({schedule})"
                wanted = _filter(policy.match, accounts=meant)
                found.append(_policy(policy, name, position + offset, wanted, schedule, start))
        everyone = _filter(policy.match, accounts=policy.match.accounts)
        found.append(_policy(policy, policy.name, position + step - 1, everyone, usual.name, start))
    return tuple(sorted(found, key=lambda policy: policy.position))


def _leaves_schedule_open(policy: PolicyConfig) -> bool:
    return any(target.schedule is None for _, target in _targets(policy))


def _targets(policy: PolicyConfig) -> Iterator[tuple[TargetKind, TargetConfig]]:
    for name in type(policy.targets).model_fields:
        target = getattr(policy.targets, name)
        if target is not None:
            yield TargetKind(name), target


def _filter(match: MatchConfig, *, accounts: Iterable[str]) -> Filter:
    return Filter(
        accounts=frozenset(accounts),
        projects=frozenset(match.projects),
        priorities=frozenset(match.priorities),
        mailboxes=frozenset(match.mailboxes),
    )


def _policy(  # noqa: PLR0917 - all of them differ by version
    policy: PolicyConfig, name: str, position: int, wanted: Filter, schedule: str, start: datetime | None
) -> Policy:
    targets = tuple(_target(kind, target, schedule) for kind, target in _targets(policy))
    return Policy(name=name, position=position, filter=wanted, targets=targets, effective_from=start)


def _target(kind: TargetKind, target: TargetConfig, schedule: str) -> Target:
    percents = [WarnPoint(percent=percent) for percent in sorted(set(target.warn_percent))]
    minutes = [WarnPoint(minutes_before=before) for before in sorted(set(target.warn_minutes_before))]
    return Target(
        kind=kind,
        minutes=target.minutes,
        schedule=target.schedule or schedule,
        warn=(*percents, *minutes),
        pauses=None if target.pause is None else frozenset(target.pause),
        accepts_automatic=target.accepts_automatic,
    )


def _midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
