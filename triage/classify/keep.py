"""Keeping a project model in a file, and reading it again without trusting the file.

The file goes when the account goes. The model before it is kept beside it, for one step back.
"""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from triage.classify import model_file
from triage.classify.experience import Calibration, Experience
from triage.classify.linear import Learner, as_linear
from triage.classify.model import ProjectModel
from triage.classify.model_file import ModelFile, ModelRefused
from triage.classify.promote import RULE, Comparison
from triage.classify.risk import Certificate, Decision
from triage.classify.vectors import as_vectors
from triage.core.ids import AccountId, MessageId, ProjectId

__all__ = [
    "KeptCard",
    "ModelRefused",
    "delete",
    "is_kept",
    "kept_cards",
    "load",
    "note_refused",
    "save",
    "step_back",
]

#: Counts changes of what is in the files.
_LAYOUT = 3
_PREFIX = "account"
_PREVIOUS = ".previous"
_PURPOSE = "Ranks the projects of one account by the words of a message. It suggests, it never decides."
_KNOWN_FAILURES = (
    "A project without labels is only recognised as unknown, never found.",
    "A message of a few words is mostly abstained from.",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptCard:
    """What the card of a model tells, without reading the model.

    Attributes:
        labels: Messages it learnt from.
        promotion: How it compared with the model before; None for the first.
        refused: The last newer model that was not promoted since, if any.
        refused_at: When that was.
    """

    account: AccountId
    learner: Learner
    experience: Experience
    made_at: datetime
    labels: int
    promotion: Comparison | None
    refused: Comparison | None
    refused_at: datetime | None


def save(model: ProjectModel, folder: Path, *, promotion: Comparison | None = None) -> None:
    """Write the model of an account and keep the one before; a crash leaves the old files or the new ones.

    Args:
        promotion: How the model compared with the one before.

    Raises:
        OSError: If the folder cannot be written.
    """
    place = _place(folder, model.account)
    with suppress(ModelRefused):
        load(folder, model.account)  # what is damaged must not replace what could be gone back to
        place.copy(_place(folder, model.account, _PREVIOUS))
    place.write(_objects(model), _card(model, promotion))


def load(folder: Path, account: AccountId) -> ProjectModel:
    """Read the model of an account.

    Raises:
        ModelRefused: If there is none, or if it may not be trusted; the sentence says why.
    """
    return _load(_place(folder, account))


def is_kept(folder: Path, account: AccountId) -> bool:
    """Return whether an account has a model, usable or not."""
    return _place(folder, account).card.exists()


def step_back(folder: Path, account: AccountId) -> None:
    """Put the previous model in the place of the present one, and the other way round.

    Raises:
        ModelRefused: If there is no previous one, or if it may not be trusted; nothing changes then.
        OSError: If the folder cannot be written.
    """
    save(_load(_place(folder, account, _PREVIOUS)), folder)


def note_refused(folder: Path, account: AccountId, comparison: Comparison, *, now: datetime) -> None:
    """Write into the card of the model in use that a newer one was not promoted, and why.

    Raises:
        OSError: If the folder cannot be written.
    """
    place = _place(folder, account)
    card = json.loads(place.card.read_bytes())
    place.write_card({**card, "refused": {**asdict(comparison), "at": now.isoformat()}})


def kept_cards(folder: Path) -> dict[AccountId, KeptCard]:
    """Return what the cards of all models tell; unreadable ones are left out."""
    found = {}
    for card in model_file.cards(folder, prefix=_PREFIX, layout=_LAYOUT):
        with suppress(ValueError, KeyError, TypeError):
            kept = _kept(card)
            found[kept.account] = kept
    return found


def delete(folder: Path, account: AccountId) -> None:
    """Remove the models of an account, the previous one too, as when the account goes."""
    for suffix in ("", _PREVIOUS):
        _place(folder, account, suffix).remove()


def experience_rows(experience: Experience) -> dict[str, list[Any]]:
    """Return an experience as fields of a card."""
    return {
        "decisions": [_row(decision) for decision in experience.decisions],
        "trials": [_row(trial) for trial in experience.trials],
        "strange_leads": list(experience.strange_leads),
    }


def experience_of(card: dict[str, Any]) -> Experience:
    """Return the experience that stands in a card.

    Raises:
        KeyError, TypeError: If it is of another shape.
    """
    return Experience(
        decisions=tuple(_decision(*row) for row in card["decisions"]),
        trials=tuple(_decision(*row) for row in card["trials"]),
        strange_leads=tuple(card["strange_leads"]),
    )


def _place(folder: Path, account: AccountId, suffix: str = "") -> ModelFile:
    return ModelFile.of(folder, account, prefix=_PREFIX, layout=_LAYOUT, suffix=suffix)


def _load(place: ModelFile) -> ProjectModel:
    objects, card = place.read()
    try:
        return _model(objects, card, place.account)
    except Exception as err:  # whatever is missing or of another shape in objects or card
        raise place.refusal("cannot be understood or holds types that no model of ours has") from err


def _kept(card: dict[str, Any]) -> KeptCard:
    refused = dict(card["refused"]) if card["refused"] else None
    refused_at = datetime.fromisoformat(refused.pop("at")) if refused else None
    return KeptCard(
        account=AccountId(int(card["account"])),
        learner=Learner(card["learner"]),
        experience=experience_of(card),
        made_at=datetime.fromisoformat(card["made_at"]),
        labels=sum(card["labels"].values()),
        promotion=Comparison(**card["promotion"]) if card["promotion"] else None,
        refused=Comparison(**refused) if refused else None,
        refused_at=refused_at,
    )


def _objects(model: ProjectModel) -> dict[str, Any]:
    has_two = model.linear is not model.sentry
    return {
        "terms": "\n".join(model.vectors.terms),
        "weighter": model.vectors.weighter,
        "sentry": model.sentry.estimator,
        "linear": model.linear.estimator if has_two else None,
        "examples": [model.examples.data, model.examples.indices, model.examples.indptr],
        "example_projects": model.example_projects,
        "example_messages": model.example_messages,
    }


def _card(model: ProjectModel, promotion: Comparison | None) -> dict[str, Any]:
    projects, counts = np.unique(model.example_projects, return_counts=True)
    return {
        "purpose": _PURPOSE,
        "known_failures": _KNOWN_FAILURES,
        "made_at": model.made_at.isoformat(),
        "newest_at": model.newest_at.isoformat(),
        "learner": model.linear.learner.value,
        "labels": {str(project): int(number) for project, number in zip(projects, counts, strict=True)},
        **experience_rows(model.experience),
        "calibration": asdict(model.calibration),
        "promotion_rule": RULE,
        "promotion": asdict(promotion) if promotion else None,
        "refused": None,
    }


def _row(decision: Decision) -> list[Any]:
    return [decision.score, decision.is_right, decision.message, decision.said]


def _model(objects: dict[str, Any], card: dict[str, Any], account: AccountId) -> ProjectModel:
    sentry = as_linear(objects["sentry"], Learner.COMPLEMENT_NB)
    second = objects["linear"]
    terms, projects = tuple(objects["terms"].split("\n")), objects["example_projects"]
    calibration = dict(card["calibration"])
    return ProjectModel(
        account=account,
        vectors=as_vectors(terms, objects["weighter"]),
        linear=sentry if second is None else as_linear(second, Learner.LOGISTIC),
        sentry=sentry,
        examples=csr_array(tuple(objects["examples"]), shape=(len(projects), len(terms))),
        example_projects=projects,
        example_messages=objects["example_messages"],
        experience=experience_of(card),
        calibration=Calibration(certificate=Certificate(**calibration.pop("certificate")), **calibration),
        made_at=datetime.fromisoformat(card["made_at"]),
        newest_at=datetime.fromisoformat(card["newest_at"]),
    )


def _decision(score: float, is_right: bool, message: int | None, said: int | None) -> Decision:  # noqa: FBT001 (a row)
    return Decision(
        score=score,
        is_right=is_right,
        message=None if message is None else MessageId(message),
        said=None if said is None else ProjectId(said),
    )
