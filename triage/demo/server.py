"""A real IMAP server on a free loopback port, with the sample company's mail in its memory.

pymap runs on an event loop in a thread of its own, so that nothing is left behind, however the
program ends.
"""

import asyncio
import secrets
import threading
from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import Future
from types import TracebackType
from typing import NamedTuple, Self

from imapclient import IMAPClient
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import DictBackend
from pymap.imap import IMAPServer, IMAPService

from triage.demo.compose import SENT, DemoMail

HOST = "127.0.0.1"
USER = "support@nordlicht.example"

_START_SECONDS = 30
_IMAP_SECONDS = 30


class _Running(NamedTuple):
    """What the starting thread has to know of the one that serves."""

    port: int
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event


class DemoServer:
    """The server; a context manager that starts and stops it.

    Attributes:
        port: Where it listens, once started.
        password: Made for this run.
    """

    def __init__(self) -> None:
        self.port = 0
        # Hexadecimal: a word that begins with "-" would be read as an option.
        self.password = secrets.token_hex(16)
        self._started: Future[_Running] = Future()
        self._thread = threading.Thread(target=self._run, name="demo-imap", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = self._started.result(timeout=_START_SECONDS).port
        with self._client() as client:
            client.create_folder(SENT)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        running = self._started.result()
        running.loop.call_soon_threadsafe(running.stop.set)
        self._thread.join()

    def put(self, mails: Iterable[DemoMail]) -> None:
        """Put mail into its folders with its dates, one command for each folder (RFC 3502)."""
        by_folder: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
        for mail in mails:
            by_folder[mail.folder].append({"msg": mail.content, "flags": (), "date": mail.received_at})
        with self._client() as client:
            for folder, messages in by_folder.items():
                client.multiappend(folder, messages)

    def _client(self) -> IMAPClient:
        client = IMAPClient(HOST, port=self.port, ssl=False, timeout=_IMAP_SECONDS)
        client.login(USER, self.password)
        return client

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as err:
            if self._started.done():
                raise
            self._started.set_exception(err)

    async def _serve(self) -> None:
        backend, config = await DictBackend.init(self._arguments())
        config.apply_context()
        reader = ProxyProtocolReader(config.proxy_protocol)
        callback = reader.get_callback(IMAPServer(backend.login, config))
        server = await asyncio.start_server(callback, host=HOST, port=0)
        stop = asyncio.Event()
        port = server.sockets[0].getsockname()[1]
        self._started.set_result(_Running(port=port, loop=asyncio.get_running_loop(), stop=stop))
        await stop.wait()
        # Not waited for: that would last as long as the last client stays. The end of the loop
        # cancels what is still connected.
        server.close()

    def _arguments(self) -> Namespace:
        parser = ArgumentParser()
        DictBackend.add_subparser("dict", parser.add_subparsers())
        IMAPService.add_arguments(parser)
        parser.set_defaults(passlib_cfg=None, debug=False)
        return parser.parse_args(["--no-tls", "dict", "--demo-user", USER, "--demo-password", self.password])
