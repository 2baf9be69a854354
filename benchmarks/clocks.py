"""How fast are the clocks?

    python -m benchmarks.clocks                  due times, a thread's clocks, the calculator
    python -m benchmarks.clocks --lines 100000   that many calculator lines

Prints medians of several rounds. The calculator runs as its own process, start included, on lines of
which every second has a schedule that occurs once.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from statistics import median

from triage.core.business_time import add
from triage.core.clocks import clocks
from triage.core.policy import Policy, Target, TargetKind, WarnPoint
from triage.core.schedule import LocalInterval, Schedule
from triage.core.timeline import Entry, EntryKind, Timeline

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
ROUNDS = 7
#: A year of full working days.
YEAR_OF_WORK = timedelta(hours=52 * 40)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca")
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")


def office(zone: str = "Europe/Berlin") -> Schedule:
    """Return office hours with a lunch break and ten holidays a year."""
    hours = (LocalInterval.parse("09:00", "12:00"), LocalInterval.parse("13:00", "18:00"))
    closed = {date(year, month, 2): "Holiday" for year in (2026, 2027) for month in range(1, 11)}
    return Schedule(zone=zone, week=(hours,) * 5 + ((),) * 2, holidays=closed)


def seconds_each(work: Callable[[int], object], times: int) -> float:
    """Return the median time of one call over the rounds."""
    rounds = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        for number in range(times):
            work(number)
        rounds.append((time.perf_counter() - begin) / times)
    return median(rounds)


def report_due_times() -> None:
    """Measure a budget of a year: with a schedule in use, and with one never asked before."""
    schedule = office()
    warm = seconds_each(lambda number: add(schedule, START + timedelta(minutes=number), YEAR_OF_WORK), 500)
    cold = seconds_each(lambda _: add(office(), START, YEAR_OF_WORK), 50)
    explained = seconds_each(lambda _: add(schedule, START, YEAR_OF_WORK).segments, 50)
    print(f"add, a year of working time: {warm * 1e6:8.0f} us")
    print(f"  schedule built anew:       {cold * 1e6:8.0f} us")
    print(f"  with its segments:         {explained * 1e6:8.0f} us")


def report_threads() -> None:
    """Measure all clocks of a thread of twenty mails."""
    entries = tuple(
        Entry(
            at=START + timedelta(hours=5 * number),
            kind=EntryKind.AGENT_HUMAN if number % 2 else EntryKind.CUSTOMER_HUMAN,
            message_id=number,
            sender_email="us@vendor.example" if number % 2 else "anna@acme.example",
            to=("anna@acme.example",) if number % 2 else ("us@vendor.example",),
            recipients=("anna@acme.example",) if number % 2 else ("us@vendor.example",),
            customer_recipients=("anna@acme.example",) if number % 2 else (),
        )
        for number in range(20)
    )
    targets = tuple(
        Target(kind=kind, minutes=480, schedule="office", warn=(WarnPoint(percent=75),))
        for kind in TargetKind
    )
    policy, schedules = Policy(name="all", position=1, targets=targets), {"office": office()}
    now = START + timedelta(days=9)
    each = seconds_each(lambda _: clocks(Timeline(entries=entries), policy, schedules, now=now), 50)
    print(f"clocks of 20 mails, all targets: {each * 1e6:4.0f} us")


def questions(count: int) -> str:
    """Write calculator lines."""
    random = Random(1)
    lines = []
    for number in range(count):
        opens, closes = random.randint(5, 10), random.randint(14, 23)
        closed = str(date(2026, 1, 1) + timedelta(days=random.randrange(365)))
        start = START + timedelta(minutes=random.randrange(500_000))
        pause = [(start + timedelta(hours=hours)).isoformat() for hours in (3, 5)]
        schedule = {
            "zone": random.choice(ZONES),
            "week": {day: [[f"{opens:02}:00", "12:00"], ["13:00", f"{closes}:00"]] for day in WORKDAYS},
            "exceptions": {closed: []} if number % 2 else {},
        }
        question = {"schedule": schedule, "start": start.isoformat(), "pauses": [pause]}
        lines.append(json.dumps(question | {"minutes": random.randrange(5_000)}))
    return "\n".join(lines)


def report_calculator(count: int) -> None:
    """Measure the calculator as a person would run it."""
    text = questions(count)
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "triage", "sla", "calc"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    taken = time.perf_counter() - begin
    answers = done.stdout.count("\n")
    print(f"triage sla calc: {answers} lines in {taken:.1f} s, {answers / taken:.0f} lines a second")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=20_000, help="lines for the calculator")
    arguments = parser.parse_args()
    report_due_times()
    report_threads()
    report_calculator(arguments.lines)


if __name__ == "__main__":
    main()
