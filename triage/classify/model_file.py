"""A model as two files: objects as skops writes them, and a card in JSON with the hash of the first.

Nothing is ever unpickled. A file that is damaged, of another program version or that names any type
skops does not know as harmless is refused: the labels are the asset, a model is rebuilt from them in
seconds. The words of a customer are in the file, so only the service may read it.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED

import sklearn
import skops.io

from triage.core.errors import TriageError
from triage.core.ids import AccountId


class ModelRefused(TriageError):
    """A model file cannot be used; train the account again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFile:
    """Where one model of an account lies.

    Attributes:
        weights: The objects.
        card: What a person can read about them.
        layout: Counts changes of what is in the two files.
    """

    account: AccountId
    weights: Path
    card: Path
    layout: int

    @classmethod
    def of(
        cls, folder: Path, account: AccountId, *, prefix: str, layout: int, suffix: str = ""
    ) -> "ModelFile":
        """Return the place of a model in a folder."""
        stem = folder / f"{prefix}-{account}{suffix}"
        return cls(
            account=account,
            weights=stem.with_name(f"{stem.name}.skops"),
            card=stem.with_name(f"{stem.name}.json"),
            layout=layout,
        )

    def write(self, objects: dict[str, Any], card: dict[str, Any]) -> None:
        """Write both files; a crash between them leaves a pair that is refused.

        Raises:
            OSError: If the folder cannot be written.
        """
        self.card.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = skops.io.dumps(objects, compression=ZIP_DEFLATED)
        described = {
            **card,
            "format": self.layout,
            "account": self.account,
            "scikit_learn": sklearn.__version__,
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        write_private(self.weights, content)
        self.write_card(described)

    def write_card(self, card: dict[str, Any]) -> None:
        """Write the card alone; the hash in it must be that of the weights."""
        write_private(self.card, json.dumps(card, indent=2, sort_keys=True).encode())

    def read(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the objects and the card.

        Raises:
            ModelRefused: If there are none, or if they may not be trusted; the sentence says why.
        """
        try:
            content, card = self.weights.read_bytes(), json.loads(self.card.read_bytes())
        except (OSError, ValueError) as err:
            raise self.refusal("is missing or not readable") from err
        self._check(card, content)
        try:
            # An empty list: nothing but what skops itself knows as harmless is built.
            return skops.io.loads(content, trusted=[]), card
        except Exception as err:  # whatever a damaged or foreign archive makes the reader raise
            raise self.refusal("cannot be understood or holds types that no model of ours has") from err

    def copy(self, to: "ModelFile") -> None:
        """Write the same model elsewhere."""
        write_private(to.weights, self.weights.read_bytes())
        write_private(to.card, self.card.read_bytes())

    def remove(self) -> None:
        """Remove both files, if they are there."""
        self.card.unlink(missing_ok=True)
        self.weights.unlink(missing_ok=True)

    def refusal(self, why: str) -> ModelRefused:
        """Return the error that says why the model cannot be used."""
        return ModelRefused(f"the model of account {self.account} {why}; train it again with `triage train`")

    def _check(self, card: Any, content: bytes) -> None:  # noqa: ANN401 (JSON)
        """Refuse a model by its card, before anything of it is read."""
        if not isinstance(card, dict):
            raise self.refusal("has a card of another format or another account")
        if card.get("format") != self.layout or card.get("account") != self.account:
            raise self.refusal("has a card of another format or another account")
        if card.get("scikit_learn") != sklearn.__version__:
            raise self.refusal(f"was made by another scikit-learn than {sklearn.__version__}")
        if card.get("sha256") != hashlib.sha256(content).hexdigest():
            raise self.refusal("does not match the hash in its card")


def cards(folder: Path, *, prefix: str, layout: int) -> Iterator[dict[str, Any]]:
    """Yield the readable cards of present models, by name; previous ones have a suffix and are left out."""
    for path in sorted(folder.glob(f"{prefix}-*.json")):
        if not path.stem.removeprefix(f"{prefix}-").isdigit():
            continue
        try:
            card = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(card, dict) and card.get("format") == layout:
            yield card


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only we may read, all of it or nothing."""
    draft = path.with_name(path.name + ".part")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
