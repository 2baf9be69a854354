"""What the worker puts on the board: questions, proposals, and the state of the models.

The process that serves pages never loads the learning library and never looks through all mail, so the
worker finds these now and then, and ``triage.services.learning`` shows them to those who may see them.
"""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triage.core.ids import AccountId
from triage.core.proposal import Proposal
from triage.core.question import A_DAY, Question, most_useful
from triage.services.drift import RISK, Drift
from triage.services.hints import HintState, hint_state
from triage.services.practice import Practice
from triage.services.proposals import open_proposals
from triage.services.questions import questions_of
from triage.services.risk_state import RiskState, risk_states
from triage.store import board
from triage.store.database import Database

if TYPE_CHECKING:
    from triage.classify.experience import Experience
    from triage.classify.promote import Comparison

#: Names of the lists.
PROPOSALS, QUESTIONS, MODELS, WORDS = "proposals", "questions", "models", "words"
_MOST_POINTS = 100


def post_questions_and_states(database: Database, practice: Practice, folder: Path, *, now: datetime) -> None:
    """Put the most useful questions of every account, and the state of every model, on the board.

    Raises:
        StoreError: If the database cannot be read or written.
    """
    questions = [
        _question(one, number)
        for account in sorted(set(practice.directory.project_accounts.values()))
        for number, one in enumerate(
            most_useful(questions_of(database, practice, folder, account, now), answered_today=0)[:A_DAY]
        )
    ]
    models = [_model(one) for one in risk_states(database, folder, now=now)]
    words = [_words(hint_state(database, folder, now=now))]
    with database.write() as connection:
        board.write_list(connection, QUESTIONS, questions, now=now)
        board.write_list(connection, MODELS, models, now=now)
        board.write_list(connection, WORDS, words, now=now)


def post_proposals(database: Database, practice: Practice, *, now: datetime) -> None:
    """Put the rules that confirmed threads speak for on the board; looks at who took part in all mail.

    Raises:
        StoreError: If the database cannot be read or written.
    """
    found = [_proposal(one) for one in open_proposals(database, practice, now=now)]
    with database.write() as connection:
        board.write_list(connection, PROPOSALS, found, now=now)


def _question(one: Question, number: int) -> dict[str, Any]:
    return {**asdict(one), "id": f"{one.account}-{number}"}


def _proposal(one: Proposal) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind.value,
        "value": one.value,
        "account": one.account,
        "people": one.people,
        "since": one.since.isoformat(),
        "moved_from": one.moved_from,
    }


def _model(state: RiskState) -> dict[str, Any]:
    card = state.card
    return {
        "id": str(state.account),
        "account": state.account,
        "labels": card.labels,
        "made_at": card.made_at.isoformat(),
        "learner": card.learner.value,
        "promotion": _comparison(card.promotion),
        "refused": _comparison(card.refused),
        "refused_at": card.refused_at.isoformat() if card.refused_at else None,
        **_risk(state, [card.experience], state.drift),
    }


def _words(state: HintState) -> dict[str, Any]:
    return {"id": "words", "voices": state.voices, **_risk(state, state.experiences, state.drift)}


def _risk(
    state: RiskState | HintState, experiences: "list[Experience] | tuple[Experience, ...]", drift: Drift
) -> dict[str, Any]:
    """Return what is known about how right a model is; the counts and the curve are its own trials."""
    decisions = [decision for one in experiences for decision in one.decisions]
    ordered = sorted(decisions, key=lambda one: -one.score)
    wrong = 0
    curve = []
    for count, decision in enumerate(ordered, 1):
        wrong += not decision.is_right
        curve.append([count / len(ordered), wrong / count])
    step = max(1, len(curve) // _MOST_POINTS)
    known = state.calibration.certificate
    return {
        "state": state.word,
        "risk": RISK,
        "confidence": known.confidence,
        "bound": known.bound,
        "threshold": known.threshold,
        "tried": len(ordered),
        "wrong": wrong,
        "curve": [*curve[::step], *curve[-1:]],
        "answered": drift.judged,
        "answered_wrong": drift.wrong,
        "least_error": drift.least_error,
        "weeks": [
            {
                "begins_at": week.begins_at.isoformat(),
                "asked": week.asked,
                "silent": week.silent,
                "answered": week.judged,
                "wrong": week.wrong,
            }
            for week in drift.weeks
        ],
    }


def _comparison(found: "Comparison | None") -> dict[str, int] | None:
    if found is None:
        return None
    return {
        "compared": found.compared,
        "wrong_before": found.wrong_before,
        "wrong_now": found.wrong_now,
    }


def account_of(item: dict[str, Any]) -> AccountId:
    """Return the account that an item of a list is about."""
    return AccountId(int(item["account"]))
