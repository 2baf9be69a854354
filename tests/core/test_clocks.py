"""The table of targets and the edge cases of sla.md, one test each."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests.core.thread_story import ANNA, BOB, COLLEAGUE, US, Story, at
from triage.core.clocks import (
    ClockEventKind,
    ClockState,
    Cycle,
    Terms,
    clocks,
    explain_cycle,
    next_due,
    next_event_at,
    working_seconds_left,
)
from triage.core.errors import InvalidPolicy
from triage.core.message import CalendarMethod, MessageClass
from triage.core.policy import OnReopen, Policy, Status, Target, TargetKind, WarnPoint
from triage.core.schedule import LocalInterval, Schedule
from triage.core.timeline import CommitmentPoint, Entry, EntryKind, Timeline

#: Four hours for everything, warned at three; around the clock, so that hours can be read off.
HOURS = 4
ALWAYS = {"hours": Schedule(name="hours", zone="UTC")}
OFFICE = {
    "hours": Schedule(
        name="hours", zone="UTC", week=((LocalInterval.parse("09:00", "17:00"),),) * 5 + ((),) * 2
    )
}


def target(kind: TargetKind, **more: object) -> Target:
    return replace(
        Target(kind=kind, minutes=HOURS * 60, schedule="hours", warn=(WarnPoint(percent=75),)),
        **more,  # type: ignore[arg-type]
    )


def policy(*targets: Target, name: str = "standard") -> Policy:
    return Policy(name=name, position=1, targets=targets or tuple(map(target, TargetKind)))


def run(
    story: Story, hours: float = 100, wanted: Policy | None = None, schedules: dict[str, Schedule] = ALWAYS
) -> tuple[Cycle, ...]:
    return clocks(story.timeline, wanted or policy(), schedules, now=at(hours))


def of(cycles: tuple[Cycle, ...], kind: TargetKind) -> list[Cycle]:
    return [cycle for cycle in cycles if cycle.target is kind]


def only(cycles: tuple[Cycle, ...], kind: TargetKind) -> Cycle:
    (cycle,) = of(cycles, kind)
    return cycle


def happened(cycle: Cycle) -> list[tuple[str, datetime]]:
    return [(event.kind.value, event.at) for event in cycle.events]


FIRST, NEXT = TargetKind.FIRST_REPLY, TargetKind.NEXT_REPLY
ACK, UPDATE = TargetKind.ACKNOWLEDGEMENT, TargetKind.PERIODIC_UPDATE
RESOLUTION, COMMITMENT = TargetKind.RESOLUTION, TargetKind.COMMITMENT


@pytest.fixture
def story() -> Story:
    return Story()


class TestStates:
    def test_it_runs_until_it_is_due(self, story: Story) -> None:
        story.customer(0)

        cycle = only(run(story, 2), FIRST)

        assert cycle.state is ClockState.RUNNING
        assert (cycle.anchor_at, cycle.due_at, cycle.warn_at) == (at(0), at(4), (at(3),))
        assert happened(cycle) == [("activate", at(0))]

    def test_it_warns_at_the_warn_point(self, story: Story) -> None:
        story.customer(0)

        cycle = only(run(story, 3), FIRST)

        assert cycle.state is ClockState.RUNNING
        assert happened(cycle) == [("activate", at(0)), ("warn", at(3))]

    def test_the_due_second_is_a_breach(self, story: Story) -> None:
        story.customer(0)

        cycle = only(run(story, 4), FIRST)

        assert cycle.state is ClockState.BREACHED
        assert happened(cycle)[-1] == ("breach", at(4))

    def test_an_answer_in_the_due_second_is_in_time(self, story: Story) -> None:
        story.customer(0)
        story.answer(4)

        cycle = only(run(story), FIRST)

        assert cycle.state is ClockState.MET
        assert ("breach", at(4)) not in happened(cycle)

    def test_an_answer_after_it_is_late_and_the_breach_keeps_its_time(self, story: Story) -> None:
        story.customer(0)
        story.answer(5)

        cycle = only(run(story), FIRST)

        assert cycle.state is ClockState.MISSED_LATE
        assert cycle.ended_at == at(5)
        assert happened(cycle)[-2:] == [("breach", at(4)), ("fulfil", at(5))]

    def test_after_a_night_off_the_breach_is_dated_when_it_was_due(self, story: Story) -> None:
        story.customer(0)

        before, after = only(run(story, 4), FIRST), only(run(story, 1_000), FIRST)

        assert [event.key for event in before.events] == [event.key for event in after.events]
        assert after.events[-1].at == at(4)

    def test_an_answer_before_the_warn_point_gives_no_warning(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)

        assert happened(only(run(story), FIRST)) == [("activate", at(0)), ("fulfil", at(1))]

    def test_working_hours_count_not_wall_hours(self, story: Story) -> None:
        story.customer(7)  # four in the afternoon

        cycle = only(run(story, 8, schedules=OFFICE), FIRST)

        assert cycle.due_at == at(24 + 3)
        assert cycle.warn_at == (at(24 + 2),)

    def test_minutes_before_are_working_minutes(self, story: Story) -> None:
        story.customer(7)
        early = target(FIRST, warn=(WarnPoint(minutes_before=210),))

        cycle = only(run(story, 8, policy(early), OFFICE), FIRST)

        # Half an hour into the budget is still today; wall-clock subtraction would say tonight.
        assert cycle.warn_at == (at(7.5),)

    def test_several_warn_points_are_in_order_and_have_keys_of_their_own(self, story: Story) -> None:
        story.customer(0)
        points = (WarnPoint(minutes_before=30), WarnPoint(percent=50), WarnPoint(percent=75))

        cycle = only(run(story, 5, policy(target(FIRST, warn=points))), FIRST)

        assert cycle.warn_at == (at(2), at(3), at(3.5))
        warnings = [event for event in cycle.events if event.kind is ClockEventKind.WARN]
        assert [event.cause for event in warnings] == ["50%", "75%", "30m"]
        assert len({event.key for event in cycle.events if event.kind is ClockEventKind.WARN}) == 3

    def test_keys_fit_their_column(self, story: Story) -> None:
        story.customer(0)
        story.status(1, Status.WAITING_CUSTOMER)
        story.customer(2)
        story.status(3, Status.SOLVED)
        story.customer(5)

        assert all(len(event.key) <= 80 for cycle in run(story) for event in cycle.events)


class TestFirstAndNextReply:
    def test_three_mails_before_we_answer_are_one_cycle_from_the_first(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.customer(2)
        story.customer(3)
        story.customer(3.5)

        cycle = only(run(story, 4), NEXT)

        assert cycle.anchor_at == at(2)
        assert cycle.due_at == at(6)

    def test_the_next_reply_begins_only_after_the_first(self, story: Story) -> None:
        story.customer(0)
        story.customer(1)

        assert of(run(story), NEXT) == []

    def test_every_wait_is_a_cycle_of_its_own(self, story: Story) -> None:
        for begin in (0, 10, 20):
            story.customer(begin)
            story.answer(begin + 1)

        cycles = run(story)

        assert [cycle.number for cycle in of(cycles, NEXT)] == [1, 2]
        assert {cycle.state for cycle in (*of(cycles, FIRST), *of(cycles, NEXT))} == {ClockState.MET}

    def test_a_thread_that_we_began_owes_the_first_reply_to_the_customer_s_answer(self, story: Story) -> None:
        story.answer(0)
        story.customer(5)

        cycle = only(run(story, 6), FIRST)

        assert cycle.anchor_at == at(5)

    def test_a_thread_that_we_began_owes_nothing_before_they_write(self, story: Story) -> None:
        story.answer(0)

        assert {cycle.target for cycle in run(story, 1)} == {UPDATE}

    @pytest.mark.parametrize("to", [(COLLEAGUE,), ("someone@else.example",)])
    def test_a_reply_to_a_colleague_or_a_forward_keeps_nothing(
        self, story: Story, to: tuple[str, ...]
    ) -> None:
        story.customer(0)
        story.mail(1, US, *to)

        assert only(run(story, 2), FIRST).state is ClockState.RUNNING

    def test_our_automatic_mail_is_no_reply(self, story: Story) -> None:
        story.customer(0)
        story.mail(0.1, US, ANNA, message_class=MessageClass.AUTO_REPLY)

        assert only(run(story, 2), FIRST).state is ClockState.RUNNING

    @pytest.mark.parametrize(
        "message_class",
        [MessageClass.AUTO_REPLY, MessageClass.BOUNCE, MessageClass.BULK, MessageClass.RECEIPT],
    )
    def test_machine_mail_starts_nothing(self, story: Story, message_class: MessageClass) -> None:
        story.mail(0, ANNA, US, message_class=message_class)

        assert run(story) == ()

    def test_machine_mail_reopens_and_keeps_nothing(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.status(2, Status.SOLVED)
        expected = run(story)

        story.mail(3, ANNA, US, message_class=MessageClass.AUTO_REPLY)

        assert run(story) == expected

    def test_a_reply_before_the_policy_was_made_counts_when_it_was_sent(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)

        cycle = only(run(story, 1_000, policy(target(FIRST), name="made later")), FIRST)

        assert (cycle.state, cycle.ended_at) == (ClockState.MET, at(1))

    def test_a_reply_found_later_in_sent_takes_the_breach_back(self, story: Story) -> None:
        story.customer(0)
        assert only(run(story, 5), FIRST).state is ClockState.BREACHED

        story.answer(0.2)

        cycle = only(run(story, 5), FIRST)
        assert (cycle.state, cycle.ended_at) == (ClockState.MET, at(0.2))
        assert ClockEventKind.BREACH not in {event.kind for event in cycle.events}

    def test_an_older_mail_that_arrives_late_moves_the_anchor(self, story: Story) -> None:
        story.customer(5)
        assert only(run(story, 6), FIRST).anchor_at == at(5)

        story.customer(0)

        assert only(run(story, 6), FIRST).anchor_at == at(0)

    def test_a_bounce_of_our_reply_opens_the_same_cycle_again(self, story: Story) -> None:
        story.customer(0)
        number = story.answer(1)
        story.bounce(2, number)

        cycle = only(run(story, 3), FIRST)

        assert (cycle.state, cycle.anchor_at, cycle.due_at) == (ClockState.RUNNING, at(0), at(4))
        assert happened(cycle) == [
            ("activate", at(0)),
            ("fulfil", at(1)),
            ("activate", at(2)),
            ("warn", at(3)),
        ]
        assert cycle.events[2].cause == "bounce"

    def test_a_bounce_that_comes_after_the_second_answer_opens_nothing_again(self, story: Story) -> None:
        story.customer(0)
        number = story.answer(1)
        story.answer(2)
        story.bounce(3, number)

        cycle = only(run(story, 4), FIRST)

        assert (cycle.state, cycle.ended_at) == (ClockState.MET, at(2))
        assert happened(cycle) == [("activate", at(0)), ("fulfil", at(1)), ("fulfil", at(2))]

    def test_a_bounce_after_the_due_time_is_a_breach_at_the_due_time(self, story: Story) -> None:
        story.customer(0)
        number = story.answer(1)
        story.bounce(10, number)

        cycle = only(run(story, 11), FIRST)

        assert cycle.state is ClockState.BREACHED
        assert ("breach", at(4)) in happened(cycle)

    def test_what_is_known_before_a_bounce_keeps_its_keys_after_it(self, story: Story) -> None:
        story.customer(0)
        number = story.answer(1)
        before = {(event.kind, event.key) for event in only(run(story, 1.5), FIRST).events}

        story.bounce(2, number)

        assert before <= {(event.kind, event.key) for event in only(run(story, 3), FIRST).events}

    def test_thanks_open_a_cycle_that_alerts_nobody(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.customer(2, "Thanks!")

        cycle = only(run(story), NEXT)

        assert cycle.state is ClockState.BREACHED
        assert not cycle.is_alerting
        assert happened(cycle) == [("activate", at(2))]

    def test_one_decision_cancels_the_cycle_of_a_thank_you(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.customer(2, "Thanks!")
        story.no_reply_needed(3)

        cycle = only(run(story), NEXT)

        assert cycle.state is ClockState.CANCELLED
        assert cycle.events[-1].cause == "no_reply_needed"

    def test_a_question_after_thanks_is_due_from_the_question(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.customer(2, "Thanks!")
        story.customer(50, "Can you look at the import?")

        cycle = only(run(story, 51), NEXT)

        assert (cycle.number, cycle.anchor_at, cycle.is_alerting) == (1, at(50), True)

    def test_a_request_that_copies_us_alerts_after_a_day(self, story: Story) -> None:
        story.mail(0, ANNA, BOB, cc=(US,), text="Can you check the export?")

        before, after = only(run(story, 20), FIRST), only(run(story, 24), FIRST)

        assert not before.is_alerting
        assert happened(before) == [("activate", at(0))]
        assert after.is_alerting
        assert happened(after)[-1] == ("breach", at(4))

    def test_an_announced_answer_is_the_first_reply_and_owes_the_next(self, story: Story) -> None:
        story.customer(0)
        story.answer(1, "We are looking into it.")

        cycles = run(story, 2)

        assert only(cycles, FIRST).state is ClockState.MET
        assert only(cycles, FIRST).events[-1].cause == "holding_reply"
        assert (only(cycles, NEXT).anchor_at, only(cycles, NEXT).state) == (at(1), ClockState.RUNNING)

    def test_the_answer_after_the_announcement_keeps_it(self, story: Story) -> None:
        story.customer(0)
        story.answer(1, "We are looking into it.")
        story.answer(2)

        assert only(run(story), NEXT).state is ClockState.MET

    def test_an_announcement_does_not_end_a_later_wait(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.customer(2)
        story.answer(3, "We are looking into it.")

        assert only(run(story, 3.5), NEXT).state is ClockState.RUNNING

    def test_an_invitation_has_a_clock_and_an_rsvp_stops_it(self, story: Story) -> None:
        story.mail(0, ANNA, US, message_class=MessageClass.CALENDAR, method=CalendarMethod.REQUEST)
        assert only(run(story, 1), FIRST).state is ClockState.RUNNING

        story.mail(2, US, ANNA, message_class=MessageClass.CALENDAR, method=CalendarMethod.REPLY)

        assert only(run(story, 3), FIRST).state is ClockState.MET

    def test_waiting_for_the_customer_never_stops_their_wait(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.customer(2)
        story.status(3, Status.WAITING_CUSTOMER)

        assert only(run(story, 4), NEXT).state is ClockState.RUNNING

    def test_a_third_party_stops_it_only_by_contract(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.customer(2)
        story.status(3, Status.WAITING_THIRD_PARTY)
        pausing = target(NEXT, pauses=frozenset({Status.WAITING_THIRD_PARTY}))

        assert only(run(story, 4), NEXT).state is ClockState.RUNNING
        assert only(run(story, 4, policy(target(FIRST), pausing)), NEXT).state is ClockState.PAUSED

    def test_solved_cancels_the_wait_and_a_later_mail_opens_the_next_number(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.customer(2)
        story.status(3, Status.SOLVED)
        story.customer(10)

        first, second = of(run(story, 11), NEXT)

        assert (first.state, first.ended_at, first.events[-1].cause) == (
            ClockState.CANCELLED,
            at(3),
            "solved",
        )
        assert (second.number, second.anchor_at, second.state) == (2, at(10), ClockState.RUNNING)

    def test_a_first_reply_never_given_is_owed_again(self, story: Story) -> None:
        story.customer(0)
        story.status(1, Status.SOLVED)
        story.customer(10)

        cycles = run(story, 11)

        assert [cycle.state for cycle in of(cycles, FIRST)] == [ClockState.CANCELLED, ClockState.RUNNING]
        assert of(cycles, NEXT) == []

    def test_a_breach_before_the_cancellation_stays_in_the_log(self, story: Story) -> None:
        story.customer(0)
        story.status(5, Status.SOLVED)

        cycle = only(run(story), FIRST)

        assert cycle.state is ClockState.CANCELLED
        assert ("breach", at(4)) in happened(cycle)


class TestAcknowledgement:
    def test_any_mail_of_a_person_acknowledges(self, story: Story) -> None:
        story.customer(0)
        story.answer(1, "We are looking into it.")

        assert only(run(story), ACK).state is ClockState.MET

    @pytest.mark.parametrize(("accepts", "state"), [(True, ClockState.MET), (False, ClockState.RUNNING)])
    def test_our_automatic_mail_does_when_the_policy_says_so(
        self,
        story: Story,
        accepts: bool,  # noqa: FBT001
        state: ClockState,
    ) -> None:
        story.customer(0)
        story.mail(0.1, US, ANNA, message_class=MessageClass.AUTO_REPLY)

        assert only(run(story, 1, policy(target(ACK, accepts_automatic=accepts))), ACK).state is state

    def test_there_is_one_for_the_thread_and_one_for_each_reopening(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.customer(2)
        story.answer(3)
        story.status(4, Status.SOLVED)
        story.customer(10)
        story.customer(11)

        cycles = of(run(story, 12), ACK)

        assert [(cycle.anchor_at, cycle.state) for cycle in cycles] == [
            (at(0), ClockState.MET),
            (at(10), ClockState.RUNNING),
        ]

    def test_solved_without_a_word_cancels_it(self, story: Story) -> None:
        story.customer(0)
        story.status(1, Status.SOLVED)

        assert only(run(story), ACK).state is ClockState.CANCELLED

    def test_an_acknowledgement_that_came_back_is_none(self, story: Story) -> None:
        story.customer(0)
        number = story.answer(1)
        story.bounce(2, number)

        cycle = only(run(story, 3), ACK)
        assert cycle.state is ClockState.RUNNING
        assert ("activate", at(2)) in happened(cycle)


class TestPeriodicUpdate:
    def test_it_runs_from_each_reply_to_the_next(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.answer(3)

        first, second = of(run(story, 4), UPDATE)

        assert (first.anchor_at, first.state, first.ended_at) == (at(1), ClockState.MET, at(3))
        assert (second.anchor_at, second.state) == (at(3), ClockState.RUNNING)

    def test_the_customer_s_mail_does_not_end_it(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.customer(2)

        assert only(run(story, 3), UPDATE).state is ClockState.RUNNING

    def test_it_stands_still_while_we_wait_for_the_customer(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.status(2, Status.WAITING_CUSTOMER)

        cycle = only(run(story, 50), UPDATE)

        assert (cycle.state, cycle.due_at, cycle.remaining_seconds) == (ClockState.PAUSED, None, 3 * 3600)

    def test_solved_ends_it(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.status(2, Status.SOLVED)

        assert only(run(story), UPDATE).state is ClockState.CANCELLED

    def test_a_mail_of_ours_to_a_solved_thread_promises_no_update(self, story: Story) -> None:
        story.customer(0)
        story.status(1, Status.SOLVED)
        story.answer(2)

        assert of(run(story), UPDATE) == []

    def test_a_reply_that_came_back_is_no_update(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        number = story.answer(2)
        story.bounce(3, number)

        cycle = only(run(story, 3.5), UPDATE)
        assert (cycle.anchor_at, cycle.state) == (at(1), ClockState.RUNNING)
        assert [kind for kind, _ in happened(cycle)] == ["activate", "fulfil", "activate"]


class TestResolution:
    def test_it_runs_from_the_first_mail_to_solved(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.status(3, Status.SOLVED)

        cycle = only(run(story), RESOLUTION)

        assert (cycle.anchor_at, cycle.ended_at, cycle.state) == (at(0), at(3), ClockState.MET)

    def test_waiting_takes_time_out_and_the_customer_s_mail_starts_it_again(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.status(1, Status.WAITING_CUSTOMER)
        story.customer(20)

        cycle = only(run(story, 21), RESOLUTION)

        assert cycle.due_at == at(4 + 19)
        assert happened(cycle)[1:3] == [("pause", at(1)), ("resume", at(20))]

    def test_it_is_resumed_at_the_time_of_the_mail_however_late_it_is_read(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.status(1, Status.WAITING_CUSTOMER)
        paused = only(run(story, 30), RESOLUTION)

        story.customer(20)

        assert paused.state is ClockState.PAUSED
        assert only(run(story, 30), RESOLUTION).due_at == at(23)

    def test_a_pause_off_hours_costs_nothing(self, story: Story) -> None:
        story.customer(7)
        story.answer(7)
        unpaused = only(run(story, 23.5, schedules=OFFICE), RESOLUTION)

        story.status(10, Status.WAITING_CUSTOMER)
        story.status(23, Status.OPEN)

        assert only(run(story, 23.5, schedules=OFFICE), RESOLUTION).due_at == unpaused.due_at

    def test_waiting_for_one_and_then_the_other_is_one_pause(self, story: Story) -> None:
        story.customer(0)
        story.status(1, Status.WAITING_CUSTOMER)
        story.status(5, Status.WAITING_THIRD_PARTY)
        story.status(6, Status.WAITING_THIRD_PARTY)
        story.status(11, Status.OPEN)

        cycle = only(run(story, 12), RESOLUTION)

        assert cycle.due_at == at(4 + 10)
        assert happened(cycle)[1:3] == [("pause", at(1)), ("resume", at(11))]

    def test_a_pause_after_the_due_time_undoes_no_breach(self, story: Story) -> None:
        story.customer(0)
        story.status(5, Status.WAITING_CUSTOMER)

        cycle = only(run(story, 6), RESOLUTION)

        assert (cycle.state, cycle.due_at) == (ClockState.BREACHED, at(4))

    def test_a_pause_in_the_due_second_comes_too_late(self, story: Story) -> None:
        story.customer(0)
        story.status(4, Status.WAITING_CUSTOMER)

        assert only(run(story, 6), RESOLUTION).state is ClockState.BREACHED

    def test_warnings_before_the_pause_stay_and_later_ones_are_not_known(self, story: Story) -> None:
        story.customer(0)
        story.status(2.5, Status.WAITING_CUSTOMER)
        points = (WarnPoint(percent=50), WarnPoint(percent=75))

        cycle = only(run(story, 50, policy(target(RESOLUTION, warn=points))), RESOLUTION)

        assert cycle.warn_at == (at(2),)
        assert cycle.remaining_seconds == int(1.5 * 3600)

    def test_solved_straight_from_waiting_is_in_time(self, story: Story) -> None:
        story.customer(0)
        story.status(1, Status.WAITING_CUSTOMER)
        story.status(50, Status.SOLVED)

        cycle = only(run(story), RESOLUTION)

        assert cycle.state is ClockState.MET
        assert ClockEventKind.RESUME not in {event.kind for event in cycle.events}

    def test_reopened_it_goes_on_with_what_was_left(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.status(3, Status.SOLVED)
        story.customer(20)

        cycle = only(run(story, 20.5), RESOLUTION)

        assert (cycle.number, cycle.state, cycle.due_at) == (1, ClockState.RUNNING, at(21))
        assert ("fulfil", at(3)) in happened(cycle)
        assert ("activate", at(20)) in happened(cycle)

    def test_reopened_it_starts_anew_when_the_policy_says_so(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.status(3, Status.SOLVED)
        number = story.customer(20)

        first, second = of(
            run(story, 21, policy(target(RESOLUTION, on_reopen=OnReopen.PER_REOPEN))), RESOLUTION
        )

        assert first.state is ClockState.MET
        assert (second.number, second.anchor_at, second.anchor_message_id) == (2, at(20), number)

    def test_a_person_may_take_solved_back(self, story: Story) -> None:
        story.customer(0)
        story.status(1, Status.SOLVED)
        story.status(11, Status.OPEN)

        assert only(run(story, 12), RESOLUTION).due_at == at(4 + 10)

    def test_thanks_after_solved_do_not_reopen_it(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.status(3, Status.SOLVED)
        story.customer(20, "Thanks, bye!")

        assert only(run(story, 21), RESOLUTION).state is ClockState.MET

    def test_solved_before_the_customer_wrote_solves_nothing(self, story: Story) -> None:
        story.answer(0)
        story.status(1, Status.SOLVED)
        story.customer(2)

        assert only(run(story, 3), RESOLUTION).state is ClockState.RUNNING


class TestCommitments:
    def test_a_commitment_is_due_when_it_says(self, story: Story) -> None:
        story.commitments.append(CommitmentPoint(number=1, confirmed_at=at(0), due_at=at(8)))

        cycle = only(run(story, 7), COMMITMENT)

        assert (cycle.state, cycle.due_at, cycle.warn_at) == (ClockState.RUNNING, at(8), (at(6),))

    def test_it_warns_in_working_time(self, story: Story) -> None:
        # Confirmed Monday nine, due Wednesday nine: two working days, three quarters are one and a half.
        story.commitments.append(CommitmentPoint(number=1, confirmed_at=at(0), due_at=at(48)))

        cycle = only(run(story, 7, schedules=OFFICE), COMMITMENT)

        assert cycle.warn_at == (at(28),)

    def test_minutes_before_a_commitment_are_working_minutes(self, story: Story) -> None:
        story.commitments.append(CommitmentPoint(number=1, confirmed_at=at(0), due_at=at(24.5)))
        early = target(COMMITMENT, warn=(WarnPoint(minutes_before=60),))

        assert only(run(story, 1, policy(early), OFFICE), COMMITMENT).warn_at == (at(7.5),)

    @pytest.mark.parametrize(
        ("done", "dropped", "state"),
        [
            (7, None, ClockState.MET),
            (8, None, ClockState.MET),
            (9, None, ClockState.MISSED_LATE),
            (None, 2, ClockState.CANCELLED),
            (None, None, ClockState.BREACHED),
        ],
    )
    def test_it_ends_as_it_was_kept(
        self, story: Story, done: float | None, dropped: float | None, state: ClockState
    ) -> None:
        story.commitments.append(
            CommitmentPoint(
                number=1,
                confirmed_at=at(0),
                due_at=at(8),
                done_at=None if done is None else at(done),
                dropped_at=None if dropped is None else at(dropped),
            )
        )

        assert only(run(story), COMMITMENT).state is state


class TestHistory:
    def test_history_alerts_nobody(self, story: Story) -> None:
        story.customer(0, is_backfill=True)

        assert not any(cycle.is_alerting for cycle in run(story))

    def test_a_new_mail_in_an_old_wait_alerts(self, story: Story) -> None:
        story.customer(0, is_backfill=True)
        story.customer(1)

        cycle = only(run(story, 2), FIRST)

        assert cycle.anchor_at == at(0)
        assert cycle.is_alerting

    def test_an_update_is_not_asked_of_history(self, story: Story) -> None:
        story.customer(0, is_backfill=True)
        story.answer(1, is_backfill=True)

        assert not only(run(story), UPDATE).is_alerting

    def test_a_new_mail_wakes_the_resolution_of_an_old_thread(self, story: Story) -> None:
        story.customer(0, is_backfill=True)
        story.answer(1, is_backfill=True)
        story.customer(2)

        assert only(run(story, 3), RESOLUTION).is_alerting


class TestTerms:
    def test_an_unknown_schedule_is_an_error(self, story: Story) -> None:
        story.customer(0)

        with pytest.raises(InvalidPolicy, match="'hours'"):
            run(story, schedules={})

    def test_only_what_the_policy_promises_has_a_clock(self, story: Story) -> None:
        story.customer(0)

        assert [cycle.target for cycle in run(story, 1, policy(target(FIRST)))] == [FIRST]

    def test_a_holiday_added_for_today_moves_open_clocks_and_no_ended_one(self, story: Story) -> None:
        story.customer(0)
        story.answer(5)
        story.customer(24)
        holiday = {
            "hours": replace(OFFICE["hours"], holidays={date(2026, 3, 2): "New", date(2026, 3, 3): "New"})
        }
        earlier = (Terms(policy=policy(), schedules=OFFICE, until=at(24)),)

        cycles = clocks(story.timeline, policy(), holiday, now=at(25), earlier=earlier)

        assert only(cycles, FIRST) == only(run(story, 25, schedules=OFFICE), FIRST)
        assert only(cycles, NEXT).due_at == at(48 + 4)

    def test_an_ended_clock_keeps_the_policy_that_it_ended_under(self, story: Story) -> None:
        story.customer(0)
        story.answer(3)
        strict = policy(target(FIRST, minutes=60), name="strict")
        earlier = (
            Terms(policy=policy(name="older"), schedules=ALWAYS, until=at(10)),
            Terms(policy=policy(name="oldest"), schedules=ALWAYS, until=at(-100)),
        )

        cycle = only(clocks(story.timeline, strict, ALWAYS, now=at(50), earlier=earlier), FIRST)

        assert (cycle.policy, cycle.state) == ("older", ClockState.MET)

    def test_an_open_clock_is_counted_by_the_present_terms_from_the_same_anchor(self, story: Story) -> None:
        story.customer(0)
        strict = policy(target(FIRST, minutes=60), name="strict")
        earlier = (Terms(policy=policy(name="older"), schedules=ALWAYS, until=at(2)),)

        cycle = only(clocks(story.timeline, strict, ALWAYS, now=at(3), earlier=earlier), FIRST)

        assert (cycle.anchor_at, cycle.due_at, cycle.state) == (at(0), at(1), ClockState.BREACHED)

    def test_the_same_terms_give_the_same_version(self, story: Story) -> None:
        story.customer(0)

        versions = {cycle.policy_version for cycle in run(story)}

        assert versions == {cycle.policy_version for cycle in run(story, 200)}
        assert versions != {cycle.policy_version for cycle in run(story, schedules=OFFICE)}


class TestWhatIsNext:
    def test_the_next_event_is_the_next_warning_then_the_due_time_then_none(self, story: Story) -> None:
        story.customer(0)
        wanted = policy(target(FIRST))

        def upcoming(hours: float) -> datetime | None:
            return next_event_at(run(story, hours, wanted), now=at(hours))

        assert [upcoming(hours) for hours in (0, 3, 4)] == [at(3), at(4), None]

    def test_a_paused_clock_has_no_next_event(self, story: Story) -> None:
        story.customer(0)
        story.status(1, Status.WAITING_CUSTOMER)
        cycles = run(story, 2, policy(target(RESOLUTION)))

        assert next_event_at(cycles, now=at(2)) is None

    def test_the_earliest_due_time_comes_first_and_stays_after_the_breach(self, story: Story) -> None:
        story.customer(0)
        wanted = policy(target(FIRST), target(RESOLUTION, minutes=600))

        for hours in (1, 5):
            found = next_due(run(story, hours, wanted))
            assert found is not None
            assert found.target is FIRST

    def test_a_paused_clock_comes_after_those_that_run(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.status(1, Status.WAITING_CUSTOMER)
        wanted = policy(target(RESOLUTION), target(UPDATE, pauses=frozenset(), minutes=6000))

        found = next_due(run(story, 2, wanted))

        assert found is not None
        assert found.target is UPDATE

    def test_thanks_come_after_what_alerts(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)
        story.customer(2, "Thanks!")
        story.commitments.append(CommitmentPoint(number=1, confirmed_at=at(0), due_at=at(90)))

        found = next_due(run(story, 3, policy(target(NEXT), target(COMMITMENT))))

        assert found is not None
        assert found.target is COMMITMENT

    def test_nothing_is_next_when_all_is_done(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)

        assert next_due(run(story, 2, policy(target(FIRST)))) is None

    def test_the_segments_of_a_clock_add_up_to_its_budget(self, story: Story) -> None:
        story.customer(7)
        cycle = only(run(story, 8, schedules=OFFICE), FIRST)

        segments = explain_cycle(cycle, OFFICE["hours"], now=at(8))

        assert [(segment.kind.value, segment.seconds // 3600) for segment in segments] == [
            ("open", 1),
            ("closed", 16),
            ("open", 3),
        ]

    @pytest.mark.parametrize(("hours", "left"), [(8, 3 * 3600), (20, 3 * 3600), (26, 3600), (40, 0)])
    def test_what_is_left_is_working_time(self, story: Story, hours: float, left: int) -> None:
        story.customer(7)
        cycle = only(run(story, 8, schedules=OFFICE), FIRST)

        assert working_seconds_left(cycle, OFFICE["hours"], now=at(hours)) == left

    def test_while_paused_what_is_left_stands_still(self, story: Story) -> None:
        story.customer(0)
        story.status(1, Status.WAITING_CUSTOMER)
        cycle = only(run(story, 2), RESOLUTION)

        assert working_seconds_left(cycle, ALWAYS["hours"], now=at(90)) == 3 * 3600
        assert explain_cycle(cycle, ALWAYS["hours"], now=at(2))[-1].end == at(2)

    def test_an_ended_clock_has_nothing_left(self, story: Story) -> None:
        story.customer(0)
        story.answer(1)

        assert working_seconds_left(only(run(story), FIRST), ALWAYS["hours"], now=at(2)) is None


class TestInput:
    def test_a_naive_time_is_refused(self) -> None:
        with pytest.raises(ValueError, match="naive"):
            Entry(at=datetime(2026, 1, 1), kind=EntryKind.CUSTOMER_HUMAN)  # noqa: DTZ001

    def test_an_empty_thread_has_no_clock(self) -> None:
        assert clocks(Timeline(), policy(), ALWAYS, now=datetime(2026, 1, 1, tzinfo=UTC)) == ()

    @pytest.mark.parametrize("shuffle", [list.reverse, lambda items: items.sort(key=str)])
    def test_the_order_of_the_input_does_not_matter(
        self, story: Story, shuffle: Callable[[list[Entry]], None]
    ) -> None:
        for begin in (0, 10, 20):
            story.customer(begin)
            story.answer(begin + 1)
        expected = run(story)

        shuffle(story.entries)

        assert run(story) == expected
