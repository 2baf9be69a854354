"""Sessions of ours to a server under test; with short patience where faults are to show quickly."""

from datetime import UTC, datetime
from typing import Final, Protocol

from triage.mailbox.connection import Password, Security, ServerSettings, Session
from triage.mailbox.fetch import Result, fetch
from triage.mailbox.folders import FolderRole, FolderState, WatchedFolder, examine
from triage.mailbox.uids import uids_after
from triage.mailbox.wire import Limits

NOW: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
INBOX: Final = WatchedFolder(name="INBOX", wire_name=b"INBOX", role=FolderRole.INBOX)

#: Wide enough for a busy machine, narrow enough for a test.
HASTY: Final = Limits(connect_seconds=8, read_seconds=3, command_seconds=20, idle_answer_seconds=3)

#: For servers that work and may be slow on a busy machine.
PATIENT: Final = Limits()


class Server(Protocol):
    """Something that listens."""

    host: str
    port: int


def settings_for(server: Server, *, limits: Limits = PATIENT, user: str = "ada") -> ServerSettings:
    """Return settings for a plain server on loopback."""
    return ServerSettings(
        name="support",
        host=server.host,
        port=server.port,
        user=user,
        security=Security.PLAIN,
        limits=limits,
    )


def session_to(server: Server, *, limits: Limits = HASTY) -> Session:
    """Return a session, not opened yet."""
    return Session(settings_for(server, limits=limits), Password("secret"))


def read_inbox(session: Session, *, after: int = 0) -> list[Result]:
    """Open the inbox and return a result for every UID in it."""
    state = examine(session, INBOX)
    return [
        result for window in uids_after(session, state, after) for result in fetch(session, window, now=NOW)
    ]


def open_inbox(session: Session) -> FolderState:
    """Open the inbox."""
    return examine(session, INBOX)
