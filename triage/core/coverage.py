"""Whether the queue can be believed: the age of the proof that no mail is missing.

A folder is proven when the server's set of messages and ours were found equal not long ago. The whole
is as old as its oldest part, and one part that cannot be shown makes the whole unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from triage.core.audit_level import AuditLevel
from triage.core.instant import as_utc

#: Older proof says nothing about now.
MAX_AGE = timedelta(minutes=30)


#: States of a mailbox that last until a person mends them: what was proven is no longer watched.
_SHUT = frozenset({"auth_failed", "untrusted"})


class CoverageState(StrEnum):
    """Whether all mail is known to be here."""

    PROVEN = "proven"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderCoverage:
    """One watched folder, and what became of its messages.

    Attributes:
        mailbox: Name of the mailbox.
        kind: imap, or import for mail that was read from files.
        folder: Name of the folder; empty for a mailbox whose folders were never seen.
        server_messages: The server's count when it was last asked; None before.
        stored_messages: Messages of the current epoch that are here, readable or not; None when
            they were not counted.
        quarantined: Messages that are here but could not be read.
        unfetchable: Messages that the server has but does not hand out.
        checked_at: When both sets were last found equal; None when never.
        state: Of the mailbox: new, ok, degraded, unreachable, untrusted or auth_failed.
        reason: The sentence that goes with the state.
    """

    mailbox: str
    kind: str
    folder: str
    server_messages: int | None
    stored_messages: int | None
    quarantined: int
    unfetchable: int
    checked_at: datetime | None
    state: str
    reason: str

    def is_proven(self, now: datetime) -> bool:
        """Tell whether the folder was found equal at most ``MAX_AGE`` ago, and can still be looked at."""
        is_recent = self.checked_at is not None and now - self.checked_at <= MAX_AGE
        return is_recent and self.state not in _SHUT


@dataclass(frozen=True, kw_only=True, slots=True)
class LastComparison:
    """The last comparison of one level that a folder had.

    Attributes:
        folder: Empty for what is asked of the whole database, as is ``mailbox``.
        missing: Found and not here; of phantom parents, how many there are.
        unexplained: Still different at its end.
    """

    mailbox: str
    folder: str
    level: AuditLevel
    finished_at: datetime
    missing: int
    unexplained: int


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldBack:
    """A message that is counted but cannot be shown, and why.

    Attributes:
        id: What ``triage quarantine`` calls it.
        state: quarantined, unfetchable, or gone when it left the server and its bytes are here.
    """

    id: int
    mailbox: str
    folder: str
    uid: int
    state: str
    reason: str
    seen_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """What can be said about all folders together.

    Attributes:
        since: The instant up to which everything is proven: all folders were found equal at that time or
            later. None when a folder never was.
        sentence: What a person is told.
    """

    state: CoverageState
    since: datetime | None
    sentence: str

    def age_seconds(self, now: datetime) -> int | None:
        """Return the age of the proof in whole seconds, or None when there never was one."""
        return None if self.since is None else max(0, int((now - self.since).total_seconds()))


def verdict(rows: Sequence[FolderCoverage], now: datetime, *, with_names: bool = True) -> Coverage:
    """Return what the folders prove together.

    Imported mailboxes have no server to compare with and prove nothing about mail to come.

    Args:
        now: Aware instant.
        with_names: Name mailboxes and count messages; not for readers who see only some accounts,
            because mailboxes are shared between customers.

    Raises:
        ValueError: If ``now`` is naive.
    """
    now = as_utc(now)
    watched = [row for row in rows if row.kind != "import"]
    checks = [row.checked_at for row in watched if row.checked_at is not None]
    since = min(checks) if watched and len(checks) == len(watched) else None
    unproven = [row for row in watched if not row.is_proven(now)]
    if since is not None and not unproven:
        told = _all_here(watched) if with_names else "all mail is here."
        sentence = f"Proven at {_at(since)}: {told}"
        return Coverage(state=CoverageState.PROVEN, since=since, sentence=sentence)
    sentence = f"{_doubt(since, is_watching=bool(watched))}."
    if unproven and with_names:
        sentence += f" {_missing_proof(unproven)}"
    return Coverage(state=CoverageState.UNKNOWN, since=since, sentence=sentence)


def _doubt(since: datetime | None, *, is_watching: bool) -> str:
    if not is_watching:
        return "Unknown: no mailbox is being watched"
    return "Unknown: not all mail was ever compared" if since is None else f"Unknown since {_at(since)}"


def _all_here(watched: Sequence[FolderCoverage]) -> str:
    folders = _number(len(watched), "folder")
    mailboxes = _number(len({row.mailbox for row in watched}), "mailbox", "mailboxes")
    held = sum(row.quarantined + row.unfetchable for row in watched)
    told = f"all mail of {folders} in {mailboxes} is here."
    if held:
        told += f" {_number(held, 'message')} could not be read and {'is' if held == 1 else 'are'} listed."
    return told


def _missing_proof(unproven: Sequence[FolderCoverage]) -> str:
    first = min(unproven, key=lambda row: (row.checked_at is not None, row.mailbox, row.folder))
    name = f"{first.mailbox} / {first.folder}" if first.folder else first.mailbox
    others = f" and {_number(len(unproven) - 1, 'other folder')}" if len(unproven) > 1 else ""
    why = f" ({first.reason.rstrip('.')})" if first.reason else ""
    return f"No fresh proof for {name}{others}{why}."


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"


def _number(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
