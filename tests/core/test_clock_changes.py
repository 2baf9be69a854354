from dataclasses import replace

import pytest

from tests.core.thread_story import Story, at
from triage.core.clock_changes import Correction, KnownCycle, corrections
from triage.core.clocks import ClockEventKind, ClockState, Cycle, clocks
from triage.core.policy import Policy, Target, TargetKind
from triage.core.schedule import Schedule

SCHEDULES = {"hours": Schedule(zone="UTC")}


def policy(minutes: int = 240) -> Policy:
    target = Target(kind=TargetKind.FIRST_REPLY, minutes=minutes, schedule="hours")
    return Policy(name="standard", position=1, targets=(target,))


def cycles(story: Story, hours: float, minutes: int = 240) -> tuple[Cycle, ...]:
    return clocks(story.timeline, policy(minutes), SCHEDULES, now=at(hours))


def known(found: tuple[Cycle, ...]) -> tuple[KnownCycle, ...]:
    return tuple(
        KnownCycle(
            target=cycle.target,
            number=cycle.number,
            anchor_at=cycle.anchor_at,
            policy_version=cycle.policy_version,
            state=cycle.state,
        )
        for cycle in found
    )


def one(found: tuple[Correction, ...]) -> Correction:
    (correction,) = found
    return correction


@pytest.fixture
def story() -> Story:
    story = Story()
    story.customer(0)
    return story


def test_what_did_not_change_needs_no_event(story: Story) -> None:
    assert corrections(known(cycles(story, 1)), cycles(story, 3), now=at(3)) == ()


def test_another_policy_supersedes_with_the_same_anchor(story: Story) -> None:
    found = one(corrections(known(cycles(story, 1)), cycles(story, 1, minutes=480), now=at(1)))

    assert found.event.kind is ClockEventKind.SUPERSEDE
    assert (found.event.at, found.event.cause) == (at(1), "corrected")
    assert found.event.key.startswith("2026-03-02T09:00:00Z/")


def test_a_correction_that_makes_it_late_says_so(story: Story) -> None:
    found = one(corrections(known(cycles(story, 2)), cycles(story, 2, minutes=60), now=at(2)))

    assert found.event.cause == "breached_by_correction"


def test_what_was_late_before_is_not_late_by_the_correction(story: Story) -> None:
    found = one(corrections(known(cycles(story, 5)), cycles(story, 5, minutes=60), now=at(5)))

    assert found.event.cause == "corrected"


def test_an_earlier_mail_supersedes_the_anchor(story: Story) -> None:
    before = known(cycles(story, 3))
    number = story.customer(-2)

    found = one(corrections(before, cycles(story, 3), now=at(3)))

    assert found.event.kind is ClockEventKind.SUPERSEDE
    assert found.event.message_id == number


def test_a_clock_that_is_no_more_is_cancelled(story: Story) -> None:
    found = one(corrections(known(cycles(story, 1)), (), now=at(2)))

    assert (found.target, found.number) == (TargetKind.FIRST_REPLY, 1)
    assert (found.event.kind, found.event.cause) == (ClockEventKind.CANCEL, "no_longer_applies")


def test_a_cancelled_clock_that_is_no_more_needs_no_second_cancellation(story: Story) -> None:
    gone = [replace(row, state=ClockState.CANCELLED) for row in known(cycles(story, 1))]

    assert corrections(gone, (), now=at(2)) == ()


def test_a_new_clock_has_its_own_events(story: Story) -> None:
    assert corrections((), cycles(story, 1), now=at(1)) == ()


def test_keys_fit_their_column(story: Story) -> None:
    found = corrections(known(cycles(story, 1)), cycles(story, 1, minutes=480), now=at(1))

    assert all(len(correction.event.key) <= 80 for correction in found)
