"""Tell the service's own test mails from mail, while a batch is stored.

In doubt it is mail: only what is signed, has a row, and holds nothing but our own words stays out of
sight. It keeps its place in the ledger, so the comparisons count it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from triage.core.canary import claimed_token, is_signed, is_untouched, make_token
from triage.mailbox.read_mail import ReadMail
from triage.store import canaries
from triage.store.canaries import CanaryRow, Sighting
from triage.store.database import Connection
from triage.store.mailboxes import FolderRow


def take_canaries(
    connection: Connection, folder: FolderRow, mails: Sequence[tuple[int, ReadMail]], *, now: datetime
) -> frozenset[int]:
    """Record the test mails of a batch, and return the UIDs of those that are no mail."""
    claimed = [(uid, mail, token) for uid, mail in mails if (token := claimed_token(mail.message.subject))]
    key = canaries.read_key(connection) if claimed else None
    if key is None:
        return frozenset()
    signed = [(uid, mail, nonce) for uid, mail, (nonce, sign) in claimed if is_signed(key, nonce, sign)]
    rows = canaries.by_nonce(connection, [nonce for _, _, nonce in signed])
    hidden: set[int] = set()
    seen: dict[int, Sighting] = {}
    for uid, mail, nonce in signed:
        row = rows.get(nonce)
        if row is None:
            continue
        is_hidden = _is_ours(mail, row, make_token(key, nonce))
        if is_hidden:
            hidden.add(uid)
        is_arrival = row.arrived_at is None and row.mailbox_id == folder.mailbox_id and folder.role != "sent"
        found = replace(
            row,
            arrived_at=now if is_arrival else row.arrived_at,
            content_hash=mail.content_hash if is_hidden else row.content_hash,
        )
        if found != row:
            shown = (is_arrival and not is_hidden) or (row.id in seen and seen[row.id].is_shown)
            seen[row.id] = Sighting(
                id=row.id, arrived_at=found.arrived_at, content_hash=found.content_hash, is_shown=shown
            )
            rows[nonce] = found
    canaries.mark_seen(connection, list(seen.values()))
    return frozenset(hidden)


def _is_ours(mail: ReadMail, row: CanaryRow, token: str) -> bool:
    """Tell whether a message is the one we sent, or a copy of it in another place."""
    return row.content_hash in (None, mail.content_hash) and is_untouched(
        mail.message, token=token, sender=row.sender
    )
