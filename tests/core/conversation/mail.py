"""Short ways to write down messages for the tests of threading."""

from datetime import UTC, datetime, timedelta
from typing import Any

from triage.core.conversation.node import HumanDecision, Node
from triage.core.conversation.partition import Partition, partition
from triage.core.ids import AccountId, HeaderId, MessageId

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ACME, BOREA = AccountId(1), AccountId(2)


def mail(number: int, *references: int | str, **given: Any) -> Node:  # noqa: ANN401 - fields of any type
    """Return message ``number``, an hour after the one before it, written by Acme.

    Args:
        references: Numbers of messages, or whole ids.
        given: Further fields.
    """
    chain = tuple(HeaderId(f"m{one}@x.example" if isinstance(one, int) else one) for one in references)
    at = given.pop("at", START + timedelta(hours=number))
    fields: dict[str, Any] = {
        "key": MessageId(number),
        "digest": f"{number:064x}",
        "at": at,
        "sent_at": at,
        "header_id": HeaderId(f"m{number}@x.example"),
        "references": chain,
        "author": "acme.example",
        "parties": frozenset({"acme.example"}),
        "account": ACME,
        "base_subject": "invoice",
    }
    return Node(**(fields | given))


def ours(number: int, *references: int | str, **given: Any) -> Node:  # noqa: ANN401 - fields of any type
    """Return a message that we wrote to Acme."""
    return mail(number, *references, **({"author": None} | given))


def borea(number: int, *references: int | str, **given: Any) -> Node:  # noqa: ANN401 - fields of any type
    """Return a message of another customer."""
    side = {"author": "borea.example", "parties": frozenset({"borea.example"}), "account": BOREA}
    return mail(number, *references, **(side | given))


def threads(*nodes: Node, decisions: tuple[HumanDecision, ...] = ()) -> list[tuple[int, ...]]:
    """Return the numbers of the messages of each thread."""
    return [tuple(group) for group in partition(nodes, decisions).groups]


def refusals(result: Partition) -> list[tuple[int, int, str]]:
    """Return child, parent and reason of each refused edge."""
    return [(one.edge.child, one.edge.parent, one.reason.value) for one in result.refused]
