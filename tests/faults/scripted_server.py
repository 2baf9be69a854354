"""An IMAP server that says exactly what a script tells it to, right or wrong.

A script is a list of steps for one connection: bytes to send, commands to expect, ways to misbehave.
The tag of the last command stands in ``{tag}``. What the client sent is kept word for word, so that a
test can say what must never have reached the socket.

Usable alone: ``python -m tests.faults.scripted_server`` serves a healthy one-message mailbox.
"""

import bisect
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Self, TypeAlias

GREETING: Final = b"* OK [CAPABILITY IMAP4rev1 IDLE SPECIAL-USE] ready\r\n"
CAPABILITY: Final = b"* CAPABILITY IMAP4rev1 IDLE SPECIAL-USE\r\n{tag} OK done\r\n"


@dataclass(frozen=True, slots=True)
class Say:
    """Send bytes as one segment; ``{tag}`` stands for the tag of the last command."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Expect:
    """Read commands until one matches the pattern, then answer it. Other commands get the usual answer."""

    pattern: str
    answer: bytes = b"{tag} OK done\r\n"


@dataclass(frozen=True, slots=True)
class Reset:
    """Cut the connection with RST."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection with FIN."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Say nothing more until the client goes away."""


@dataclass(frozen=True, slots=True)
class StartTLS:
    """Go on under TLS."""

    context: ssl.SSLContext


@dataclass(frozen=True, slots=True)
class Do:
    """Run something between two steps, such as setting an event of the test."""

    action: Callable[[], object]


Step: TypeAlias = Say | Expect | Reset | Close | Silence | StartTLS | Do


@dataclass(slots=True)
class Mailbox:
    """What the server answers to commands for which the script has nothing special."""

    uids: Sequence[int] = (1,)
    uidvalidity: int | None = 7
    uidnext: int | None = None
    folders: Sequence[bytes] = (b'* LIST () "/" INBOX\r\n', b'* LIST (\\Sent) "/" Sent\r\n')
    message: bytes = b"From: ada@customer.example\r\nSubject: one\r\n\r\nHello\r\n"

    @property
    def header(self) -> bytes:
        """The header block of every message."""
        return self.message.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    @property
    def text(self) -> bytes:
        """The body of every message."""
        return self.message.partition(b"\r\n\r\n")[2]

    def answer(self, command: bytes) -> bytes:
        """Return the healthy answer to a command without its tag."""
        words = command.upper().split()
        name = b" ".join(words[: 2 if words[:1] == [b"UID"] else 1])
        return self._untagged(name, command, words) + b"{tag} OK done\r\n"

    def _untagged(self, name: bytes, command: bytes, words: Sequence[bytes]) -> bytes:
        if name == b"UID SEARCH":
            return b"* SEARCH " + b" ".join(b"%d" % uid for uid in self._asked(words[-1:])) + b"\r\n"
        if name == b"UID FETCH":
            return b"".join(self.fetch(uid, command) for uid in self._asked(words[2:3]))
        if name == b"STATUS":
            return self._status(command)
        fixed = {
            b"CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE SPECIAL-USE\r\n",
            b"LIST": b"".join(self.folders),
            b"EXAMINE": self._examined(),
            b"LOGOUT": b"* BYE\r\n",
        }
        return fixed.get(name, b"")

    def fetch(self, uid: int, command: bytes) -> bytes:
        """Return the FETCH answer for one message."""
        items = [b"UID %d" % uid]
        if b"BODYSTRUCTURE" in command:
            size = b'("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" %d 1)' % len(self.text)
            items += [b"RFC822.SIZE %d" % len(self.message), b"BODYSTRUCTURE " + size]
            items += [b'INTERNALDATE "02-Mar-2026 09:30:00 +0000"']
        if b"[HEADER]" in command:
            items.append(b"BODY[HEADER]<0> {%d}\r\n%s" % (len(self.header), self.header))
        if b"PEEK[1]" in command:
            items.append(b"BODY[1]<0> {%d}\r\n%s" % (len(self.text), self.text))
        return b"* %d FETCH (%s)\r\n" % (bisect.bisect_left(self.uids, uid) + 1, b" ".join(items))

    def _examined(self) -> bytes:
        said = [b"* %d EXISTS\r\n* OK [READ-ONLY]\r\n" % len(self.uids)]
        if self.uidvalidity is not None:
            said.append(b"* OK [UIDVALIDITY %d]\r\n" % self.uidvalidity)
        if self.uidnext is not None:
            said.append(b"* OK [UIDNEXT %d]\r\n" % self.uidnext)
        return b"".join(said)

    def _status(self, command: bytes) -> bytes:
        name = re.search(rb'STATUS ("[^"]*")', command, re.IGNORECASE)
        items = [b"MESSAGES %d" % len(self.uids)]
        if self.uidvalidity is not None:
            items.append(b"UIDVALIDITY %d" % self.uidvalidity)
        if self.uidnext is not None:
            items.append(b"UIDNEXT %d" % self.uidnext)
        return b"* STATUS %s (%s)\r\n" % (name[1] if name else b"INBOX", b" ".join(items))

    def _asked(self, uid_set: Sequence[bytes]) -> list[int]:
        """Return the UIDs in a set such as ``1:5,9``; ``*`` is the last one."""
        highest = max(self.uids, default=0)
        asked: set[int] = set()
        for part in b"".join(uid_set).split(b","):
            ends = [highest if end == b"*" else int(end) for end in part.split(b":") if end]
            if ends:
                asked.update(uid for uid in self.uids if min(ends) <= uid <= max(ends))
        return sorted(asked)


@dataclass(slots=True)
class _Peer:
    """One connection of a client."""

    socket: socket.socket
    tag: bytes = b"*"
    buffer: bytearray = field(default_factory=bytearray)


class ScriptedServer:
    """Serves one script a connection, in order; after the last, healthy connections without a script.

    Attributes:
        lines: Every line that clients sent, without its end, in order.
        literals: What clients sent as literals.
        connections: How many there were.
    """

    def __init__(
        self,
        *scripts: Iterable[Step],
        mailbox: Mailbox | None = None,
        tls: ssl.SSLContext | None = None,
        greeting: bytes | None = GREETING,
    ) -> None:
        self.lines: list[bytes] = []
        self.literals: list[bytes] = []
        self.connections = 0
        self.mailbox = mailbox or Mailbox()
        self._scripts = [list(script) for script in scripts]
        self._tls = tls
        self._greeting = greeting
        self._lock = threading.Lock()
        self._peers: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = "127.0.0.1", int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and cut every connection."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            peers = list(self._peers)
        for peer in peers:
            _cut(peer)
        for thread in self._threads:
            thread.join(timeout=10)

    def push(self, data: bytes) -> None:
        """Send bytes on the newest connection, out of turn."""
        with self._lock:
            newest = self._peers[-1]
        newest.sendall(data)

    def commands(self, name: str) -> list[bytes]:
        """Return the commands of a name that reached the server, without their tags."""
        wanted = name.encode() + b" "
        bare = (line.partition(b" ")[2] for line in self.lines)
        return [line for line in bare if (line + b" ").startswith(wanted)]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                script = self._scripts.pop(0) if self._scripts else []
                self._peers.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection, script), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, script: list[Step]) -> None:
        # The client may go away at any moment; that is what these tests are about.
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                with self._lock:
                    self._peers.append(connection)
            peer = _Peer(connection)
            if self._greeting is not None:
                connection.sendall(self._greeting)
            for step in script:
                self._run(peer, step)
            while True:
                self._answer(peer, self._command(peer))
        except (OSError, EOFError, ValueError):
            pass
        finally:
            _cut(connection)

    def _run(self, peer: _Peer, step: Step) -> None:
        match step:
            case Say(data):
                peer.socket.sendall(data.replace(b"{tag}", peer.tag))
            case Expect(pattern, answer):
                while not re.match(pattern.encode(), command := self._command(peer), re.IGNORECASE):
                    self._answer(peer, command)
                peer.socket.sendall(answer.replace(b"{tag}", peer.tag))
            case Reset():
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                peer.socket.close()
                raise EOFError
            case Close():
                raise EOFError
            case Silence():
                while peer.socket.recv(4096):
                    pass
                raise EOFError
            case StartTLS(context):
                peer.socket = context.wrap_socket(peer.socket, server_side=True)
                with self._lock:
                    self._peers.append(peer.socket)
            case Do(action):
                action()

    def _command(self, peer: _Peer) -> bytes:
        """Return the next command without its tag; a literal is asked for and kept."""
        line = self._line(peer)
        self.lines.append(line)
        if announced := re.search(rb"\{(\d+)\}\Z", line):
            peer.socket.sendall(b"+ go on\r\n")
            while len(peer.buffer) < int(announced[1]):
                self._read(peer)
            self.literals.append(bytes(peer.buffer[: int(announced[1])]))
            del peer.buffer[: int(announced[1])]
            self._line(peer)
        tag, _, command = line.partition(b" ")
        if command:
            peer.tag = tag
        return command or line

    def _line(self, peer: _Peer) -> bytes:
        while (end := peer.buffer.find(b"\n")) < 0:
            self._read(peer)
        line = bytes(peer.buffer[:end]).rstrip(b"\r")
        del peer.buffer[: end + 1]
        return line

    @staticmethod
    def _read(peer: _Peer) -> None:
        data = peer.socket.recv(65536)
        if not data:
            raise EOFError
        peer.buffer += data

    def _answer(self, peer: _Peer, command: bytes) -> None:
        if command.upper() == b"IDLE":
            peer.socket.sendall(b"+ idling\r\n")
            return
        peer.socket.sendall(self.mailbox.answer(command).replace(b"{tag}", peer.tag))


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # Already closed by the other side.
        return
    finally:
        connection.close()


if __name__ == "__main__":
    with ScriptedServer() as server:
        print(f"IMAP on {server.host}:{server.port}, any user, any password; Ctrl-C ends it")  # noqa: T201
        threading.Event().wait()
