"""``triage report``: figures of a period, as a table, CSV, JSON or a chart."""

import csv
import json
import sys
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from triage.app import App, utc_now
from triage.cli.loading import ConfigOption
from triage.cli.sla_chart import compliance_chart
from triage.core.scope import Scope
from triage.core.sla_figures import Figures, GroupBy
from triage.services.sla import Report, report

app = typer.Typer(no_args_is_help=True, help="Figures of a period.")

#: Who can read the database file may read all of it.
_EVERYTHING = Scope(accounts=frozenset(), sees_all=True, name="command line")
_USUAL_PERIOD = timedelta(days=28)

_COLUMNS = (
    "group", "target", "compliance_percent", "met", "missed_late", "breached", "running", "cancelled",
    "median_minutes", "p90_minutes",
)  # fmt: skip

#: A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class Format(StrEnum):
    """How the figures are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    SVG = "svg"


@app.callback()
def reports() -> None:
    """Keep ``sla`` a sub-command although it is the only one."""


@app.command("sla")
def print_sla(
    config: ConfigOption = None,
    *,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day, UTC. Default: 28 days ago.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day, UTC. Default: today.")
    ] = None,
    by: Annotated[GroupBy, typer.Option(help="What a line is about.")] = GroupBy.ACCOUNT,
    what_if: Annotated[
        bool, typer.Option("--what-if", help="Count the past by the present policies and schedules.")
    ] = False,
    output: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TABLE,
) -> None:
    """Print how many promises were kept, and how long answers took in working time.

    With --what-if and another --config you see what the same mail would have given under other terms.
    """
    now = utc_now()
    last = min(until.date() if until else now.date(), now.date()) + timedelta(days=1)
    first = since.date() if since else (last - _USUAL_PERIOD)
    if first >= last:
        raise typer.BadParameter("the period has no day: --since lies after --until, or after today")
    opened = App.open(config)
    opened.database.check_version()
    found = report(
        opened.database,
        _EVERYTHING,
        opened.practice(),
        since=_midnight(first),
        until=_midnight(last),
        by=by,
        what_if=what_if,
        now=now,
    )
    opened.database.close()
    _WRITERS[output](found)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _print_table(found: Report) -> None:
    period = f"{found.since:%Y-%m-%d} to {found.until - timedelta(days=1):%Y-%m-%d}"
    title = f"Promises by {found.by}, {period}" + (", by the present terms" if found.is_what_if else "")
    table = Table(title=title)
    for column in _COLUMNS:
        table.add_column(
            column.replace("_", " "), justify="left" if column in {"group", "target"} else "right"
        )
    for line in found.lines:
        table.add_row(*("" if value is None else str(value) for value in _cells(line)))
    Console(highlight=False).print(table if found.lines else f"Nothing was promised from {period}.")


def _print_csv(found: Report) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows([safe_cell(value) for value in _cells(line)] for line in found.lines)


def _print_json(found: Report) -> None:
    content = {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "by": found.by,
        "what_if": found.is_what_if,
        "lines": [dict(zip(_COLUMNS, _cells(line), strict=True)) for line in found.lines],
    }
    typer.echo(json.dumps(content, indent=2))


def _print_svg(found: Report) -> None:
    typer.echo(compliance_chart(found))


_WRITERS = {
    Format.TABLE: _print_table,
    Format.CSV: _print_csv,
    Format.JSON: _print_json,
    Format.SVG: _print_svg,
}


def safe_cell(value: object) -> object:
    """Return a cell that a spreadsheet takes for text, whatever a name begins with."""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def _cells(line: Figures) -> tuple[object, ...]:
    return (
        line.group or "(unknown)",
        line.target.value,
        None if line.compliance is None else round(100 * line.compliance, 1),
        line.met,
        line.missed_late,
        line.breached,
        line.running,
        line.cancelled,
        _minutes(line.median_seconds),
        _minutes(line.p90_seconds),
    )


def _minutes(seconds: int | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)
