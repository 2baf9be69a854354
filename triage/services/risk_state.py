"""What is known about how right each project model is, and whether its suggestions are on."""
# ruff: noqa: PLC0415 (see triage.services.learn)

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from triage.core.ids import AccountId
from triage.services.drift import Drift, drift_of
from triage.store.database import Database

if TYPE_CHECKING:
    from triage.classify.experience import Calibration
    from triage.classify.keep import KeptCard


@dataclass(frozen=True, kw_only=True, slots=True)
class RiskState:
    """The state of one model.

    Attributes:
        card: What it learnt from, how it did when tried, and how it compared with the model before.
        calibration: From where on it may speak, with the experience of all accounts.
        drift: What people said to its suggestions.
    """

    account: AccountId
    card: "KeptCard"
    calibration: "Calibration"
    drift: Drift

    @property
    def word(self) -> str:
        """Return ``proven``, ``not proven``, ``silent`` or ``off``."""
        if self.drift.is_alarming:
            return "off"
        if self.calibration.certificate.threshold is None or self.calibration.novel_below is None:
            return "silent"
        return "proven" if self.calibration.is_proven else "not proven"


def risk_states(database: Database, folder: Path, *, now: datetime) -> Iterator[RiskState]:
    """Yield the state of every model, by account.

    Raises:
        StoreError: If the database cannot be read.
    """
    from triage.classify.experience import calibrate
    from triage.classify.keep import kept_cards

    known = kept_cards(folder)
    shared = {
        learner: calibrate(card.experience for card in known.values() if card.learner is learner)
        for learner in {card.learner for card in known.values()}
    }
    for account, card in sorted(known.items()):
        yield RiskState(
            account=account,
            card=card,
            calibration=shared[card.learner],
            drift=drift_of(database, account, now=now),
        )
