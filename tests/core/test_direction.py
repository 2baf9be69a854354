from datetime import UTC, datetime

import pytest

from triage.core.direction import Direction, Own, direction
from triage.core.message import Address, Message

OWN = Own(addresses=frozenset({"support@shared.example"}), domains=frozenset({"us.example"}))


def message(senders: str, to: str = "", cc: str = "") -> Message:
    def people(text: str) -> tuple[Address, ...]:
        return tuple(Address(email=email) for email in text.split())

    return Message(
        received_at=datetime(2026, 3, 2, tzinfo=UTC), senders=people(senders), to=people(to), cc=people(cc)
    )


@pytest.mark.parametrize(
    ("senders", "to", "cc", "expected"),
    [
        ("sue@acme.example", "me@us.example", "", Direction.INBOUND),
        ("me@us.example", "sue@acme.example", "", Direction.OUTBOUND),
        ("me@us.example", "you@us.example", "sue@acme.example", Direction.OUTBOUND),
        ("me@us.example", "you@eu.us.example", "", Direction.INTERNAL),
        ("me@us.example", "", "", Direction.INTERNAL),
        ("", "me@us.example", "", Direction.INBOUND),
        ("me@us.example sue@acme.example", "you@us.example", "", Direction.INBOUND),
        ("Support+7@shared.example", "sue@acme.example", "", Direction.OUTBOUND),
        ("other@shared.example", "me@us.example", "", Direction.INBOUND),
        ("me@notus.example", "me@us.example", "", Direction.INBOUND),
        ("broken", "me@us.example", "", Direction.INBOUND),
    ],
)
def test_the_direction_follows_from_who_is_ours(senders: str, to: str, cc: str, expected: Direction) -> None:
    assert direction(message(senders, to, cc), OWN) is expected
