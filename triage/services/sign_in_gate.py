"""The gate before the sign-ins to one mailbox, so that a wrong secret locks nobody out.

A secret that the server refuses is tried three times within ten minutes and then not again before a
person acts: corrects the secret, or signs in (reliability faults 40 and 91). The count is in the
database: a worker that restarts, and a `triage poll` that cron starts, go on counting.
"""

import hashlib
import hmac
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Final

from triage.core.errors import NeedsPerson, SignInError
from triage.mailbox.reader import MailboxReader
from triage.store import mailboxes, sign_ins
from triage.store.database import Database
from triage.store.sign_ins import SignInRow

#: Waits after the first and the second refusal; after the third nothing is tried.
_WAITS: Final = (timedelta(minutes=1), timedelta(minutes=2))
MOST_TRIES: Final = len(_WAITS) + 1
#: Of a password that was wrong: costly to guess from a stolen database (RFC 7914), 20 ms here.
_SCRYPT: Final = {"n": 2**14, "r": 8, "p": 1}


class Gate:
    """Lets sign-ins to one mailbox through, or not.

    Args:
        presented: Returns all that a sign-in shows to the server, the secret included: when it changes,
            earlier refusals mean nothing.
    """

    def __init__(
        self,
        database: Database,
        mailbox: str,
        *,
        presented: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._mailbox = mailbox
        self._presented = presented
        self._clock = clock
        self._known: tuple[str, str, bool] | None = None

    def is_open(self) -> bool:
        """Tell whether a sign-in may be tried now.

        Raises:
            StoreError: If the database cannot be read.
        """
        row = self._row()
        return row is None or self._lets_through(row)

    @contextmanager
    def passing(
        self, connect: Callable[[], AbstractContextManager[MailboxReader]]
    ) -> Iterator[MailboxReader]:
        """Connect if the gate is open, and remember how it went.

        Raises:
            SignInError: If the gate is closed, or the server refuses; it says when the next try will be.
        """
        row = self._row()
        if row is not None and not self._lets_through(row):
            raise NeedsPerson(row.reason) if row.is_waiting else SignInError(row.reason, permanent=True)
        with self.remembering(connect) as reader:
            yield reader

    @contextmanager
    def remembering(
        self, connect: Callable[[], AbstractContextManager[MailboxReader]]
    ) -> Iterator[MailboxReader]:
        """Connect whatever was before, because a person wants it, and remember how it went.

        Raises:
            SignInError: If the server refuses.
        """
        try:
            with connect() as reader:
                self._forget()
                yield reader
        except SignInError as error:
            raise self._noted(error) from error

    def _noted(self, error: SignInError) -> SignInError:
        row = self._row()
        earlier = row.refusals if row is not None and self._is_same(row) else 0
        refusals = MOST_TRIES if isinstance(error, NeedsPerson) else min(earlier + 1, MOST_TRIES)
        next_try_at = self._clock() + _WAITS[refusals - 1] if refusals < MOST_TRIES else None
        told = error if isinstance(error, NeedsPerson) else self._told(error, refusals, next_try_at)
        salt = os.urandom(16).hex()
        with self._database.write() as connection:
            sign_ins.note_refusal(
                connection,
                mailboxes.register_mailbox(connection, self._mailbox, kind="imap"),
                refusals=refusals,
                refused=f"{salt}${self._hashed(salt)}",
                next_try_at=next_try_at,
                reason=str(told),
            )
        return told

    def _told(self, error: SignInError, refusals: int, next_try_at: datetime | None) -> SignInError:
        begun = f"{error}. This was try {refusals} of {MOST_TRIES}"
        if next_try_at is not None:
            return SignInError(f"{begun}; the next one is at {next_try_at:%H:%M:%S} UTC", permanent=True)
        return NeedsPerson(
            f"{begun}: nothing more is tried, so that the user is not locked out, until the secret changes "
            f"or somebody runs: triage mailbox login {self._mailbox}"
        )

    def _forget(self) -> None:
        row = self._row()
        if row is not None and row.refusals:
            with self._database.write() as connection:
                sign_ins.forget_refusals(connection, row.mailbox_id)
                mailboxes.mark_signed_in(connection, row.mailbox_id)

    def _lets_through(self, row: SignInRow) -> bool:
        if not row.refusals or (row.next_try_at is not None and row.next_try_at <= self._clock()):
            return True
        return not self._is_same(row)

    def _is_same(self, row: SignInRow) -> bool:
        """Tell whether the server would be shown what it refused; asked every few seconds while waiting."""
        if not row.refused:
            return row.refusals > 0
        presented = hashlib.sha256(self._presented().encode()).hexdigest()
        if self._known is None or self._known[:2] != (row.refused, presented):
            salt, _, hashed = row.refused.partition("$")
            self._known = (row.refused, presented, hmac.compare_digest(hashed, self._hashed(salt)))
        return self._known[2]

    def _hashed(self, salt: str) -> str:
        return hashlib.scrypt(self._presented().encode(), salt=bytes.fromhex(salt), **_SCRYPT).hex()

    def _row(self) -> SignInRow | None:
        with self._database.read() as connection:
            return sign_ins.find(connection, self._mailbox)
