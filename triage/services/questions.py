"""Questions about threads whose project neither evidence nor a model tells."""
# ruff: noqa: PLC0415 (see triage.services.learn)

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from triage.classify.label import MailText
from triage.core.ids import AccountId
from triage.core.question import Question, most_useful, new_code
from triage.services.learn import by_thread, kept_model, mail_text
from triage.services.practice import Practice
from triage.store import labels
from triage.store.database import Database

#: Older threads are settled, or nobody misses their project.
_LOOKED_AT = timedelta(days=14)


def open_questions(
    database: Database, practice: Practice, folder: Path, *, now: datetime
) -> tuple[Question, ...]:
    """Return what is worth asking today: at most five, less what was answered today (UTC).

    Args:
        folder: Where the models lie.

    Raises:
        StoreError: If the database cannot be read.
    """
    with database.read() as connection:
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        answered = labels.answered_threads(connection, since=today)
    # An account with one project has nothing to choose from, but may have got a second one.
    accounts = sorted(set(practice.directory.project_accounts.values()))
    found = (one for account in accounts for one in questions_of(database, practice, folder, account, now))
    return most_useful(found, answered_today=answered)


def questions_of(
    database: Database, practice: Practice, folder: Path, account: AccountId, now: datetime
) -> Iterator[Question]:
    """Yield all questions about recent threads of one account, in no order."""
    from triage.classify.clusters import clusters

    with database.read() as connection:
        threads = by_thread(labels.abstained_words(connection, account, since=now - _LOOKED_AT))
    ids = list(threads)
    mails = [mail_text(words, practice) for words in threads.values()]
    sure = _sureness(folder, account, mails)
    for cluster in clusters(mails):
        members = sorted(cluster.members, key=lambda one: (-len(threads[ids[one]]), ids[one]))
        yield Question(
            account=account,
            threads=tuple(ids[one] for one in members),
            messages=sum(len(threads[ids[one]]) for one in members),
            terms=cluster.terms,
            code=new_code([mails[one].subject for one in members]),
            sureness=sum(sure[one] for one in members) / len(members),
            priority=practice.priority(account),
        )


def _sureness(folder: Path, account: AccountId, mails: list[MailText]) -> list[float]:
    """Return how likely the model holds its best guess about each mail; 0 without a model."""
    model = kept_model(folder, account)
    return [0.0] * len(mails) if model is None else [one.probability for one in model.suggest(mails)]
