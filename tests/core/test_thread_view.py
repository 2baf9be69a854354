from datetime import UTC, datetime, timedelta

import pytest

from triage.core.conversation.edge import Refusal
from triage.core.ids import ThreadId
from triage.core.thread_view import ClockView, RefusedLink

NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "due_at", "expected"),
    [
        ("running", NOW + timedelta(seconds=1), "running"),
        ("running", NOW, "breached"),
        ("running", None, "running"),
        ("met", NOW - timedelta(hours=1), "met"),
    ],
    ids=["before", "at the second", "no due time", "ended"],
)
def test_an_open_clock_is_breached_from_its_due_time_on(
    state: str, due_at: datetime | None, expected: str
) -> None:
    clock = ClockView(
        target="first_reply",
        cycle=1,
        state=state,
        policy="gold",
        schedule="office",
        minutes=60,
        anchor_at=NOW,
        due_at=due_at,
        ended_at=None,
        remaining_seconds=None,
    )

    assert clock.state_at(NOW) == expected


@pytest.mark.parametrize("reason", [refusal.value for refusal in Refusal])
def test_every_refusal_has_a_sentence_of_its_own(reason: str) -> None:
    link = RefusedLink(reason=reason, is_ours=True, other_thread_id=ThreadId(2))

    assert "a person has to decide" not in link.sentence


def test_a_refusal_says_which_side_refers_to_the_other() -> None:
    link = RefusedLink(reason="wall", is_ours=False, other_thread_id=ThreadId(2))

    assert link.sentence.startswith("Another thread refers to this one")
