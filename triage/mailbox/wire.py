"""The bytes to and from one IMAP server, under guard.

What goes out is one whole command of a closed list, none of which can change a mailbox. What comes in
is bounded before it is read: lines, literals, the answer to one command, its time and its rate. The
half of a line that has arrived stays in the buffer when a wait ends, so that no notice is lost.

imaplib on top of this keeps its protocol engine; only its reading and sending are replaced, because
it believes literal sizes, loses half lines on a time-out, and sends whatever it is given.

Source: RFC 3501 sections 2.2, 4.3 and 7; CPython gh-119511 and gh-143921.
"""

import contextlib
import imaplib
import re
import socket
import ssl
import time
from dataclasses import dataclass, replace
from typing import Any, Final

from triage.core.errors import ProtocolFault, Unreachable, Untrusted

_KIB: Final = 1024
_MIB: Final = 1024 * 1024
#: One slow address must leave time for the next (RFC 8305 in small).
_ADDRESS_SECONDS: Final = 8.0

_READ_ONLY: Final = (
    rb"CAPABILITY|NOOP|LOGOUT|STARTTLS|LOGIN|AUTHENTICATE|ID|LIST|STATUS|EXAMINE|IDLE|UID SEARCH|UID FETCH"
)
_COMMAND: Final = re.compile(
    rb"[A-P]+[0-9]+ (?P<name>" + _READ_ONLY + rb")(?: [^\r\n\0]*)?\r\n", re.IGNORECASE
)
_LITERAL_FOLLOWS: Final = re.compile(rb"\{(\d+)\}\r\n\Z")
_WORDLESS: Final = re.compile(rb"[A-P]+[0-9]+ (?:OK|NO|BAD)\r\n")
#: imaplib's tags have four letters and a number; these cannot be taken for one of them.
_LINE_TAG: Final = b"P"
_BASE64_LINE: Final = re.compile(rb"[A-Za-z0-9+/=*]*(?:\r\n)?")
# Reading a body without PEEK sets \Seen where the folder is not opened with EXAMINE.
_SETS_SEEN: Final = re.compile(rb"\b(?:BODY\[|RFC822(?:\.TEXT)?[ )])", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one server may cost.

    Attributes:
        connect_seconds: Connection, TLS and greeting together.
        read_seconds: Longest silence while an answer is due.
        command_seconds: Longest time for one whole answer.
        idle_answer_seconds: Longest time for the answers around IDLE.
        recovery_seconds: In one reading of messages, time after which a lost connection is an error
            and is no longer mended in place.
        bytes_per_second: Least rate of an answer, measured over ``rate_seconds``.
        line_bytes: Longest line; a SEARCH window of 20,000 UIDs needs a quarter of it.
        literal_bytes: Largest literal; every request of ours asks for less.
        command_bytes: Largest answer to one command.
    """

    connect_seconds: float = 20
    read_seconds: float = 60
    command_seconds: float = 600
    idle_answer_seconds: float = 15
    recovery_seconds: float = 120
    bytes_per_second: int = _KIB
    rate_seconds: float = 60
    line_bytes: int = _MIB
    literal_bytes: int = 2 * _MIB
    command_bytes: int = 64 * _MIB


class Wire(imaplib.IMAP4):
    """imaplib's protocol engine on a guarded connection.

    Args:
        place: How the server is named in errors, such as ``mailbox support``.
        tls: Context of a TLS connection from the first byte, or None for plain text.
    """

    def __init__(
        self, host: str, port: int, *, place: str, tls: ssl.SSLContext | None, limits: Limits
    ) -> None:
        self._place = place
        self._tls = tls
        self._limits = limits
        self._buffer = bytearray()
        self._connect_by = time.monotonic() + limits.connect_seconds
        self._is_connected = False
        self._continues: str = ""
        self._literal_left = 0
        self._line_commands = 0
        self._restart_meter()
        super().__init__(host, port)
        self._is_connected = True

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        """Connect; called by imaplib's constructor."""
        del timeout
        self.host, self.port = host, port
        self.sock = _dial(host, port, give_up_at=self._connect_by)
        self.sock.settimeout(max(self._connect_by - time.monotonic(), 0.001))
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=host)

    def shutdown(self) -> None:
        """Close the connection without a word."""
        if isinstance(getattr(self, "sock", None), socket.socket):
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
            self.sock.close()

    def hurry(self, seconds: float) -> None:
        """Wait no longer than this for anything from now on."""
        self._limits = replace(self._limits, read_seconds=seconds, command_seconds=seconds)

    def starttls(self, ssl_context: ssl.SSLContext | None = None) -> tuple[Any, Any]:
        """Go on under TLS (RFC 3501 section 6.2.1).

        Raises:
            Untrusted: If plain text stands behind the server's answer: somebody put it there to be
                read as if it had come under TLS.
        """
        if ssl_context is None:
            raise ValueError("a TLS context that verifies is needed")
        status, answer = self.xatom("STARTTLS")
        if status != "OK":
            raise Untrusted(f"{self._place}: the server refused STARTTLS; use its TLS port", permanent=True)
        if self._buffer:
            raise Untrusted(
                f"{self._place}: plain text was injected before TLS; somebody is between this program "
                "and the server. Use the server's TLS port",
                permanent=True,
            )
        self.sock = ssl_context.wrap_socket(self.sock, server_hostname=self.host)
        self.untagged_responses.clear()
        _, capabilities = self.capability()
        self.capabilities = tuple(str(capabilities[-1], "ascii", "replace").upper().split())
        return status, answer

    def send(self, data: bytes) -> None:  # type: ignore[override]
        """Send a command, or what the server asked for after one.

        Raises:
            ProtocolFault: If it is not one whole read-only command. Nothing is sent then.
        """
        if not self._is_expected(bytes(data)):
            raise ProtocolFault(
                f"{self._place}: refused to send a command that could change the mailbox or holds a "
                "line break; check the folder names and the user name in the configuration",
                permanent=True,
            )
        self._restart_meter()
        self.sock.settimeout(self._limits.read_seconds)
        self.sock.sendall(data)

    def read(self, size: int) -> bytes:
        """Return exactly ``size`` bytes.

        Raises:
            ProtocolFault: If the server announces more than was asked for. Nothing is read then.
        """
        if size > self._limits.literal_bytes:
            raise ProtocolFault(
                f"{self._place}: the server announces a literal of {size} bytes; at most "
                f"{self._limits.literal_bytes} were to come. The connection is given up"
            )
        while len(self._buffer) < size:
            self._receive(self._patience())
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def readline(self) -> bytes:
        """Return the next line with its end."""
        while (line := self._take_line()) is None:
            self._receive(self._patience())
        # Some servers leave out the text behind the status, and imaplib insists on it.
        return line[:-2] + b" \r\n" if _WORDLESS.fullmatch(line) else line

    def begin(self, name: str) -> bytes:
        """Send a command whose answer the caller reads line by line, and return its tag."""
        tag = b"%s%d" % (_LINE_TAG, self._line_commands)
        self._line_commands += 1
        self.send(b"%s %s\r\n" % (tag, name.encode("ascii")))
        return tag

    def line_within(self, seconds: float) -> bytes | None:
        """Return the next line without its end, or None if no whole line came in time.

        For IDLE: silence is no fault here, and half a line is kept for the next call.
        """
        give_up_at = time.monotonic() + seconds
        while (line := self._take_line()) is None:
            left = give_up_at - time.monotonic()
            if left <= 0:
                return None
            self._restart_meter()
            with contextlib.suppress(TimeoutError):
                self._receive(left)
        return line.rstrip(b"\r\n")

    def _take_line(self) -> bytes | None:
        end = self._buffer.find(b"\n")
        if max(end, len(self._buffer) if end < 0 else 0) > self._limits.line_bytes:
            raise ProtocolFault(
                f"{self._place}: the server sent a line of more than {self._limits.line_bytes} bytes. "
                "The connection is given up"
            )
        if end < 0:
            return None
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return line

    def _receive(self, seconds: float) -> None:
        self.sock.settimeout(max(seconds, 0.001))
        data = self.sock.recv(64 * _KIB)
        if not data:
            raise Unreachable(f"{self._place}: the server closed the connection; it is tried again")
        self._buffer += data
        self._measure(len(data))

    def _patience(self) -> float:
        """Return how long to wait for the next byte."""
        if not self._is_connected:
            return self._connect_by - time.monotonic()
        return min(self._limits.read_seconds, self._answer_by - time.monotonic())

    def _restart_meter(self) -> None:
        self._answer_by = time.monotonic() + self._limits.command_seconds
        self._answer_bytes = 0
        self._window_bytes = 0
        self._window_since: float | None = None

    def _measure(self, received: int) -> None:
        """Count what the running command costs."""
        self._answer_bytes += received
        if self._answer_bytes > self._limits.command_bytes:
            raise ProtocolFault(
                f"{self._place}: one answer is longer than {self._limits.command_bytes} bytes. "
                "The connection is given up"
            )
        now = time.monotonic()
        if self._window_since is None:
            # The time to think before the first byte is not slowness of the line.
            self._window_since = now
            return
        self._window_bytes += received
        elapsed = now - self._window_since
        if elapsed >= self._limits.rate_seconds:
            if self._window_bytes < elapsed * self._limits.bytes_per_second:
                raise Unreachable(f"{self._place}: the line is too slow to be of use; it is tried again")
            self._window_since, self._window_bytes = now, 0

    def _is_expected(self, data: bytes) -> bool:
        """Tell whether the bytes are a command of the list, or the continuation that was asked for."""
        if self._literal_left:
            is_whole = len(data) == self._literal_left
            self._literal_left, self._continues = 0, "line end"
            return is_whole
        if self._continues == "line end":
            self._continues = ""
            return data == b"\r\n"
        if self._continues == "idle" and data == b"DONE\r\n":
            self._continues = ""
            return True
        if self._continues == "authenticate" and _BASE64_LINE.fullmatch(data):
            return True
        command = _COMMAND.fullmatch(data)
        if command is None or (command["name"].upper() == b"UID FETCH" and _SETS_SEEN.search(data)):
            return False
        self._continues = {b"IDLE": "idle", b"AUTHENTICATE": "authenticate"}.get(command["name"].upper(), "")
        literal = _LITERAL_FOLLOWS.search(data)
        self._literal_left = int(literal[1]) if literal else 0
        return True


def _dial(host: str, port: int, *, give_up_at: float) -> socket.socket:
    """Connect to the first address that answers."""
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failure: OSError = TimeoutError("no time left")
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        left = give_up_at - time.monotonic()
        if left <= 0:
            break
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(min(left / (len(addresses) - number) + 1, _ADDRESS_SECONDS, left))
            connection.connect(address)
        except OSError as error:
            connection.close()
            failure = error
        else:
            _notice_a_dead_line(connection)
            return connection
    raise failure


def _notice_a_dead_line(connection: socket.socket) -> None:
    """Let the kernel probe a silent connection, so that a pulled cable shows within 90 seconds."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for name, value in {
        "TCP_KEEPIDLE": 30,
        "TCP_KEEPINTVL": 15,
        "TCP_KEEPCNT": 3,
        "TCP_USER_TIMEOUT": 60_000,
    }.items():
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
