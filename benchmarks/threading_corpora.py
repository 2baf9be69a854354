"""Threads over public corpora: against header truth, without headers, and against RFC 5256.

    python -m benchmarks.threading_corpora PATH       PATH: folder of unpacked corpora

The R lists give the truth by their headers; then References and In-Reply-To are taken from 30 % of the
replies and only quoted lines can tell. The mail of notmuch, aerc and Mail::Thread is threaded by RFC
5256 as well, and every difference is listed with its reason. Nothing of the corpora is kept.
"""

import argparse
import gzip
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random

from benchmarks.corpora import r_lists
from benchmarks.corpus_row import CorpusRow
from triage.core.conversation.edge import Refusal
from triage.core.conversation.fingerprint import new_prints, quoted_prints
from triage.core.conversation.links import QUOTED_LINES
from triage.core.conversation.node import Node
from triage.core.conversation.partition import Partition, partition
from triage.core.identity import content_hash
from triage.core.ids import HeaderId, MessageId
from triage.core.message import Message, ZoneKind
from triage.core.subject import base_subject
from triage.mailbox.parse import read_message
from triage.registrable import registrable

_TREES = ("notmuch", "aerc-jwz", "mail-thread-perl")
_REMOVED_SHARE = 0.3
_UNEXPLAINED = "unexplained"
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MBOX_LINE = re.compile(rb"^From [^\n]*\n", re.MULTILINE)

Labels = Mapping[MessageId, Hashable]


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A message that hangs elsewhere than RFC 5256 puts it."""

    corpus: str
    message: str
    reason: str


def measure(path: Path) -> list[CorpusRow]:
    """Return the figures of every corpus that is there."""
    rows: list[CorpusRow] = []
    if (path / "rlists-dev").is_dir():
        rows += _r_list_rows(path)
    for corpus in _TREES:
        if (path / corpus).is_dir():
            rows += _tree_rows(corpus, _sets(path / corpus))
    return rows


def _tree_rows(corpus: str, sets: Mapping[str, Sequence[Node]]) -> Iterator[CorpusRow]:
    count = sum(map(len, sets.values()))
    for name, are_lists in (("parent as in RFC 5256", False), ("the same, read as one list", True)):
        found = [
            one
            for part, nodes in sets.items()
            for one in differences(part, _as_list(nodes) if are_lists else nodes)
        ]
        unnamed = sum(one.reason == _UNEXPLAINED for one in found)
        yield CorpusRow(name, corpus, count, 1 - len(found) / count, None, "share")
        yield CorpusRow("differences without a reason", corpus, len(found), unnamed, 0, "messages")


# Header truth --------------------------------------------------------------------------------------


def _r_list_rows(path: Path) -> Iterator[CorpusRow]:
    # The archives keep no List-Id header.
    nodes = _as_list(list(_nodes(r_lists(path))))
    truth = _connected(nodes, {node.key: node.ancestors for node in nodes})
    known = _with_known_truth(nodes, truth)
    found = _labels(partition(nodes))
    yield CorpusRow(
        "pairwise F1 against all ids named",
        "rlists-dev",
        len(nodes),
        _pairwise_f1(found, truth, known),
        0.995,
        "share",
    )
    parents = _truth_parents(path)
    by_parent = _connected(nodes, {node.key: tuple(parents.get(node.header_id or "", ())) for node in nodes})
    yield CorpusRow(
        "pairwise F1 against parents",
        "rlists-dev",
        len(nodes),
        _pairwise_f1(found, by_parent, known),
        None,
        "share",
    )
    yield from _without_headers(nodes, truth, known)


def _with_known_truth(nodes: Sequence[Node], truth: Labels) -> list[MessageId]:
    """Leave out threads with a reply to nobody knows what, so that their truth may be half of one.

    It quotes and names no id from the start, or it names ids of which the archive has none.
    """
    owned = {node.header_id for node in nodes}
    unknown = {
        truth[node.key]
        for node in nodes
        if (len(node.quoted_lines) >= QUOTED_LINES or node.ancestors)
        and not any(one in owned for one in node.ancestors)
    }
    return [node.key for node in nodes if truth[node.key] not in unknown]


def _without_headers(nodes: Sequence[Node], truth: Labels, known: Sequence[MessageId]) -> Iterator[CorpusRow]:
    random = Random(1)
    replies = {node.key for node in nodes if node.ancestors}
    bare = {key for key in sorted(replies) if random.random() < _REMOVED_SHARE}
    left = [replace(node, references=(), in_reply_to=()) if node.key in bare else node for node in nodes]
    found = _labels(partition(left))
    quotable = _quotable(left, truth)
    precision, recall = _b_cubed(found, truth, known)
    yield CorpusRow(
        "B-cubed precision, 30 % without ids", "rlists-dev", len(nodes), precision, 0.999, "share"
    )
    yield CorpusRow("B-cubed recall, 30 % without ids", "rlists-dev", len(nodes), recall, None, "share")
    some = [key for key in known if key not in bare or key in quotable]
    _, recall = _b_cubed(found, truth, some)
    yield CorpusRow("the same, where a quote allows it", "rlists-dev", len(some), recall, 0.85, "share")
    yield CorpusRow(
        "replies without ids that quote enough",
        "rlists-dev",
        len(bare),
        len(quotable & bare) / len(bare),
        None,
        "share",
    )


def _quotable(nodes: Sequence[Node], truth: Labels) -> set[MessageId]:
    """Return the messages that quote three lines of another message of their true thread."""
    threads: dict[Hashable, list[Node]] = defaultdict(list)
    for node in nodes:
        threads[truth[node.key]].append(node)
    return {
        node.key
        for thread in threads.values()
        for node in thread
        if any(
            len(node.quoted_lines & other.new_lines) >= QUOTED_LINES for other in thread if other is not node
        )
    }


def _truth_parents(path: Path) -> dict[str, tuple[HeaderId, ...]]:
    with gzip.open(path / "rlists-dev" / "thread_truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    strip = re.compile(r"[<>\s]+")
    return {
        _lower_right(strip.sub("", row["id"])): (HeaderId(_lower_right(strip.sub("", row["parent"]))),)
        for row in rows
        if row["parent"]
    }


def _lower_right(one: str) -> str:
    left, at, right = one.rpartition("@")
    return f"{left}{at}{right.lower()}"


def _as_list(nodes: Sequence[Node]) -> list[Node]:
    """Mark mail as mail of one list, on which nobody is a stranger."""
    return [replace(node, list_id="list.example") for node in nodes]


def _connected(nodes: Sequence[Node], names: Mapping[MessageId, Iterable[HeaderId]]) -> Labels:
    """Join each message with the ids it names; return one label for each message."""
    above: dict[Hashable, Hashable] = {}

    def top(one: Hashable) -> Hashable:
        while (up := above.setdefault(one, one)) != one:
            above[one] = above[up]
            one = up
        return one

    for node in nodes:
        for one in (node.header_id or node.key, *names[node.key]):
            above[top(one)] = top(node.key)
    return {node.key: top(node.key) for node in nodes}


def _labels(result: Partition) -> Labels:
    return {key: number for number, group in enumerate(result.groups) for key in group}


def _pairwise_f1(found: Labels, truth: Labels, keys: Sequence[MessageId]) -> float:
    def pairs(sizes: Iterable[int]) -> int:
        return sum(size * (size - 1) // 2 for size in sizes)

    both = pairs(Counter((found[key], truth[key]) for key in keys).values())
    precision = both / pairs(Counter(found[key] for key in keys).values())
    recall = both / pairs(Counter(truth[key] for key in keys).values())
    return 2 * precision * recall / (precision + recall)


def _b_cubed(found: Labels, truth: Labels, keys: Sequence[MessageId]) -> tuple[float, float]:
    both = Counter((found[key], truth[key]) for key in keys)
    mine, theirs = Counter(found[key] for key in keys), Counter(truth[key] for key in keys)
    precision = sum(both[found[key], truth[key]] / mine[found[key]] for key in keys) / len(keys)
    recall = sum(both[found[key], truth[key]] / theirs[truth[key]] for key in keys) / len(keys)
    return precision, recall


# RFC 5256 ------------------------------------------------------------------------------------------


def differences(corpus: str, nodes: Sequence[Node]) -> Iterator[Difference]:
    """Return every message whose parent is not the one RFC 5256 gives, with our reason."""
    result = partition(nodes)
    theirs = rfc5256_parents(nodes)
    by_key = {node.key: node for node in nodes}
    reasons = defaultdict(set)
    for refused in result.refused:
        reasons[refused.edge.child].add(refused.reason)
    for node in nodes:
        ours, their = result.parents.get(node.key), theirs.get(node.key)
        if ours != their:
            reason = _reason(node, by_key, result, their, reasons[node.key])
            yield Difference(corpus=corpus, message=node.header_id or str(node.key), reason=reason)


def _reason(
    node: Node,
    by_key: Mapping[MessageId, Node],
    result: Partition,
    their: MessageId | None,
    refused: set[Refusal],
) -> str:
    ours = result.parents.get(node.key)
    if refused:
        return f"refused: {', '.join(sorted(refused))}"
    if any(
        edge.child == node.key and edge.kind not in {"in_reply_to", "references"} for edge in result.joins
    ):
        return "joined without ids"
    if ours is not None and by_key[ours].header_id in node.in_reply_to[:1]:
        return "In-Reply-To comes before References"
    if any(one is not None and by_key[one].header_id not in node.ancestors for one in (ours, their)):
        return "what others say of it comes last, in RFC 5256 it depends on the order"
    if their is None:
        return "another message came first and said the opposite"
    return _UNEXPLAINED


def rfc5256_parents(nodes: Sequence[Node]) -> dict[MessageId, MessageId]:
    """Return the parents by RFC 5256 section 3, REFERENCES, steps 1 to 3, in the order given.

    The first message keeps an id; later ones get one of their own. Subjects are not looked at.
    """
    names: dict[MessageId, Hashable] = {}
    taken: set[HeaderId] = set()
    for node in nodes:
        is_first = node.header_id is not None and node.header_id not in taken
        names[node.key] = node.header_id if is_first else node.key
        taken |= {node.header_id} if node.header_id else set()
    above: dict[Hashable, Hashable] = {}
    for node in nodes:
        chain = node.references or node.in_reply_to[:1]
        for upper, lower in pairwise(chain):
            if lower not in above and not _is_above(above, lower, upper):
                above[lower] = upper
        above.pop(names[node.key], None)
        if chain and not _is_above(above, names[node.key], chain[-1]):
            above[names[node.key]] = chain[-1]
    owner = {name: key for key, name in names.items()}
    found = {}
    for node in nodes:
        place = above.get(names[node.key])
        while place is not None and place not in owner:
            place = above.get(place)
        if place is not None:
            found[node.key] = owner[place]
    return found


def _is_above(above: Mapping[Hashable, Hashable], one: Hashable, other: Hashable) -> bool:
    """Return whether ``one`` is ``other`` or stands over it."""
    place: Hashable | None = other
    while place is not None:
        if place == one:
            return True
        place = above.get(place)
    return False


# Reading -------------------------------------------------------------------------------------------


def _sets(folder: Path) -> dict[str, list[Node]]:
    """Return the messages of each part of a corpus: an mbox file, or a folder below the top."""
    raws: dict[str, list[bytes]] = defaultdict(list)
    for file in sorted(folder.rglob("*")):
        if not file.is_file() or file.suffix in {".pl", ".gz", ".md"} or file.name == "README":
            continue
        raw = file.read_bytes()
        below = file.relative_to(folder).parts
        starts = [match.start() for match in _MBOX_LINE.finditer(raw)] if raw.startswith(b"From ") else [0]
        raws["/".join(below[:2])] += [
            raw[start:end] for start, end in zip(starts, [*starts[1:], len(raw)], strict=True)
        ]
    return {name: list(_nodes(some)) for name, some in raws.items()}


def _nodes(raws: Iterable[bytes]) -> Iterator[Node]:
    """Read messages; a content that was read before is left out."""
    seen = set()
    for number, raw in enumerate(raws, 1):
        mail = _MBOX_LINE.sub(b"", raw, count=1) if raw.startswith(b"From ") else raw
        message = read_message(mail, received_at=_EPOCH)
        digest = content_hash(message)
        if digest not in seen:
            seen.add(digest)
            yield _node(MessageId(number), digest, message)


def _node(key: MessageId, digest: str, message: Message) -> Node:
    texts: dict[bool, list[str]] = {True: [], False: []}
    for zone in message.zones:
        if zone.kind in {ZoneKind.NEW, ZoneKind.QUOTED, ZoneKind.FORWARDED}:
            texts[zone.kind is not ZoneKind.NEW].append(message.text[zone.start : zone.end])
    author = _party(message.senders[0].email) if message.senders else ""
    others = {_party(one.email) for one in message.recipients}
    return Node(
        key=key,
        digest=digest,
        at=message.sent_at or _EPOCH,
        sent_at=message.sent_at,
        header_id=message.message_id,
        in_reply_to=message.in_reply_to,
        references=message.references,
        author=author,
        parties=frozenset({author, *others} - {""}),
        has_recipients=bool(message.recipients),
        list_id=message.list_id,
        base_subject=base_subject(message.subject),
        new_lines=new_prints(texts[False]),
        quoted_lines=quoted_prints(texts[True]),
    )


def _party(email: str) -> str:
    return registrable(email.rpartition("@")[2]) or email


def main() -> int:
    """Print the figures and the differences; exit with 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    path = parser.parse_args().path
    is_met = True
    for row in measure(path):
        fails = row.target is not None and (row.value > 0 if row.target == 0 else row.value < row.target)
        is_met = is_met and not fails
        target = "" if row.target is None else f"(target {row.target:g})"
        verdict = "MISSED" if fails else ""
        print(f"{row.name:<40} {row.corpus:<18} {row.n:>7,} {row.value:>9.4f} {target} {verdict}")
    for corpus in _TREES:
        for name, nodes in _sets(path / corpus).items():
            for one in differences(f"{corpus}/{name}", nodes):
                print(f"{one.corpus}: {one.message}: {one.reason}")
    return int(not is_met)


if __name__ == "__main__":
    sys.exit(main())
