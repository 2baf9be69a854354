"""Log lines: JSON on standard error, or plain lines on a terminal. Never content of a mail at info."""

import logging
import sys

import structlog


def configure_logs(*, is_verbose: bool = False) -> None:
    """Send the program's own events to standard error.

    Libraries may log what they handle, addresses and bodies included, so they speak at warning only.
    """
    level = logging.DEBUG if is_verbose else logging.INFO
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Asked at every line: whoever runs a command may have put another stream in place.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
