"""Keeping a project model in a file, and reading it again without trusting the file.

A model is two files: the fitted objects as skops writes them, and a card in JSON that a person can
read, with the hash of the first. Nothing is ever unpickled. A file that is damaged, of another
program version or that names any type skops does not know as harmless is refused: the labels are
the asset, a model is rebuilt from them in seconds. The words of a customer are in the file, so only
the service may read it, and it goes when the account goes. The model before it is kept beside it, for one
step back.
"""

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED

import numpy as np
import sklearn
import skops.io
from scipy.sparse import csr_array

from triage.classify.experience import Calibration, Experience
from triage.classify.linear import Learner, as_linear
from triage.classify.model import ProjectModel
from triage.classify.risk import Certificate, Decision
from triage.classify.vectors import as_vectors
from triage.core.errors import TriageError
from triage.core.ids import AccountId

#: Counts changes of what is in the file.
_FORMAT = 2
_PREVIOUS = ".previous"
_PURPOSE = "Ranks the projects of one account by the words of a message. It suggests, it never decides."
_KNOWN_FAILURES = (
    "A project without labels is only recognised as unknown, never found.",
    "A message of a few words is mostly abstained from.",
)


class ModelRefused(TriageError):
    """A model file cannot be used; train the account again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Paths:
    weights: Path
    card: Path

    @classmethod
    def of(cls, folder: Path, account: AccountId, suffix: str = "") -> "_Paths":
        name = f"account-{account}{suffix}"
        return cls(weights=folder / f"{name}.skops", card=folder / f"{name}.json")

    def copy(self, to: "_Paths") -> None:
        """Write the same model elsewhere."""
        _write(to.weights, self.weights.read_bytes())
        _write(to.card, self.card.read_bytes())


def save(model: ProjectModel, folder: Path) -> None:
    """Write the model of an account and keep the one before; a crash leaves the old files or the new ones.

    Raises:
        OSError: If the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    paths = _Paths.of(folder, model.account)
    with suppress(ModelRefused):
        load(folder, model.account)  # what is damaged must not replace what could be gone back to
        paths.copy(_Paths.of(folder, model.account, _PREVIOUS))
    content = skops.io.dumps(_objects(model), compression=ZIP_DEFLATED)
    card = json.dumps(_card(model, content), indent=2, sort_keys=True)
    # The card names the hash of the weights: a pair that was torn apart by a crash is refused.
    _write(paths.weights, content)
    _write(paths.card, card.encode())


def load(folder: Path, account: AccountId) -> ProjectModel:
    """Read the model of an account.

    Raises:
        ModelRefused: If there is none, or if it may not be trusted; the sentence says why.
    """
    return _load(_Paths.of(folder, account), account)


def is_kept(folder: Path, account: AccountId) -> bool:
    """Return whether an account has a model, usable or not."""
    return _Paths.of(folder, account).card.exists()


def step_back(folder: Path, account: AccountId) -> None:
    """Put the previous model in the place of the present one, and the other way round.

    Raises:
        ModelRefused: If there is no previous one, or if it may not be trusted; nothing changes then.
        OSError: If the folder cannot be written.
    """
    save(_load(_Paths.of(folder, account, _PREVIOUS), account), folder)


def _load(paths: _Paths, account: AccountId) -> ProjectModel:
    try:
        content, card = paths.weights.read_bytes(), json.loads(paths.card.read_bytes())
    except (OSError, ValueError) as err:
        raise _refusal(account, "is missing or not readable") from err
    _check(card, content, account)
    try:
        # An empty list: nothing but what skops itself knows as harmless is built.
        return _model(skops.io.loads(content, trusted=[]), card, account)
    except Exception as err:  # whatever a damaged or foreign archive makes the reader raise
        raise _refusal(account, "cannot be understood or holds types that no model of ours has") from err


def kept_experience(folder: Path) -> dict[AccountId, tuple[Learner, Experience]]:
    """Return how the models of all accounts did, read from their cards; unreadable ones are left out."""
    found = {}
    for path in sorted(folder.glob("account-*.json")):
        if path.stem.endswith(_PREVIOUS):
            continue
        try:
            card = json.loads(path.read_bytes())
            if card["format"] == _FORMAT:
                found[AccountId(int(card["account"]))] = Learner(card["learner"]), _experience(card)
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def delete(folder: Path, account: AccountId) -> None:
    """Remove the models of an account, the previous one too, as when the account goes."""
    for suffix in ("", _PREVIOUS):
        paths = _Paths.of(folder, account, suffix)
        paths.card.unlink(missing_ok=True)
        paths.weights.unlink(missing_ok=True)


def _check(card: Any, content: bytes, account: AccountId) -> None:  # noqa: ANN401 (JSON)
    """Refuse a model by its card, before anything of it is read."""
    if not isinstance(card, dict) or card.get("format") != _FORMAT or card.get("account") != account:
        raise _refusal(account, "has a card of another format or another account")
    if card.get("scikit_learn") != sklearn.__version__:
        raise _refusal(account, f"was made by another scikit-learn than {sklearn.__version__}")
    if card.get("sha256") != hashlib.sha256(content).hexdigest():
        raise _refusal(account, "does not match the hash in its card")


def _refusal(account: AccountId, why: str) -> ModelRefused:
    return ModelRefused(f"the model of account {account} {why}; train it again with `triage train`")


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


def _card(model: ProjectModel, content: bytes) -> dict[str, Any]:
    projects, counts = np.unique(model.example_projects, return_counts=True)
    return {
        "format": _FORMAT,
        "account": model.account,
        "purpose": _PURPOSE,
        "known_failures": _KNOWN_FAILURES,
        "scikit_learn": sklearn.__version__,
        "sha256": hashlib.sha256(content).hexdigest(),
        "made_at": model.made_at.isoformat(),
        "newest_at": model.newest_at.isoformat(),
        "learner": model.linear.learner.value,
        "labels": {str(project): int(number) for project, number in zip(projects, counts, strict=True)},
        "decisions": [[decision.score, decision.is_right] for decision in model.experience.decisions],
        "trials": [[trial.score, trial.is_right] for trial in model.experience.trials],
        "strange_leads": list(model.experience.strange_leads),
        "calibration": asdict(model.calibration),
    }


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
        experience=_experience(card),
        calibration=Calibration(certificate=Certificate(**calibration.pop("certificate")), **calibration),
        made_at=datetime.fromisoformat(card["made_at"]),
        newest_at=datetime.fromisoformat(card["newest_at"]),
    )


def _experience(card: dict[str, Any]) -> Experience:
    return Experience(
        decisions=tuple(Decision(score=score, is_right=right) for score, right in card["decisions"]),
        trials=tuple(Decision(score=score, is_right=right) for score, right in card["trials"]),
        strange_leads=tuple(card["strange_leads"]),
    )


def _write(path: Path, content: bytes) -> None:
    """Write a file that only we may read, all of it or nothing."""
    draft = path.with_name(path.name + ".part")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
