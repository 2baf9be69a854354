"""Courier's IMAP server on Maildirs of this test process.

Courier signs people in with a daemon whose socket has a fixed place on the machine. Here a small listener
on loopback starts the real ``imapd`` for each connection instead, already signed in (PREAUTH): everything
after the sign-in is Courier's own.
"""

import contextlib
import imaplib
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.neighbour import Neighbour
from tests.servers.ports import LOOPBACK
from tests.servers.unpacked import libraries, unpacked

ENVIRONMENT = {
    "AUTHENTICATED": "user",
    "IMAP_CAPABILITY": "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=REFERENCES SORT QUOTA IDLE",
    "IMAP_IDLE_TIMEOUT": "1",
    "IMAP_TRASHFOLDERNAME": "Trash",
    # Locks would wait for that daemon, seconds at a time.
    "IMAP_USELOCKS": "0",
    "PROTOCOL": "IMAP",
    "TCPREMOTEIP": LOOPBACK,
}


class CourierUser(Neighbour):
    """One Maildir behind a listener of its own."""

    prefix = "INBOX."

    def __init__(self) -> None:
        self._program = unpacked("Courier", "usr/bin/imapd")
        self._maildir = Path(tempfile.mkdtemp(prefix="triage-courier-")) / "Maildir"
        for name in ("cur", "new", "tmp"):
            (self._maildir / name).mkdir(parents=True)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._listener = socket.create_server((LOOPBACK, 0))
        super().__init__(port=self._listener.getsockname()[1], name=uuid.uuid4().hex, password="unused")
        self._connection: imaplib.IMAP4 | None = None
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        self.create("Sent")

    @contextlib.contextmanager
    def connect(self) -> Iterator[imaplib.IMAP4]:
        """Yield the one connection of this neighbour: a new one takes Courier more than a second here."""
        if self._connection is None:
            self._connection = imaplib.IMAP4(self.host, self.port, timeout=30)
        yield self._connection
        if self._connection.state == "SELECTED":
            # An open folder can neither be deleted nor renamed.
            self._connection.select("INBOX", readonly=True)

    def close(self) -> None:
        """Stop the listener and every server, and remove the mail."""
        if self._connection is not None:
            self._connection.shutdown()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(timeout=10)
        for process in self._processes:
            process.kill()
            process.wait(timeout=10)
        shutil.rmtree(self._maildir.parent, ignore_errors=True)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        """Run one server on the connection, and hand on what it says."""
        with connection:
            process = subprocess.Popen(
                [str(self._program), str(self._maildir)],
                env=os.environ | libraries() | ENVIRONMENT,
                stdin=connection.fileno(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=self._maildir,
                bufsize=0,
            )
            self._processes.append(process)
            with process, contextlib.suppress(OSError):
                assert process.stdout is not None
                # It complains that the daemon that watches files is not there; then it looks for itself.
                said = process.stdout.readline()
                if b"Filesystem notification" in said:
                    said = process.stdout.readline()
                while said:
                    connection.sendall(said)
                    said = process.stdout.read(65536)


@pytest.fixture
def courier() -> Iterator[CourierUser]:
    """A user with an empty mailbox that only this test uses."""
    user = CourierUser()
    yield user
    user.close()
