"""The project models: fitted from what is confirmed, tried before they are used, asked for suggestions.

scikit-learn takes seconds to load, so the modules that need it are imported where they are used:
the API process, which never asks a model, does not pay for them.
"""
# ruff: noqa: PLC0415

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from triage.classify.label import LabelledMessage, LabelSource, MailText, Reasons, Suggestion
from triage.classify.tokens import masked
from triage.core.ids import AccountId, ThreadId
from triage.core.message import Evidence
from triage.services.drift import drift_of
from triage.services.practice import Practice
from triage.store import labels
from triage.store.database import Database
from triage.store.labels import MessageWords, SuggestedProject, TaggedThread

if TYPE_CHECKING:
    from triage.classify.experience import Calibration
    from triage.classify.model import ProjectModel
    from triage.classify.promote import Comparison

log = structlog.get_logger(__name__)

#: Words of a long thread past these add time, not sense.
_THREAD_CHARACTERS = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """What became of the model of one account.

    Attributes:
        comparison: With the model before it; None for the first of an account.
    """

    account: AccountId
    messages: int
    projects: int
    comparison: "Comparison | None"

    @property
    def is_promoted(self) -> bool:
        """Whether the new model is in use; otherwise its risk rose, and the old one stays."""
        return self.comparison is None or self.comparison.is_promoted


def train(
    database: Database,
    practice: Practice,
    folder: Path,
    *,
    now: datetime,
    accounts: Iterable[AccountId] | None = None,
) -> Iterator[Trained]:
    """Fit the models of accounts and keep those whose risk does not rise, see ``triage.classify.promote``.

    Args:
        folder: Where the models lie; one file an account.
        accounts: Those to train; None for all that have two confirmed projects.
    """
    from triage.classify.keep import note_refused, save
    from triage.classify.model import TooFewLabels, fit
    from triage.classify.promote import compare

    with database.read() as connection:
        wanted = labels.accounts_with_projects(connection) if accounts is None else list(accounts)
    for account in wanted:
        taught = list(labelled_messages(database, practice, account))
        try:
            model = fit(account, taught, now=now)
        except TooFewLabels:
            continue
        old = kept_model(folder, account)
        comparison = None if old is None else compare(model, old, taught)
        trained = Trained(
            account=account,
            messages=len(taught),
            projects=len({row.project for row in taught}),
            comparison=comparison,
        )
        if comparison is None or trained.is_promoted:
            save(model, folder, promotion=comparison)
        else:
            note_refused(folder, account, comparison, now=now)
        log.info("model trained", account_id=account, messages=len(taught), promoted=trained.is_promoted)
        yield trained


def suggest(
    database: Database,
    practice: Practice,
    folder: Path,
    accounts: Iterable[AccountId] | None = None,
    *,
    now: datetime,
) -> int:
    """Ask the models about every thread without a confirmed project, and store what they say.

    A model whose suggestions turned out wrong too often says nothing, see ``triage.services.drift``.

    Returns:
        How many threads got a suggestion.
    """
    from triage.classify.keep import kept_cards

    known = kept_cards(folder)
    shown = 0
    for account in known if accounts is None else accounts:
        model = kept_model(folder, account)
        if model is None:
            continue
        others = (
            card.experience
            for other, card in known.items()
            if other != account and card.learner is model.linear.learner
        )
        with database.read() as connection:
            threads = by_thread(labels.untold_words(connection, account))
        mails = [mail_text(words, practice) for words in threads.values()]
        asked = model.calibrated_with(others)
        found = asked.suggest(mails)
        doubt = tuple(_doubt(asked.calibration))
        if drift_of(database, account, now=now).is_alarming:
            log.warning("suggestions are off: too many were wrong", account_id=account)
            found = [replace(one, abstained=True) for one in found]
        rows = [_row(thread, one, doubt) for thread, one in zip(threads, found, strict=True)]
        with database.write() as connection:
            labels.write_suggestions(connection, rows)
        shown += sum(not one.abstained for one in found)
    return shown


def go_back(
    database: Database, practice: Practice, folder: Path, account: AccountId, *, now: datetime
) -> int:
    """Put the previous model of an account in use again, and ask it.

    Returns:
        How many threads got a suggestion.

    Raises:
        ModelRefused: If there is none, or it may not be trusted.
    """
    from triage.classify.keep import step_back

    step_back(folder, account)
    log.info("model gone back to", account_id=account)
    return suggest(database, practice, folder, [account], now=now)


def forget(database: Database, folder: Path, account: AccountId) -> None:
    """Remove the models of an account and all that they suggested."""
    from triage.classify.keep import delete

    delete(folder, account)
    with database.write() as connection:
        threads = {row.thread for row in labels.untold_words(connection, account)}
        labels.write_suggestions(connection, [_nothing(thread) for thread in sorted(threads)])


def tags(database: Database) -> Iterator[TaggedThread]:
    """Yield every thread with what is said about its account and project."""
    with database.read() as connection:
        yield from labels.tagged_threads(connection)


def labelled_messages(
    database: Database, practice: Practice, account: AccountId
) -> Iterator[LabelledMessage]:
    """Yield what a model learns from: every message of a thread with a confirmed project.

    Codes are masked. A thread that its code confirmed thereby teaches the words around the code.
    """
    with database.read() as connection:
        rows = labels.taught_words(connection, account)
    for row in rows:
        if row.project is not None:
            yield LabelledMessage(
                message=row.message,
                thread=row.thread,
                project=row.project,
                mail=mail_text([row], practice),
                received_at=row.received_at,
                source=LabelSource(row.source or LabelSource.CODE),
            )


def by_thread(rows: Iterable[MessageWords]) -> dict[ThreadId, list[MessageWords]]:
    """Return the messages of each thread, in the order in which they come."""
    threads: dict[ThreadId, list[MessageWords]] = defaultdict(list)
    for row in rows:
        threads[row.thread].append(row)
    return threads


def mail_text(words: Sequence[MessageWords], practice: Practice) -> MailText:
    """Return the words of one message, or of a thread as a whole."""
    people = (email for one in words for email in one.participants if not practice.rules.own.holds(email))
    mail = MailText(
        subject=words[0].subject,
        text="\n".join(one.text for one in words)[:_THREAD_CHARACTERS],
        attachment_names=tuple(name for one in words for name in one.attachment_names),
        participants=tuple(dict.fromkeys(people)),
        list_id=words[0].list_id,
    )
    return masked(mail, practice.rules.codes)


def _row(thread: ThreadId, found: Suggestion, doubt: tuple[Evidence, ...]) -> SuggestedProject:
    if found.abstained:
        return _nothing(thread)
    return SuggestedProject(
        thread=thread,
        project=found.project,
        probability=found.probability,
        reasons=(*_evidence(found.reasons), *doubt),
    )


def _nothing(thread: ThreadId) -> SuggestedProject:
    return SuggestedProject(thread=thread, project=None, probability=None, reasons=())


def _evidence(reasons: Reasons) -> Iterator[Evidence]:
    """Yield the reasons of a model in words."""
    if reasons.terms:
        terms = ", ".join(f"{one.term} (+{one.weight:.2f})" for one in reasons.terms)
        yield Evidence(kind="model", text=f"The words that speak for it: {terms}.")
    if reasons.nearest is not None:
        text = f"Most alike: message {reasons.nearest}, likeness {reasons.likeness:.0%}."
        yield Evidence(kind="nearest", text=text)


def _doubt(calibration: "Calibration") -> Iterator[Evidence]:
    """Yield how little is known, while too few later threads are known for a proof."""
    if not calibration.is_proven:
        known = calibration.certificate
        text = (
            f"Not proven yet: {known.accepted} earlier threads were told right with such a lead and none"
            f" wrong, so up to {known.bound:.0%} may be wrong."
        )
        yield Evidence(kind="unproven", text=text)


def kept_model(folder: Path, account: AccountId) -> "ProjectModel | None":
    """Return the model of an account, or None when there is none that may be used."""
    from triage.classify.keep import ModelRefused, is_kept, load

    if not is_kept(folder, account):
        return None
    try:
        return load(folder, account)
    except ModelRefused as err:
        log.info("model refused", account_id=account, why=str(err))
        return None
