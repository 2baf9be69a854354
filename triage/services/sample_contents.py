"""Fetch a few messages of a folder again and compare them with what is kept: is a UID still the same mail?

Numbers and UIDs can all be right while a UID means another message, as after a restored backup that grew
past our newest UID under the old UIDVALIDITY. Only contents show it.

Source: reliability page, section 3.4, level R3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from triage.core.errors import StoreError
from triage.mailbox.fetched import Fetched, unpack
from triage.mailbox.parser_pool import ParseFailure
from triage.mailbox.read_mail import ReadMail
from triage.mailbox.reader import MailboxReader
from triage.store import ledger
from triage.store.database import Database
from triage.store.mailboxes import FolderRow

#: One message in so many, and at least one.
_ONE_IN = 100
#: Of a large folder; with the caps of the first fetch this is the smaller bound almost always.
_MOST_MESSAGES = 500
#: What may be fetched of one folder.
_MOST_BYTES = 16 * 1024 * 1024

_Parse: TypeAlias = Callable[[Sequence[Fetched]], Sequence[ReadMail | ParseFailure]]


@dataclass(kw_only=True, slots=True)
class Sample:
    """What came of it.

    Attributes:
        compared: Messages fetched again.
        different: Those among them that are another message now.
    """

    compared: int = 0
    different: int = 0


def sample_contents(
    reader: MailboxReader, row: FolderRow, database: Database, parse: _Parse, *, now: datetime
) -> Sample:
    """Compare some messages of the open folder, chosen at random.

    Raises:
        MailboxError: If the connection is lost.
        StoreError: If the database cannot be read.
    """
    sample, used = Sample(), 0
    with database.read() as connection:
        count = ledger.count_located(connection, row)
        wanted = min(_MOST_MESSAGES, -(-count // _ONE_IN))
        kept = ledger.random_contents(connection, row, wanted)
    for result in reader.fetch(sorted(kept), now=now):
        # One that is gone or cannot be read now is the business of the other comparisons.
        if not isinstance(result, Fetched) or result.uid is None:
            continue
        sample.compared += 1
        sample.different += not _is_same(kept[result.uid], result, parse)
        used += len(result.header) + sum(len(part.content) for part in result.parts)
        if used > _MOST_BYTES:
            break
    return sample


def _is_same(packed: bytes, fetched: Fetched, parse: _Parse) -> bool:
    try:
        before = unpack(packed)
    except StoreError:
        return False
    if before.header == fetched.header and _agree(before, fetched):
        return True
    # Some servers write a message anew when it is asked for; what it says is the same then.
    first, second = parse([before, fetched])
    return (
        isinstance(first, ReadMail)
        and isinstance(second, ReadMail)
        and first.content_hash == second.content_hash
    )


def _agree(before: Fetched, fetched: Fetched) -> bool:
    """Tell whether the parts that both hold are equal, as far as both go: how much is fetched may change."""
    parts = {part.section: part.content for part in before.parts}
    return all(
        part.content.startswith(kept[: len(part.content)])
        for part in fetched.parts
        if (kept := parts.get(part.section)) is not None
    )
