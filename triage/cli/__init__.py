"""Commands: what a person types. No decisions here, only asking services and showing what they say."""

import sys
from typing import Annotated

import typer

from triage import __version__
from triage.cli import alerts, config, export, import_mail, message, poll, queue, recompute, run, serve, sla
from triage.cli.loading import CONFIG_STATUS, print_problems
from triage.core.errors import ConfigError, TriageError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Reads customer mailboxes over IMAP and serves the queue of unanswered threads.",
)


def _print_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"triage {__version__}")
        raise typer.Exit


@app.callback()
def triage(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Exit codes: 0 all well, 1 something could not be done, 2 wrong usage or configuration."""
    del version


app.command("init")(config.init)
app.command("check-config")(config.check_config)
app.command("run")(run.run)
app.command("poll")(poll.poll)
app.command("work")(poll.work)
app.command("serve")(serve.serve)
app.command("queue")(queue.queue)
app.command("recompute")(recompute.recompute)
app.command("import")(import_mail.import_mail)
app.add_typer(export.app, name="export")
app.add_typer(message.app, name="message")
app.add_typer(sla.app, name="sla")
app.add_typer(alerts.app, name="alerts")


def main() -> None:
    """Run a command; errors that a person can mend are sentences, not tracebacks."""
    try:
        app()
    except ConfigError as err:
        print_problems(err)
        sys.exit(CONFIG_STATUS)
    except TriageError as err:
        typer.echo(f"triage: {err}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has seen enough, as `head` does.
        sys.stderr.close()
        sys.exit(0)
