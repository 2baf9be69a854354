"""The worker's loops."""

import threading

import pytest

from triage.core.errors import StoreFull
from triage.services.watch import repeat


@pytest.mark.parametrize(
    "error", [StoreFull("no room"), RuntimeError("a bug")], ids=["foreseen", "not foreseen"]
)
def test_loop_goes_on_after_an_error(error: Exception) -> None:
    stop = threading.Event()
    outcomes = iter([error, None, error, None])
    done = []

    def work() -> None:
        outcome = next(outcomes, None)
        done.append(outcome)
        if len(done) == 4:
            stop.set()
        if outcome is not None:
            raise outcome

    repeat("sweep", work, stop, seconds=0.001)

    assert done == [error, None, error, None]
