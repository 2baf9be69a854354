"""A TCP proxy that makes a line bad: slow, narrow, sliced, cut after a number of bytes, or dead silent.

Faults apply to what the server sends, where the mail is. Usable alone:
``python -m tests.faults.proxy 143 --latency 0.2 --reset-after 10000``.
"""

import argparse
import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from tests.faults.meter import Listener, Meter


@dataclass(frozen=True, kw_only=True, slots=True)
class Toxics:
    """What is wrong with the line.

    Attributes:
        latency_seconds: Added before every piece.
        bytes_per_second: Rate, or None for as fast as it goes.
        slice_bytes: Every piece has at most this many bytes, sent as a segment of its own.
        reset_after: Cut with RST after this many bytes, or None.
        close_after: Cut with FIN after this many bytes, or None.
        silent_after: Swallow everything after this many bytes and keep the connection open, or None.
        connections: Only so many connections are bad; later ones are clean. None: all.
    """

    latency_seconds: float = 0
    bytes_per_second: float | None = None
    slice_bytes: int = 65536
    reset_after: int | None = None
    close_after: int | None = None
    silent_after: int | None = None
    connections: int | None = None


class FaultProxy:
    """Forwards a loopback port to another one, badly.

    Attributes:
        forwarded: Bytes that the server's side sent through, over all connections.
        meter: Counts what of each message went through, or None.
    """

    def __init__(
        self, port: int, toxics: Toxics, *, host: str = "127.0.0.1", meter: Meter | None = None
    ) -> None:
        self.toxics = toxics
        self.meter = meter
        self.forwarded = 0
        self._target = (host, port)
        self._count = 0
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = "127.0.0.1", int(self._listener.getsockname()[1])
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def turn(self, toxics: Toxics) -> None:
        """Make the line better or worse for connections from here on."""
        self.toxics, self._count = toxics, 0

    def close(self) -> None:
        """Stop, and cut every connection."""
        self._stopped.set()
        for each in [self._listener, *self._sockets]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(timeout=10)

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target, timeout=10)
            except OSError:
                return
            server.settimeout(None)
            self._sockets += [client, server]
            self._count += 1
            limit = self.toxics.connections
            toxics = self.toxics if limit is None or self._count <= limit else Toxics()
            self._start(_Line(client, server, toxics, self).run)

    def count(self, sent: int) -> None:
        """Add to what the server's side sent through."""
        with self._lock:
            self.forwarded += sent

    def wait(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            EOFError: If the proxy is closed meanwhile.
        """
        if seconds and self._stopped.wait(seconds):
            raise EOFError


class _Line:
    """One connection through the proxy. One thread serves both directions.

    A second thread that waits in ``recv`` would keep the socket alive in the kernel, and RST would not
    go out when it is closed.
    """

    def __init__(
        self, client: socket.socket, server: socket.socket, toxics: Toxics, proxy: FaultProxy
    ) -> None:
        self._client, self._server = client, server
        self._toxics = toxics
        self._proxy = proxy
        self._along = Listener(proxy.meter) if proxy.meter else None
        self._sent = 0
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def run(self) -> None:
        """Forward until one side ends or the line breaks."""
        # Either side may go away at any moment; that is what a bad line is.
        with contextlib.suppress(OSError, EOFError, ValueError):
            while True:
                ready, _, _ = select.select([self._client, self._server], [], [])
                for source in ready:
                    data = source.recv(65536)
                    if not data:
                        raise EOFError
                    if source is self._client:
                        self._server.sendall(data)
                        if self._along:
                            self._along.sent(data)
                    else:
                        self._forward(data)
        for each in (self._client, self._server):
            each.close()

    def _forward(self, data: bytes) -> None:
        size = self._toxics.slice_bytes
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            rate = self._toxics.bytes_per_second
            self._proxy.wait(self._toxics.latency_seconds + (len(piece) / rate if rate else 0))
            self._send(piece)

    def _send(self, piece: bytes) -> None:
        toxics = self._toxics
        ends = [at for at in (toxics.reset_after, toxics.close_after, toxics.silent_after) if at is not None]
        allowed = piece[: max(min(ends) - self._sent, 0)] if ends else piece
        self._client.sendall(allowed)
        self._sent += len(allowed)
        self._proxy.count(len(allowed))
        if self._along:
            self._along.received(allowed)
        if len(allowed) == len(piece) or toxics.silent_after is not None:
            return
        if toxics.reset_after is not None:
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise EOFError


def main() -> None:
    """Run the proxy from the command line until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port", type=int, help="the server's port on this machine")
    parser.add_argument("--latency", type=float, default=0, help="seconds before every piece")
    parser.add_argument("--rate", type=float, help="bytes per second")
    parser.add_argument("--slice", type=int, default=65536, help="bytes per segment")
    parser.add_argument("--reset-after", type=int, help="RST after this many bytes")
    parser.add_argument("--silent-after", type=int, help="nothing more after this many bytes")
    given = parser.parse_args()
    toxics = Toxics(
        latency_seconds=given.latency,
        bytes_per_second=given.rate,
        slice_bytes=given.slice,
        reset_after=given.reset_after,
        silent_after=given.silent_after,
    )
    with FaultProxy(given.port, toxics) as proxy:
        print(f"{proxy.host}:{proxy.port} leads to port {given.port}, badly; Ctrl-C ends it")  # noqa: T201
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
