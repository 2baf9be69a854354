"""Fail points do nothing unless they are asked for, and exactly what they are asked for then."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import triage
from tests.faults.fail_points import fail_points
from triage.fail_point import VARIABLE, FailPointReached, reach


def test_nothing_happens_when_the_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)

    reach("test.unset")


def test_another_name_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "test.other:raise")

    reach("test.this")


def test_raise_raises_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "test.raise:raise")

    with pytest.raises(FailPointReached, match=r"test\.raise"):
        reach("test.raise")
    reach("test.raise")


def test_the_given_time_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "test.third@3:raise")
    reach("test.third")
    reach("test.third")

    with pytest.raises(FailPointReached):
        reach("test.third")


def test_sleep_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "test.sleep:sleep=0.05")
    began = time.monotonic()

    reach("test.sleep")

    assert time.monotonic() - began >= 0.05


def test_kill_ends_the_process_as_kill_9_does() -> None:
    code = "from triage.fail_point import reach; reach('test.kill'); print('alive')"
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, VARIABLE: "test.kill:kill"},
        capture_output=True,
        check=False,
    )

    assert result.returncode == -signal.SIGKILL
    assert result.stdout == b""


def test_a_typing_error_is_not_taken_for_a_run_without_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "test.kill:kil")

    with pytest.raises(ValueError, match="is not name"):
        reach("test.kill")


def test_the_names_are_found_in_the_code() -> None:
    assert "mailbox.fetch.words" in fail_points(Path(triage.__file__).parent)
