"""Phantom parents: mails that stored ones name in In-Reply-To or References and that were never seen.

Each one is a missed mail, a mail in a folder that nobody watches, or a conversation that began before
us: something a consultant may want to know.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Account, Message, Thread

_PAGE = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Phantom:
    """A mail that was never seen.

    Attributes:
        account: Key of the confirmed account of the thread that names it; None without one.
        header_id: Its Message-ID.
        thread_id: The newest thread that names it.
        mentions: How many messages name it.
        last_at: When the newest of them arrived.
    """

    account: str | None
    header_id: str
    thread_id: int
    mentions: int
    last_at: datetime


@dataclass(kw_only=True, slots=True)
class _Mention:
    thread_id: int
    count: int
    last_at: datetime


def phantom_parents(connection: Connection) -> tuple[Phantom, ...]:
    """Return all phantom parents, by account, the latest mentioned first.

    Reads every message once, page by page; memory holds the phantoms only.
    """
    found: dict[tuple[str | None, str], _Mention] = {}
    after = 0
    while rows := _page(connection, after):
        after = rows[-1].id
        named = {one for row in rows for one in (*row.in_reply_to, *row.references)}
        unseen = named - _seen(connection, named)
        for row in rows:
            for header_id in unseen.intersection((*row.in_reply_to, *row.references)):
                _count(found, (row.account, header_id), row)
    phantoms = (
        Phantom(
            account=account,
            header_id=header_id,
            thread_id=mention.thread_id,
            mentions=mention.count,
            last_at=mention.last_at,
        )
        for (account, header_id), mention in found.items()
    )
    return tuple(
        sorted(phantoms, key=lambda one: (one.account or "", -one.last_at.timestamp(), one.header_id))
    )


def _page(connection: Connection, after: int) -> list[sa.Row[int, datetime, list[str], list[str], int, str]]:
    return list(
        connection.execute(
            sa.select(
                Message.id,
                Message.received_at,
                Message.in_reply_to,
                Message.references,
                Message.thread_id,
                Account.key.label("account"),
            )
            .join(Thread, Thread.id == Message.thread_id)
            .outerjoin(Account, Account.id == Thread.account_id)
            .where(Message.id > after)
            .order_by(Message.id)
            .limit(_PAGE)
        )
    )


def _seen(connection: Connection, header_ids: Collection[str]) -> set[str]:
    """Return those of the ids that a stored message bears."""
    wanted = sorted(header_ids)
    seen: set[str] = set()
    for start in range(0, len(wanted), _PAGE):
        chunk = wanted[start : start + _PAGE]
        seen.update(
            one
            for one in connection.scalars(sa.select(Message.header_id).where(Message.header_id.in_(chunk)))
            if one is not None
        )
    return seen


def _count(
    found: dict[tuple[str | None, str], _Mention],
    key: tuple[str | None, str],
    row: sa.Row[int, datetime, list[str], list[str], int, str],
) -> None:
    mention = found.setdefault(key, _Mention(thread_id=row.thread_id, count=0, last_at=row.received_at))
    mention.count += 1
    if row.received_at >= mention.last_at:
        mention.thread_id, mention.last_at = row.thread_id, row.received_at
