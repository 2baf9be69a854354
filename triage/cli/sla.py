"""``triage sla``: a calculator for working time, for people and programs."""

import sys
from typing import Annotated

import typer

from triage.cli.sla_lines import answer_line

app = typer.Typer(no_args_is_help=True, help="Service levels: due times and working time.")


@app.callback()
def sla() -> None:
    """Keep ``calc`` a sub-command although it is the only one."""


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
