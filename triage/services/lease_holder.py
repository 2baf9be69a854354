"""Holding the lease on a mailbox while it is read: taken, renewed in the background, given back."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog

from triage.core.errors import LeaseLost, StoreError
from triage.core.ids import MailboxId
from triage.store import leases
from triage.store.database import Database

log = structlog.get_logger(__name__)

#: A dead worker is replaced after this time at the latest, plus one try of the other.
LASTS = timedelta(seconds=15)
_RENEW_SECONDS = 5.0


@contextmanager
def held_lease(
    database: Database, mailbox_id: MailboxId, *, name: str, owner: str, clock: Callable[[], datetime]
) -> Iterator[int]:
    """Hold the lease and yield its epoch, which every commit of ingestion presents.

    Losing it is not noticed here but at the next commit, which is refused.

    Raises:
        LeaseLost: If another worker holds the mailbox.
    """
    epoch = _acquire(database, mailbox_id, owner, clock) or _inherit(database, mailbox_id, owner, clock)
    if epoch is None:
        raise LeaseLost(f"mailbox {name}: a running worker reads it already; there is nothing to do")
    released = threading.Event()

    def renew() -> None:
        while not released.wait(_RENEW_SECONDS):
            try:
                if _acquire(database, mailbox_id, owner, clock) != epoch:
                    return
            except StoreError as err:
                # The next round tries again; if none succeeds the lease runs out, which is safe.
                log.warning("lease not renewed", mailbox=mailbox_id, reason=str(err))

    renewer = threading.Thread(target=renew, name=f"lease-{mailbox_id}", daemon=True)
    renewer.start()
    try:
        yield epoch
    finally:
        released.set()
        renewer.join()
        with database.write() as connection:
            leases.release(connection, mailbox_id, owner=owner, now=clock())


def worker_name() -> str:
    """Return a name for this process that no other one has at the same time."""
    return f"{socket.gethostname()}:{os.getpid()}:{os.urandom(4).hex()}"


def _inherit(
    database: Database, mailbox_id: MailboxId, owner: str, clock: Callable[[], datetime]
) -> int | None:
    """Take the lease of a worker of this host that was killed, without waiting for it to run out."""
    with database.read() as connection:
        held_by = leases.holder(connection, mailbox_id) or ""
    host, _, rest = held_by.partition(":")
    number = rest.partition(":")[0]
    if host != socket.gethostname() or not number.isdecimal() or _is_alive(int(number)):
        return None
    return _acquire(database, mailbox_id, owner, clock, dead_owner=held_by)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _acquire(
    database: Database,
    mailbox_id: MailboxId,
    owner: str,
    clock: Callable[[], datetime],
    dead_owner: str = "",
) -> int | None:
    with database.write() as connection:
        return leases.acquire(
            connection, mailbox_id, owner=owner, now=clock(), lasts=LASTS, dead_owner=dead_owner
        )
