"""``triage serve``: the queue as pages and as an API."""

import os
import socket
import threading
from typing import Annotated

import typer
import uvicorn

from triage.app import App, utc_now
from triage.cli.loading import ConfigOption
from triage.config import Config, find
from triage.core.errors import TriageError
from triage.logs import configure_logs
from triage.services.access import first_token
from triage.supervisor import stop_with_parent
from triage.watchdog import keep_watch

#: Requests that are under way when a stop comes may take this long.
_GRACE_SECONDS = 3


def serve(
    config: ConfigOption = None,
    *,
    supervised: Annotated[bool, typer.Option("--supervised", hidden=True)] = False,
) -> None:
    """Serve the queue; the address and, at the first start, the token are printed."""
    configure_logs()
    app = App.open(config)
    refuse_busy_port(app.config)
    if not supervised:
        app.prepare()
        announce(app)
    # uvicorn finds the application by its name, so that no command imports the API.
    os.environ["TRIAGE_CONFIG"] = str(find(config))
    server = uvicorn.Server(
        uvicorn.Config(
            "api.server:configured_app",
            factory=True,
            host=app.config.server.host,
            port=app.config.server.port,
            log_level="warning",
            # The API counts its own requests; addresses of readers need not be logged.
            access_log=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )
    if supervised:
        stop_with_parent(lambda: setattr(server, "should_exit", True))
    app.database.close()
    keep_watch([threading.main_thread()])
    server.run()
    if not server.started:
        raise typer.Exit(1)


def refuse_busy_port(config: Config) -> None:
    """Say in a sentence that the port is taken, before uvicorn says it in its own way."""
    server = config.server
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((server.host, server.port))
        except OSError as err:
            raise TriageError(
                f"the queue cannot be served at {server.host}:{server.port} ({err.strerror}); "
                "stop what uses it, or set server.port"
            ) from err


def announce(app: App) -> str:
    """Print where the queue is, with the token if this is the first start; return the address."""
    address = app.config.base_url
    token = first_token(app.database, now=utc_now())
    if token is None:
        typer.echo(f"The queue is at {address}/")
        return address
    typer.echo(f"The queue is at {address}/?token={token}")
    typer.echo(f"This token is shown once; programs send it as `Authorization: Bearer {token}`.")
    return address
