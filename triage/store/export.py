"""Messages as lines, one each, for use elsewhere; only what a scope may see."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Account, Folder, Location, Mailbox, Message, Project, Thread
from triage.core.scope import Scope
from triage.store.scoped import ScopedReader

_PAGE = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportedMessage:
    """A message with what was decided about it and its thread.

    Attributes:
        message_id: The header's, normalised; None when it has none.
        mailbox: Where it was seen first; None for one that was taken from every folder.
        date: INTERNALDATE.
        account: Key; confirmed or suggested as ``account_state`` says.
    """

    message_id: str | None
    mailbox: str | None
    folder: str | None
    uid: int | None
    date: datetime
    sender: str
    subject: str
    thread_id: int
    account: str | None
    account_state: str
    project: str | None
    message_class: str
    direction: str
    waiting_on: str
    pending: bool


def exported_messages(connection: Connection, scope: Scope) -> Iterator[ExportedMessage]:
    """Yield all messages that the scope may see, in the order in which they were stored."""
    first = (
        sa.select(Location.message_id, sa.func.min(Location.id).label("id"))
        .where(Location.message_id.is_not(None))
        .group_by(Location.message_id)
        .subquery()
    )
    statement = (
        sa.select(
            Message.id,
            Message.header_id,
            Mailbox.name.label("mailbox"),
            Folder.name.label("folder"),
            Location.uid,
            Message.received_at,
            Message.sender_email,
            Message.subject,
            Message.thread_id,
            Account.key.label("account"),
            Thread.account_state,
            Project.key.label("project"),
            Message.message_class,
            Message.direction,
            Thread.waiting_on,
            Thread.is_pending,
        )
        .join(Thread, Thread.id == Message.thread_id)
        .outerjoin(first, first.c.message_id == Message.id)
        .outerjoin(Location, Location.id == first.c.id)
        .outerjoin(Folder, Folder.id == Location.folder_id)
        .outerjoin(Mailbox, Mailbox.id == Location.mailbox_id)
        .outerjoin(Account, Account.id == sa.func.coalesce(Thread.account_id, Thread.suggested_account_id))
        .outerjoin(Project, Project.id == Thread.project_id)
        .where(ScopedReader(connection, scope).visible())
        .order_by(Message.id)
        .execution_options(yield_per=_PAGE)
    )
    for row in connection.execute(statement):
        yield ExportedMessage(
            message_id=row.header_id,
            mailbox=row.mailbox,
            folder=row.folder,
            uid=row.uid,
            date=row.received_at,
            sender=row.sender_email,
            subject=row.subject,
            thread_id=row.thread_id,
            account=row.account,
            account_state=row.account_state,
            project=row.project,
            message_class=row.message_class,
            direction=row.direction,
            waiting_on=row.waiting_on,
            pending=row.is_pending,
        )
