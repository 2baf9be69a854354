"""``triage quarantine``: messages that are counted and cannot be shown."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from triage.app import App, shared_parser, utc_now
from triage.cli.loading import ConfigOption, JsonOption
from triage.cli.progress import NoBars
from triage.core.coverage import HeldBack
from triage.core.errors import NotFound
from triage.logs import configure_logs
from triage.services.lease_holder import worker_name
from triage.services.quarantine import Retried, glimpse, glimpses, quarantined
from triage.services.quarantine import retry as retry_one
from triage.services.read_folder import Tools

app = typer.Typer(no_args_is_help=True, help="Messages that could not be read: list, look, try again.")

_USAGE_STATUS = 2


@app.command("list")
def list_(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """List the messages held back, newest first: sender and subject if readable, and the reason."""
    app_ = App.open(config)
    app_.database.check_version()
    with shared_parser() as parse:
        found = [
            _row(one.held) | {"from": one.fields.get("from"), "subject": one.fields.get("subject")}
            for one in glimpses(app_.database, parse)
        ]
    app_.database.close()
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    console = Console(highlight=False)
    if not found:
        console.print("No message is held back.")
        return
    table = Table("Id", "Where", "From", "Subject", "State and why", "Seen (UTC)")
    for row in found:
        table.add_row(
            str(row["id"]),
            Text(f"{row['mailbox']} / {row['folder']}, UID {row['uid']}"),
            Text(row["from"] or "?"),
            Text(row["subject"] or "?"),
            Text(f"{row['state']}: {row['reason']}"),
            f"{datetime.fromisoformat(row['seen_at']):%Y-%m-%d %H:%M}",
        )
    console.print(table)


@app.command("show")
def show(
    held_id: Annotated[int, typer.Argument(metavar="ID", help="As `triage quarantine list` names it.")],
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Show what could be read of a message held back."""
    app_ = App.open(config)
    app_.database.check_version()
    with shared_parser() as parse:
        found = glimpse(app_.database, held_id, parse)
    app_.database.close()
    if as_json:
        typer.echo(json.dumps(_row(found.held) | {"size_bytes": found.size_bytes, **found.fields}, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    held = found.held
    console.print(f"{held.mailbox} / {held.folder}, UID {held.uid}: {held.state}", markup=False)
    console.print(f"Why: {held.reason}", markup=False)
    for name, value in found.fields.items():
        console.print(f"{name.capitalize()}: {value}", markup=False)
    if found.size_bytes is not None:
        console.print(f"Size: {found.size_bytes:,} bytes")
    if not found.fields:
        console.print("Nothing of it could be read.")


@app.command("retry")
def retry(
    held_id: Annotated[int | None, typer.Argument(metavar="[ID]", help="One message.")] = None,
    config: ConfigOption = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every message held back.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Read messages held back again; leaves with status 1 when one could still not be read."""
    if (held_id is None) != everything:
        typer.echo("Give either an ID or --all.", err=True)
        raise typer.Exit(_USAGE_STATUS)
    configure_logs()
    app_ = App.open(config)
    practice = app_.prepare()
    jobs = {job.name: job for job in app_.jobs()}
    wanted = [one.id for one in reversed(quarantined(app_.database))] if held_id is None else [held_id]
    with shared_parser() as parse:
        tools = Tools(
            database=app_.database,
            practice=practice,
            parse=parse,
            owner=worker_name(),
            clock=utc_now,
            watcher=NoBars(),
        )
        outcomes = []
        for one in wanted:
            try:
                outcomes.append(retry_one(one, tools, jobs))
            except NotFound:
                # Another one of --all may have been the same message, or a worker was quicker.
                if held_id is not None:
                    raise
    app_.database.close()
    _show(outcomes, as_json=as_json)
    if not all(outcome.is_stored for outcome in outcomes):
        raise typer.Exit(1)


def _show(outcomes: Sequence[Retried], *, as_json: bool) -> None:
    if as_json:
        rows = [
            _row(one.held) | {"stored": one.is_stored, "reason": one.reason or one.held.reason}
            for one in outcomes
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    for one in outcomes:
        came = "stored" if one.is_stored else f"still held back: {one.reason}"
        typer.echo(f"{one.held.id}: {came}")
    stored = sum(one.is_stored for one in outcomes)
    typer.echo(f"{stored} stored, {len(outcomes) - stored} still held back.")


def _row(held: HeldBack) -> dict[str, Any]:
    return asdict(held) | {"seen_at": held.seen_at.isoformat()}
