"""The webhook receiver, and an alert to send."""

from datetime import UTC, datetime

import pytest

from tests.alerts.webhook_server import webhook
from triage.core.alert import Alert, AlertLevel


@pytest.fixture
def alert() -> Alert:
    """A breach of a customer's first reply."""
    return Alert(
        level=AlertLevel.BREACH,
        customer="Harbour & Hale",
        project="Dock Planner",
        clock="first_reply",
        due_at=datetime(2026, 7, 1, 12, 30, tzinfo=UTC),
        zone="Europe/London",
        link="https://triage.example/threads/7",
    )


__all__ = ["alert", "webhook"]
