"""Log lines."""

import contextlib
import io

import structlog

from triage.logs import configure_logs


def test_lines_go_to_the_stream_of_the_moment() -> None:
    log = structlog.get_logger("test")
    first, second = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(first):
        configure_logs()
        log.info("one")
    first.close()

    with contextlib.redirect_stderr(second):
        log.info("two", mailbox="desk")

    assert '"event": "two"' in second.getvalue()
    structlog.reset_defaults()
