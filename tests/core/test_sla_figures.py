from datetime import UTC, datetime

import pytest

from tests.core.thread_story import Story, at
from triage.core.clocks import ClockState, Cycle, clocks
from triage.core.policy import Policy, Target, TargetKind
from triage.core.schedule import LocalInterval, Schedule
from triage.core.sla_figures import GroupBy, Measured, figures, measure

OFFICE = Schedule(zone="UTC", week=((LocalInterval.parse("09:00", "17:00"),),) * 5 + ((),) * 2)


def measured(
    account: str = "acme",
    *,
    state: ClockState = ClockState.MET,
    seconds: int | None = 60,
    target: TargetKind = TargetKind.FIRST_REPLY,
    week: str = "2026-W10",
) -> Measured:
    return Measured(
        account=account,
        project=f"{account}/erp",
        week=week,
        target=target,
        state=state,
        working_seconds=seconds,
    )


def only_cycle(story: Story, hours: float, kind: TargetKind = TargetKind.FIRST_REPLY) -> Cycle:
    targets = tuple(
        Target(kind=one, minutes=240, schedule="office")
        for one in (TargetKind.FIRST_REPLY, TargetKind.NEXT_REPLY)
    )
    policy = Policy(name="p", position=1, targets=targets)
    found = clocks(story.timeline, policy, {"office": OFFICE}, now=at(hours))
    (cycle,) = [cycle for cycle in found if cycle.target is kind]
    return cycle


def test_response_time_is_working_time() -> None:
    story = Story()
    story.customer(7)
    story.answer(25)

    one = measure(only_cycle(story, 30), OFFICE, account="acme", project="")

    assert one is not None
    assert one.working_seconds == 2 * 3600
    assert one.state is ClockState.MET
    assert one.week == "2026-W10"


def test_an_open_cycle_has_no_response_time() -> None:
    story = Story()
    story.customer(0)

    one = measure(only_cycle(story, 1), OFFICE, account="acme", project="")

    assert one is not None
    assert one.working_seconds is None


def test_an_open_thank_you_is_not_counted() -> None:
    story = Story()
    story.customer(0)
    story.answer(1)
    story.customer(2, "Thanks!")

    assert measure(only_cycle(story, 90, TargetKind.NEXT_REPLY), OFFICE, account="acme", project="") is None


def test_compliance_is_of_what_was_kept_or_is_overdue() -> None:
    states = [ClockState.MET] * 3 + [
        ClockState.MISSED_LATE,
        ClockState.BREACHED,
        ClockState.RUNNING,
        ClockState.PAUSED,
        ClockState.CANCELLED,
    ]

    (line,) = figures([measured(state=state) for state in states], GroupBy.ACCOUNT)

    assert line.compliance == pytest.approx(0.6)
    assert (line.met, line.missed_late, line.breached, line.running, line.cancelled) == (3, 1, 1, 2, 1)


def test_nothing_that_counts_has_no_compliance() -> None:
    (line,) = figures([measured(state=ClockState.RUNNING, seconds=None)], GroupBy.ACCOUNT)

    assert line.compliance is None
    assert line.median_seconds is None


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        (GroupBy.ACCOUNT, ["acme", "beta"]),
        (GroupBy.PROJECT, ["acme/erp", "beta/erp"]),
        (GroupBy.WEEK, ["2026-W10", "2026-W11"]),
    ],
)
def test_lines_are_by_group_and_in_order(by: GroupBy, groups: list[str]) -> None:
    lines = figures([measured("beta"), measured("acme", week="2026-W11")], by)

    assert [line.group for line in lines] == groups


def test_targets_of_a_group_are_lines_of_their_own() -> None:
    lines = figures([measured(target=TargetKind.NEXT_REPLY), measured()], GroupBy.ACCOUNT)

    assert [line.target for line in lines] == [TargetKind.FIRST_REPLY, TargetKind.NEXT_REPLY]


@pytest.mark.parametrize(
    ("taken", "median", "p90"), [([5], 5, 5), ([1, 2], 1, 2), (list(range(1, 11)), 5, 9), ([3, 1, 2], 2, 3)]
)
def test_percentiles_are_times_that_occurred(taken: list[int], median: int, p90: int) -> None:
    (line,) = figures([measured(seconds=seconds) for seconds in taken], GroupBy.ACCOUNT)

    assert (line.median_seconds, line.p90_seconds) == (median, p90)


def test_a_week_is_that_of_iso_8601() -> None:
    assert datetime(2027, 1, 1, tzinfo=UTC).isocalendar()[:2] == (2026, 53)
    story = Story()
    story.customer(24 * 305)  # 2027-01-01

    one = measure(only_cycle(story, 24 * 305), OFFICE, account="", project="")

    assert one is not None
    assert one.week == "2026-W53"
