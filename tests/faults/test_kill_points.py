"""Every named fail point in every scenario: killed there and run again, the end is the same.

After the method of isync's test program: interrupt, resume, compare with the undisturbed run, run
again, and demand that nothing changes. The points are found by reading the code.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import triage
from tests.acceptance.mail import letter
from tests.acceptance.program import Program
from tests.faults.engines import Engine, PostgresEngine, SqliteEngine, State
from tests.faults.fail_points import fail_points
from tests.faults.victim import SCENARIOS, Order
from tests.servers.dovecot import MailUser
from tests.servers.postgres import PostgresServer

POINTS = fail_points(Path(triage.__file__).parent)
#: Places below the protocol: a mailbox in memory has none.
OVER_IMAP = tuple(point for point in POINTS if point.startswith("mailbox."))
IN_MEMORY = tuple(point for point in POINTS if point not in OVER_IMAP)
#: At which time that a point is reached; the second one is another batch or folder.
_IS_LONG = bool(os.environ.get("TRIAGE_LONG"))
_COUNTS = (1, 2) if _IS_LONG else (1,)
#: On PostgreSQL the default run takes the points around each commit; the rest is the same code.
_AROUND_COMMITS = {
    "incremental": ("ingest.before-commit", "deliver.between-send-and-mark"),
    "uidvalidity": ("read_folder.after-epoch-commit",),
    "move": ("ingest.after-commit", "read_folder.between-gone-and-restore"),
}


class Victims:
    """The program that forks workers, and their databases on one engine."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self._folder = folder
        self._engine = engine
        self._output = (folder / "victims.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.victim"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._output,
            text=True,
        )
        self._bases: set[str] = set()

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()
        self._output.close()

    def run(self, name: str, scenario: str, *, visits: int, fail_point: str = "", attempt: int = 0) -> int:
        """Let a worker visit the mailbox, and return its exit status."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if visits:
            self._engine.settle(name)
        order = Order(
            url=self._engine.url(name),
            alerts=str(self._alerts_file(name)),
            scenario=scenario,
            visits=visits,
            fail_point=fail_point,
            attempt=attempt,
        )
        self._process.stdin.write(json.dumps(asdict(order)) + "\n")
        self._process.stdin.flush()
        status: int = json.loads(self._process.stdout.readline())["status"]
        return status

    def before_last_visit(self, scenario: str, name: str) -> str:
        """Return the name of a database of its own that has seen all visits but the last."""
        base = f"base-{scenario}"
        if scenario not in self._bases:
            self._engine.create(base)
            for visits in range(len(SCENARIOS[scenario])):
                assert self.run(base, scenario, visits=visits) == 0
            self._bases.add(scenario)
        copy = f"{scenario}-{name}"
        self._engine.copy(base, copy)
        return copy

    def state(self, name: str) -> State:
        return self._engine.state(name)

    def alerts(self, name: str) -> list[str]:
        path = self._alerts_file(name)
        return path.read_text().splitlines() if path.exists() else []

    def _alerts_file(self, name: str) -> Path:
        return self._folder / f"{name}.alerts"


@pytest.fixture(scope="module")
def victims(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victims]:
    folder = tmp_path_factory.mktemp("victims")
    victims = Victims(folder, SqliteEngine(folder))
    yield victims
    victims.close()


@pytest.fixture(scope="module")
def postgres_victims(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer
) -> Iterator[Victims]:
    victims = Victims(tmp_path_factory.mktemp("victims"), PostgresEngine(postgres_server))
    yield victims
    victims.close()


def _kill_and_resume(victims: Victims, scenario: str, points: Sequence[str]) -> set[str]:
    """Kill at each point, run again, compare, run once more; return which points were reached."""
    last = len(SCENARIOS[scenario])
    calm = victims.before_last_visit(scenario, "calm")
    assert victims.run(calm, scenario, visits=last) == 0
    expected, alerts = victims.state(calm), victims.alerts(calm)
    reached = set()
    for point in points:
        for count in _COUNTS:
            name = victims.before_last_visit(scenario, f"{point}-{count}")
            killed = victims.run(name, scenario, visits=last, fail_point=f"{point}@{count}:kill")
            if killed == 0:
                break
            assert killed == -signal.SIGKILL, (point, count)
            reached.add(point)
            assert victims.run(name, scenario, visits=last, attempt=1) == 0, (point, count)

            assert victims.state(name) == expected, (point, count)
            # An alert is sent again only when the worker died between sending and remembering it.
            resent = victims.alerts(name)
            assert set(resent) == set(alerts), (point, count)
            assert len(resent) - len(alerts) == (point == "deliver.between-send-and-mark")
            assert victims.run(name, scenario, visits=last, attempt=2) == 0
            assert victims.state(name) == expected, (point, count)
            assert victims.alerts(name) == resent, (point, count)
    return reached


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_fault_80_killed_at_any_point_the_next_run_ends_the_same(victims: Victims, scenario: str) -> None:
    reached = _kill_and_resume(victims, scenario, IN_MEMORY)

    assert {"ingest.before-commit", "ingest.after-commit", "read_folder.before-checked"} <= reached


@pytest.mark.postgres
@pytest.mark.parametrize("scenario", SCENARIOS if _IS_LONG else _AROUND_COMMITS)
def test_fault_80_killed_on_postgresql_the_next_run_ends_the_same(
    postgres_victims: Victims, scenario: str
) -> None:
    points = IN_MEMORY if _IS_LONG else _AROUND_COMMITS[scenario]

    reached = _kill_and_resume(postgres_victims, scenario, points)

    assert reached >= set(_AROUND_COMMITS.get(scenario, ()))


def test_every_point_above_the_protocol_is_reached_by_some_scenario(victims: Victims) -> None:
    missed = []
    for point in IN_MEMORY:
        for scenario, changes in SCENARIOS.items():
            name = victims.before_last_visit(scenario, f"reach-{point}")
            if victims.run(name, scenario, visits=len(changes), fail_point=f"{point}:kill"):
                break
        else:
            missed.append(point)

    assert missed == []


@pytest.mark.dovecot
@pytest.mark.parametrize("point", OVER_IMAP)
def test_fault_80_killed_below_the_protocol_the_next_run_ends_the_same(
    program: Program, dovecot: MailUser, tmp_path_factory: pytest.TempPathFactory, point: str
) -> None:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    for number in range(3):
        dovecot.append(letter(f"m{number}", subject=f"Matter {number}", at=at), at=at)
    calm = Program(tmp_path_factory.mktemp("calm"), mailboxes=program.settings["mailboxes"])
    calm.run("poll", "--once")

    program.run("poll", "--once", status=-signal.SIGKILL, env={"TRIAGE_FAIL_POINT": f"{point}:kill"})
    program.run("poll", "--once")

    assert program.messages() == calm.messages()
    assert [row["new"] for row in program.json("poll", "--once")] == [0]
