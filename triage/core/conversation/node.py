"""The facts of one stored message that threading looks at, and what people decided about messages."""

from dataclasses import dataclass, field
from datetime import datetime

from triage.core.ids import AccountId, HeaderId, MessageId


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """One message.

    Attributes:
        key: Only a name: it never decides anything, for keys follow the order of arrival.
        digest: Hash of the content; orders messages of the same instant.
        at: When the server received it.
        references: Ids the message names, oldest first; of a bounce also the ids that came back.
        author: Party outside that wrote it; None when we did; empty when it cannot be read. A party
            is a registrable domain, or the whole address at a provider that everybody uses.
        parties: All parties outside that take part, the author included.
        has_recipients: False when To and Cc are missing, as in archives: others may have taken part.
        account: The customer this message's own evidence confirms.
        new_lines: Fingerprints of lines the author wrote.
        quoted_lines: Fingerprints of lines that are quoted or forwarded.
        gmail_thread: Gmail's thread id together with the mailbox it holds in.
        order: The canonical place among all messages, the same in every order of arrival.
        ancestors: The ids the message names, the nearest first, without its own.
    """

    key: MessageId
    digest: str
    at: datetime
    sent_at: datetime | None = None
    header_id: HeaderId | None = None
    in_reply_to: tuple[HeaderId, ...] = ()
    references: tuple[HeaderId, ...] = ()
    author: str | None = None
    parties: frozenset[str] = frozenset()
    has_recipients: bool = True
    list_id: str = ""
    account: AccountId | None = None
    base_subject: str = ""
    new_lines: frozenset[int] = frozenset()
    quoted_lines: frozenset[int] = frozenset()
    thread_index: bytes | None = None
    gmail_thread: str | None = None
    order: tuple[datetime, str] = field(init=False, repr=False, compare=False)
    ancestors: tuple[HeaderId, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derive once what is asked for many times."""
        nearest_first = (*self.in_reply_to[:1], *reversed(self.references), *self.in_reply_to[1:])
        ancestors = tuple(one for one in dict.fromkeys(nearest_first) if one != self.header_id)
        object.__setattr__(self, "order", (self.at, self.digest))
        object.__setattr__(self, "ancestors", ancestors)


@dataclass(frozen=True, kw_only=True, slots=True)
class HumanDecision:
    """A person's merge or split: messages of one side stay together, those of two sides apart.

    Attributes:
        order: Counts decisions; where two disagree the newer one wins.
        sides: One side for a merge, two for a split.
    """

    order: int
    sides: tuple[frozenset[MessageId], ...]
