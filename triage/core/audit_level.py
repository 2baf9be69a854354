"""How thoroughly a folder is compared with its server, and how often.

The cheapest comparison, the numbers that a poll brings, happens at every poll and has no row.

Source: reliability page, section 3.4 (R1, R2, R3 and R5).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum


class AuditLevel(StrEnum):
    """What is compared."""

    #: The set of the newest 20,000 UIDs.
    RECENT = "recent"
    #: The set of all UIDs.
    ALL = "all"
    #: The content of one message in a hundred, fetched again.
    CONTENT = "content"
    #: The ids that mails name against those that were seen; no server is asked.
    PARENTS = "parents"


EVERY: Mapping[AuditLevel, timedelta] = {
    AuditLevel.RECENT: timedelta(minutes=15),
    AuditLevel.ALL: timedelta(hours=24),
    AuditLevel.CONTENT: timedelta(days=7),
    AuditLevel.PARENTS: timedelta(hours=24),
}


def due_level(last: Mapping[AuditLevel, datetime], *, now: datetime) -> AuditLevel | None:
    """Return the most thorough comparison of UIDs or contents that a folder is due for.

    Args:
        last: When each level last ended; absent when it never did.
        now: Aware instant.

    Returns:
        None when nothing is due. Contents wait until all UIDs were compared once, and a comparison of
        all UIDs is one of the recent ones too.
    """
    compared = last.get(AuditLevel.ALL)
    if compared is None or now - compared >= EVERY[AuditLevel.ALL]:
        return AuditLevel.ALL
    if now - last.get(AuditLevel.CONTENT, compared) >= EVERY[AuditLevel.CONTENT]:
        return AuditLevel.CONTENT
    recent = max(compared, last.get(AuditLevel.RECENT, compared))
    return AuditLevel.RECENT if now - recent >= EVERY[AuditLevel.RECENT] else None
