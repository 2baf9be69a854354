"""Which way a message goes: from outside, from us, or between ourselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from triage.core.message import Message


class Direction(StrEnum):
    """Seen from our side."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


def parents(domain: str) -> Iterator[str]:
    """Yield the domain and then each domain above it, the longest first."""
    while domain:
        yield domain
        domain = domain.partition(".")[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """Our side: what is written from here is ours.

    Attributes:
        addresses: Single addresses of ours, in lower case; ``local+anything@domain`` is covered.
        domains: Domains of ours in lower case; what lies below them is covered.
    """

    addresses: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()

    def holds(self, email: str) -> bool:
        """Return whether the address is ours."""
        return _holds(self, email)


# The same few hundred people write again and again.
@lru_cache(maxsize=16_384)
def _holds(own: Own, email: str) -> bool:
    local, _, domain = email.lower().rpartition("@")
    if f"{local.partition('+')[0]}@{domain}" in own.addresses:
        return True
    return any(parent in own.domains for parent in parents(domain))


def direction(message: Message, own: Own) -> Direction:
    """Return which way the message goes.

    A message that names a sender of ours and one from outside counts as inbound, and so does one
    without a readable sender: what we cannot prove to be ours is not ours.
    """
    if not message.senders or not all(own.holds(sender.email) for sender in message.senders):
        return Direction.INBOUND
    if all(own.holds(recipient.email) for recipient in message.recipients):
        return Direction.INTERNAL
    return Direction.OUTBOUND
