"""Fixtures of all tests, and the closing lines about servers that could not be had."""

import os

import pytest
from hypothesis import settings

from tests.servers.availability import missing_servers

# The tests decide on configuration and data; what the developer runs beside them must not leak in.
# TRIAGE_LONG is addressed to the tests themselves.
for variable in [name for name in os.environ if name.startswith("TRIAGE_") and name != "TRIAGE_LONG"]:
    del os.environ[variable]

# The machine of a build is noisy: an example is judged by its result, not by its time.
settings.register_profile("short", max_examples=50, deadline=None)
settings.register_profile("long", max_examples=5_000, deadline=None)
settings.load_profile("long" if os.environ.get("TRIAGE_LONG") else "short")

pytest_plugins = [
    "tests.servers.tls",
    "tests.servers.dovecot",
    "tests.servers.cyrus",
    "tests.servers.courier",
    "tests.servers.pymap",
    "tests.servers.postgres",
    "tests.servers.chromium",
    "tests.databases",
    "tests.fakes.token_endpoint",
]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which servers were missing, why, and how many tests that cost."""
    reports = terminalreporter.stats.get("skipped", []) + terminalreporter.stats.get("failed", [])
    missing = missing_servers(str(report.longrepr) for report in reports)
    if missing:
        terminalreporter.section("servers that could not be had")
        for sentence, count in sorted(missing.items()):
            terminalreporter.line(f"{sentence.rstrip(chr(39) + ')')} ({count} tests)")
