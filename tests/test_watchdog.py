"""A thread that is stuck ends the process; one that works or waits does not."""

import threading
from collections.abc import Callable, Iterator

import pytest
from structlog.testing import capture_logs

from tests.wait import until
from triage import watchdog
from triage.watchdog import keep_watch, pause


@pytest.fixture
def first_stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Watch a thread that does the work and one that hangs; return the name of the first called stuck."""
    monkeypatch.setattr(watchdog, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(watchdog, "STUCK_AFTER_LOOKS", 10)
    monkeypatch.setattr(watchdog, "_SLICE_SECONDS", 0.05)
    over = threading.Event()

    def first(work: Callable[[threading.Event], object]) -> str:
        told = threading.Event()
        watched = threading.Thread(target=work, args=(over,), name="watched", daemon=True)
        hanging = threading.Thread(target=over.wait, name="hanging", daemon=True)
        with capture_logs() as logs:
            for thread in (watched, hanging):
                thread.start()
            keep_watch([watched, hanging], end=told.set)
            until(told.is_set, "a stuck thread is told")
        return next(str(line["thread"]) for line in logs if line["event"].startswith("thread stuck"))

    yield first
    over.set()


def test_thread_that_hangs_is_stuck(first_stuck: Callable[..., str]) -> None:
    assert first_stuck(lambda over: over.wait()) == "watched"


def test_thread_that_waits_in_slices_is_not_stuck(first_stuck: Callable[..., str]) -> None:
    assert first_stuck(lambda over: pause(over, 600)) == "hanging"


def test_thread_that_ended_is_not_stuck(first_stuck: Callable[..., str]) -> None:
    assert first_stuck(lambda _over: None) == "hanging"


def test_pause_ends_early_when_told_to_stop() -> None:
    stop = threading.Event()
    stop.set()

    assert pause(stop, 600)


def test_pause_lets_the_time_pass() -> None:
    assert not pause(threading.Event(), 0.01)
