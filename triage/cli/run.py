"""``triage run``: everything, supervised."""

import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import typer

from triage.app import App
from triage.cli.loading import ConfigOption
from triage.cli.progress import CountingBar
from triage.cli.serve import announce, refuse_busy_port
from triage.config import find
from triage.logs import configure_logs
from triage.supervisor import stop_on_signals, supervise


def run(config: ConfigOption = None) -> None:
    """Read mail, watch clocks, send alerts and serve the queue until stopped with Ctrl-C."""
    configure_logs()
    app = App.open(config)
    refuse_busy_port(app.config)
    with CountingBar("Deriving anew") as bar:
        app.prepare(advance=bar.advance)
    announce(app)
    typer.echo("Stop with Ctrl-C.")
    app.database.close()
    stop = threading.Event()
    stop_on_signals(stop)
    status = supervise(parts(find(config)), stop)
    if status:
        raise typer.Exit(status)


def parts(config: Path) -> dict[str, Sequence[str]]:
    """Return the command line of every part of the service."""
    program = [sys.executable, "-m", "triage"]
    return {
        "worker": [*program, "work", "--config", str(config)],
        "api": [*program, "serve", "--supervised", "--config", str(config)],
    }
