"""``triage import``: mail from files, through the same path as mail from a server."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from triage.app import App, shared_parser, utc_now
from triage.cli.loading import ConfigOption, JsonOption
from triage.cli.progress import CountingBar
from triage.logs import configure_logs
from triage.services.import_mail import import_path
from triage.services.search_index import index_all


def import_mail(
    path: Annotated[Path, typer.Argument(help="An mbox file, a Maildir, an .eml file, or a folder of them.")],
    config: ConfigOption = None,
    *,
    mailbox: Annotated[str, typer.Option("--mailbox", help="Name under which the mail is kept.")],
    as_json: JsonOption = False,
) -> None:
    """Read mail from files, with its original dates and without alerts.

    Reading the same files again adds nothing. Leaves with status 1 when a file could not be read;
    all others are.
    """
    configure_logs()
    app = App.open(config)
    if any(mailbox == configured.name for configured in app.config.mailboxes):
        # Its UIDs and its history are the server's; files under its name would confuse both.
        raise typer.BadParameter(f"{mailbox} is a mailbox of the configuration; choose another name")
    with CountingBar("Importing") as bar, shared_parser() as parse:
        practice = app.prepare()
        report = import_path(
            app.database, practice, path, mailbox=mailbox, parse=parse, clock=utc_now, advance=bar.advance
        )
    with CountingBar("Indexing for search") as bar:
        index_all(app.database, advance=bar.advance)
    app.database.close()
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "new": report.ingested.stored,
                    "known": report.ingested.known,
                    "not_read": report.ingested.not_read,
                    "problems": [{"source": one.source, "reason": one.reason} for one in report.problems],
                }
            )
        )
    else:
        done = report.ingested
        typer.echo(f"{mailbox}: {done.stored} new, {done.known} seen before, {done.not_read} not read")
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    for problem in report.problems:
        console.print(f"{problem.source}: {problem.reason}", style="red", markup=False)
    if report.problems:
        raise typer.Exit(1)
