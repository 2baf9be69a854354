"""What a service needs of a mailbox, and the reader that gives it over IMAP.

The protocol is kept small so that tests can put a mailbox in memory in its place; the same contract
tests run against both.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Protocol, Self

from triage.mailbox import fetch, folders, idle, uids
from triage.mailbox.connection import ServerSettings, Session, SignIn
from triage.mailbox.fetch import Result
from triage.mailbox.folders import FolderChoice, FolderState, WatchedFolder


class MailboxReader(Protocol):
    """A mailbox that can be looked at. It has no method that changes anything.

    Every method raises the errors under ``core.errors.MailboxError``.
    """

    def __enter__(self) -> Self:
        """Connect and sign in."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Sign out."""

    def choose_folders(self, wanted: Sequence[str]) -> FolderChoice:
        """Return the folders to read, by name or ``auto``."""

    def snapshots(
        self, watched: Sequence[WatchedFolder]
    ) -> Iterator[list[tuple[WatchedFolder, FolderState | None]]]:
        """Yield the state of each folder, without opening any, in groups; None where there is none."""

    def examine(self, folder: WatchedFolder) -> FolderState:
        """Open a folder read-only; the next three methods are about it."""

    def uids_after(self, last_uid: int) -> Iterator[list[int]]:
        """Yield the UIDs above ``last_uid``, ascending, at most 20,000 at a time."""

    def uids_between(self, low: int, high: int) -> list[int]:
        """Return the UIDs from ``low`` to ``high``, both included, at most 20,000 numbers apart."""

    def fetch(self, wanted: Sequence[int], *, now: datetime) -> Iterator[Result]:
        """Yield a result for every UID, exactly once, in order."""

    def read_section(self, uid: int, section: str, *, max_bytes: int) -> Iterator[bytes]:
        """Yield the encoded content of one part, for what was left on the server."""

    def wait_for_news(self, longest: timedelta, *, stop: Callable[[], bool]) -> bool:
        """Wait until the open folder changes; False proves nothing, so the caller looks anyway."""


class IMAPReader:
    """A mailbox over IMAP. One thread uses it at a time; it holds one connection, rarely two."""

    def __init__(self, settings: ServerSettings, sign_in: SignIn) -> None:
        self.session = Session(settings, sign_in)
        self._state = FolderState(uidvalidity=None, uidnext=None, exists=0)

    def __enter__(self) -> Self:
        self.session.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.session.close()

    def choose_folders(self, wanted: Sequence[str] = (folders.AUTO,)) -> FolderChoice:
        """Return the folders to read, by name or ``auto``."""
        return folders.choose_folders(self.session, wanted)

    def snapshots(
        self, watched: Sequence[WatchedFolder]
    ) -> Iterator[list[tuple[WatchedFolder, FolderState | None]]]:
        """Yield the state of each folder, without opening any, in groups; None where there is none."""
        return folders.snapshots(self.session, watched)

    def examine(self, folder: WatchedFolder) -> FolderState:
        """Open a folder read-only."""
        self._state = folders.examine(self.session, folder)
        return self._state

    def uids_after(self, last_uid: int) -> Iterator[list[int]]:
        """Yield the UIDs above ``last_uid`` of the open folder, ascending."""
        return uids.uids_after(self.session, self._state, last_uid)

    def uids_between(self, low: int, high: int) -> list[int]:
        """Return the UIDs of the open folder from ``low`` to ``high``, both included."""
        return uids.uids_between(self.session, low, high)

    def fetch(self, wanted: Sequence[int], *, now: datetime) -> Iterator[Result]:
        """Yield a result for every UID of the open folder, exactly once, in order."""
        return fetch.fetch(self.session, wanted, now=now)

    def read_section(self, uid: int, section: str, *, max_bytes: int) -> Iterator[bytes]:
        """Yield the encoded content of one part of a message in the open folder."""
        return fetch.read_section(self.session, uid, section, max_bytes=max_bytes)

    def wait_for_news(self, longest: timedelta, *, stop: Callable[[], bool]) -> bool:
        """Wait until the open folder changes; False proves nothing, so the caller looks anyway."""
        return idle.wait_for_news(self.session, seconds=longest.total_seconds(), stop=stop)
