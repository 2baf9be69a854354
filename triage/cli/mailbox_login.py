"""Walking a person through a sign-in: with a password, a code, or a browser."""

import sys

import typer
from rich.console import Console
from rich.status import Status

from triage.app import MailboxDoor, utc_now
from triage.config.section import Secret
from triage.core.errors import SignInError
from triage.mailbox.folders import FolderChoice
from triage.mailbox.reader import MailboxReader
from triage.oauth.google import GooglePerson
from triage.oauth.grant import Grant
from triage.oauth.microsoft import MicrosoftPerson
from triage.services.sign_in_report import folders_of

#: How long a person may take in the browser.
_BROWSER_SECONDS = 600


def log_in(door: MailboxDoor, *, paste: bool) -> FolderChoice:
    """Sign in, keep what has to be kept, and return the folders that are read now.

    Raises:
        MailboxError: If it does not work.
    """
    match door.provider:
        case None:
            return _with_password(door)
        case MicrosoftPerson() as provider:
            _with_code(door, provider)
        case GooglePerson() as provider:
            _with_browser(door, provider, paste=paste)
        case _:
            typer.echo(f"{door.config.name} ({door.way}) signs in by itself; there is nothing to enter.")
    return read_folders(door)


def read_folders(door: MailboxDoor, password: str | None = None) -> FolderChoice:
    """Sign in and return the folders that are read.

    Args:
        password: To try in place of the configured one; the service does not hear of the outcome then.

    Raises:
        MailboxError: If it does not work.
    """
    with _waiting(f"Signing in to {door.config.host} ..."):
        if password is not None:
            with door.reader(password) as reader:
                return _folders(reader, door)
        with door.gate.remembering(door.reader) as reader:
            return _folders(reader, door)


def _folders(reader: MailboxReader, door: MailboxDoor) -> FolderChoice:
    return folders_of(reader, door.job.wanted)


def _with_password(door: MailboxDoor) -> FolderChoice:
    try:
        return read_folders(door)
    except SignInError as error:
        if not sys.stdin.isatty():
            raise
        typer.echo(str(error), err=True)
    password = typer.prompt(f"Password of {door.config.user}, to try it", hide_input=True)
    read_folders(door, password)
    typer.echo(f"This password works. {_where_to_put_it(door.config.password)}")
    raise typer.Exit(1)


def _where_to_put_it(secret: Secret | None) -> str:
    """Say where the configured password is kept."""
    if secret is not None and secret.file is not None:
        return (
            f"Write it into {secret.file}, and nothing else; a running service takes it from there within "
            "seconds."
        )
    if secret is not None and secret.env is not None:
        return f"Set it, such as: export {secret.env}=... , and start the service again."
    return "Write it into the configuration, and start the service again."


def _with_code(door: MailboxDoor, provider: MicrosoftPerson) -> None:
    code = provider.begin(now=utc_now())
    typer.echo(f"1. Open {code.address} in a browser, on any machine.")
    typer.echo(f"2. Enter the code {code.code} before {code.expires_at:%H:%M} UTC.")
    typer.echo(f"3. Sign in as {door.config.user}, or as somebody who may read this mailbox.")
    with _waiting("Waiting for the code to be entered ..."):
        grant = provider.finish(code, clock=utc_now)
    _save(door, grant)


def _with_browser(door: MailboxDoor, provider: GooglePerson, *, paste: bool) -> None:
    sign_in = provider.begin(door.config.user)
    if paste:
        typer.echo(f"1. Open this address in any browser, and agree:\n\n{sign_in.address()}\n")
        typer.echo("2. The browser then says that it cannot connect. Copy the address it ended at.")
        grant = sign_in.agreed(typer.prompt("3. Paste it here").strip(), clock=utc_now)
    else:
        typer.echo("Open this address in a browser on this machine (from another one: --paste), and agree:")
        grant = sign_in.agree_here("\n{url}\n", seconds=_BROWSER_SECONDS, clock=utc_now)
    _save(door, grant)


def _save(door: MailboxDoor, grant: Grant) -> None:
    if door.tokens is None:
        raise AssertionError(door.config.name)
    door.tokens.save_login(grant)


def _waiting(what: str) -> Status:
    """Show that something goes on, on a terminal."""
    return Console(stderr=True).status(what)
