"""Models learn from corrections within seconds: a correction leaves a mark, the worker honours it.

The process that takes a correction, such as the API, must not wait for a model and never loads the
learning library. So it only writes down which accounts have something new to learn.
"""

from datetime import datetime
from pathlib import Path

from triage.services.hints import forget_voice, hint_accounts, train_voices
from triage.services.learn import Trained, forget, suggest, train
from triage.services.practice import Practice
from triage.store import labels, wanted_training
from triage.store.database import Database


def refit_wanted(database: Database, practice: Practice, folder: Path, *, now: datetime) -> list[Trained]:
    """Refit the models of the accounts that were corrected, and ask them.

    Where a thread was taken from an account, its old models go first: they hold words of somebody
    else. A correction that comes while a model is fitted keeps its mark, and is honoured next time.

    Args:
        folder: Where the models lie.

    Returns:
        What became of each model; nothing for an account with too few labels.

    Raises:
        StoreError: If the database cannot be read or written; the marks stay.
    """
    with database.read() as connection:
        marks = wanted_training.read_marks(connection)
    done: list[Trained] = []
    for mark in marks:
        if mark.forgets:
            forget(database, folder, mark.account)
            forget_voice(database, folder, mark.account)
        done += train(database, practice, folder, now=now, accounts=[mark.account])
    if marks:
        # All are fitted by now: each model is asked with the experience of all.
        accounts = [mark.account for mark in marks]
        suggest(database, practice, folder, accounts, now=now)
        train_voices(database, practice, folder, now=now, accounts=accounts)
        hint_accounts(database, practice, folder, now=now)
        with database.write() as connection:
            for mark in marks:
                wanted_training.remove_mark(connection, mark)
    return done


def want_all(database: Database, *, now: datetime) -> None:
    """Mark every account that a model can be fitted for.

    Raises:
        StoreError: If the database cannot be written.
    """
    with database.write() as connection:
        for account in labels.accounts_with_projects(connection):
            wanted_training.want_training(connection, account, now=now)
