"""In which order mail is read: what is new comes before what is old, in every folder.

A folder with more unread mail than is read at once gets a backlog: it is read piece by piece, and between
two pieces every folder is looked at for new mail. What is left of it is in the folder's row, so a crash
repeats a piece and forgets none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from triage.mailbox.folders import FolderState
from triage.store.mailboxes import FolderRow

#: As much as one transaction takes.
_LEAST: Final = 500
_MOST: Final = 10_000
#: New mail waits at most about this long for a piece of old mail.
_SECONDS: Final = 10.0
_UNHURRIED_SECONDS: Final = 60.0


@dataclass(kw_only=True, slots=True)
class Pace:
    """How many old messages are read before new mail is looked for again; learned from the server's speed.

    Attributes:
        messages: Size of the next piece; more unread mail than this in a folder is a backlog.
        seconds: How long a piece may take, and new mail wait for it.
    """

    messages: int = _LEAST
    seconds: float = _SECONDS

    @classmethod
    def unhurried(cls) -> "Pace":
        """Return the pace of a single reading, whose new mail nobody is told of before all is read.

        Between two pieces nothing is fetched while the last of the one is stored, and the other way round.
        """
        return cls(messages=2 * _LEAST, seconds=_UNHURRIED_SECONDS)

    def learn(self, read: int, seconds: float) -> None:
        """Size the next piece by how long the last one took."""
        if read and seconds > 0:
            self.messages = max(_LEAST, min(_MOST, round(read / seconds * self.seconds)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A part of a backlog.

    Attributes:
        is_last: Nothing of the backlog lies behind it.
    """

    uids: list[int]
    is_last: bool


def at_most(windows: Iterable[Sequence[int]], count: int) -> list[int]:
    """Return the first UIDs, one more than ``count`` if there are so many."""
    found: list[int] = []
    for window in windows:
        found.extend(window[: count + 1 - len(found)])
        if len(found) > count:
            break
    return found


def next_piece(windows: Iterator[Sequence[int]], *, until_uid: int, count: int) -> Piece:
    """Return the next UIDs of a backlog, ascending.

    Args:
        windows: The UIDs above the cursor.
        until_uid: The last UID of the backlog; there need be no message of that UID.
    """
    found = at_most(windows, count)
    uids = [uid for uid in found[:count] if uid <= until_uid]
    return Piece(uids=uids, is_last=len(found) <= count or found[len(uids)] > until_uid)


def is_unchanged(row: FolderRow | None, state: FolderState) -> bool:
    """Tell whether the server says of a folder what it said when it was found equal to ours.

    A message that came raised UIDNEXT, one that left lowered the count (RFC 3501 section 2.3.1.1).
    """
    return (
        row is not None
        and row.checked_at is not None
        and row.backlog_until_uid is None
        and state.uidnext is not None
        and (row.uidvalidity, row.uidnext, row.server_messages)
        == (state.uidvalidity, state.uidnext, state.exists)
    )
