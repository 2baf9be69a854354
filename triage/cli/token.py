"""``triage token``: who may read the queue over HTTP, and which accounts."""

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from triage.app import App, utc_now
from triage.cli.loading import ConfigOption, JsonOption
from triage.services import access

app = typer.Typer(no_args_is_help=True, help="Tokens of people and programs that read the queue.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Who it is for; stands in the audit for what is done with it.")],
    config: ConfigOption = None,
    *,
    account: Annotated[
        list[str] | None, typer.Option("--account", help="An account that it may see; may be repeated.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Sees every account, and threads of unknown account.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a token and print it, once: only its hash is kept."""
    app_ = App.open(config)
    app_.prepare()
    token = access.create_token(
        app_.database, name=name, sees_all=everything, accounts=account or (), now=utc_now()
    )
    app_.database.close()
    if as_json:
        typer.echo(json.dumps({"name": name, "token": token}))
        return
    typer.echo(token)
    typer.echo(f"It is shown this once. The queue with it: {app_.config.base_url}/?token={token}", err=True)


@app.command("list")
def list_(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """List all tokens and what they may see; the tokens themselves are not kept."""
    app_ = App.open(config)
    app_.database.check_version()
    found = access.list_tokens(app_.database)
    app_.database.close()
    if as_json:
        rows = [
            {
                "name": one.name,
                "sees_all": one.sees_all,
                "accounts": list(one.accounts),
                "created_at": one.created_at.isoformat(),
                "revoked_at": one.revoked_at.isoformat() if one.revoked_at else None,
            }
            for one in found
        ]
        typer.echo(json.dumps(rows))
        return
    table = Table("Name", "Sees", "Made", "Revoked")
    for one in found:
        sees = "everything" if one.sees_all else ", ".join(one.accounts)
        revoked = f"{one.revoked_at:%Y-%m-%d %H:%M} UTC" if one.revoked_at else ""
        table.add_row(one.name, sees, f"{one.created_at:%Y-%m-%d %H:%M} UTC", revoked)
    Console().print(table)


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="Name of the token.")], config: ConfigOption = None
) -> None:
    """End a token at once; its name is not given again."""
    app_ = App.open(config)
    app_.database.check_version()
    access.revoke_token(app_.database, name, now=utc_now())
    app_.database.close()
    typer.echo(f"The token {name} no longer opens anything.")
