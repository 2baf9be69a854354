"""Figures for Prometheus: how often and how fast the API answers, and whether the queue can be believed.

Nothing here names a customer; the numbers over all customers need a token that sees all of them.
"""

import time
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from triage.core.canary import CanaryReport, CanaryState
from triage.core.coverage import CoverageState
from triage.core.progress import Progress
from triage.services.queue import Queue

CONTENT_TYPE = CONTENT_TYPE_LATEST
_NO_CANARY = frozenset({CanaryState.MISSING, CanaryState.UNSENT, CanaryState.STOPPED})
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """The figures of one application, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._requests = Counter(
            "triage_http_requests_total", "Answers.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "triage_http_request_seconds",
            "Time to answer.",
            ("route",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._threads = Gauge(
            "triage_queue_threads",
            "Threads of a view, counted up to a cap.",
            ("view",),
            registry=self._registry,
        )
        self._proven = Gauge(
            "triage_coverage_proven", "1 when all mail is known to be here.", registry=self._registry
        )
        self._age = Gauge(
            "triage_coverage_age_seconds",
            "Age of the proof; NaN when there never was one.",
            registry=self._registry,
        )

        self._reading = Gauge(
            "triage_reading_messages",
            "Messages of the last long reading of a mailbox: to read, and done.",
            ("mailbox", "state"),
            registry=self._registry,
        )
        self._reading_rate = Gauge(
            "triage_reading_messages_per_second",
            "Rate of the last long reading of a mailbox.",
            ("mailbox",),
            registry=self._registry,
        )
        self._reading_left = Gauge(
            "triage_reading_left_seconds",
            "Time that the reading of a mailbox still takes at its rate; NaN while that is not known.",
            ("mailbox",),
            registry=self._registry,
        )

        self._canary_seconds = Gauge(
            "triage_canary_round_trip_seconds",
            "From sending to reading, of the last test mail that arrived; NaN when none did.",
            registry=self._registry,
        )
        self._canary_missing = Gauge(
            "triage_canary_missing",
            "1 when a test mail did not arrive, or none is sent any more.",
            registry=self._registry,
        )

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        counter, histogram = self._of(method, route, status)
        counter.inc()
        histogram.observe(seconds)

    def _of(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        found = self._known.get((method, route, status))
        if found is None:
            found = self._requests.labels(method, route, str(status)), self._seconds.labels(route)
            self._known[method, route, status] = found
        return found

    def render(self, queue: Queue, readings: Sequence[Progress], canary: CanaryReport | None) -> bytes:
        """Return all figures as text, with those of the queue and of the mailboxes as they stand.

        Args:
            readings: The last long reading of each mailbox, which is named by its id.
            canary: What test mails say; None where none are sent.
        """
        trip = canary.round_trip_seconds if canary else None
        self._canary_seconds.set(float("nan") if trip is None else trip)
        self._canary_missing.set(canary is not None and canary.state in _NO_CANARY)
        for one in readings:
            self._reading.labels(one.mailbox, "total").set(one.total)
            self._reading.labels(one.mailbox, "done").set(one.done)
            self._reading_rate.labels(one.mailbox).set(one.per_second)
            left = float("nan") if one.left is None else one.left.total_seconds()
            self._reading_left.labels(one.mailbox).set(left)
        counted = queue.counts
        for view, number in (
            ("pending", counted.pending),
            ("breached", counted.breached),
            ("at_risk", counted.at_risk),
            ("unknown", counted.unknown),
        ):
            self._threads.labels(view).set(number)
        self._proven.set(queue.coverage.state is CoverageState.PROVEN)
        age = queue.coverage.age_seconds(queue.as_of)
        self._age.set(float("nan") if age is None else age)
        return generate_latest(self._registry)


class Measured:
    """Counts and times every request under the template of its route, never under its address."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_noting_status)
        finally:
            self._metrics.observe(
                method=scope["method"] if scope["method"] in _METHODS else "other",
                route=getattr(scope.get("route"), "path", "none"),
                status=status,
                seconds=time.perf_counter() - started,
            )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
