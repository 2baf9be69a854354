"""Where lines were written and where they are quoted, to find the parent of a reply without ids.

Both directions are looked up, so that a parent that comes late finds its early replies.

Fingerprints are scattered evenly: in a large index, nearly every line of a batch changes a page of its
own. So lines are written to a small index first, and move to the large one range by range: with every
512 messages, those of one range in thirty-two.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from models import QuotedLine, RecentLine, WrittenLine
from triage.core.conversation.links import COMMON_LINE, QUOTED_LINES
from triage.core.conversation.node import Node
from triage.core.ids import MessageId
from triage.store.among import among
from triage.store.plain_rows import add_missing

#: One row more than a rare line may have says that it is common; further rows would say no more.
_MOST_ROWS = COMMON_LINE + 1
#: Messages after which the next range moves, and ranges. Fingerprints have 63 bits.
_TURN, _RANGES = 512, 32
_RANGE = 2**63 // _RANGES


def is_quoter(node: Node) -> bool:
    """Return whether only quoted lines can tell what the message answers."""
    return not node.ancestors and len(node.quoted_lines) >= QUOTED_LINES


def index(connection: Connection, new: Sequence[Node]) -> tuple[list[list[MessageId]], set[MessageId]]:
    """Index the lines of new messages.

    Returns:
        Pairs of messages of which one quotes the other; and the messages whose lines became common,
        so that what was quoted from them may no longer count.
    """
    quoters = [node for node in new if is_quoter(node)]
    written = {line for node in new for line in node.new_lines}
    quoted = {line for node in quoters for line in node.quoted_lines}
    writers = _written(connection, written | quoted)
    before = {line: set(keys) for line, keys in writers.items()}
    rows: list[tuple[int, int]] = []
    for node in new:
        for line in node.new_lines:
            if len(writers[line]) < _MOST_ROWS:
                writers[line].add(node.key)
                rows.append((line, node.key))
    # In the order of the index, so that what lies on one page of it is written together.
    add_missing(connection, (RecentLine.line, RecentLine.message_id), sorted(rows))
    for part in _due([node.key for node in new]):
        _move(connection, part)
    became_common = {
        key
        for line in written
        if len(writers[line]) > COMMON_LINE >= len(before.get(line, ()))
        for key in before.get(line, ())
    }
    readers = _rows(connection, QuotedLine, {line for line in written if len(writers[line]) <= COMMON_LINE})
    for node in quoters:
        for line in node.quoted_lines:
            readers[line].add(node.key)
    add_missing(
        connection,
        (QuotedLine.line, QuotedLine.message_id),
        [(line, node.key) for node in quoters for line in sorted(node.quoted_lines)],
    )
    return _pairs(writers, readers), became_common


def common_lines(connection: Connection, nodes: Iterable[Node]) -> frozenset[int]:
    """Return which lines that these messages both write and quote stand in too many messages."""
    members = list(nodes)
    written = {line for node in members for line in node.new_lines}
    quoted = {line for node in members if is_quoter(node) for line in node.quoted_lines}
    if not (both := written & quoted):
        return frozenset()
    return frozenset(line for line, keys in _written(connection, both).items() if len(keys) > COMMON_LINE)


def _due(added: Collection[MessageId]) -> set[int]:
    """Return the ranges whose turn came with these messages. Every message counts once: ids rise."""
    if not added:
        return set()
    before, last = (min(added) - 1) // _TURN, max(added) // _TURN
    return {turn % _RANGES for turn in range(max(before, last - _RANGES), last)}


def _move(connection: Connection, part: int) -> None:
    """Move the recent lines of a range. Nobody adds any meanwhile: one worker at a time changes threads."""
    are_meant = RecentLine.line.between(part * _RANGE, (part + 1) * _RANGE - 1)
    recent = sa.select(RecentLine.line, RecentLine.message_id).where(are_meant)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    # A line that is there already must not cost the mail that happens to be stored now.
    there = insert(WrittenLine).from_select(["line", "message_id"], recent)
    connection.execute(there.on_conflict_do_nothing())
    connection.execute(sa.delete(RecentLine).where(are_meant))


def _written(connection: Connection, lines: Collection[int]) -> dict[int, set[MessageId]]:
    found = _rows(connection, WrittenLine, lines)
    for line, keys in _rows(connection, RecentLine, lines).items():
        found[line] |= keys
    return found


def _pairs(writers: dict[int, set[MessageId]], readers: dict[int, set[MessageId]]) -> list[list[MessageId]]:
    """Return who quotes whom with enough rare lines."""
    # Most lines are quoted by nobody.
    shared = Counter(
        (reader, writer)
        for line, keys in readers.items()
        if len(writers.get(line, ())) <= COMMON_LINE
        for writer in writers.get(line, ())
        for reader in keys
        if reader != writer
    )
    return [list(pair) for pair, lines in shared.items() if lines >= QUOTED_LINES]


def _rows(
    connection: Connection, table: type[WrittenLine | RecentLine | QuotedLine], lines: Collection[int]
) -> dict[int, set[MessageId]]:
    found: dict[int, set[MessageId]] = defaultdict(set)
    if lines:
        rows = connection.execute(
            sa.select(table.line, table.message_id).where(among(table.line, sorted(lines)))
        )
        for line, message_id in rows.all():
            found[line].add(MessageId(message_id))
    return found
