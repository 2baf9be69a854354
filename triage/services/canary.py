"""Send a test mail to ourselves when one is due: rows say when, and the worker that reads the mailbox sends.

The row is written and committed first. A worker that dies in between leaves a test mail that is
missing, which is told; two workers never send two, for the row and the lease are one transaction.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from triage.core.canary import CanaryReport, SentCanary, letter, make_token, subject_of
from triage.core.errors import DeliveryError
from triage.store import canaries, leases, mailboxes
from triage.store.database import Connection, Database

log = structlog.get_logger(__name__)

#: After a failure that may end by itself; a refusal waits for the next time, for servers lock accounts.
_SOON = timedelta(minutes=2)
#: A row from farther ahead was written by a clock that was wrong.
_MOST_SKEW = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class TestMail:
    """A test mail as it is sent.

    Attributes:
        token: Signed; stands in the subject and in the text.
    """

    #: Its name begins like that of a test, which it is not.
    __test__ = False

    sender: str
    to: str
    token: str
    sent_at: datetime

    @property
    def subject(self) -> str:
        """The subject, which carries the token."""
        return subject_of(self.token)

    @property
    def text(self) -> str:
        """All of its words."""
        return letter(self.token)


@dataclass(frozen=True, kw_only=True, slots=True)
class CanaryJob:
    """What sending test mails takes.

    Attributes:
        mailbox: Name of the mailbox that gets them.
        send: Hands one to a mail server; raises DeliveryError.
    """

    mailbox: str
    sender: str
    to: str
    every: timedelta
    send: Callable[[TestMail], None]


def send_canary(job: CanaryJob, database: Database, *, owner: str, clock: Callable[[], datetime]) -> bool:
    """Send a test mail if one is due and this worker reads the mailbox.

    Args:
        owner: Names this worker in leases.

    Returns:
        Whether one was sent.

    Raises:
        StoreError: If the database cannot be used.
    """
    with database.write() as connection:
        reserved = _reserve(connection, job, owner=owner, now=clock())
    if reserved is None:
        return False
    canary_id, mail = reserved
    try:
        job.send(mail)
    except DeliveryError as error:
        log.warning("test mail not sent", mailbox=job.mailbox, reason=str(error))
        pause = job.every if error.permanent else min(job.every, _SOON)
        with database.write() as connection:
            canaries.mark_unsent(connection, canary_id, error=str(error), next_at=clock() + pause)
        return False
    return True


def test_mail_report(database: Database, *, now: datetime) -> CanaryReport | None:
    """Return what test mails say; None where none are sent.

    Raises:
        StoreError: If the database cannot be read.
    """
    with database.read() as connection:
        found = canaries.canary_report(connection, now=now)
    return None if found is None else found[1]


def _reserve(
    connection: Connection, job: CanaryJob, *, owner: str, now: datetime
) -> tuple[int, TestMail] | None:
    mailbox_id = mailboxes.find_mailbox(connection, job.mailbox)
    if mailbox_id is None or not leases.holds(connection, mailbox_id, owner=owner, now=now):
        return None
    last = canaries.last_sent(connection, mailbox_id)
    if last is not None and not _is_due(last, job.every, now):
        return None
    nonce = secrets.token_hex(16)
    token = make_token(canaries.make_key(connection), nonce)
    canary_id = canaries.reserve(
        connection, mailbox_id, nonce=nonce, sender=job.sender, now=now, next_at=now + job.every
    )
    return canary_id, TestMail(sender=job.sender, to=job.to, token=token, sent_at=now)


def _is_due(last: SentCanary, every: timedelta, now: datetime) -> bool:
    return now >= min(last.next_at, last.sent_at + every) or last.sent_at > now + _MOST_SKEW
