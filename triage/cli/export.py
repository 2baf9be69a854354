"""``triage export``: what is stored, for other programs."""

import csv
import json
import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from triage.app import App
from triage.cli.loading import ConfigOption
from triage.core.display_text import csv_cell
from triage.core.scope import Scope
from triage.services.export import ExportedMessage, export_messages

app = typer.Typer(no_args_is_help=True, help="Write what is stored, for other programs.")

_EVERYTHING = Scope(accounts=frozenset(), sees_all=True, name="command line")


@app.callback()
def export() -> None:
    """Keep ``messages`` a sub-command although it is the only one."""


@app.command("messages")
def messages(
    config: ConfigOption = None,
    *,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line; CSV without it.")] = False,
) -> None:
    """Write one line a message: where it is, what it is, and what was decided about its thread."""
    app_ = App.open(config)
    app_.database.check_version()
    rows = (_row(one) for one in export_messages(app_.database, _EVERYTHING))
    if jsonl:
        for row in rows:
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    else:
        writer = csv.writer(sys.stdout)
        for number, row in enumerate(rows):
            if number == 0:
                writer.writerow(row)
            writer.writerow([csv_cell("" if value is None else str(value)) for value in row.values()])
    app_.database.close()


def _row(one: ExportedMessage) -> dict[str, Any]:
    row = asdict(one)
    row["date"] = one.date.isoformat().replace("+00:00", "Z")
    return {"from" if name == "sender" else name: value for name, value in row.items()}
