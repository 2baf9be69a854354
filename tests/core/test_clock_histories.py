"""Random histories of a thread: what a store collects step by step equals what one recomputation says."""

import os
from collections.abc import Iterable
from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.core.thread_story import ANNA, BOB, COLLEAGUE, MONDAY, US, Story, at
from triage.core.clock_changes import KnownCycle, corrections
from triage.core.clocks import OPEN_STATES, ClockEventKind, ClockState, Cycle, clocks, next_event_at
from triage.core.message import MessageClass
from triage.core.policy import OnReopen, Policy, Status, Target, TargetKind, WarnPoint
from triage.core.schedule import LocalInterval, Schedule
from triage.core.timeline import EntryKind, Timeline
from triage.core.turn import turn

SCHEDULES = {
    "office": Schedule(
        zone="Europe/Berlin", week=((LocalInterval.parse("09:00", "17:00"),),) * 5 + ((),) * 2
    ),
    "always": Schedule(zone="UTC"),
}
BUDGETS = {
    TargetKind.ACKNOWLEDGEMENT: 30,
    TargetKind.FIRST_REPLY: 240,
    TargetKind.NEXT_REPLY: 480,
    TargetKind.PERIODIC_UPDATE: 960,
    TargetKind.RESOLUTION: 2_400,
}

#: Target, number, kind and key: what the store keeps apart.
Logged = tuple[TargetKind, int, ClockEventKind, str]


def policy(on_reopen: OnReopen, schedule: str) -> Policy:
    targets = tuple(
        Target(
            kind=kind,
            minutes=minutes,
            schedule=schedule,
            warn=(WarnPoint(percent=50), WarnPoint(minutes_before=10)),
            accepts_automatic=kind is TargetKind.ACKNOWLEDGEMENT,
            pauses=frozenset({Status.WAITING_THIRD_PARTY}) if kind is TargetKind.NEXT_REPLY else None,
            on_reopen=on_reopen,
        )
        for kind, minutes in BUDGETS.items()
    )
    return Policy(name="standard", position=1, targets=targets)


class History(RuleBasedStateMachine):
    """A service that is sometimes down, a customer, colleagues, and a person who decides."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story()
        self.hours = 0.0
        self.log: dict[Logged, datetime] = {}
        self.rows: tuple[Cycle, ...] = ()
        #: Bounces and late mail change the past: the log then holds more than a recomputation, as it must.
        self.past_has_changed = False

    @initialize(on_reopen=st.sampled_from(list(OnReopen)), schedule=st.sampled_from(sorted(SCHEDULES)))
    def choose(self, on_reopen: OnReopen, schedule: str) -> None:
        self.policy = policy(on_reopen, schedule)

    # What happens.

    @rule(minutes=st.integers(1, 3_000))
    def time_passes(self, minutes: int) -> None:
        self._sweep_until(self.hours + minutes / 60)

    @rule(minutes=st.integers(1, 6_000))
    def the_service_is_down(self, minutes: int) -> None:
        self.hours += minutes / 60
        self._store()

    @rule(
        sender=st.sampled_from([ANNA, BOB]),
        text=st.sampled_from(["It fails again.", "Can you help?", "Thanks!"]),
    )
    def the_customer_writes(self, sender: str, text: str) -> None:
        self._later()
        self.story.mail(self.hours, sender, US, text=text)
        self._store()

    @rule(to=st.sampled_from([ANNA, BOB]), text=st.sampled_from(["It runs.", "We are looking into it."]))
    def we_answer(self, to: str, text: str) -> None:
        self._later()
        self.story.mail(self.hours, COLLEAGUE, to, text=text)
        self._store()

    @rule()
    def we_write_inside(self) -> None:
        self._later()
        self.story.mail(self.hours, US, COLLEAGUE)
        self._store()

    @rule(sender=st.sampled_from([ANNA, US]))
    def a_machine_writes(self, sender: str) -> None:
        self._later()
        to = US if sender == ANNA else ANNA
        self.story.mail(self.hours, sender, to, message_class=MessageClass.AUTO_REPLY)
        self._store()

    @rule(status=st.sampled_from(list(Status)))
    def a_person_sets_the_status(self, status: Status) -> None:
        self._later()
        self.story.status(self.hours, status)
        self._store()

    @rule()
    def a_person_says_no_reply_is_needed(self) -> None:
        self._later()
        self.story.no_reply_needed(self.hours)
        self._store()

    @precondition(lambda self: any(entry.kind is EntryKind.AGENT_HUMAN for entry in self.story.entries))
    @rule(data=st.data())
    def an_answer_comes_back(self, data: st.DataObject) -> None:
        self._later()
        ours = [entry.message_id for entry in self.story.entries if entry.kind is EntryKind.AGENT_HUMAN]
        number = data.draw(st.sampled_from(ours))
        assert number is not None
        self.story.bounce(self.hours, number, ANNA, BOB)
        self.past_has_changed = True
        self._store()

    @rule(hours_ago=st.integers(1, 100), is_ours=st.booleans())
    def an_older_mail_is_found(self, hours_ago: int, is_ours: bool) -> None:  # noqa: FBT001
        self._later()
        then = max(self.hours - hours_ago, 0)
        if is_ours:
            self.story.answer(then)
        else:
            self.story.customer(then)
        self.past_has_changed = True
        self._store()

    # What must hold.

    @invariant()
    def the_rows_equal_a_recomputation_in_any_order(self) -> None:
        timeline = self.story.timeline
        shuffled = Timeline(entries=timeline.entries[::-1], decisions=timeline.decisions[::-1])

        assert self.rows == clocks(shuffled, self.policy, SCHEDULES, now=self.now)
        assert turn(timeline, now=self.now) == turn(shuffled, now=self.now)

    @invariant()
    def the_log_equals_the_events_of_a_recomputation(self) -> None:
        recomputed = dict(events_of(self.rows))

        assert recomputed.keys() <= self.log.keys()
        if not self.past_has_changed:
            anchors = {
                (cycle.target, cycle.number, f"{cycle.anchor_at:%Y-%m-%dT%H:%M:%SZ}") for cycle in self.rows
            }
            still = {key: moment for key, moment in self.log.items() if (*key[:2], key[3][:20]) in anchors}
            assert still == recomputed

    @invariant()
    def each_cycle_breaches_once_and_warns_once_a_point(self) -> None:
        for cycle in self.rows:
            keys = [(event.kind, event.key) for event in cycle.events]
            assert len(set(keys)) == len(keys)
            assert sum(event.kind is ClockEventKind.BREACH for event in cycle.events) <= 1

    @invariant()
    def nothing_is_dated_in_the_future(self) -> None:
        assert all(moment <= self.now for moment in self.log.values())

    @invariant()
    def numbers_count_from_one(self) -> None:
        for kind in TargetKind:
            numbers = [cycle.number for cycle in self.rows if cycle.target is kind]
            assert numbers == list(range(1, len(numbers) + 1))

    @invariant()
    def state_and_times_agree(self) -> None:
        for cycle in self.rows:
            assert (cycle.ended_at is None) == (cycle.state in OPEN_STATES)
            assert (cycle.state is ClockState.PAUSED) == (cycle.remaining_seconds is not None)
            if cycle.state is ClockState.BREACHED:
                assert cycle.due_at is not None
                assert cycle.due_at <= self.now
            if cycle.state is ClockState.RUNNING:
                assert cycle.due_at is not None
                assert cycle.due_at > self.now

    @invariant()
    def nothing_happens_before_the_next_event(self) -> None:
        upcoming = self._upcoming()
        if upcoming is None or upcoming - self.now < timedelta(seconds=2):
            return
        just_before = clocks(self.story.timeline, self.policy, SCHEDULES, now=upcoming - timedelta(seconds=1))

        assert dict(events_of(just_before)) == dict(events_of(self.rows))
        assert turn(self.story.timeline, now=upcoming - timedelta(seconds=1)) == turn(
            self.story.timeline, now=self.now
        )

    @invariant()
    def a_pending_thread_has_an_open_clock(self) -> None:
        if turn(self.story.timeline, now=self.now).is_pending:
            waiting = (TargetKind.FIRST_REPLY, TargetKind.NEXT_REPLY)
            assert any(cycle.is_open and cycle.target in waiting for cycle in self.rows)

    # How a store works.

    @property
    def now(self) -> datetime:
        return at(self.hours).replace(microsecond=0)

    def _later(self) -> None:
        """Two happenings are never in one second; the service has then looked."""
        self._sweep_until(self.hours + 1 / 60)

    def _upcoming(self) -> datetime | None:
        soon = (next_event_at(self.rows, now=self.now), turn(self.story.timeline, now=self.now).changes_at)
        return min((moment for moment in soon if moment is not None), default=None)

    def _sweep_until(self, hours: float) -> None:
        """Wake at each next event, as the sweep does, and then at the end."""
        self._store()
        end = at(hours)
        while (upcoming := self._upcoming()) is not None and upcoming < end:
            self.hours = (upcoming - MONDAY) / timedelta(hours=1)
            self._store()
        self.hours = hours
        self._store()

    def _store(self) -> None:
        known = [
            KnownCycle(
                target=cycle.target,
                number=cycle.number,
                anchor_at=cycle.anchor_at,
                policy_version=cycle.policy_version,
                state=cycle.state,
            )
            for cycle in self.rows
        ]
        self.rows = clocks(self.story.timeline, self.policy, SCHEDULES, now=self.now)
        for key, moment in events_of(self.rows):
            logged = self.log.setdefault(key, moment)
            # A mail found late may move a pause, and a warning with it; it is given once all the same.
            assert logged == moment or self.past_has_changed
        changed = corrections(known, self.rows, now=self.now)
        again = corrections(known, self.rows, now=self.now)
        assert changed == again


def events_of(cycles: Iterable[Cycle]) -> list[tuple[Logged, datetime]]:
    return [
        ((cycle.target, cycle.number, event.kind, event.key), event.at)
        for cycle in cycles
        for event in cycle.events
    ]


TestHistory = History.TestCase
TestHistory.settings = settings(
    max_examples=2_000 if os.environ.get("TRIAGE_LONG") else 25,
    stateful_step_count=25,
    deadline=None,
    # Shrinking five failures at once takes minutes.
    report_multiple_bugs=False,
)
