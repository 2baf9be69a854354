"""``triage mailbox``: sign in to mailboxes, try them, and see how they stand."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from triage.app import App, MailboxDoor, read_vault
from triage.cli.loading import ConfigOption, JsonOption
from triage.cli.mailbox_login import log_in, read_folders
from triage.logs import configure_logs
from triage.mailbox.folders import FolderChoice
from triage.services.sign_in_report import SignInStanding, forget_sign_in, standings
from triage.services.tokens import reseal_all

app = typer.Typer(no_args_is_help=True, help="Sign in to mailboxes, try them, and see how they stand.")

NameArgument = Annotated[str, typer.Argument(help="Name of the mailbox in the configuration.")]


@app.command("list")
def list_(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """List the configured mailboxes: how they sign in, whether they can be read, and why not."""
    app_ = App.open(config)
    app_.database.upgrade()
    doors = app_.doors()
    found = standings(app_.database, list(doors))
    app_.database.close()
    if as_json:
        rows = [_document(one, doors[one.mailbox].way) for one in found]
        typer.echo(json.dumps(rows, default=lambda instant: instant.isoformat(), indent=2))
        return
    if not found:
        typer.echo("No mailbox is configured. Add one under `mailboxes` in the configuration.")
        return
    table = Table("Mailbox", "Sign-in", "State", "Since", "Last read", "Token until")
    for one in found:
        table.add_row(
            one.mailbox,
            doors[one.mailbox].way,
            one.state,
            *(
                f"{at:%Y-%m-%d %H:%M} UTC" if at else ""
                for at in (one.since, one.last_ok_at, one.token_until)
            ),
        )
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    for one in found:
        if one.reason:
            console.print(one.reason, style="red", markup=False)


@app.command()
def login(
    name: NameArgument,
    config: ConfigOption = None,
    *,
    paste: Annotated[
        bool,
        typer.Option("--paste", help="Google: paste the address your browser ends at, from any machine."),
    ] = False,
) -> None:
    """Sign in to a mailbox, step by step, and try it.

    A running service goes on with the mailbox by itself. Leaves with status 1 when it does not work.
    """
    configure_logs()
    app_ = App.open(config)
    door = _door(app_, name)
    app_.database.upgrade()
    choice = log_in(door, paste=paste)
    app_.database.close()
    _print_folders(name, choice)


@app.command("test")
def try_mailbox(name: NameArgument, config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Sign in as it is configured, list the folders that would be read, and sign out.

    Leaves with status 1 when it does not work.
    """
    configure_logs()
    app_ = App.open(config)
    door = _door(app_, name)
    app_.database.upgrade()
    choice = read_folders(door)
    app_.database.close()
    if as_json:
        folders = [{"name": folder.name, "role": folder.role.value} for folder in choice.folders]
        typer.echo(json.dumps({"mailbox": name, "folders": folders, "missing": list(choice.missing)}))
    else:
        _print_folders(name, choice)
    if choice.missing:
        raise typer.Exit(1)


@app.command()
def logout(name: NameArgument, config: ConfigOption = None) -> None:
    """Delete the stored tokens of a mailbox; end the access at the provider as well."""
    app_ = App.open(config)
    door = _door(app_, name)
    app_.database.upgrade()
    had_any = forget_sign_in(app_.database, door.config.name)
    app_.database.close()
    typer.echo(f"The tokens of {name} are deleted." if had_any else f"There were no tokens of {name}.")


@app.command()
def key(path: Annotated[Path, typer.Argument(help="File to write; never overwritten.")]) -> None:
    """Write a new key for stored tokens, for token_keys in the configuration."""
    from triage.oauth.vault import new_key  # noqa: PLC0415 - it brings cryptography

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(new_key() + "\n")
    except FileExistsError:
        typer.echo(f"{path} exists already and stays as it is.", err=True)
        raise typer.Exit(1) from None
    except OSError as err:
        typer.echo(f"{path} cannot be written: {err.strerror}.", err=True)
        raise typer.Exit(1) from err
    typer.echo(f"Wrote {path}. In the configuration: token_keys: [{{file: {path}}}]")
    typer.echo("Keep a copy apart from the database: without it everybody has to sign in again.")


@app.command()
def rekey(config: ConfigOption = None) -> None:
    """Encrypt all stored tokens with the first of token_keys.

    Leaves with status 1 when no key opens the tokens of a mailbox.
    """
    app_ = App.open(config)
    app_.database.upgrade()
    if not app_.config.token_keys:
        typer.echo("There is no key. Make one: triage mailbox key secrets/token-key", err=True)
        raise typer.Exit(1)
    done, lost = reseal_all(app_.database, read_vault(app_.config, "all"))
    app_.database.close()
    typer.echo(
        f"The tokens of {done} {'mailbox' if done == 1 else 'mailboxes'} are encrypted with the first key."
    )
    for name in lost:
        typer.echo(f"No key opens those of {name}. Run: triage mailbox login {name}", err=True)
    if lost:
        raise typer.Exit(1)


def _door(app_: App, name: str) -> MailboxDoor:
    doors = app_.doors()
    if name not in doors:
        known = f" It has: {', '.join(doors)}." if doors else ""
        raise typer.BadParameter(f"the configuration has no mailbox {name}.{known}")
    return doors[name]


def _document(one: SignInStanding, way: str) -> dict[str, object]:
    return {"mailbox": one.mailbox, "sign_in": way, **asdict(one)}


def _print_folders(name: str, choice: FolderChoice) -> None:
    folders = ", ".join(folder.name for folder in choice.folders) or "none"
    typer.echo(f"{name}: the sign-in works. Folders that are read: {folders}.")
    if choice.missing:
        typer.echo(f"The server has no folder {', '.join(choice.missing)}; correct `folders`.", err=True)
