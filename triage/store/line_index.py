"""Where lines were written and where they are quoted, to find the parent of a reply without ids.

Both directions are looked up, so that a parent that comes late finds its early replies.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import QuotedLine, WrittenLine
from triage.core.conversation.links import COMMON_LINE, QUOTED_LINES
from triage.core.conversation.node import Node
from triage.core.ids import MessageId
from triage.store.among import among
from triage.store.plain_rows import add_missing

#: One row more than a rare line may have says that it is common; further rows would say no more.
_MOST_ROWS = COMMON_LINE + 1


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
    writers = _rows(connection, WrittenLine, written | quoted)
    before = {line: set(keys) for line, keys in writers.items()}
    rows: list[tuple[int, int]] = []
    for node in new:
        for line in node.new_lines:
            if len(writers[line]) < _MOST_ROWS:
                writers[line].add(node.key)
                rows.append((line, node.key))
    # In the order of the index, so that what lies on one page of it is written together.
    add_missing(connection, (WrittenLine.line, WrittenLine.message_id), sorted(rows))
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
    return frozenset(
        connection.scalars(
            sa.select(WrittenLine.line)
            .where(among(WrittenLine.line, both))
            .group_by(WrittenLine.line)
            .having(sa.func.count() > COMMON_LINE)
        )
    )


def _pairs(writers: dict[int, set[MessageId]], readers: dict[int, set[MessageId]]) -> list[list[MessageId]]:
    """Return who quotes whom with enough rare lines."""
    shared: Counter[tuple[MessageId, MessageId]] = Counter()
    for line, keys in writers.items():
        if len(keys) <= COMMON_LINE:
            shared.update(
                (reader, writer) for writer in keys for reader in readers.get(line, ()) if reader != writer
            )
    return [list(pair) for pair, lines in shared.items() if lines >= QUOTED_LINES]


def _rows(
    connection: Connection, table: type[WrittenLine | QuotedLine], lines: Collection[int]
) -> dict[int, set[MessageId]]:
    found: dict[int, set[MessageId]] = defaultdict(set)
    if lines:
        rows = connection.execute(
            sa.select(table.line, table.message_id).where(among(table.line, sorted(lines)))
        )
        for line, message_id in rows.all():
            found[line].add(MessageId(message_id))
    return found
