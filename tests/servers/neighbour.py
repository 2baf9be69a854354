"""What somebody else does to a mailbox over IMAP, in words that every server understands."""

import contextlib
import imaplib
from collections.abc import Iterator, Sequence
from datetime import datetime

from imapclient import imap_utf7

from tests.servers.ports import LOOPBACK


class Neighbour:
    """One user of a server; the standard library's client is an independent witness of what is there.

    Attributes:
        prefix: Stands before the name of every folder but the inbox.
    """

    prefix = ""

    def __init__(self, *, port: int, name: str, password: str, host: str = LOOPBACK) -> None:
        self.host, self.port, self.name, self.password = host, port, name, password

    @contextlib.contextmanager
    def connect(self) -> Iterator[imaplib.IMAP4]:
        """Sign in."""
        connection = imaplib.IMAP4(self.host, self.port, timeout=30)
        try:
            connection.login(self.name, self.password)
            yield connection
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                connection.logout()

    def path(self, folder: str) -> str:
        """Return the whole name of a folder, as the program shows it."""
        return folder if folder == "INBOX" else self.prefix + folder

    def append(self, message: bytes, *, folder: str = "INBOX", at: datetime | None = None) -> None:
        """Put a message in a folder."""
        date = imaplib.Time2Internaldate(at) if at else ""
        with self.connect() as connection:
            _expect_ok(connection.append(self._wire(folder), "", date, message))

    def create(self, folder: str) -> None:
        """Create a folder."""
        self._run("CREATE", folder)

    def delete(self, folder: str) -> None:
        """Delete a folder with all in it."""
        self._run("DELETE", folder)

    def rename(self, folder: str, to: str) -> None:
        """Rename a folder."""
        with self.connect() as connection:
            _expect_ok(connection.rename(self._wire(folder), self._wire(to)))

    def expunge(self, uid: int, *, folder: str = "INBOX") -> None:
        """Delete a message for good."""
        with self.connect() as connection:
            self._open(connection, folder)
            _expect_ok(connection.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Deleted)"))
            _expect_ok(connection.expunge())

    def move(self, uid: int, *, folder: str = "INBOX", to: str) -> None:
        """Move a message as clients without MOVE do: copy, then delete."""
        with self.connect() as connection:
            self._open(connection, folder)
            _expect_ok(connection.uid("COPY", str(uid), self._wire(to)))
        self.expunge(uid, folder=folder)

    def uids(self, folder: str = "INBOX") -> list[int]:
        """Return the UIDs of a folder."""
        with self.connect() as connection:
            self._open(connection, folder, readonly=True)
            _, answer = connection.uid("SEARCH", "ALL")
        return [int(uid) for uid in (answer[0] or b"").split()]

    def uidvalidity(self, folder: str) -> bytes:
        """Return the UIDVALIDITY of a folder."""
        with self.connect() as connection:
            self._open(connection, folder, readonly=True)
            return bytes(connection.response("UIDVALIDITY")[1][0] or b"")

    def snapshot(self, *folders: str) -> dict[str, list[bytes]]:
        """Return UIDs, flags and sizes of folders, without changing any."""
        found = {}
        with self.connect() as connection:
            for folder in folders:
                self._open(connection, folder, readonly=True)
                _, answer = connection.uid("FETCH", "1:*", "(UID FLAGS RFC822.SIZE)")
                found[folder] = [item for item in answer if isinstance(item, bytes)]
        return found

    def _run(self, command: str, folder: str) -> None:
        with self.connect() as connection:
            _expect_ok(connection._simple_command(command, self._wire(folder)))

    def _open(self, connection: imaplib.IMAP4, folder: str, *, readonly: bool = False) -> None:
        _expect_ok(connection.select(self._wire(folder), readonly=readonly))

    def _wire(self, folder: str) -> str:
        return f'"{bytes(imap_utf7.encode(self.path(folder))).decode("ascii")}"'


def _expect_ok(done: tuple[str, Sequence[object]]) -> None:
    status, answer = done
    if status != "OK":
        raise AssertionError(answer)
