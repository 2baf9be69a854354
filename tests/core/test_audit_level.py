"""Which comparison a folder is due for."""

from datetime import UTC, datetime, timedelta

import pytest

from triage.core.audit_level import AuditLevel, due_level

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def _ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


@pytest.mark.parametrize(
    ("last", "due"),
    [
        ({}, AuditLevel.ALL),
        ({AuditLevel.ALL: _ago(minutes=14)}, None),
        ({AuditLevel.ALL: _ago(minutes=15)}, AuditLevel.RECENT),
        ({AuditLevel.ALL: _ago(hours=5), AuditLevel.RECENT: _ago(minutes=3)}, None),
        ({AuditLevel.ALL: _ago(hours=24), AuditLevel.RECENT: _ago(minutes=3)}, AuditLevel.ALL),
        ({AuditLevel.ALL: _ago(minutes=3), AuditLevel.CONTENT: _ago(days=7)}, AuditLevel.CONTENT),
        ({AuditLevel.ALL: _ago(days=2), AuditLevel.CONTENT: _ago(days=8)}, AuditLevel.ALL),
    ],
    ids=["never", "fresh", "recent", "just-recent", "nightly", "weekly", "all-before-content"],
)
def test_most_thorough_one_that_is_due_comes_first(
    last: dict[AuditLevel, datetime], due: AuditLevel | None
) -> None:
    assert due_level(last, now=NOW) is due
