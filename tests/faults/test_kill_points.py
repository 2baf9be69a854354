"""Every named fail point in every scenario: killed there and run again, the end is the same.

After the method of isync's test program: interrupt, resume, compare with the undisturbed run, run
again, and demand that nothing changes. The points are found by reading the code.
"""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import triage
from tests.acceptance.mail import letter
from tests.acceptance.program import Program
from tests.faults.fail_points import fail_points
from tests.faults.victim import SCENARIOS
from tests.servers.dovecot import MailUser

POINTS = fail_points(Path(triage.__file__).parent)
#: Places below the protocol: a mailbox in memory has none.
OVER_IMAP = tuple(point for point in POINTS if point.startswith("mailbox."))
IN_MEMORY = tuple(point for point in POINTS if point not in OVER_IMAP)
#: At which time that a point is reached; the second one is another batch or folder.
_COUNTS = (1, 2) if os.environ.get("TRIAGE_LONG") else (1,)
#: Who holds a mailbox and what was compared when depend on how often the program was started.
_OF_THE_RUN = {"lease", "audit_run", "alembic_version"}
_OF_THE_ATTEMPT = {"attempts", "next_attempt_at", "sent_at"}


class Victims:
    """The program that forks workers, and databases for them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._output = (folder / "victims.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.victim"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._output,
            text=True,
        )
        self._bases: dict[str, Path] = {}

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()
        self._output.close()

    def run(
        self, database: Path, scenario: str, *, visits: int, fail_point: str = "", attempt: int = 0
    ) -> int:
        """Let a worker visit the mailbox, and return its exit status."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {
            "database": str(database),
            "scenario": scenario,
            "visits": visits,
            "fail_point": fail_point,
            "attempt": attempt,
        }
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        status: int = json.loads(self._process.stdout.readline())["status"]
        return status

    def before_last_visit(self, scenario: str, name: str) -> Path:
        """Return a database of its own that has seen all visits but the last."""
        if scenario not in self._bases:
            base = self._folder / f"base-{scenario}.db"
            for visits in range(len(SCENARIOS[scenario])):
                assert self.run(base, scenario, visits=visits) == 0
            self._bases[scenario] = base
        copy = self._folder / f"{scenario}-{name}.db"
        for suffix in ("", "-wal"):
            source = Path(f"{self._bases[scenario]}{suffix}")
            if source.exists():
                shutil.copy(source, f"{copy}{suffix}")
        return copy


@pytest.fixture(scope="module")
def victims(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victims]:
    victims = Victims(tmp_path_factory.mktemp("victims"))
    yield victims
    victims.close()


def _state(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row that does not tell about the run itself."""
    connection = sqlite3.connect(database)
    try:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        state = {}
        for table in sorted(set(tables) - _OF_THE_RUN):
            if table.startswith("search_words"):
                continue
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            kept = ", ".join(f'"{column}"' for column in columns if column not in _OF_THE_ATTEMPT)
            rows = connection.execute(f"SELECT {kept} FROM {table}").fetchall()  # noqa: S608 - own names
            state[table] = sorted(rows, key=repr)
        # How the words lie in the index depends on the size of its steps; which they are does not.
        connection.execute("CREATE VIRTUAL TABLE temp.word USING fts5vocab(main, search_words, instance)")
        state["search_words"] = sorted(connection.execute("SELECT * FROM temp.word"), key=repr)
        return state
    finally:
        connection.close()


def _alerts(database: Path) -> list[str]:
    path = database.with_suffix(".alerts")
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_killed_at_any_point_the_next_run_ends_the_same(victims: Victims, scenario: str) -> None:
    last = len(SCENARIOS[scenario])
    calm = victims.before_last_visit(scenario, "calm")
    assert victims.run(calm, scenario, visits=last) == 0
    expected, alerts = _state(calm), _alerts(calm)
    reached = set()

    for point in IN_MEMORY:
        for count in _COUNTS:
            database = victims.before_last_visit(scenario, f"{point}-{count}")
            killed = victims.run(database, scenario, visits=last, fail_point=f"{point}@{count}:kill")
            if killed == 0:
                break
            assert killed == -signal.SIGKILL, (point, count)
            reached.add(point)
            assert victims.run(database, scenario, visits=last, attempt=1) == 0, (point, count)

            assert _state(database) == expected, (point, count)
            # An alert is sent again only when the worker died between sending and remembering it.
            assert set(_alerts(database)) == set(alerts), (point, count)
            assert len(_alerts(database)) - len(alerts) == (point == "deliver.between-send-and-mark")
            resent = _alerts(database)
            assert victims.run(database, scenario, visits=last, attempt=2) == 0
            assert _state(database) == expected, (point, count)
            assert _alerts(database) == resent, (point, count)

    assert {"ingest.before-commit", "ingest.after-commit", "read_folder.before-checked"} <= reached


def test_every_point_above_the_protocol_is_reached_by_some_scenario(victims: Victims) -> None:
    missed = []
    for point in IN_MEMORY:
        for scenario, changes in SCENARIOS.items():
            database = victims.before_last_visit(scenario, f"reach-{point}")
            if victims.run(database, scenario, visits=len(changes), fail_point=f"{point}:kill"):
                break
        else:
            missed.append(point)

    assert missed == []


@pytest.mark.dovecot
@pytest.mark.parametrize("point", OVER_IMAP)
def test_killed_below_the_protocol_the_next_run_ends_the_same(
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
