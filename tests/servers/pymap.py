"""pymap, an IMAP server in Python: a second opinion beside Dovecot."""

import contextlib
import imaplib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.availability import unavailable
from tests.servers.ports import LOOPBACK, accepts_connections, eventually, free_port

USER = "pymap-user"
PASSWORD = "pymap-test-password"


class PymapServer:
    """One server process with one user; the mail is in its memory."""

    def __init__(self) -> None:
        self.host, self.port = LOOPBACK, free_port()
        self.name, self.password = USER, PASSWORD
        command = Path(sys.executable).with_name("pymap")
        if not command.exists():
            unavailable("pymap", "it is not in the environment; run make setup")
        self._process = subprocess.Popen(
            [
                *(str(command), "--host", LOOPBACK, "--port", str(self.port), "--no-tls"),
                *("dict", "--demo-user", USER, "--demo-password", PASSWORD),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(
            lambda: self._process.poll() is not None or accepts_connections(self.port),
            seconds=30,
            what="pymap",
        )
        if self._process.poll() is not None:
            unavailable("pymap", "it ended at once")

    @contextlib.contextmanager
    def connect(self) -> Iterator[imaplib.IMAP4]:
        """Sign in with the standard library's client."""
        connection = imaplib.IMAP4(self.host, self.port, timeout=30)
        try:
            connection.login(self.name, self.password)
            yield connection
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                connection.logout()

    def append(self, message: bytes, *, folder: str = "INBOX") -> None:
        """Append over IMAP."""
        with self.connect() as connection:
            status, answer = connection.append(f'"{folder}"', "", "", message)
        if status != "OK":
            raise AssertionError(answer)

    def snapshot(self, folder: str = "INBOX") -> list[bytes]:
        """Return UIDs, flags and sizes of a folder, without changing any."""
        with self.connect() as connection:
            connection.select(f'"{folder}"', readonly=True)
            _, answer = connection.uid("FETCH", "1:*", "(UID FLAGS RFC822.SIZE)")
        return [item for item in answer if isinstance(item, bytes)]

    def clear(self) -> None:
        """Delete all mail, and see that there is a Sent folder."""
        with self.connect() as connection:
            connection.create("Sent")
            for folder in ("INBOX", "Sent"):
                connection.select(folder)
                connection.uid("STORE", "1:*", "+FLAGS.SILENT", "(\\Deleted)")
                connection.expunge()

    def close(self) -> None:
        """Stop the process."""
        self._process.terminate()
        self._process.wait(timeout=20)


@pytest.fixture(scope="session")
def pymap_server() -> Iterator[PymapServer]:
    """The server of this test process."""
    server = PymapServer()
    yield server
    server.close()


@pytest.fixture
def pymap(pymap_server: PymapServer) -> PymapServer:
    """The server with its inbox and Sent folder empty."""
    pymap_server.clear()
    return pymap_server
