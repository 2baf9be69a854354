from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from triage.core.ids import AccountId, ThreadId
from triage.core.message import Evidence
from triage.core.queue_entry import AT_RISK, Counts, Flag, QueueEntry, View

NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ENTRY = QueueEntry(
    thread_id=ThreadId(1),
    subject="Cut-over date",
    account_id=AccountId(1),
    account_key="acme",
    account_name="Acme",
    account_state="confirmed",
    project_key=None,
    project_name="",
    project_state="unknown",
    project_probability=None,
    project_is_proven=True,
    account_probability=None,
    account_is_proven=True,
    status="open",
    priority="normal",
    waiting_on="us",
    waiting_since=NOW - timedelta(hours=2),
    is_pending=True,
    due_at=NOW + timedelta(hours=4),
    target="first_reply",
    stored_clock_state="running",
    snippet="",
    last_sender="",
    message_count=1,
    last_message_at=NOW,
    turn_evidence=(Evidence(kind="unanswered", text="Mia wrote."),),
    version=1,
)


@pytest.mark.parametrize(
    ("due_in", "stored", "expected"),
    [
        (SECOND, "running", "running"),
        (0 * SECOND, "running", "breached"),
        (-SECOND, "running", "breached"),
        (-SECOND, "breached", "breached"),
        (SECOND, "paused", "paused"),
    ],
    ids=["before", "at the second", "after, before the sweep", "after the sweep", "paused"],
)
def test_a_clock_is_breached_at_its_due_time_even_before_the_sweep_said_so(
    due_in: timedelta, stored: str, expected: str
) -> None:
    entry = replace(ENTRY, due_at=NOW + due_in, stored_clock_state=stored)

    assert entry.clock_state(NOW) == expected


def test_a_thread_without_a_clock_has_no_clock_state() -> None:
    entry = replace(ENTRY, due_at=None, target=None, stored_clock_state=None)

    assert entry.clock_state(NOW) is None
    assert not entry.is_at_risk(NOW)


@pytest.mark.parametrize(
    ("due_in", "expected"),
    [(AT_RISK + SECOND, False), (AT_RISK, True), (SECOND, True), (0 * SECOND, False)],
    ids=["more than an hour", "an hour", "a second", "breached"],
)
def test_a_clock_is_at_risk_in_its_last_hour(due_in: timedelta, *, expected: bool) -> None:
    assert replace(ENTRY, due_at=NOW + due_in).is_at_risk(NOW) is expected


@pytest.mark.parametrize(
    ("entry", "kind", "text"),
    [
        (replace(ENTRY, due_at=NOW - SECOND), "breached", "The first reply was due at 2026-03-11 09:29 UTC."),
        (replace(ENTRY, due_at=NOW + SECOND), "at_risk", "within the hour, at 2026-03-11 09:30 UTC"),
        (ENTRY, "due", "The first reply is due at 2026-03-11 13:30 UTC."),
        (replace(ENTRY, due_at=None, stored_clock_state="paused"), "paused", "paused"),
        (replace(ENTRY, due_at=None, stored_clock_state=None), "no_clock", "since 2026-03-11 07:30 UTC"),
        (
            replace(ENTRY, due_at=None, stored_clock_state=None, waiting_since=None),
            "no_clock",
            "nobody waits",
        ),
    ],
    ids=["breached", "at risk", "due", "paused", "waits", "quiet"],
)
def test_the_place_in_the_order_has_a_reason(entry: QueueEntry, kind: str, text: str) -> None:
    place = entry.place(NOW)

    assert place.kind == kind
    assert text in place.text


def test_reasons_say_why_it_is_here_and_then_why_at_this_place() -> None:
    assert [reason.kind for reason in ENTRY.reasons(NOW)] == ["unanswered", "due"]


def test_flags_name_what_is_urgent_first() -> None:
    entry = replace(ENTRY, due_at=NOW, priority="urgent", account_state="conflict", project_state="suggested")

    assert entry.flags(NOW) == (Flag.BREACHED, Flag.URGENT, Flag.ACCOUNT_CONFLICT, Flag.PROJECT_SUGGESTED)
    assert ENTRY.flags(NOW) == ()


def test_every_view_has_its_own_count() -> None:
    counts = Counts(pending=1, breached=2, at_risk=3, waiting_customer=4, low=5, unknown=6, all=7)

    assert [counts.of(view) for view in View] == [1, 3, 4, 5, 6, 7]
