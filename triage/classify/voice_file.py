"""Keeping the voice of an account in a file, under the same rules as its project model."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from triage.classify import model_file
from triage.classify.experience import Experience
from triage.classify.keep import experience_of, experience_rows
from triage.classify.model_file import ModelFile, ModelRefused
from triage.classify.voice import Voice
from triage.core.ids import AccountId

_LAYOUT = 1
_PREFIX = "voice"
_PURPOSE = (
    "The words of one account, to rank accounts for mail from unknown senders. It suggests to a person;"
    " it never confirms, and is silent where any evidence speaks."
)
_KNOWN_FAILURES = (
    "Who imitates the words of a customer is taken for that customer: a person has to look at the sender.",
    "Two customers of one trade write alike; then nothing is suggested.",
)


def save_voice(voice: Voice, folder: Path) -> None:
    """Write the voice of an account; a crash leaves the old files, the new ones, or a pair that is refused.

    Raises:
        OSError: If the folder cannot be written.
    """
    objects = {"terms": "\n".join(voice.terms), "counts": voice.counts}
    card = {
        "purpose": _PURPOSE,
        "known_failures": _KNOWN_FAILURES,
        "messages": voice.messages,
        "made_at": voice.made_at.isoformat(),
        "newest_at": voice.newest_at.isoformat(),
        **experience_rows(voice.experience),
    }
    _place(folder, voice.account).write(objects, card)


def load_voice(folder: Path, account: AccountId) -> Voice:
    """Read the voice of an account.

    Raises:
        ModelRefused: If there is none, or if it may not be trusted; the sentence says why.
    """
    place = _place(folder, account)
    objects, card = place.read()
    try:
        return _voice(objects, card, account)
    except Exception as err:  # whatever is missing or of another shape in objects or card
        raise place.refusal("cannot be understood or holds types that no model of ours has") from err


def kept_voices(folder: Path) -> Iterator[Voice]:
    """Yield the voices of all accounts that may be used, one at a time, by the number of the account."""
    for account in sorted(AccountId(int(card["account"])) for card in _cards(folder)):
        with suppress(ModelRefused):
            yield load_voice(folder, account)


def kept_ages(folder: Path) -> dict[AccountId, datetime]:
    """Return when each voice was made; unreadable ones are left out."""
    found = {}
    for card in _cards(folder):
        with suppress(ValueError, KeyError, TypeError):
            found[AccountId(int(card["account"]))] = datetime.fromisoformat(card["made_at"])
    return found


def kept_voice_experience(folder: Path) -> list[Experience]:
    """Return how the voices did when they were tried, from their cards."""
    found = []
    for card in _cards(folder):
        with suppress(ValueError, KeyError, TypeError):
            found.append(experience_of(card))
    return found


def delete_voice(folder: Path, account: AccountId) -> None:
    """Remove the voice of an account, as when the account goes."""
    _place(folder, account).remove()


def _cards(folder: Path) -> Iterator[dict[str, Any]]:
    return model_file.cards(folder, prefix=_PREFIX, layout=_LAYOUT)


def _place(folder: Path, account: AccountId) -> ModelFile:
    return ModelFile.of(folder, account, prefix=_PREFIX, layout=_LAYOUT)


def _voice(objects: dict[str, Any], card: dict[str, Any], account: AccountId) -> Voice:
    terms = tuple(objects["terms"].split("\n"))
    counts = np.asarray(objects["counts"], dtype=np.int64)
    if len(terms) != len(counts):
        raise ValueError("terms and counts differ in number")
    return Voice(
        account=account,
        terms=terms,
        counts=counts,
        messages=int(card["messages"]),
        made_at=datetime.fromisoformat(card["made_at"]),
        newest_at=datetime.fromisoformat(card["newest_at"]),
        experience=experience_of(card),
    )
