"""Writing the full-text index: which messages it waits for, their texts, their entries.

Triggers put a message into ``search_pending`` when it is stored and when its account may have changed;
it leaves in the transaction that writes its entry. So an index that was interrupted, or that was never
asked, goes on where it stopped, and no message is in it twice.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from models import Message, SearchEntry, SearchPending, Thread
from triage.core.ids import AccountId, MessageId
from triage.core.search_document import SearchDocument, SearchText, document, split_zones, words_of
from triage.core.search_words import VERSION
from triage.store import search_postgresql, search_sqlite
from triage.store.link_facts import chunks
from triage.store.settings import read_setting, write_setting

_VERSION = "search_words_version"

_TEXT = (
    Message.id,
    Message.received_at,
    Message.subject,
    Message.addresses,
    Message.attachments,
    Message.text,
    Message.zones,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredText:
    """A stored message that is looked for words."""

    message_id: MessageId
    received_at: datetime
    text: SearchText

    def document(self) -> SearchDocument:
        """Return what the index holds of it."""
        return document(self.message_id, self.received_at, words_of(self.text))


class _Words(Protocol):
    """Where an engine keeps the words."""

    def add(self, connection: Connection, new: Sequence[tuple[SearchDocument, AccountId | None]]) -> None:
        """Write the entries of messages that have none, lowest place first."""

    def move(
        self,
        connection: Connection,
        moved: Sequence[tuple[SearchDocument, AccountId | None]],
        before: dict[MessageId, AccountId | None],
    ) -> None:
        """Give entries another account."""

    def remove(self, connection: Connection, gone: Sequence[tuple[SearchDocument, AccountId | None]]) -> None:
        """Take words out."""

    def clear(self, connection: Connection) -> None:
        """Take all words out."""


def waiting(connection: Connection, limit: int) -> list[StoredText]:
    """Return texts that the index waits for, those stored first first.

    On PostgreSQL nobody else gets the same ones until the transaction ends.
    """
    some = sa.select(SearchPending.message_id).order_by(SearchPending.message_id).limit(limit)
    # SQLite has one writer anyway, and leaves the clause out.
    ids = connection.scalars(some.with_for_update(skip_locked=True)).all()
    return _texts(connection, ids)


def count_waiting(connection: Connection) -> int:
    """Return how many messages the index waits for."""
    return connection.scalar(sa.select(sa.func.count()).select_from(SearchPending)) or 0


def write(connection: Connection, documents: Sequence[SearchDocument]) -> int:
    """Write the entries of messages that the index still waits for.

    Returns:
        How many that were.
    """
    documents = sorted(_take(connection, documents), key=lambda one: one.place)
    ids = [one.message_id for one in documents]
    accounts = _accounts(connection, ids)
    before = _entries(connection, ids)
    add, move = [], []
    for one in documents:
        account = accounts[one.message_id]
        if one.message_id not in before:
            add.append((one, account))
        elif before[one.message_id] != account:
            move.append((one, account))
    words = _words(connection)
    if move:
        words.move(connection, move, before)
    if add:
        words.add(connection, add)
    return len(documents)


def forget(connection: Connection, ids: Collection[MessageId]) -> None:
    """Take messages out of the index; to be done in the transaction that deletes them, before it does."""
    before = _entries(connection, ids)
    gone = [(one.document(), before[one.message_id]) for one in _texts(connection, sorted(before))]
    _words(connection).remove(connection, sorted(gone, key=lambda one: one[0].place))
    for some in chunks(sorted(ids)):
        connection.execute(sa.delete(SearchEntry).where(SearchEntry.message_id.in_(some)))
        connection.execute(sa.delete(SearchPending).where(SearchPending.message_id.in_(some)))


def is_current_version(connection: Connection) -> bool:
    """Tell whether the index was made with the words of this program."""
    return read_setting(connection, _VERSION) == str(VERSION)


def start_anew(connection: Connection) -> None:
    """Empty the index, and let it wait for every message."""
    _words(connection).clear(connection)
    connection.execute(sa.delete(SearchEntry))
    connection.execute(sa.delete(SearchPending))
    connection.execute(sa.insert(SearchPending).from_select(["message_id"], sa.select(Message.id)))
    write_setting(connection, _VERSION, str(VERSION))


def _words(connection: Connection) -> _Words:
    is_sqlite = connection.dialect.name == "sqlite"
    return search_sqlite.SqliteWords() if is_sqlite else search_postgresql.PostgresqlWords()


def _take(connection: Connection, documents: Sequence[SearchDocument]) -> list[SearchDocument]:
    """Take messages off the list; what is no longer on it was written by somebody else."""
    taken: set[int] = set()
    for some in chunks([one.message_id for one in documents]):
        taken |= set(
            connection.scalars(
                sa.delete(SearchPending)
                .where(SearchPending.message_id.in_(some))
                .returning(SearchPending.message_id)
            )
        )
    return [one for one in documents if one.message_id in taken]


def _accounts(connection: Connection, ids: Collection[MessageId]) -> dict[MessageId, AccountId | None]:
    """Return the account of each message's thread, read after the messages were taken off the list."""
    return _pairs(
        connection,
        sa.select(Message.id, Thread.account_id).outerjoin(Thread, Thread.id == Message.thread_id),
        Message.id,
        ids,
    )


def _entries(connection: Connection, ids: Collection[MessageId]) -> dict[MessageId, AccountId | None]:
    return _pairs(
        connection,
        sa.select(SearchEntry.message_id, SearchEntry.account_id),
        SearchEntry.message_id,
        ids,
    )


def _pairs(
    connection: Connection,
    statement: sa.Select[int, int | None],
    key: sa.SQLColumnExpression[int],
    ids: Collection[MessageId],
) -> dict[MessageId, AccountId | None]:
    found: dict[MessageId, AccountId | None] = {}
    for some in chunks(sorted(ids)):
        for message_id, account in connection.execute(statement.where(key.in_(some))):
            found[MessageId(message_id)] = None if account is None else AccountId(account)
    return found


def _texts(connection: Connection, ids: Iterable[int]) -> list[StoredText]:
    return [
        _text(row)
        for some in chunks(list(ids))
        for row in connection.execute(sa.select(*_TEXT).where(Message.id.in_(some)).order_by(Message.id))
    ]


def _text(row: Row[Any]) -> StoredText:
    own, quoted = split_zones(row.text, row.zones)
    return StoredText(
        message_id=MessageId(row.id),
        received_at=row.received_at,
        text=SearchText(
            subject=row.subject,
            senders=_people(row.addresses, "from"),
            recipients=[*_people(row.addresses, "to"), *_people(row.addresses, "cc")],
            files=[part[0] for part in row.attachments if part[0]],
            own=own,
            quoted=quoted,
        ),
    )


def _people(addresses: dict[str, list[list[str]]], role: str) -> list[str]:
    return [part for person in addresses.get(role, ()) for part in person if part]
