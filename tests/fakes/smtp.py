"""A mail server on loopback that takes what it is sent and hands it on, for tests of sending."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class FakeSmtp:
    """What the server does, and what it saw.

    Attributes:
        deliver: Is handed the bytes of each mail that was taken.
        tls: From the first byte, or after STARTTLS if ``starts_tls``.
        answers: By command: what is said in place of the usual answer.
    """

    deliver: Callable[[bytes], object] = lambda _mail: None
    tls: ssl.SSLContext | None = None
    starts_tls: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)
    port: int = 0


@contextmanager
def running(fake: FakeSmtp) -> Iterator[FakeSmtp]:
    """Serve until the end of the block."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            _serve(fake, self)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that distrusts the certificate hangs up: nothing to print."""

    with Server(("127.0.0.1", 0), Handler) as server:
        fake.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()


_USUAL = {"AUTH": "235 ok", "QUIT": "221 bye"}


def _serve(fake: FakeSmtp, handler: socketserver.StreamRequestHandler) -> None:
    plain = handler.connection
    if fake.tls is None or not fake.starts_tls:
        _converse(fake, plain if fake.tls is None else _wrapped(fake, plain), "CONNECT")
    elif _converse(fake, plain, "CONNECT"):
        _converse(fake, _wrapped(fake, plain), "")


def _wrapped(fake: FakeSmtp, plain: socket.socket) -> socket.socket:
    if fake.tls is None:
        raise AssertionError(fake)
    return fake.tls.wrap_socket(plain, server_side=True)


def _converse(fake: FakeSmtp, sock: socket.socket, greeting: str) -> bool:
    """Answer until the client hangs up, or until it asks for TLS: then return True, the socket open."""

    def say(text: str) -> None:
        sock.sendall(text.encode() + b"\r\n")

    if greeting:
        say(fake.answers.get(greeting, "220 fake"))
    with sock.makefile("rb") as lines:
        while line := lines.readline():
            verb = line.split()[0].decode().upper() if line.split() else ""
            fake.commands.append(verb)
            if verb in fake.answers:
                say(fake.answers[verb])
            elif verb == "EHLO":
                say("250-fake")
                say("250-STARTTLS" if fake.starts_tls else "250-SIZE")
                say("250 AUTH PLAIN")
            elif verb == "STARTTLS" and fake.starts_tls:
                say("220 go")
                return True
            elif verb == "DATA":
                say("354 go")
                fake.was_encrypted.append(isinstance(sock, ssl.SSLSocket))
                mail = b"".join(iter(lines.readline, b".\r\n"))
                fake.deliver(b"\r\n".join(one.removeprefix(b".") for one in mail.split(b"\r\n")))
                say("250 taken")
            else:
                say(_USUAL.get(verb, "250 ok"))
    sock.close()
    return False
