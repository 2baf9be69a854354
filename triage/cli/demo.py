"""``triage demo``: everything, on the mail of a sample company that goes on arriving."""

import contextlib
import json
import socket
import tempfile
import threading
import time
import urllib.request
import webbrowser
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from triage.app import App, utc_now
from triage.cli.loading import JsonOption
from triage.cli.run import parts
from triage.core.coverage import CoverageState
from triage.core.queue_entry import QueueFilters
from triage.core.scope import Scope
from triage.demo.arrivals import arrivals
from triage.demo.company import write_company
from triage.demo.server import HOST, USER, DemoServer
from triage.demo.story import stories
from triage.logs import configure_logs
from triage.services.access import first_token
from triage.services.queue import queue
from triage.services.refit import want_all
from triage.supervisor import stop_on_signals, supervise

_EVERYTHING = Scope(accounts=frozenset(), sees_all=True, name="demo")
#: Long after this something is wrong, and the log above says what.
_STAND_SECONDS = 60.0
_LOOK_SECONDS = 0.1


def demo(
    *,
    port: Annotated[int, typer.Option(help="Port of the queue; a free one by default.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the queue in the browser.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Start a sample company's mail server and the whole service on it, and open the queue.

    Needs no account and no network; everything is thrown away at the end. With --json nothing is
    opened, and one line with `url` and `token` is printed when the queue stands.
    """
    configure_logs()
    stop = threading.Event()
    stop_on_signals(stop)
    with tempfile.TemporaryDirectory(prefix="triage-demo-") as folder, DemoServer() as server:
        now = utc_now()
        server.put(stories(now))
        config = write_company(
            Path(folder),
            imap_host=HOST,
            imap_port=server.port,
            user=USER,
            password=server.password,
            port=port or _free_port(),
        )
        app = App.open(config)
        app.prepare()
        token = first_token(app.database, now=utc_now()) or ""
        helpers = [
            threading.Thread(target=_announce, args=(app, token, stop, browser and not as_json, as_json)),
            threading.Thread(target=_deliver, args=(server, now, stop, as_json)),
        ]
        for helper in helpers:
            helper.start()
        status = supervise(parts(config), stop)
        stop.set()
        for helper in helpers:
            helper.join()
        app.database.close()
    if status:
        raise typer.Exit(status)


def _announce(app: App, token: str, stop: threading.Event, opens: bool, as_json: bool) -> None:  # noqa: FBT001
    """Wait until the queue stands, let the worker train the project models, then say where."""
    console = Console(stderr=True)
    with (
        console.status("Reading the mail of the sample company ...")
        if not as_json
        else contextlib.nullcontext()
    ):
        if not _stands(app, stop):
            if not stop.is_set():
                console.print("The queue does not stand yet; the lines above say why.", style="red")
            return
    want_all(app.database, now=utc_now())
    address = app.config.base_url
    if as_json:
        typer.echo(json.dumps({"url": address, "token": token}))
        return
    link = f"{address}/?token={token}"
    typer.echo(f"The queue of the sample company: {link}")
    typer.echo("New mail arrives while you watch. Stop with Ctrl-C.")
    if opens:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(link)


def _stands(app: App, stop: threading.Event) -> bool:
    """Wait until all mail is read and the page answers; False when stopped or too late."""
    deadline = time.monotonic() + _STAND_SECONDS
    while not stop.wait(_LOOK_SECONDS) and time.monotonic() < deadline:
        page = queue(app.database, _EVERYTHING, QueueFilters(), limit=1, now=utc_now())
        if page.coverage.state is CoverageState.PROVEN and _answers(f"{app.config.base_url}/readyz"):
            return True
    return False


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's word for yes
    except OSError:
        return False


def _deliver(server: DemoServer, now: datetime, stop: threading.Event, as_json: bool) -> None:  # noqa: FBT001
    """Let the mail arrive that comes while one watches, and say when it was the last."""
    for arrival in arrivals(now):
        if stop.wait(arrival.delay_seconds):
            return
        server.put([arrival.mail])
    if not as_json:
        typer.echo("That was the last of the sample mail; the queue stays open. Start again to see it anew.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
