"""``triage alerts``: whether alerts would arrive."""

import json
from uuid import uuid4

import typer
from rich.console import Console
from rich.table import Table

from triage.alerts.build import build_channel
from triage.cli.loading import ConfigOption, JsonOption, load_or_exit
from triage.core.alert import Alert, AlertLevel
from triage.services.deliver import Attempt, send_test

app = typer.Typer(no_args_is_help=True, help="Alerts to chat.")


@app.callback()
def alerts() -> None:
    """Keep ``test`` a sub-command although it is the only one."""


@app.command("test")
def try_channels(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Send a test alert to every channel and show what each answered.

    Leaves with status 1 when a channel did not take it.
    """
    loaded = load_or_exit(config)
    channels = [build_channel(channel) for channel in loaded.alerts.channels]
    alert = Alert(level=AlertLevel.TEST, customer="triage", link=f"{loaded.base_url}/")
    attempts = send_test(channels, alert, key=f"test:{uuid4()}")
    if as_json:
        typer.echo(json.dumps([{"channel": each.channel, "error": each.error} for each in attempts]))
    else:
        _print(attempts)
    if any(each.error for each in attempts):
        raise typer.Exit(1)


def _print(attempts: tuple[Attempt, ...]) -> None:
    if not attempts:
        typer.echo("No channel is configured. Add one under alerts.channels.")
        return
    table = Table("Channel", "Result")
    for attempt in attempts:
        table.add_row(attempt.channel, attempt.error or "taken")
    Console().print(table)
