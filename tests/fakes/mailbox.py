"""A mailbox in memory behind the reader's protocol, for tests of services.

The same contract tests run against it and against real servers (``tests/mailbox/test_reader.py``).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from triage.mailbox.faults import Declined
from triage.mailbox.fetch import Gone, Result
from triage.mailbox.folders import FolderChoice, FolderRole, FolderState, WatchedFolder
from triage.mailbox.mime.structure import read_structure
from triage.mailbox.parse import reduce_message
from triage.mailbox.uids import WINDOW


@dataclass(kw_only=True, slots=True)
class FakeFolder:
    """A folder with its messages by UID."""

    uidvalidity: int = 1
    next_uid: int = 1
    messages: dict[int, tuple[datetime, bytes]] = field(default_factory=dict)


class FakeMailbox:
    """The server's side: what a neighbour could do to the mailbox."""

    def __init__(self) -> None:
        self.folders: dict[str, FakeFolder] = {"INBOX": FakeFolder(), "Sent": FakeFolder(uidvalidity=2)}
        #: Raised instead of the next answers, one each, before anything is done.
        self.faults: list[Exception] = []
        #: Raised once when the message with that UID is fetched.
        self.fault_at_uid: dict[int, Exception] = {}
        #: Folders that are listed and cannot be opened.
        self.declined: set[str] = set()
        #: Done once when the inbox's message with that UID is fetched.
        self.at_uid: dict[int, Callable[[], object]] = {}
        #: UIDs whose content was handed out, in order.
        self.fetched: list[int] = []

    def append(self, message: bytes, *, folder: str = "INBOX", at: datetime | None = None) -> int:
        """Add a message and return its UID."""
        target = self.folders[folder]
        uid = target.next_uid
        target.next_uid += 1
        target.messages[uid] = (at or datetime(2026, 3, 2, 9, 30, tzinfo=UTC), message)
        return uid

    def expunge(self, uid: int, *, folder: str = "INBOX") -> None:
        """Delete a message for good."""
        del self.folders[folder].messages[uid]

    def move(self, uid: int, *, folder: str = "INBOX", to: str) -> int:
        """Move a message and return its new UID."""
        at, message = self.folders[folder].messages.pop(uid)
        return self.append(message, folder=to, at=at)

    def renumber(self, *, folder: str = "INBOX") -> None:
        """Number all messages again under a new UIDVALIDITY."""
        old = self.folders[folder]
        self.folders[folder] = FakeFolder(
            uidvalidity=old.uidvalidity + 1,
            next_uid=len(old.messages) + 1,
            messages=dict(enumerate(old.messages.values(), 1)),
        )

    def connect(self) -> "FakeReader":
        """Return a reader."""
        return FakeReader(self)


class FakeReader:
    """The client's side: a ``MailboxReader``."""

    def __init__(self, mailbox: FakeMailbox) -> None:
        self._mailbox = mailbox
        self._open = FakeFolder()

    def __enter__(self) -> Self:
        self._fail_if_asked()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open = FakeFolder()

    def choose_folders(self, wanted: Sequence[str] = ("auto",)) -> FolderChoice:
        self._fail_if_asked()
        names = [name for each in wanted for name in (("INBOX", "Sent") if each == "auto" else (each,))]
        present = [name for name in dict.fromkeys(names) if name in self._mailbox.folders]
        missing = tuple(name for name in dict.fromkeys(names) if name not in present)
        return FolderChoice(folders=tuple(map(_watched, present)), missing=missing)

    def snapshots(
        self, watched: Sequence[WatchedFolder]
    ) -> Iterator[list[tuple[WatchedFolder, FolderState | None]]]:
        self._fail_if_asked()
        folders = self._mailbox.folders
        yield [(one, _state(folders[one.name]) if one.name in folders else None) for one in watched]

    def examine(self, folder: WatchedFolder) -> FolderState:
        self._fail_if_asked()
        if folder.name not in self._mailbox.folders or folder.name in self._mailbox.declined:
            raise Declined("mailbox fake: the server declined EXAMINE with NONEXISTENT", code="NONEXISTENT")
        self._open = self._mailbox.folders[folder.name]
        return _state(self._open)

    def uids_after(self, last_uid: int) -> Iterator[list[int]]:
        self._fail_if_asked()
        found = sorted(uid for uid in self._open.messages if uid > last_uid)
        for start in range(0, len(found), WINDOW):
            yield found[start : start + WINDOW]

    def uids_between(self, low: int, high: int) -> list[int]:
        self._fail_if_asked()
        if high - low >= WINDOW:
            raise ValueError(f"at most {WINDOW} UIDs are asked for at once")
        return sorted(uid for uid in self._open.messages if low <= uid <= high)

    def fetch(self, wanted: Sequence[int], *, now: datetime) -> Iterator[Result]:
        for uid in wanted:
            self._fail_if_asked()
            if fault := self._mailbox.fault_at_uid.pop(uid, None):
                raise fault
            found = self._open.messages.get(uid)
            if found is None:
                yield Gone(uid=uid, evidence="it is not in the fake mailbox")
                continue
            self._mailbox.fetched.append(uid)
            if self._open is self._mailbox.folders["INBOX"] and (act := self._mailbox.at_uid.pop(uid, None)):
                act()
            received_at, message = found
            yield replace(reduce_message(message, received_at=received_at), uid=uid)

    def read_section(self, uid: int, section: str, *, max_bytes: int) -> Iterator[bytes]:
        self._fail_if_asked()
        _, message = self._open.messages[uid]
        start, end = read_structure(message).bodies[section]
        yield message[start : min(end, start + max_bytes)]

    def wait_for_news(self, patience: timedelta, *, stop: Callable[[], bool]) -> bool:
        self._fail_if_asked()
        return False

    def _fail_if_asked(self) -> None:
        if self._mailbox.faults:
            raise self._mailbox.faults.pop(0)


def _state(folder: FakeFolder) -> FolderState:
    return FolderState(uidvalidity=folder.uidvalidity, uidnext=folder.next_uid, exists=len(folder.messages))


def _watched(name: str) -> WatchedFolder:
    roles = {"INBOX": FolderRole.INBOX, "Sent": FolderRole.SENT}
    return WatchedFolder(name=name, wire_name=name.encode(), role=roles.get(name, FolderRole.OTHER))
