"""Mail of several customers at once, with everything in it that leads threads astray.

Ids that two customers' programs reuse, a root that nobody ever saw, equal subjects, references to
another customer's mail, parents that come late or never, and References cut short.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

from triage.core.conversation.node import Node
from triage.core.ids import AccountId, HeaderId, MessageId

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CUSTOMERS = ("acme.example", "borea.example", "cetus.example", "dorado.example")
VENDOR = "vendor.example"
SUBJECTS = ("invoice", "meeting", "access", "outage")
SHARED_ROOT = HeaderId("root@tickets.example")


@dataclass
class _Conversation:
    customer: int
    subject: str
    mails: list[Node] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stream:
    """Messages in the order they were written, keyed by that order."""

    nodes: tuple[Node, ...]

    def shuffled(self, random: Random) -> list[Node]:
        """Return the messages in another order of arrival, with other keys."""
        nodes = list(self.nodes)
        random.shuffle(nodes)
        keys = list(range(1, len(nodes) + 1))
        random.shuffle(keys)
        return [replace(node, key=MessageId(key)) for node, key in zip(nodes, keys, strict=True)]


def stream(random: Random, *, size: int = 30) -> Stream:
    """Write mail of four customers; about one in seven never reaches us."""
    conversations: list[_Conversation] = []
    written: list[Node] = []
    for number in range(size):
        if not conversations or random.random() < 0.25:
            customer = random.randrange(len(CUSTOMERS))
            conversations.append(_Conversation(customer, random.choice(SUBJECTS)))
            conversation = conversations[-1]
        else:
            conversation = random.choice(conversations)
        node = _mail(random, number, conversation, written)
        conversation.mails.append(node)
        written.append(node)
    return Stream(nodes=tuple(node for node in written if random.random() > 0.15))


def _mail(random: Random, number: int, conversation: _Conversation, written: list[Node]) -> Node:
    domain = CUSTOMERS[conversation.customer]
    is_ours = random.random() < 0.4
    author = None if is_ours else domain
    parties = {domain}
    account: AccountId | None = AccountId(conversation.customer + 1)
    odd = random.random()
    if odd < 0.1:
        # Somebody we do not know: a private address, or a vendor in the loop.
        stranger = random.choice((VENDOR, f"private{conversation.customer}.example"))
        author = author and stranger
        parties.add(stranger)
        account = None
    elif odd < 0.15:
        # Mail to two customers at once confirms neither.
        parties.add(random.choice(CUSTOMERS))
        account = None
    elif odd < 0.25:
        account = None
    references = _references(random, conversation, written)
    header_id: HeaderId | None = HeaderId(f"m{number}@mail.example")
    if written and random.random() < 0.06:
        header_id = random.choice(written).header_id
    elif random.random() < 0.04:
        header_id = None
    subject = conversation.subject if random.random() < 0.9 else random.choice(SUBJECTS)
    minutes = random.choice((3, 40, 600, 3_000)) if random.random() < 0.95 else 60_000
    at = (written[-1].at if written else START) + timedelta(minutes=minutes)
    own_lines = frozenset(number * 10 + place for place in range(random.randrange(6)))
    quoted = conversation.mails[-1].new_lines if conversation.mails and random.random() < 0.5 else frozenset()
    return Node(
        key=MessageId(number + 1),
        digest=f"{number:064x}",
        at=at,
        sent_at=at,
        header_id=header_id,
        in_reply_to=references[-1:] if random.random() < 0.8 else (),
        references=references if random.random() < 0.85 else (),
        author=author,
        parties=frozenset(parties),
        account=account,
        base_subject=subject,
        new_lines=own_lines,
        quoted_lines=quoted,
    )


def _references(random: Random, conversation: _Conversation, written: list[Node]) -> tuple[HeaderId, ...]:
    chain: list[HeaderId] = []
    if random.random() < 0.1:
        chain.append(SHARED_ROOT)
    if conversation.mails:
        parent = random.choice(conversation.mails[-4:])
        chain += [*parent.references, *([parent.header_id] if parent.header_id else [])]
        if random.random() < 0.2:
            chain = chain[-random.randrange(1, 3) :]
    if written and random.random() < 0.08:
        # Another customer's id, by a reused mail, a forward or on purpose.
        other = random.choice(written)
        chain += [other.header_id] if other.header_id else []
    return tuple(dict.fromkeys(chain))
