"""``triage sla``: what is promised, why a thread is due when it is, and a calculator for working time."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from triage.cli.sla_lines import answer_line

app = typer.Typer(no_args_is_help=True, help="Service levels: what is promised, due times, working time.")

_Config = Annotated[
    Path | None,
    typer.Option("--config", help="Configuration file. Default: $TRIAGE_CONFIG, else ./config.yaml."),
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def calc(
    *,
    segments: Annotated[
        bool, typer.Option(help="Say which time counted and which did not. --no-segments is faster.")
    ] = True,
) -> None:
    """Answer questions about working time: one JSON object a line in, one a line out.

    A question has "schedule" ({"zone", "week", "exceptions", "holidays"}), "start", optionally "pauses"
    (a list of [from, to]), and either "minutes", answered with "due" and "segments", or "end",
    answered with "seconds". An "id" comes back with the answer. A line that cannot be answered gives
    {"error", "line"}; the others go on, and the command leaves with status 1. See docs/clocks.md.
    """
    failed = False
    output = sys.stdout.buffer
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        answer = answer_line(line, number, with_segments=segments)
        failed = failed or answer.is_error
        output.write(answer.text)
    output.flush()
    if failed:
        raise typer.Exit(1)


@app.command("test")
def show_promises(
    *,
    at: Annotated[str, typer.Option(help="When the mail comes, with its offset: 2026-03-27T16:30+01:00.")],
    account: Annotated[str, typer.Option(help="Key of the account; empty for an unknown sender.")] = "",
    project: Annotated[str, typer.Option(help="account/project.")] = "",
    priority: Annotated[str, typer.Option(help="Default: the usual one of the account.")] = "",
    mailbox: Annotated[list[str] | None, typer.Option(help="Name of a mailbox; may be repeated.")] = None,
    config: _Config = None,
    as_json: _Json = False,
) -> None:
    """Say what a mail would get: the policy that applies and each due time, explained."""
    _with_database().show_promises(
        config, at=at, account=account, project=project, priority=priority, mailboxes=mailbox, as_json=as_json
    )


@app.command()
def explain(
    thread: Annotated[int, typer.Argument(help="Id of the thread.")],
    config: _Config = None,
    *,
    as_json: _Json = False,
) -> None:
    """Say why a thread is due then: each clock with the time that counted and the time that did not."""
    _with_database().explain(config, thread, as_json=as_json)


def _with_database() -> Any:  # noqa: ANN401 - a module
    """Return the commands that need configuration and database, which the calculator does not wait for."""
    return import_module("triage.cli.sla_terms")
