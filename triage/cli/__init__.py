"""Commands: what a person types. No decisions here, only asking services and showing what they say.

A command imports what it needs and no more: ``triage sla calc`` waits for no database library.
"""

import sys
from importlib import import_module
from typing import Annotated

import typer

from triage import __version__, parser_server
from triage.cli.problems import CONFIG_STATUS, print_problems
from triage.collector import collector_off
from triage.core.errors import ConfigError, TriageError

#: Command to the module below this package and the function, or the group of sub-commands, in it.
_COMMANDS = {
    "init": ("config", "init"),
    "check-config": ("config", "check_config"),
    "demo": ("demo", "demo"),
    "run": ("run", "run"),
    "mailbox": ("mailbox", "app"),
    "poll": ("poll", "poll"),
    "work": ("poll", "work"),
    "serve": ("serve", "serve"),
    "audit": ("audit", "audit"),
    "quarantine": ("quarantine", "app"),
    "queue": ("queue", "queue"),
    "search": ("search", "search"),
    "import": ("import_mail", "import_mail"),
    "recompute": ("recompute", "recompute"),
    "export": ("export", "app"),
    "token": ("token", "app"),
    "labels": ("labels", "app"),
    "train": ("labels", "train"),
    "evaluate": ("evaluate", "evaluate"),
    "tag": ("labels", "tag"),
    "thread": ("thread", "app"),
    "message": ("message", "app"),
    "sla": ("sla", "app"),
    "report": ("report", "app"),
    "alerts": ("alerts", "app"),
}
#: Commands that begin to read mail at once, in other processes, which load what they need meanwhile.
_READING = frozenset({"poll", "work", "import"})


def build_app(*names: str) -> typer.Typer:
    """Return the application with these commands, or with all of them."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Reads customer mailboxes over IMAP and serves the queue of unanswered threads.",
    )
    app.callback()(_options)
    for name in names or _COMMANDS:
        module, attribute = _COMMANDS[name]
        found = getattr(import_module(f"triage.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def main() -> None:
    """Run a command; errors that a person can mend are sentences, not tracebacks."""
    wanted = [argument for argument in sys.argv[1:2] if argument in _COMMANDS]
    if _READING.intersection(wanted) and "--help" not in sys.argv:
        parser_server.begin()
    with collector_off():
        app = build_app(*wanted)
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


def _print_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"triage {__version__}")
        raise typer.Exit


def _options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Exit codes: 0 all well, 1 something could not be done, 2 wrong usage or configuration."""
    del version
