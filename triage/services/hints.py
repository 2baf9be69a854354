"""Accounts for mail from unknown senders, ranked by its words: a suggestion that a person confirms.

The ranking never confirms. It is asked only where no evidence speaks, and it is silent where any
evidence speaks against somebody: a look-alike domain, a borrowed display name, a doubtful sender.
"""
# ruff: noqa: PLC0415 (see triage.services.learn)

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from triage.classify.label import AccountSuggestion, MailText, SaidMessage
from triage.core.ids import AccountId
from triage.core.message import Evidence
from triage.services.drift import MEMORY, RISK, Drift, summary
from triage.services.learn import forget, mail_text
from triage.services.practice import Practice
from triage.store import hints as store
from triage.store.database import Database
from triage.store.hints import SuggestedAccount, UnknownThread

if TYPE_CHECKING:
    from triage.classify.experience import Calibration, Experience

log = structlog.get_logger(__name__)

#: Older messages of an account speak of what is past.
_MOST_MESSAGES = 500
#: Older threads are settled; more than so many are no desk's but a flood.
_LOOKED_AT = timedelta(days=30)
_MOST_THREADS = 500
_STALE = timedelta(days=1)
#: That a stranger writes from freemail is no word against anybody.
_HARMLESS = frozenset({"freemail"})


@dataclass(frozen=True, kw_only=True, slots=True)
class HintState:
    """What is known about how right suggested accounts are.

    Attributes:
        voices: Accounts whose words are known.
        experiences: How each voice did when it was tried.
        drift: What people said to the suggestions.
    """

    voices: int
    experiences: "list[Experience]"
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


def train_voices(
    database: Database,
    practice: Practice,
    folder: Path,
    *,
    now: datetime,
    accounts: Iterable[AccountId] | None = None,
) -> int:
    """Fit the voices of accounts, each on its own words alone, then try them beside all others.

    Args:
        folder: Where the models lie; one file an account.
        accounts: Those to fit; None for all with confirmed mail.

    Returns:
        How many voices were fitted.
    """
    from triage.classify.voice import Choir, fit_voice
    from triage.classify.voice_file import delete_voice, kept_voices, load_voice, save_voice

    with database.read() as connection:
        wanted = sorted(store.accounts_with_words(connection) if accounts is None else accounts)
    fitted = []
    for account in wanted:
        if said := _said(database, practice, account):
            save_voice(fit_voice(account, said, now=now), folder)
            fitted.append(account)
        else:
            delete_voice(folder, account)
    choir = Choir(kept_voices(folder))
    for account in fitted:
        tried = choir.tried(load_voice(folder, account), _said(database, practice, account))
        save_voice(tried, folder)
    log.info("voices fitted", accounts=len(fitted))
    return len(fitted)


def stale_voices(database: Database, folder: Path, *, now: datetime, most: int) -> list[AccountId]:
    """Return accounts with mail that is newer than their voice, once the voice is a day old; oldest first."""
    from triage.classify.voice_file import kept_ages

    ages = kept_ages(folder)
    with database.read() as connection:
        last = store.accounts_with_words(connection)
    stale = [
        account
        for account, at in last.items()
        if account not in ages or (ages[account] < at and ages[account] <= now - _STALE)
    ]
    return sorted(stale, key=lambda account: (ages.get(account, now), account))[:most]


def hint_accounts(database: Database, practice: Practice, folder: Path, *, now: datetime) -> int:
    """Suggest accounts for recent threads from unknown senders, and store what is suggested.

    Returns:
        How many threads have a suggestion.

    Raises:
        StoreError: If the database cannot be read or written.
    """
    from triage.classify.voice import Choir
    from triage.classify.voice_file import kept_voices

    with database.read() as connection:
        asked = store.unknown_threads(connection, since=now - _LOOKED_AT, newest=_MOST_THREADS)
    if not asked:
        return 0
    state = hint_state(database, folder, now=now)
    choir = Choir(kept_voices(folder))
    said = choir.suggest([_thread_text(one, practice) for one in asked], state.calibration)
    if state.word in {"off", "silent"}:
        said = [replace(one, abstained=True) for one in said]
    answers: Sequence[AccountSuggestion | None] = said or [None] * len(asked)
    rows = [
        _hint(one, answer, practice, state.calibration) for one, answer in zip(asked, answers, strict=True)
    ]
    with database.write() as connection:
        store.write_hints(connection, rows)
    return sum(one.account is not None for one in rows)


def hint_state(database: Database, folder: Path, *, now: datetime) -> HintState:
    """Return how right suggested accounts are.

    Raises:
        StoreError: If the database cannot be read.
    """
    from triage.classify.experience import calibrate
    from triage.classify.voice_file import kept_voice_experience

    known = kept_voice_experience(folder)
    with database.read() as connection:
        judged = store.judged_hints(connection, since=now - MEMORY)
    return HintState(
        voices=len(known),
        experiences=known,
        calibration=calibrate(known, risk=RISK),
        drift=summary(judged, (), now),
    )


def forget_gone(database: Database, folder: Path) -> list[AccountId]:
    """Remove the models and voices of accounts that are no longer in use, and what they suggested.

    Returns:
        Those accounts.

    Raises:
        StoreError: If the database cannot be read or written.
    """
    from triage.classify.keep import kept_cards
    from triage.classify.voice_file import kept_ages

    kept = {*kept_cards(folder), *kept_ages(folder)}
    with database.read() as connection:
        gone = sorted(kept - store.accounts_in_use(connection))
    for account in gone:
        forget(database, folder, account)
        forget_voice(database, folder, account)
        log.info("models removed with their account", account_id=account)
    return gone


def forget_voice(database: Database, folder: Path, account: AccountId) -> None:
    """Remove the voice of an account and all that it suggested."""
    from triage.classify.voice_file import delete_voice

    delete_voice(folder, account)
    with database.write() as connection:
        store.clear_hints(connection, [account])


def _said(database: Database, practice: Practice, account: AccountId) -> list[SaidMessage]:
    with database.read() as connection:
        rows = store.said_words(connection, account, newest=_MOST_MESSAGES)
    return [
        SaidMessage(
            message=row.message,
            thread=row.thread,
            mail=_words_only(mail_text([row], practice)),
            received_at=row.received_at,
        )
        for row in rows
    ]


def _thread_text(one: UnknownThread, practice: Practice) -> MailText:
    return _words_only(mail_text(one.words, practice))


def _words_only(mail: MailText) -> MailText:
    """Leave out people and lists: who takes part is for the evidence."""
    return replace(mail, participants=(), list_id="")


def _hint(
    asked: UnknownThread,
    said: AccountSuggestion | None,
    practice: Practice,
    calibration: "Calibration",
) -> SuggestedAccount:
    speaks_against = any(one.kind not in _HARMLESS for one in asked.evidence)
    if said is None or said.abstained or speaks_against:
        return SuggestedAccount(thread=asked.thread, account=None, probability=None, evidence=asked.evidence)
    return SuggestedAccount(
        thread=asked.thread,
        account=said.account,
        probability=said.probability,
        evidence=asked.evidence,
        reasons=tuple(_reasons(said, practice, calibration)),
    )


def _reasons(said: AccountSuggestion, practice: Practice, calibration: "Calibration") -> Iterator[Evidence]:
    names = practice.directory.account_names
    terms = ", ".join(f"{one.term} (+{one.weight:.2f})" for one in said.terms)
    yield Evidence(
        kind="model",
        text=f"Nobody knows the sender. The words are most like those of {names[said.account]}: {terms}."
        " Words prove nothing; a person has to confirm it.",
    )
    if said.others:
        others = ", ".join(names[one] for one in said.others)
        yield Evidence(kind="others", text=f"Next most alike: {others}.")
    if not calibration.is_proven:
        known = calibration.certificate
        yield Evidence(
            kind="unproven",
            text=f"Not proven yet: {known.accepted} earlier threads were told right with such a lead and none"
            f" wrong, so up to {known.bound:.0%} may be wrong.",
        )
