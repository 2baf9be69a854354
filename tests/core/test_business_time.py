from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from triage.core.business_time import Pause, SegmentKind, Window, add, elapsed, explain, windows
from triage.core.errors import InvalidSchedule
from triage.core.schedule import LocalInterval, Schedule, SpecialDay

BERLIN = ZoneInfo("Europe/Berlin")


def hours(*texts: str) -> tuple[LocalInterval, ...]:
    return tuple(LocalInterval.parse(*text.split("-")) for text in texts)


def weekdays(*texts: str) -> tuple[tuple[LocalInterval, ...], ...]:
    return (hours(*texts),) * 5 + ((),) * 2


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


OFFICE = Schedule(zone="Europe/Berlin", week=weekdays("09:00-17:00"))
ALWAYS = Schedule(zone="Europe/Berlin")
NIGHTS = Schedule(zone="Europe/Berlin", week=(hours("22:00-24:00", "00:00-06:00"),) * 7)
SPLIT = Schedule(zone="Europe/Berlin", week=weekdays("08:00-12:00", "13:30-18:00"))
EASTER = Schedule(
    zone="Europe/Berlin",
    week=weekdays("09:00-17:00"),
    holidays={date(2026, 4, 3): "Good Friday", date(2026, 4, 6): "Easter Monday"},
)
WEDNESDAY_PAUSE = ((local("2026-04-01 10:00"), local("2026-04-02 10:00")),)


@pytest.mark.parametrize(
    ("schedule", "start", "minutes", "pauses", "due", "due_utc"),
    [
        pytest.param(OFFICE, "2026-03-27 16:30", 60, (), "2026-03-30 09:30", "07:30", id="V1"),
        pytest.param(OFFICE, "2026-03-28 12:00", 60, (), "2026-03-30 10:00", "08:00", id="V2"),
        pytest.param(OFFICE, "2026-03-26 16:00", 60, (), "2026-03-26 17:00", "16:00", id="V3"),
        pytest.param(OFFICE, "2026-03-26 17:00", 60, (), "2026-03-27 10:00", "09:00", id="V4"),
        pytest.param(ALWAYS, "2026-03-28 12:00", 1440, (), "2026-03-29 13:00", "11:00", id="V6"),
        pytest.param(ALWAYS, "2026-10-24 12:00", 1440, (), "2026-10-25 11:00", "10:00", id="V7"),
        pytest.param(NIGHTS, "2026-03-28 23:00", 240, (), "2026-03-29 04:00", "02:00", id="V8"),
        pytest.param(SPLIT, "2026-04-01 11:30", 60, (), "2026-04-01 14:00", "12:00", id="V10"),
        pytest.param(SPLIT, "2026-04-01 12:30", 60, (), "2026-04-01 14:30", "12:30", id="V11"),
        pytest.param(EASTER, "2026-04-02 16:00", 120, (), "2026-04-07 10:00", "08:00", id="V12"),
        pytest.param(OFFICE, "2026-04-01 09:00", 240, WEDNESDAY_PAUSE, "2026-04-02 13:00", "11:00", id="V18"),
        pytest.param(OFFICE, "2026-03-28 12:00", 0, (), "2026-03-30 09:00", "07:00", id="V20"),
    ],
)
def test_vector(  # noqa: PLR0917
    schedule: Schedule, start: str, minutes: int, pauses: tuple[Pause, ...], due: str, due_utc: str
) -> None:
    answer = add(schedule, local(start), minutes * 60, pauses)

    assert answer.at == local(due)
    assert f"{answer.at:%H:%M}" == due_utc


@pytest.mark.parametrize(
    ("schedule", "start", "end", "minutes"),
    [
        pytest.param(OFFICE, "2026-03-27 16:30", "2026-03-30 09:30", 60, id="over a weekend"),
        pytest.param(OFFICE, "2026-03-28 12:00", "2026-03-29 20:00", 0, id="closed to closed"),
        pytest.param(ALWAYS, "2026-03-29 00:00", "2026-03-30 00:00", 23 * 60, id="spring day"),
        pytest.param(ALWAYS, "2026-10-25 00:00", "2026-10-26 00:00", 25 * 60, id="autumn day"),
        pytest.param(NIGHTS, "2026-03-28 22:00", "2026-03-29 06:00", 7 * 60, id="spring night"),
        pytest.param(NIGHTS, "2026-10-24 22:00", "2026-10-25 06:00", 9 * 60, id="autumn night"),
        pytest.param(OFFICE, "2026-03-30 12:00", "2026-03-30 11:00", 0, id="end before start"),
    ],
)
def test_elapsed_vector(schedule: Schedule, start: str, end: str, minutes: int) -> None:
    assert elapsed(schedule, local(start), local(end)) == minutes * 60


def test_work_that_ends_at_closing_is_due_at_closing() -> None:
    assert add(OFFICE, local("2026-03-27 09:00"), 8 * 3600).at == local("2026-03-27 17:00")


def test_one_second_more_than_the_day_is_due_on_the_next() -> None:
    assert add(OFFICE, local("2026-03-26 09:00"), 8 * 3600 + 1).at == local("2026-03-27 09:00:01")


def test_no_budget_at_closing_time_is_due_at_the_next_opening() -> None:
    assert add(OFFICE, local("2026-03-26 17:00"), 0).at == local("2026-03-27 09:00")


def test_no_budget_within_hours_is_due_at_once() -> None:
    assert add(OFFICE, local("2026-03-26 16:59:59"), 0).at == local("2026-03-26 16:59:59")


def test_no_budget_in_a_pause_is_due_when_it_ends() -> None:
    assert add(OFFICE, local("2026-04-01 10:00"), 0, WEDNESDAY_PAUSE).at == local("2026-04-02 10:00")


def test_a_pause_off_hours_costs_nothing() -> None:
    start = local("2026-03-27 16:30")
    weekend = ((local("2026-03-27 18:00"), local("2026-03-30 08:00")),)

    assert add(OFFICE, start, 3600, weekend).at == add(OFFICE, start, 3600).at


def test_overlapping_and_nested_pauses_count_once() -> None:
    start = local("2026-04-01 09:00")
    pauses = (
        (local("2026-04-01 12:00"), local("2026-04-01 13:00")),
        (local("2026-04-01 10:00"), local("2026-04-01 12:30")),
        (local("2026-04-01 10:30"), local("2026-04-01 11:00")),
        (local("2026-04-01 14:00"), local("2026-04-01 14:00")),
    )

    due = add(OFFICE, start, 2 * 3600, pauses).at

    assert due == local("2026-04-01 14:00")
    assert elapsed(OFFICE, start, due, pauses) == 2 * 3600


def test_pauses_before_the_start_and_after_the_due_time_change_nothing() -> None:
    start = local("2026-04-01 09:00")
    pauses = (
        (local("2026-03-01 09:00"), local("2026-04-01 09:00")),
        (local("2026-04-01 10:00"), local("2026-04-03 10:00")),
    )

    assert add(OFFICE, start, 3600, pauses).at == local("2026-04-01 10:00")


def test_a_pause_that_ends_before_it_starts_is_refused() -> None:
    backwards = ((local("2026-04-02 10:00"), local("2026-04-01 10:00")),)

    with pytest.raises(ValueError, match="pause ends before"):
        add(OFFICE, local("2026-04-01 09:00"), 60, backwards)


def test_a_negative_budget_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        add(OFFICE, local("2026-04-01 09:00"), -1)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        add(OFFICE, datetime(2026, 4, 1, 9), 60)  # noqa: DTZ001


@pytest.mark.parametrize("year", [1899, 2400, 9999])
def test_years_that_no_zone_knows_are_refused(year: int) -> None:
    with pytest.raises(ValueError, match="1900 to 2399"):
        elapsed(OFFICE, datetime(year, 6, 1, tzinfo=UTC), local("2026-04-01 09:00"))


def test_a_budget_beyond_all_years_is_refused() -> None:
    with pytest.raises(ValueError, match="2399"):
        add(ALWAYS, datetime(2399, 12, 1, tzinfo=UTC), 10**9)


def test_a_timedelta_is_a_budget_too() -> None:
    start = local("2026-04-01 09:00")

    assert add(OFFICE, start, timedelta(hours=1)).at == add(OFFICE, start, 3600).at


def test_parts_of_a_second_do_not_count() -> None:
    start = local("2026-04-01 09:00") + timedelta(microseconds=999_999)

    assert add(OFFICE, start, 60).at == local("2026-04-01 09:01")


def test_an_interval_inside_the_gap_moves_by_the_gap() -> None:
    schedule = Schedule(zone="Europe/Berlin", week=(hours("02:15-02:45"),) * 7)

    found = windows(schedule, local("2026-03-29 00:00"), local("2026-03-30 00:00"))

    assert found == (Window(utc("2026-03-29 01:15"), utc("2026-03-29 01:45")),)


def test_an_interval_whose_end_falls_back_before_its_start_is_empty() -> None:
    # 02:30 is read as 03:30, and 03:00 is the end of the gap.
    schedule = Schedule(zone="Europe/Berlin", week=(hours("02:30-03:00"),) * 7)

    assert windows(schedule, local("2026-03-29 00:00"), local("2026-03-30 00:00")) == ()


def test_the_repeated_hour_counts_twice_when_hours_run_through_it() -> None:
    schedule = Schedule(zone="Europe/Berlin", week=(hours("01:00-04:00"),) * 7)

    assert elapsed(schedule, local("2026-10-25 00:00"), local("2026-10-26 00:00")) == 4 * 3600


def test_hours_of_a_date_that_was_skipped_merge_with_the_next() -> None:
    # Samoa had no 2011-12-30; its hours fall on the 31st.
    schedule = Schedule(zone="Pacific/Apia", week=(hours("09:00-17:00"),) * 7)

    found = windows(schedule, utc("2011-12-29 12:00"), utc("2012-01-01 00:00"))

    assert found == (
        Window(utc("2011-12-29 19:00"), utc("2011-12-30 03:00")),
        Window(utc("2011-12-30 19:00"), utc("2011-12-31 03:00")),
        Window(utc("2011-12-31 19:00"), utc("2012-01-01 00:00")),
    )


def test_around_the_clock_is_one_window_however_long() -> None:
    found = windows(ALWAYS, utc("2026-01-01 00:00"), utc("2027-01-01 00:00"))

    assert found == (Window(utc("2026-01-01 00:00"), utc("2027-01-01 00:00")),)


def test_hours_over_midnight_are_one_window() -> None:
    found = windows(NIGHTS, local("2026-04-01 12:00"), local("2026-04-02 12:00"))

    assert found == (Window(utc("2026-04-01 20:00"), utc("2026-04-02 04:00")),)


def closed_for(days: int) -> Schedule:
    first = date(2026, 1, 1)
    return Schedule(
        name="sleepy",
        zone="UTC",
        week=(hours("00:00-24:00"),) * 7,
        special_days={first + timedelta(days=offset): SpecialDay() for offset in range(days)},
    )


def test_four_hundred_closed_days_are_waited_for() -> None:
    assert add(closed_for(400), utc("2026-01-01 00:00"), 1).at == utc("2027-02-05 00:00:01")


def test_more_than_four_hundred_closed_days_are_an_error_not_infinity() -> None:
    with pytest.raises(InvalidSchedule, match="sleepy does not open within 400 days"):
        add(closed_for(401), utc("2026-01-01 00:00"), 1)


def test_a_closed_stretch_in_the_midst_of_the_budget_is_an_error_too() -> None:
    with pytest.raises(InvalidSchedule, match="400 days"):
        add(closed_for(401), utc("2025-12-31 12:00"), 13 * 3600)


def test_a_schedule_that_opens_only_in_the_past_is_an_error() -> None:
    once = Schedule(
        zone="UTC", week=((),) * 7, special_days={date(2020, 1, 1): SpecialDay(intervals=hours("9:00-10:00"))}
    )

    with pytest.raises(InvalidSchedule, match="400 days"):
        add(once, utc("2026-01-01 00:00"), 1)


def test_a_pause_longer_than_the_horizon_is_not_the_schedule_s_fault() -> None:
    pause = ((utc("2026-01-01 00:00"), utc("2028-01-01 00:00")),)

    assert add(ALWAYS, utc("2026-01-01 00:00"), 60, pause).at == utc("2028-01-01 00:01")


def test_segments_name_the_holidays() -> None:
    due = add(EASTER, local("2026-04-02 16:00"), 120 * 60)

    assert [(segment.kind, segment.name, segment.seconds // 3600) for segment in due.segments] == [
        (SegmentKind.OPEN, "", 1),
        (SegmentKind.CLOSED, "", 7),
        (SegmentKind.HOLIDAY, "Good Friday", 24),
        (SegmentKind.CLOSED, "", 48),
        (SegmentKind.HOLIDAY, "Easter Monday", 24),
        (SegmentKind.CLOSED, "", 9),
        (SegmentKind.OPEN, "", 1),
    ]


def test_segments_tell_an_exception_from_a_holiday() -> None:
    special = {date(2026, 4, 1): SpecialDay(intervals=hours("12:00-13:00"), name="Inventory")}
    schedule = Schedule(zone="Europe/Berlin", week=weekdays("09:00-17:00"), special_days=special)

    found = explain(schedule, local("2026-04-01 09:00"), local("2026-04-01 13:30"))

    assert [(segment.kind, segment.name) for segment in found] == [
        (SegmentKind.EXCEPTION, "Inventory"),
        (SegmentKind.OPEN, ""),
        (SegmentKind.EXCEPTION, "Inventory"),
    ]


def test_segments_show_a_pause_only_where_it_costs_time() -> None:
    pauses = ((local("2026-04-01 16:00"), local("2026-04-02 10:00")),)

    found = explain(OFFICE, local("2026-04-01 15:00"), local("2026-04-02 11:00"), pauses)

    assert [(segment.kind, segment.seconds // 3600) for segment in found] == [
        (SegmentKind.OPEN, 1),
        (SegmentKind.PAUSED, 1),
        (SegmentKind.CLOSED, 16),
        (SegmentKind.PAUSED, 1),
        (SegmentKind.OPEN, 1),
    ]


def test_nothing_to_explain_when_it_is_due_at_once() -> None:
    assert add(OFFICE, local("2026-04-01 15:00"), 0).segments == ()
