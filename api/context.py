"""What the API works with: one database, its own address, and a clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

import anyio.to_thread
from anyio import CapacityLimiter

from triage.core.errors import NotFound
from triage.services.practice import Practice
from triage.store.database import Database

P = ParamSpec("P")
T = TypeVar("T")

#: Reads that wait for a database server run in so many threads; more only compete for one interpreter.
_READERS = 4
#: Searches at once; they may take longer than all else, which must not wait for them.
_SEARCHERS = 2


@dataclass(frozen=True, kw_only=True)
class ApiContext:
    """Everything that a request needs from outside.

    Attributes:
        public_url: Where people reach the service, such as ``https://triage.example.com``; it decides
            which pages may post to it and whether cookies need TLS.
        clock: Returns the aware instant that counts as now.
        practice: Returns how this vendor works; without it no clock can be explained and no figures made.
    """

    database: Database
    public_url: str
    clock: Callable[[], datetime]
    practice: Callable[[], Practice] | None = None
    _limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_READERS), repr=False)

    _searchers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_SEARCHERS), repr=False)

    @property
    def origin(self) -> str:
        """Scheme, host and port of the public address."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def is_secure(self) -> bool:
        """Whether people reach the service over TLS."""
        return self.public_url.startswith("https://")

    async def practised(self) -> Practice:
        """Return how this vendor works.

        Raises:
            NotFound: If the service runs without a configuration.
        """
        if self.practice is None:
            raise NotFound("this service runs without a configuration")
        return await self.run(self.practice)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a short read without making other requests wait for longer than it takes.

        A read of SQLite takes less time than handing it to a thread, and in WAL mode it never waits for
        a writer, so it runs here; a database server is waited for in a small pool of threads.
        """
        if self.database.is_sqlite:
            return work(*args, **kwargs)
        return await self.run_long(work, *args, **kwargs)

    async def run_long(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run work that takes longer than handing it to a thread, whatever the database."""
        return await anyio.to_thread.run_sync(lambda: work(*args, **kwargs), limiter=self._limiter)

    async def run_search(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a search beside the short reads, a few at a time."""
        return await anyio.to_thread.run_sync(lambda: work(*args, **kwargs), limiter=self._searchers)
