"""Work in a thread of its own, a bounded number of batches ahead of whoever uses them."""

import queue
import threading
from collections.abc import Generator
from typing import TypeVar

_T = TypeVar("_T")

#: Batches that wait at most; memory is bounded by this times the size of a batch.
AHEAD = 1
_SLICE_SECONDS = 1.0


def ahead(batches: Generator[_T, None, None]) -> Generator[_T, None, None]:
    """Run the generator in a thread of its own; what it raises is raised here.

    One behind the other they make a line of stages: each works while the next one does.
    """
    waiting: queue.Queue[_T | Exception | None] = queue.Queue(maxsize=AHEAD)
    is_over = threading.Event()

    def offer(value: _T | Exception | None) -> bool:
        while not is_over.is_set():
            try:
                waiting.put(value, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def produce() -> None:
        try:
            for batch in batches:
                if not offer(batch):
                    return
            offer(None)
        except Exception as error:  # noqa: BLE001 - carried over to the thread that asked
            offer(error)
        finally:
            # The stage before this one ends too.
            batches.close()

    thread = threading.Thread(target=produce, name="fetch-ahead", daemon=True)
    thread.start()
    try:
        while (value := _next(waiting)) is not None:
            if isinstance(value, Exception):
                raise value
            yield value
    finally:
        is_over.set()
        thread.join()


def _next(waiting: "queue.Queue[_T]") -> _T:
    """Wait for the stage before, in slices: it may wait for a slow line, and nothing is stuck then."""
    while True:
        try:
            return waiting.get(timeout=_SLICE_SECONDS)
        except queue.Empty:
            continue
