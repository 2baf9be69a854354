"""``triage evaluate``: how right the project models are, on the vendor's own mail."""

import json
from collections.abc import Sequence
from dataclasses import asdict
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
    from triage.classify.promote import Comparison

_BUDGETS = (0, 3, 10, 30)
_LEGEND = """  right: the likeliest project is the true one, whether it was shown or not
  right, small projects too: the same, each project counting alike however much mail it has
  shown: messages for which the model was sure enough to suggest a project; at the others it kept silent
  wrong among shown: what a person would have had to correct; at most 2 % is wanted
  strangers shown: messages of projects that nobody taught, shown as some other project all the same"""
_STATE_LEGEND = """  proven: shown; with 95 % confidence at most 2 % of it is wrong
  not proven: shown and marked so; too little later mail is known for a proof
  silent: nothing is shown; too little is known
  off: nothing is shown; people corrected too many of the last suggestions"""


def evaluate(
    config: ConfigOption = None,
    *,
    as_json: JsonOption = False,
    svg: Annotated[
        Path | None,
        typer.Option(help="Also draw the share of wrong suggestions over the share shown, into this file."),
    ] = None,
) -> None:
    """Measure how right suggested projects would have been on your own mail, and say what is proven.

    The first threads of each project are taught, the ones after them are judged: nothing is asked about
    mail that was learnt. One project of each account is hidden, to see whether the model notices strangers.
    """
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
    _show(measured, states, practice)


def _show(measured: Sequence[Measured], states: Sequence[RiskState], practice: Practice) -> None:
    """Print both tables, with what they say in plain words."""
    console = Console()
    if not any(one.together.judged for one in measured):
        typer.echo(
            "There is nothing to measure yet: it takes confirmed threads of two projects of one account,"
            " and later ones to judge by. Confirm projects in the queue, or: triage labels import FILE"
        )
    else:
        console.print("How right suggested projects would have been, had so many threads been taught:")
        console.print(_report_table(measured))
        console.print(_LEGEND, highlight=False)
    if not states:
        typer.echo("No model is in use yet. They are made after corrections, and by: triage train")
        return
    console.print("\nWhat is known about the models in use:")
    console.print(_state_table(states, practice))
    console.print(_STATE_LEGEND, highlight=False)


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
        "labels": state.card.labels,
        "decisions": known.decisions,
        "accepted": known.accepted,
        "wrong": known.wrong,
        "bound": known.bound,
        "starts": known.starts,
        "promotion": _comparison(state.card.promotion),
        "refused": _comparison(state.card.refused),
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


def _comparison(found: "Comparison | None") -> dict[str, Any] | None:
    return asdict(found) if found else None


def _report_table(measured: Sequence[Measured]) -> Table:
    table = Table(
        "threads taught a project",
        "messages judged",
        "right (accuracy)",
        "right, small projects too (macro-F1)",
        "shown (coverage)",
        "wrong among shown (error)",
        "strangers shown",
    )
    for one in measured:
        table.add_row(str(one.budget), *_cells(one.together))
        for language, found in one.by_language.items():
            table.add_row(f"  language {language}", *_cells(found))
    return table


def _cells(found: "Report") -> tuple[str, ...]:
    if not found.judged:
        return ("0", *("-",) * 5)
    strangers = f"{found.strangers_accepted:.2%} of {found.strangers}" if found.strangers else "none judged"
    return (
        str(found.judged),
        f"{found.accuracy:.1%}",
        f"{found.macro_f1:.1%}",
        f"{found.coverage:.1%}",
        f"{found.error:.2%}" if found.coverage else "-",
        strangers,
    )


def _state_table(states: Sequence[RiskState], practice: Practice) -> Table:
    table = Table(
        "account",
        "state",
        "later threads told right when tried",
        "wrong among shown, at most (bound)",
        "suggestions people found right",
        "last refit",
    )
    for one in states:
        known, own = one.calibration.certificate, one.card.experience.decisions
        answered = f"{one.drift.judged - one.drift.wrong} of {one.drift.judged}"
        table.add_row(
            practice.account_key(one.account),
            one.word,
            f"{sum(decision.is_right for decision in own)} of {len(own)}",
            f"{known.bound:.1%}" if known.accepted else "not known",
            answered if one.drift.judged else "none answered",
            _last_refit(one),
        )
    return table


def _last_refit(state: RiskState) -> str:
    """Return whether the newest model came into use, and how it compared on the same later threads."""
    found = state.card.refused or state.card.promotion
    if found is None:
        return "the first model"
    verdict = "newer one not used" if state.card.refused else "in use"
    return f"{verdict}: {found.wrong_now} of {found.compared} wrong, {found.wrong_before} before"
