"""How signing in to each mailbox stands, for people who look after them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.mailbox.folders import FolderChoice
from triage.mailbox.reader import MailboxReader
from triage.store import mailboxes, sign_ins
from triage.store.database import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class SignInStanding:
    """How one mailbox stands.

    Attributes:
        state: new, ok, degraded, unreachable, untrusted or auth_failed.
        reason: Why it is not ok, and what to do.
        waits_for_person: Nothing is tried before somebody acts.
        next_try_at: After a refusal, when the next try will be.
        token_until: When the access token ends; it is renewed before.
        signed_in_since: When the refresh token was issued, where that has an end.
    """

    mailbox: str
    state: str
    reason: str
    since: datetime | None
    last_ok_at: datetime | None
    waits_for_person: bool = False
    next_try_at: datetime | None = None
    token_until: datetime | None = None
    signed_in_since: datetime | None = None


def standings(database: Database, names: Sequence[str]) -> tuple[SignInStanding, ...]:
    """Return how the mailboxes of these names stand, in that order.

    Raises:
        StoreError: If the database cannot be read.
    """
    with database.read() as connection:
        states = mailboxes.states(connection)
        rows = {row.mailbox: row for row in sign_ins.list_all(connection)}
    found = []
    for name in names:
        state, row = states.get(name), rows.get(name)
        tokens = row.tokens if row else None
        is_refused = row is not None and row.refusals > 0
        found.append(
            SignInStanding(
                mailbox=name,
                state="auth_failed" if is_refused else state.state if state else "new",
                reason=row.reason if row is not None and is_refused else state.reason if state else "",
                since=state.since if state else None,
                last_ok_at=state.last_ok_at if state else None,
                waits_for_person=row is not None and row.is_waiting,
                next_try_at=row.next_try_at if row else None,
                token_until=tokens.expires_at if tokens else None,
                signed_in_since=tokens.renewable_since if tokens else None,
            )
        )
    return tuple(found)


def folders_of(reader: MailboxReader, wanted: Sequence[str]) -> FolderChoice:
    """Return the folders that would be read: what shows that a sign-in is of use.

    Raises:
        MailboxError: If the server does not let us look.
    """
    return reader.choose_folders(wanted)


def forget_sign_in(database: Database, mailbox: str) -> bool:
    """Delete the stored tokens of a mailbox; False when there were none."""
    with database.write() as connection:
        row = sign_ins.find(connection, mailbox)
        return row is not None and sign_ins.forget_tokens(connection, row.mailbox_id)
