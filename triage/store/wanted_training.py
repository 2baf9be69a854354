"""Which accounts have something new to learn: marks among the settings, one for each account."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Setting
from triage.core.ids import AccountId
from triage.store.settings import read_setting, write_setting

_PREFIX = "training-wanted-"
#: Begins the value of a mark that wants the old models gone.
_FORGET = "forget "


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingMark:
    """A model that is to be fitted.

    Attributes:
        forgets: A thread was taken from the account, so its old models know too much.
        value: As stored, to tell a newer mark from this one.
    """

    account: AccountId
    forgets: bool
    value: str


def want_training(
    connection: Connection, account: AccountId, *, forgets: bool = False, now: datetime
) -> None:
    """Mark an account; to forget stays wanted until it is done."""
    key = f"{_PREFIX}{account}"
    forgets = forgets or (read_setting(connection, key) or "").startswith(_FORGET)
    write_setting(connection, key, f"{_FORGET if forgets else ''}{now.isoformat()}")


def read_marks(connection: Connection) -> list[TrainingMark]:
    """Return the accounts that are marked, by id."""
    rows = connection.execute(
        sa.select(Setting.key, Setting.value).where(Setting.key.startswith(_PREFIX, autoescape=True))
    )
    marks = (
        TrainingMark(
            account=AccountId(int(row.key.removeprefix(_PREFIX))),
            forgets=row.value.startswith(_FORGET),
            value=row.value,
        )
        for row in rows
    )
    return sorted(marks, key=lambda mark: mark.account)


def remove_mark(connection: Connection, mark: TrainingMark) -> None:
    """Take a mark away, unless it was set again since it was read."""
    key = f"{_PREFIX}{mark.account}"
    connection.execute(sa.delete(Setting).where(Setting.key == key, Setting.value == mark.value))
