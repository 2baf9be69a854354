"""Progress bars on a terminal; silence everywhere else."""

import sys
import threading
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class ReadingBars:
    """One bar a folder, on standard error; safe to use from several threads."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def folder(self, mailbox: str, folder: str, total: int) -> None:
        """Show a bar for the messages of a folder that are to be read."""
        with self._lock:
            known = self._tasks.pop((mailbox, folder), None)
            if known is not None:
                self._progress.remove_task(known)
            self._tasks[mailbox, folder] = self._progress.add_task(
                f"{mailbox} {folder}", total=total, rate=""
            )

    def advance(self, mailbox: str, folder: str, count: int) -> None:
        """Show that so many more are done."""
        with self._lock:
            task = self._tasks.get((mailbox, folder))
            if task is None:
                return
            self._progress.advance(task, count)
            speed = self._progress.tasks[self._progress.task_ids.index(task)].speed
            self._progress.update(task, rate=f"{speed:.0f}/s" if speed else "")


class NoBars:
    """Nobody is looking."""

    def folder(self, mailbox: str, folder: str, total: int) -> None:
        """Do nothing."""

    def advance(self, mailbox: str, folder: str, count: int) -> None:
        """Do nothing."""


class CountingBar:
    """One bar for work whose size is not known beforehand."""

    def __init__(self, what: str) -> None:
        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}"),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self._what = what
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def advance(self, count: int) -> None:
        """Show that so many more are done."""
        if self._task is None:
            self._task = self._progress.add_task(self._what, total=None)
        self._progress.advance(self._task, count)


def is_terminal() -> bool:
    """Tell whether a person looks at standard output."""
    return sys.stdout.isatty()
