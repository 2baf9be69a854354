"""``triage evaluate``: how right the project models are, on the vendor's own mail."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from triage.app import App, utc_now
from triage.cli.loading import ConfigOption, JsonOption
from triage.risk_chart import Curve, risk_chart
from triage.services.drift import RISK
from triage.services.measure import Measured, measure
from triage.services.practice import Practice
from triage.services.risk_state import RiskState, risk_states

if TYPE_CHECKING:
    from triage.classify.evaluate import Report

_BUDGETS = (0, 3, 10, 30)


def evaluate(
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
    svg: Annotated[Path | None, typer.Option(help="Draw error over coverage into this file.")] = None,
) -> None:
    """Measure the project models: taught early threads, judged by later ones; and say what is proven."""
    app = App.open(config)
    practice = app.prepare()
    languages = {account.key: account.language for account in app.config.accounts if account.language}
    measured = list(measure(app.database, practice, _BUDGETS, languages=languages))
    states = list(risk_states(app.database, app.models, now=utc_now()))
    app.database.close()
    if svg:
        svg.write_text(risk_chart([_curve(one) for one in measured], risk=RISK), encoding="utf-8")
    if as_json:
        rows = {
            "budgets": [_budget(one) for one in measured],
            "models": [_state(one, practice) for one in states],
        }
        typer.echo(json.dumps(rows))
        return
    console = Console()
    console.print(_report_table(measured))
    console.print(_state_table(states, practice))


def _curve(measured: Measured) -> Curve:
    points = [(point.coverage, point.error) for point in measured.together.curve]
    # Where nothing was taught nothing is said, so there is no line to draw.
    return Curve(name=f"{measured.budget} taught", points=points if measured.budget else [])


def _budget(measured: Measured) -> dict[str, Any]:
    return {
        "threads_taught_a_project": measured.budget,
        **_report(measured.together),
        "by_language": {language: _report(found) for language, found in measured.by_language.items()},
        "curve": [[point.coverage, point.error] for point in measured.together.curve],
    }


def _report(found: "Report") -> dict[str, Any]:
    return {
        "judged": found.judged,
        "accuracy": found.accuracy,
        "macro_f1": found.macro_f1,
        "coverage": found.coverage,
        "error": found.error,
        "coverage_at_risk": found.coverage_at(RISK),
        "strangers": found.strangers,
        "strangers_accepted": found.strangers_accepted,
    }


def _state(state: RiskState, practice: Practice) -> dict[str, Any]:
    known, drift = state.calibration.certificate, state.drift
    return {
        "account": practice.account_key(state.account),
        "state": state.word,
        "learner": state.card.learner.value,
        "risk": known.risk,
        "confidence": known.confidence,
        "threshold": known.threshold,
        "novel_below": state.calibration.novel_below,
        "decisions": known.decisions,
        "accepted": known.accepted,
        "wrong": known.wrong,
        "bound": known.bound,
        "answered": drift.judged,
        "answered_wrong": drift.wrong,
        "least_error": drift.least_error,
        "weeks": [
            {
                "begins_at": week.begins_at.isoformat(),
                "asked": week.asked,
                "abstention_rate": week.silent / week.asked if week.asked else None,
                "answered": week.judged,
                "correction_rate": week.wrong / week.judged if week.judged else None,
            }
            for week in drift.weeks
        ],
    }


def _report_table(measured: Sequence[Measured]) -> Table:
    table = Table(
        "threads taught a project",
        "judged",
        "accuracy",
        "macro-F1",
        "shown",
        "wrong of shown",
        "strangers shown",
    )
    for one in measured:
        table.add_row(str(one.budget), *_cells(one.together))
        for language, found in one.by_language.items():
            table.add_row(f"  {language}", *_cells(found))
    return table


def _cells(found: "Report") -> tuple[str, ...]:
    return (
        str(found.judged),
        f"{found.accuracy:.1%}",
        f"{found.macro_f1:.3f}",
        f"{found.coverage:.1%}",
        f"{found.error:.2%}",
        f"{found.strangers_accepted:.2%} of {found.strangers}",
    )


def _state_table(states: Sequence[RiskState], practice: Practice) -> Table:
    table = Table("account", "suggestions", "tried", "right of surest", "error at most", "answered, wrong")
    for one in states:
        known = one.calibration.certificate
        table.add_row(
            practice.account_key(one.account),
            one.word,
            str(known.decisions),
            f"{known.accepted - known.wrong} of {known.accepted}",
            f"{known.bound:.1%}",
            f"{one.drift.judged}, {one.drift.wrong}",
        )
    return table
