from datetime import UTC, datetime

import pytest

from triage.core.errors import InvalidPolicy
from triage.core.policy import (
    Filter,
    Policy,
    Status,
    Target,
    TargetKind,
    ThreadFacts,
    WarnPoint,
    check_policies,
    choose_policy,
    terms_version,
)
from triage.core.schedule import Schedule

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def policy(
    name: str = "standard",
    position: int = 9,
    *,
    minutes: int = 240,
    effective_from: datetime | None = None,
    accounts: tuple[str, ...] = (),
    projects: tuple[str, ...] = (),
    priorities: tuple[str, ...] = (),
    mailboxes: tuple[str, ...] = (),
) -> Policy:
    return Policy(
        name=name,
        position=position,
        filter=Filter(
            accounts=frozenset(accounts),
            projects=frozenset(projects),
            priorities=frozenset(priorities),
            mailboxes=frozenset(mailboxes),
        ),
        targets=(Target(kind=TargetKind.FIRST_REPLY, minutes=minutes, schedule="office"),),
        effective_from=effective_from,
    )


def test_of_two_that_match_the_first_by_position_applies() -> None:
    second = policy("second", 2, accounts=("acme",))
    first = policy("first", 1, priorities=("high",))
    facts = ThreadFacts(account="acme", priority="high")

    assert choose_policy([policy(), second, first], facts, at=NOW) is first


def test_the_default_applies_when_nothing_else_matches() -> None:
    default = policy()

    assert (
        choose_policy([policy("vip", 1, accounts=("acme",)), default], ThreadFacts(account="beta"), at=NOW)
        is default
    )


@pytest.mark.parametrize(
    ("wanted", "facts", "matches"),
    [
        (Filter(), ThreadFacts(), True),
        (Filter(accounts=frozenset({"acme"})), ThreadFacts(account="acme"), True),
        (Filter(accounts=frozenset({"acme"})), ThreadFacts(), False),
        (
            Filter(projects=frozenset({"acme/portal"})),
            ThreadFacts(account="acme", project="acme/portal"),
            True,
        ),
        (Filter(mailboxes=frozenset({"a", "b"})), ThreadFacts(mailboxes=frozenset({"b", "c"})), True),
        (Filter(mailboxes=frozenset({"a"})), ThreadFacts(mailboxes=frozenset({"c"})), False),
        (
            Filter(accounts=frozenset({"acme"}), priorities=frozenset({"high"})),
            ThreadFacts(account="acme", priority="low"),
            False,
        ),
    ],
)
def test_a_filter_asks_for_all_that_it_names(wanted: Filter, facts: ThreadFacts, matches: bool) -> None:  # noqa: FBT001
    assert wanted.matches(facts) is matches


def test_the_version_in_force_applies_and_a_later_one_waits() -> None:
    old = policy(minutes=240)
    new = policy(minutes=60, effective_from=datetime(2026, 4, 1, tzinfo=UTC))

    assert choose_policy([new, old], ThreadFacts(), at=NOW) is old
    assert choose_policy([new, old], ThreadFacts(), at=datetime(2026, 4, 1, tzinfo=UTC)) is new


def test_a_later_version_that_no_longer_matches_leaves_the_thread_to_the_next_policy() -> None:
    old = policy("vip", 1, accounts=("acme",))
    new = policy("vip", 1, accounts=("beta",), effective_from=NOW)
    default = policy()

    assert choose_policy([old, new, default], ThreadFacts(account="acme"), at=NOW) is default


def test_without_a_default_policies_are_refused() -> None:
    with pytest.raises(InvalidPolicy, match="no default"):
        check_policies([policy(accounts=("acme",))], ["office"])


def test_a_default_that_begins_later_is_none() -> None:
    with pytest.raises(InvalidPolicy, match="no default"):
        check_policies([policy(effective_from=NOW)], ["office"])


def test_two_policies_at_one_position_are_refused() -> None:
    with pytest.raises(InvalidPolicy, match="same position"):
        check_policies([policy("a", 1), policy("b", 1)], ["office"])


def test_two_versions_of_a_policy_share_its_position() -> None:
    check_policies([policy(), policy(minutes=60, effective_from=NOW)], ["office"])


def test_an_unknown_schedule_is_refused() -> None:
    with pytest.raises(InvalidPolicy, match="'office'"):
        check_policies([policy()], ["night"])


def test_choosing_without_a_match_is_an_error_not_a_thread_without_a_target() -> None:
    with pytest.raises(InvalidPolicy, match="no policy matches"):
        choose_policy([policy(accounts=("acme",))], ThreadFacts(), at=NOW)


def test_a_policy_promises_something() -> None:
    with pytest.raises(InvalidPolicy, match="no target"):
        Policy(name="empty", position=1, targets=())


def test_a_policy_promises_a_thing_once() -> None:
    target = Target(kind=TargetKind.FIRST_REPLY, minutes=1, schedule="office")

    with pytest.raises(InvalidPolicy, match="two targets of one kind"):
        Policy(name="double", position=1, targets=(target, target))


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (TargetKind.NEXT_REPLY, Status.WAITING_CUSTOMER),
        (TargetKind.FIRST_REPLY, Status.WAITING_THIRD_PARTY),
        (TargetKind.ACKNOWLEDGEMENT, Status.WAITING_CUSTOMER),
        (TargetKind.PERIODIC_UPDATE, Status.WAITING_THIRD_PARTY),
        (TargetKind.RESOLUTION, Status.SOLVED),
        (TargetKind.COMMITMENT, Status.WAITING_CUSTOMER),
    ],
)
def test_a_pause_that_the_target_does_not_know_is_refused(kind: TargetKind, status: Status) -> None:
    with pytest.raises(InvalidPolicy, match="cannot stand still"):
        Target(kind=kind, minutes=60, schedule="office", pauses=frozenset({status}))


def test_the_customers_wait_pauses_only_when_the_contract_says_so() -> None:
    silent = Target(kind=TargetKind.NEXT_REPLY, minutes=60, schedule="office")
    said = Target(
        kind=TargetKind.NEXT_REPLY,
        minutes=60,
        schedule="office",
        pauses=frozenset({Status.WAITING_THIRD_PARTY}),
    )

    assert silent.paused_in == frozenset()
    assert said.paused_in == {Status.WAITING_THIRD_PARTY}


@pytest.mark.parametrize("minutes", [0, -5])
def test_a_budget_is_at_least_a_minute(minutes: int) -> None:
    with pytest.raises(InvalidPolicy, match="budget"):
        Target(kind=TargetKind.FIRST_REPLY, minutes=minutes, schedule="office")


def test_a_commitment_needs_no_budget() -> None:
    assert Target(kind=TargetKind.COMMITMENT, schedule="office").minutes == 0


@pytest.mark.parametrize(
    ("point", "minutes", "expected"),
    [
        (WarnPoint(percent=75), 240, 180),
        (WarnPoint(percent=75), 61, 46),  # rounded up
        (WarnPoint(percent=1), 10, 1),
        (WarnPoint(minutes_before=30), 240, 210),
        (WarnPoint(minutes_before=30), 20, 0),
    ],
)
def test_warn_points_lie_in_working_minutes(point: WarnPoint, minutes: int, expected: int) -> None:
    assert point.minutes_into(minutes) == expected


@pytest.mark.parametrize(
    ("percent", "minutes_before"), [(None, None), (50, 30), (0, None), (100, None), (None, 0), (None, -1)]
)
def test_an_impossible_warn_point_is_refused(percent: int | None, minutes_before: int | None) -> None:
    with pytest.raises(InvalidPolicy, match="warn point"):
        WarnPoint(percent=percent, minutes_before=minutes_before)


def test_the_version_of_the_terms_changes_with_either_part() -> None:
    schedule, other_schedule = Schedule(zone="UTC"), Schedule(zone="Europe/Berlin")

    versions = {
        terms_version(policy(), schedule),
        terms_version(policy(minutes=1), schedule),
        terms_version(policy(), other_schedule),
        terms_version(policy("renamed"), schedule),
        terms_version(policy(mailboxes=("a",)), schedule),
    }

    assert len(versions) == 5
    assert terms_version(policy(), schedule) == terms_version(policy(effective_from=NOW), schedule)
    assert all(len(version) == 16 for version in versions)
