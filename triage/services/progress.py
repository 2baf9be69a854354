"""Tells how reading goes: to whoever looks at the program, and to the database for ``/metrics``."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
import structlog

from triage.core.errors import StoreError
from triage.core.progress import Progress
from triage.services.read_folder import Watcher
from triage.store import mailboxes
from triage.store.database import Database
from triage.store.settings import read_settings, write_setting

log = structlog.get_logger(__name__)

#: Often enough for a person, seldom enough for the database.
EVERY = timedelta(seconds=3)
#: Fewer messages are here before anybody could read about them.
_WORTH_TELLING = 500
_KEY = "reading."

Tell = Callable[[Progress], None]


@dataclass(kw_only=True, slots=True)
class _Reading:
    """One mailbox since it had nothing left to read."""

    started_at: datetime
    told_at: datetime
    #: Folder -> messages to read, messages done.
    folders: dict[str, tuple[int, int]] = field(default_factory=dict)

    def is_over(self) -> bool:
        return all(done >= total for total, done in self.folders.values())


class Progressing:
    """A watcher that adds up the folders of each mailbox and tells about long readings now and then."""

    def __init__(self, clock: Callable[[], datetime], *tellers: Tell) -> None:
        self._clock = clock
        self._tellers = tellers
        self._readings: dict[str, _Reading] = {}
        self._lock = threading.Lock()

    def folder(self, mailbox: str, folder: str, total: int) -> None:
        """Begin a folder; where nothing was left to read, the mailbox begins anew."""
        now = self._clock()
        with self._lock:
            reading = self._readings.get(mailbox)
            if reading is None or reading.is_over():
                reading = self._readings[mailbox] = _Reading(started_at=now, told_at=now)
            reading.folders[folder] = (total, 0)

    def advance(self, mailbox: str, folder: str, count: int) -> None:
        """Count what was done, and tell if it is time to."""
        now = self._clock()
        with self._lock:
            reading = self._readings.get(mailbox)
            if reading is None or folder not in reading.folders:
                return
            total, done = reading.folders[folder]
            reading.folders[folder] = (total, done + count)
            if not reading.is_over() and now - reading.told_at < EVERY:
                return
            reading.told_at = now
            progress = _sum(mailbox, reading, now)
        if progress.total >= _WORTH_TELLING:
            for tell in self._tellers:
                tell(progress)


class Together:
    """Several watchers as one."""

    def __init__(self, *watchers: Watcher) -> None:
        self._watchers = watchers

    def folder(self, mailbox: str, folder: str, total: int) -> None:
        """Say it to all."""
        for watcher in self._watchers:
            watcher.folder(mailbox, folder, total)

    def advance(self, mailbox: str, folder: str, count: int) -> None:
        """Say it to all."""
        for watcher in self._watchers:
            watcher.advance(mailbox, folder, count)


def logged(progress: Progress) -> None:
    """Write a line of the log."""
    log.info(
        "reading",
        mailbox=progress.mailbox,
        done=progress.done,
        total=progress.total,
        per_second=round(progress.per_second),
        left_seconds=None if progress.left is None else round(progress.left.total_seconds()),
    )


def kept_in(database: Database) -> Tell:
    """Return what keeps the progress in the database, where other processes find it."""

    def keep(progress: Progress) -> None:
        told = {
            "done": progress.done,
            "total": progress.total,
            "started_at": progress.started_at.isoformat(),
            "at": progress.at.isoformat(),
        }
        try:
            with database.write() as connection:
                mailbox_id = mailboxes.register_mailbox(connection, progress.mailbox, kind="imap")
                write_setting(connection, f"{_KEY}{mailbox_id}", orjson.dumps(told).decode())
        except StoreError as err:
            # Storing mail says the same louder; a figure is not worth stopping for.
            log.warning("progress not kept", reason=str(err))

    return keep


def kept(database: Database) -> Sequence[Progress]:
    """Return the last progress of each mailbox, its id in the place of its name.

    Raises:
        StoreError: If the database cannot be read.
    """
    with database.read() as connection:
        found = read_settings(connection, _KEY)
    return [_progress(key.removeprefix(_KEY), orjson.loads(value)) for key, value in found.items()]


def _progress(mailbox_id: str, told: dict[str, str]) -> Progress:
    return Progress(
        mailbox=mailbox_id,
        done=int(told["done"]),
        total=int(told["total"]),
        started_at=datetime.fromisoformat(told["started_at"]),
        at=datetime.fromisoformat(told["at"]),
    )


def _sum(mailbox: str, reading: _Reading, now: datetime) -> Progress:
    return Progress(
        mailbox=mailbox,
        done=sum(min(done, total) for total, done in reading.folders.values()),
        total=sum(total for total, _ in reading.folders.values()),
        started_at=reading.started_at,
        at=now,
    )
