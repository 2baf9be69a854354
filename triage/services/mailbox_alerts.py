"""Alerts about mailboxes: one that cannot be read, test mails that do not arrive, a sign-in that runs out.

Level-triggered like the clocks: what is to be told follows from rows, and the key of an alert names the
occasion, so nothing is told twice and nothing is lost with a process.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from triage.core.alert import Alert, AlertLevel
from triage.oauth.microsoft import REFRESH_TOKEN_LASTS
from triage.services.practice import ChannelRule, Practice
from triage.store import mailboxes, outbox, sign_ins
from triage.store.canaries import canary_report
from triage.store.database import Connection, Database
from triage.store.mailboxes import Trouble
from triage.store.outbox import NewDelivery
from triage.store.sign_ins import SignInRow

#: Trouble that only a person ends is told at once, but for a refusal that may have been a hiccup.
_LASTING: Final = frozenset({"auth_failed", "untrusted"})
_AFTER_HICCUPS: Final = timedelta(minutes=2)
#: Trouble that mostly ends by itself (reliability fault 39).
_AFTER_PATIENCE: Final = timedelta(minutes=30)
#: Test mails are to arrive within one minute; mail servers do let mail wait.
_TEST_MAIL_LATE: Final = timedelta(minutes=5)
#: Ages of an idle refresh token, in days, at which somebody hears of it.
TOKEN_AGES: Final = (60, 75, 85)


def tell_of_mailboxes(database: Database, practice: Practice, *, now: datetime) -> int:
    """Write the alerts that are due about mailboxes, and return how many were new.

    Raises:
        StoreError: If the database cannot be used.
    """
    channels = _channels(practice)
    if not channels:
        return 0
    with database.read() as connection:
        watched = mailboxes.watched_ids(connection)
        rows = [row for row in sign_ins.list_all(connection) if row.mailbox_id in watched]
        waiting = {row.mailbox_id for row in rows if row.is_waiting}
        alerts = [
            *(
                (_trouble_key(one), _trouble(one, practice))
                for one in mailboxes.troubled(connection)
                if now >= one.since + _patience(one, is_waiting=one.mailbox_id in waiting)
            ),
            *(found for row in rows for found in _ageing(row, practice, now)),
            *_no_test_mail(connection, practice, now),
        ]
        told = outbox.known_keys(connection, [key for key, _ in alerts])
    new = [
        NewDelivery(key=key, channel=channel.name, alert=alert)
        for key, alert in alerts
        if key not in told
        for channel in channels
    ]
    if not new:
        return 0
    with database.write() as connection:
        return outbox.enqueue(connection, new, now=now)


def _channels(practice: Practice) -> Sequence[ChannelRule]:
    """Return who hears of mailboxes, which hold mail of all customers: the channels for everything.

    Where every channel is for some customers only, all of them: silence would be worse.
    """
    return [rule for rule in practice.channels if not rule.accounts] or practice.channels


def _patience(trouble: Trouble, *, is_waiting: bool) -> timedelta:
    if is_waiting:
        return timedelta(0)
    return _AFTER_HICCUPS if trouble.state in _LASTING else _AFTER_PATIENCE


def _trouble_key(trouble: Trouble) -> str:
    return f"mailbox/{trouble.mailbox_id}/{trouble.state}/{trouble.since:%Y-%m-%dT%H:%M:%S.%f}"


def _trouble(trouble: Trouble, practice: Practice) -> Alert:
    return Alert(
        level=AlertLevel.MAILBOX,
        customer=trouble.mailbox,
        reason=trouble.reason,
        link=f"{practice.base_url}/coverage",
    )


def _ageing(row: SignInRow, practice: Practice, now: datetime) -> Iterator[tuple[str, Alert]]:
    """Yield the warning about a refresh token that was not renewed for long."""
    since = row.tokens.renewable_since if row.tokens else None
    if since is None:
        return
    reached = [age for age in TOKEN_AGES if now >= since + timedelta(days=age)]
    if reached:
        yield (
            f"mailbox/{row.mailbox_id}/token/{reached[-1]}/{since:%Y-%m-%dT%H:%M:%S}",
            Alert(
                level=AlertLevel.MAILBOX,
                customer=row.mailbox,
                clock="sign_in",
                due_at=since + REFRESH_TOKEN_LASTS,
                reason=f"The sign-in was not renewed for {reached[-1]} days; see that the mailbox is read, "
                f"or run: triage mailbox login {row.mailbox}",
                link=f"{practice.base_url}/coverage",
            ),
        )


def _no_test_mail(connection: Connection, practice: Practice, now: datetime) -> Iterator[tuple[str, Alert]]:
    """Yield the warning about test mails that do not arrive, or that no mail server takes."""
    found = canary_report(connection, now=now)
    if found is None:
        return
    mailbox_id, said = found
    since = said.missing_since
    if since is not None and now >= since + _TEST_MAIL_LATE:
        yield (
            f"mailbox/{mailbox_id}/canary/{since:%Y-%m-%dT%H:%M:%S.%f}",
            Alert(
                level=AlertLevel.MAILBOX,
                customer=said.mailbox,
                clock="test_mail",
                reason=said.sentence,
                link=f"{practice.base_url}/coverage",
            ),
        )
