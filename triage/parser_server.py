"""The process from which parser processes are forked.

It loads what parsers need, while whoever began it does the same for itself. Light, so that a command can
begin it before it loads anything else.
"""

import multiprocessing
import sys
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, SpawnContext


def parser_context() -> ForkServerContext | SpawnContext:
    """Return how parser processes are made: a fork of a process with threads can deadlock."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    # With the imports done in the server, a new child is there in milliseconds, and shares their memory.
    # A child loads the program's main module anyway.
    context.set_forkserver_preload(["triage.mailbox.parser_pool", "__main__"])
    return context


def begin() -> None:
    """Start the process, where there is such a thing; it ends with this one."""
    if isinstance(parser_context(), ForkServerContext):
        forkserver.ensure_running()
