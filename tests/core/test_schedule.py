from datetime import UTC, date, datetime, timedelta

import pytest

from triage.core.errors import InvalidSchedule
from triage.core.schedule import ALWAYS_OPEN, DayKind, LocalInterval, Schedule, SpecialDay, in_force

MONDAY = date(2026, 3, 2)


def hours(*texts: str) -> tuple[LocalInterval, ...]:
    return tuple(LocalInterval.parse(*text.split("-")) for text in texts)


def daily(*texts: str) -> tuple[tuple[LocalInterval, ...], ...]:
    return (hours(*texts),) * 7


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("09:00", "17:00", (9 * 3600, 17 * 3600)),
        ("9:00", "17:00", (9 * 3600, 17 * 3600)),
        ("00:00", "24:00", (0, 86_400)),
        ("22:00", "06:00", (22 * 3600, 6 * 3600)),
        ("23:59:59", "24:00", (86_399, 86_400)),
    ],
)
def test_times_of_day_are_read(start: str, end: str, expected: tuple[int, int]) -> None:
    assert LocalInterval.parse(start, end) == expected


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("09:00", "09:00"),  # the whole day or nothing?
        ("24:00", "06:00"),
        ("09:60", "17:00"),
        ("09:00:60", "17:00"),
        ("25:00", "26:00"),
        ("24:01", "02:00"),
        ("nine", "17:00"),
        ("09:00", ""),
        ("٠٩:00", "17:00"),  # digits of another script
    ],
)
def test_what_is_no_interval_is_refused(start: str, end: str) -> None:
    with pytest.raises(InvalidSchedule):
        LocalInterval.parse(start, end)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "Europe/Berlin\0", "CEST+2"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(InvalidSchedule, match="unknown zone"):
        Schedule(zone=zone)


def test_a_schedule_that_never_opens_is_refused() -> None:
    with pytest.raises(InvalidSchedule, match="never opens"):
        Schedule(zone="UTC", week=daily(), special_days={MONDAY: SpecialDay()}, holidays={MONDAY: "x"})


def test_a_schedule_that_opens_on_a_single_date_is_one() -> None:
    schedule = Schedule(
        zone="UTC", week=daily(), special_days={MONDAY: SpecialDay(intervals=hours("9:00-10:00"))}
    )

    assert schedule.intervals_on(MONDAY) == hours("09:00-10:00")


def test_a_week_has_seven_days() -> None:
    with pytest.raises(InvalidSchedule, match="7 days"):
        Schedule(zone="UTC", week=ALWAYS_OPEN[:5])


@pytest.mark.parametrize("interval", [(-1, 10), (0, 86_401), (10, 10), (86_400, 10)])
def test_impossible_seconds_are_refused(interval: tuple[int, int]) -> None:
    with pytest.raises(InvalidSchedule, match="not possible"):
        Schedule(zone="UTC", week=((LocalInterval(*interval),),) * 7)


def test_hours_over_midnight_are_the_same_schedule_as_two_intervals() -> None:
    one = Schedule(zone="Europe/Berlin", week=daily("22:00-06:00"))
    two = Schedule(zone="Europe/Berlin", week=daily("22:00-24:00", "00:00-06:00"))

    assert one.version == two.version
    assert one.intervals_on(MONDAY) == two.intervals_on(MONDAY)


def test_hours_until_midnight_leave_nothing_over() -> None:
    week = (hours("22:00-00:00"), *((),) * 6)

    schedule = Schedule(zone="UTC", week=week)

    assert schedule.intervals_on(MONDAY) == hours("22:00-24:00")
    assert schedule.intervals_on(MONDAY + timedelta(days=1)) == ()


def test_sunday_night_reaches_into_monday() -> None:
    schedule = Schedule(zone="UTC", week=(*((),) * 6, hours("22:00-06:00")))

    assert schedule.intervals_on(MONDAY) == hours("00:00-06:00")


def test_a_special_day_replaces_its_own_date_only() -> None:
    schedule = Schedule(zone="UTC", week=daily("22:00-06:00"), special_days={MONDAY: SpecialDay()})

    assert schedule.intervals_on(MONDAY - timedelta(days=1)) == hours("00:00-06:00", "22:00-24:00")
    assert schedule.intervals_on(MONDAY) == ()
    assert schedule.intervals_on(MONDAY + timedelta(days=1)) == hours("00:00-06:00", "22:00-24:00")


def test_a_special_day_over_midnight_adds_to_the_next_date() -> None:
    special = {MONDAY: SpecialDay(intervals=hours("20:00-02:00"), name="Release night")}

    schedule = Schedule(zone="UTC", week=daily("09:00-17:00"), special_days=special)

    assert schedule.intervals_on(MONDAY) == hours("20:00-24:00")
    assert schedule.intervals_on(MONDAY + timedelta(days=1)) == hours("00:00-02:00", "09:00-17:00")


def test_a_special_day_wins_over_a_holiday() -> None:
    schedule = Schedule(
        zone="UTC",
        week=daily("09:00-17:00"),
        special_days={MONDAY: SpecialDay(intervals=hours("10:00-12:00"))},
        holidays={MONDAY: "Founders' Day", MONDAY + timedelta(days=1): "Another"},
    )

    assert schedule.intervals_on(MONDAY) == hours("10:00-12:00")
    assert schedule.intervals_on(MONDAY + timedelta(days=1)) == ()


def test_special_days_between_are_in_order_and_say_their_kind() -> None:
    holidays = {MONDAY + timedelta(days=offset): str(offset) for offset in (9, 3, 5)}

    schedule = Schedule(zone="UTC", holidays=holidays)

    found = list(schedule.special_days_between(MONDAY, MONDAY + timedelta(days=5)))
    assert [(special.kind, special.name) for _, special in found] == [
        (DayKind.HOLIDAY, "3"),
        (DayKind.HOLIDAY, "5"),
    ]


@pytest.mark.parametrize(
    ("zone", "day", "local", "utc"),
    [
        # In the gap the offset before it counts: 02:15 is 03:15.
        ("Europe/Berlin", date(2026, 3, 29), 2 * 3600 + 900, "2026-03-29T01:15"),
        # Of two equal local times the first.
        ("Europe/Berlin", date(2026, 10, 25), 2 * 3600 + 900, "2026-10-25T00:15"),
        # 24:00 is the next midnight, also when that one is skipped.
        ("America/Havana", date(2026, 3, 7), 86_400, "2026-03-08T05:00"),
        # A date that does not exist is read with the offset before it.
        ("Pacific/Apia", date(2011, 12, 30), 9 * 3600, "2011-12-30T19:00"),
        ("Asia/Kathmandu", date(2026, 1, 1), 0, "2025-12-31T18:15"),
        ("Australia/Lord_Howe", date(2026, 10, 4), 2 * 3600 + 900, "2026-10-03T15:45"),
    ],
)
def test_local_times_are_placed_on_the_utc_line(zone: str, day: date, local: int, utc: str) -> None:
    expected = datetime.fromisoformat(utc).replace(tzinfo=UTC)

    assert datetime.fromtimestamp(Schedule(zone=zone).instant(day, local), UTC) == expected


def test_overlapping_hours_count_once() -> None:
    schedule = Schedule(zone="UTC", week=daily("09:00-12:00", "11:00-14:00", "13:00-13:30"))

    assert schedule.openings(2_900).total == 7 * 5 * 3600


def test_memory_is_bounded_however_far_one_looks() -> None:
    schedule = Schedule(zone="UTC", week=daily("09:00-17:00"))

    for week in range(2_000):
        schedule.openings(week)

    assert len(schedule._openings) <= 520


def test_the_version_is_of_what_counts_not_of_the_name() -> None:
    one = Schedule(name="a", zone="UTC", week=daily("09:00-17:00"))
    other_name = Schedule(
        name="b", zone="UTC", week=daily("09:00-17:00"), effective_from=datetime(2026, 1, 1, tzinfo=UTC)
    )
    other_hours = Schedule(name="a", zone="UTC", week=daily("09:00-17:01"))

    assert one.version == other_name.version
    assert one.version != other_hours.version


def test_the_newest_version_that_has_begun_is_in_force() -> None:
    first = Schedule(name="first", zone="UTC")
    second = Schedule(name="second", zone="UTC", effective_from=datetime(2026, 1, 1, tzinfo=UTC))
    third = Schedule(name="third", zone="UTC", effective_from=datetime(2027, 1, 1, tzinfo=UTC))

    versions = [third, first, second]

    assert in_force(versions, datetime(2025, 12, 31, 23, 59, tzinfo=UTC)) is first
    assert in_force(versions, datetime(2026, 1, 1, tzinfo=UTC)) is second
    assert in_force([third], datetime(2026, 1, 1, tzinfo=UTC)) is None


def test_a_naive_start_of_effect_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        Schedule(zone="UTC", effective_from=datetime(2026, 1, 1))  # noqa: DTZ001
