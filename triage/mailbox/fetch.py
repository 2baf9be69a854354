"""Messages of the open folder: header, structure, and the parts that carry the words.

Batches are bounded by number and bytes. An answer counts only if it names the UID that was asked for
and holds bytes; what is missing gets a second chance and then a second witness: a SEARCH on a fresh
connection. A message that breaks the connection is found by halving the batch; its neighbours come
through. Nothing is ever left out silently: every UID asked for is yielded exactly once.

Source: reliability page, facts 1 to 3 and section 3.2; design page, section 3 step 1.
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, TypeAlias

from triage.core.errors import MailboxError, ProtocolFault, Unreachable
from triage.fail_point import reach
from triage.mailbox.answers import Node, fetch_answers
from triage.mailbox.connection import Session
from triage.mailbox.faults import Declined
from triage.mailbox.fetched import Fetched, FetchedPart
from triage.mailbox.parse import reduce_message
from triage.mailbox.structure import body_part
from triage.mailbox.uids import denies
from triage.mailbox.words import MAX_WORDS_BYTES, WantedPart, Words, choose_words

MAX_BATCH: Final = 250
MAX_BATCH_BYTES: Final = 8 * 1024 * 1024
#: A longer header is cut, with a defect; no mail program writes one.
MAX_HEADER_BYTES: Final = 256 * 1024
#: Of a message whose structure the server cannot tell, this much is read.
MAX_BLIND_BYTES: Final = 256 * 1024
#: Faults in one batch before the folder is given up for now.
MAX_FAULTS: Final = 40
#: A message is unfetchable when the connection was lost over it, and it alone, this often.
_LOST_ATTEMPTS: Final = 3

#: A server's clock may be ahead of ours by this much; a later instant would start the customer's clock late.
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
_DATE: Final = re.compile(
    rb"\s*(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})\s*\Z"
)
_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"), 1
    )
}
_HEADER: Final = f"BODY.PEEK[HEADER]<0.{MAX_HEADER_BYTES}>"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """A message that is no longer on the server: FETCH gave nothing, and a fresh SEARCH denies it."""

    uid: int
    evidence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Unfetchable:
    """A message that is on the server and cannot be read.

    Attributes:
        evidence: What was tried and what came of it, in a sentence for the consultant.
        size_bytes: As the server states it; 0 when it does not.
        received_at: INTERNALDATE, or None.
        header: What could be read of the header; may be empty.
    """

    uid: int
    evidence: str
    size_bytes: int = 0
    received_at: datetime | None = None
    header: bytes = b""


Result: TypeAlias = Fetched | Gone | Unfetchable
_Request: TypeAlias = tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Outline:
    """What the first round says of a message."""

    uid: int
    size_bytes: int
    received_at: datetime
    header: bytes
    words: Words | None
    gmail_thread_id: str | None
    defects: tuple[str, ...]


def fetch(session: Session, uids: Sequence[int], *, now: datetime) -> Iterator[Result]:
    """Yield each of the UIDs of the open folder exactly once, in the order asked for, batch by batch.

    Args:
        now: Stands in for an INTERNALDATE that is missing or impossible.

    Raises:
        MailboxError: If the connection is lost and cannot be mended within ``recovery_seconds``, or
            breaks more often than ``MAX_FAULTS``. What was yielded before is whole.
    """
    reader = _Reader(session, now)
    wanted = list(dict.fromkeys(uids))
    for start in range(0, len(wanted), MAX_BATCH):
        yield from reader.read(wanted[start : start + MAX_BATCH])


def read_section(session: Session, uid: int, section: str, *, max_bytes: int) -> Iterator[bytes]:
    """Yield the content of one part of a message in the open folder, as encoded, in pieces.

    For what stays on the server until somebody opens it.

    Raises:
        ProtocolFault: If the section is not a section number, or the server sends something else.
    """
    if not re.fullmatch(r"TEXT|[0-9]+(?:\.[0-9]+)*", section):
        raise ProtocolFault(f"{session.place}: {section!r} is not a section of a message", permanent=True)
    piece = 1024 * 1024
    for offset in range(0, max_bytes, piece):
        length = min(piece, max_bytes - offset)
        raw = session.command("UID FETCH", str(uid), f"(UID BODY.PEEK[{section}]<{offset}.{length}>)")
        content = next(
            (_section(answer, section) for answer in fetch_answers(raw) if answer.get(b"UID") == uid), None
        )
        if content is None:
            raise ProtocolFault(f"{session.place}: the server does not give section {section} of UID {uid}")
        yield content
        if len(content) < length:
            return


class _Reader:
    """Reads batches; remembers how often the connection was broken."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._faults = 0
        self._mend_until = 0.0
        items = ["UID", "RFC822.SIZE", "INTERNALDATE", "BODYSTRUCTURE", _HEADER]
        if session.has("X-GM-EXT-1"):
            items.append("X-GM-THRID")
        self._outline_items = f"({' '.join(items)})"

    def read(self, batch: Sequence[int]) -> Iterator[Result]:
        """Yield a result for every UID of the batch, in order, as soon as it is certain.

        What comes before a fault that ends the reading is kept: a folder with many bad messages is read
        a little further at each visit.
        """
        self._faults = 0
        self._mend_until = time.monotonic() + self._session.settings.limits.recovery_seconds
        waiting = [(list(batch), 1)]
        while waiting:
            uids, attempt = waiting.pop()
            try:
                found = self._read_whole(uids)
            except (ProtocolFault, Declined, Unreachable) as error:
                self._recover(error)
                middle = len(uids) // 2
                if middle:
                    waiting += [(uids[middle:], 1), (uids[:middle], 1)]
                elif isinstance(error, Unreachable) and attempt < _LOST_ATTEMPTS:
                    # A line that breaks once says nothing about the message.
                    waiting.append((uids, attempt + 1))
                else:
                    yield self._second_witness(uids[0], str(error))
                continue
            for uid in uids:
                yield found.get(uid) or self._read_alone(uid)

    def _read_whole(self, uids: Sequence[int]) -> dict[int, Result]:
        """Read a batch in two rounds; what the server leaves out is not in the answer."""
        outlines = self._outlines(uids)
        reach("mailbox.fetch.words")
        words = self._words(list(outlines.values()))
        return {uid: _message(outline, words[uid]) for uid, outline in outlines.items() if uid in words}

    def _read_alone(self, uid: int) -> Result:
        """Ask once more for a message that was left out, then call the second witness."""
        try:
            found = self._read_whole([uid])
        except (ProtocolFault, Declined) as error:
            self._recover(error)
            return self._second_witness(uid, str(error))
        return found.get(uid) or self._second_witness(uid, "the server answered FETCH twice without it")

    def _recover(self, error: MailboxError) -> None:
        """Count the fault, and connect anew if the connection did not survive it.

        Raises:
            MailboxError: The fault itself, when there were too many or they took too long.
        """
        self._faults += 1
        is_lasting = error.permanent and not isinstance(error, Declined)
        if is_lasting or self._faults > MAX_FAULTS or time.monotonic() > self._mend_until:
            raise error
        if not self._session.is_open:
            self._session.reopen()

    def _second_witness(self, uid: int, first_evidence: str) -> Gone | Unfetchable:
        """Ask a fresh connection whether the message is there at all.

        Raises:
            ProtocolFault: If that had to be done too often: the folder as a whole is not well.
        """
        self._faults += 1
        if self._faults > MAX_FAULTS:
            raise ProtocolFault(
                f"{self._session.place}: too many messages of a folder cannot be read; it is tried again"
            )
        with self._session.second_witness() as witness:
            if denies(witness, uid):
                return Gone(uid=uid, evidence=f"{first_evidence}; SEARCH on a fresh connection denies it")
            return _what_can_be_had(witness, uid, first_evidence)

    def _outlines(self, uids: Sequence[int]) -> dict[int, _Outline]:
        """Fetch size, date, structure and header."""
        asked = set(uids)
        outlines: dict[int, _Outline] = {}
        contradicted: set[int] = set()
        for answer in fetch_answers(self._session.command("UID FETCH", _uid_set(uids), self._outline_items)):
            uid, header = answer.get(b"UID"), _section(answer, "HEADER")
            if not isinstance(uid, int) or uid not in asked or not header:
                continue
            outline = self._outline(uid, header, answer)
            if outlines.setdefault(uid, outline) != outline:
                contradicted.add(uid)
        # Two answers that differ: neither is believed; the message is asked for alone.
        return {uid: outline for uid, outline in outlines.items() if uid not in contradicted}

    def _outline(self, uid: int, header: bytes, answer: dict[bytes, Node]) -> _Outline:
        size = answer.get(b"RFC822.SIZE")
        received_at, date_defects = _instant(answer.get(b"INTERNALDATE"), self._now)
        root = body_part(answer.get(b"BODYSTRUCTURE"))
        thread_id = answer.get(b"X-GM-THRID")
        is_cut = len(header) >= MAX_HEADER_BYTES
        return _Outline(
            uid=uid,
            size_bytes=size if isinstance(size, int) else 0,
            received_at=received_at,
            header=header,
            words=choose_words(root) if root is not None else None,
            gmail_thread_id=str(thread_id) if isinstance(thread_id, int) else None,
            defects=date_defects
            + (("structure:unreadable",) if root is None else ())
            + (("header:too-long",) if is_cut else ()),
        )

    def _words(self, outlines: Sequence[_Outline]) -> dict[int, list[FetchedPart]]:
        """Fetch the chosen parts: one command for all messages that want the same sections."""
        found: dict[int, list[FetchedPart]] = {}
        groups: dict[_Request, list[_Outline]] = {}
        for outline in outlines:
            request = _request(outline)
            if request:
                groups.setdefault(request, []).append(outline)
            else:
                found[outline.uid] = []
        for request, members in groups.items():
            for batch in _by_bytes(members):
                found.update(self._parts(request, batch))
        return found

    def _parts(self, request: _Request, outlines: Sequence[_Outline]) -> dict[int, list[FetchedPart]]:
        by_uid = {outline.uid: outline for outline in outlines}
        items = " ".join(f"BODY.PEEK[{section}]<0.{count}>" for section, count in request)
        found: dict[int, list[FetchedPart]] = {}
        contradicted: set[int] = set()
        raw = self._session.command("UID FETCH", _uid_set(list(by_uid)), f"(UID {items})")
        for answer in fetch_answers(raw):
            uid = answer.get(b"UID")
            outline = by_uid.get(uid) if isinstance(uid, int) else None
            if outline is None:
                continue
            parts = _answered_parts(outline, answer)
            if parts is not None and found.setdefault(outline.uid, parts) != parts:
                contradicted.add(outline.uid)
        return {uid: parts for uid, parts in found.items() if uid not in contradicted}


def _what_can_be_had(session: Session, uid: int, first_evidence: str) -> Unfetchable:
    """Try the smallest pieces one by one, so that the consultant sees at least whose mail it is."""
    size, received_at, header = 0, None, b""
    for items in ("(UID RFC822.SIZE INTERNALDATE)", f"(UID {_HEADER})"):
        try:
            for answer in fetch_answers(session.command("UID FETCH", str(uid), items)):
                if answer.get(b"UID") != uid:
                    continue
                stated = answer.get(b"RFC822.SIZE")
                size = stated if isinstance(stated, int) else size
                received_at = _read_date(answer.get(b"INTERNALDATE")) or received_at
                header = _section(answer, "HEADER") or header
        except MailboxError:
            break
    return Unfetchable(
        uid=uid,
        evidence=f"{first_evidence}; SEARCH on a fresh connection does not deny it",
        size_bytes=size,
        received_at=received_at,
        header=header,
    )


def _uid_set(uids: Sequence[int]) -> str:
    """Return the UIDs as a set of ranges: short enough for every server at 250."""
    ordered = sorted(uids)
    ranges: list[list[int]] = []
    for uid in ordered:
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in ranges)


def _request(outline: _Outline) -> _Request:
    """Return which sections to ask for, and how many bytes of each; equal requests share a command."""
    if outline.words is None:
        return (("", MAX_BLIND_BYTES),)
    return tuple((wanted.part.section, _asked_bytes(wanted)) for wanted in outline.words.wanted)


def _asked_bytes(wanted: WantedPart) -> int:
    # A part that fits is asked for with the common cap, so that most messages fall in few groups.
    return MAX_WORDS_BYTES if wanted.part.size_bytes <= wanted.max_bytes else wanted.max_bytes


def _by_bytes(outlines: Sequence[_Outline]) -> Iterator[list[_Outline]]:
    """Split so that no answer is longer than the bound, as far as the stated sizes are true."""
    batch: list[_Outline] = []
    total = 0
    for outline in outlines:
        size = _expected_bytes(outline)
        if batch and total + size > MAX_BATCH_BYTES:
            yield batch
            batch, total = [], 0
        batch.append(outline)
        total += size
    if batch:
        yield batch


def _expected_bytes(outline: _Outline) -> int:
    if outline.words is None:
        return MAX_BLIND_BYTES
    return sum(min(wanted.part.size_bytes, wanted.max_bytes) for wanted in outline.words.wanted)


def _answered_parts(outline: _Outline, answer: dict[bytes, Node]) -> list[FetchedPart] | None:
    """Return the parts, or None if the answer lacks one of them."""
    if outline.words is None:
        whole = _section(answer, "")
        return (
            None if whole is None else [FetchedPart(section="", content_type="message/rfc822", content=whole)]
        )
    parts = []
    for wanted in outline.words.wanted:
        content = _section(answer, wanted.part.section)
        if content is None:
            return None
        part = wanted.part
        parts.append(
            FetchedPart(
                section=part.section,
                content_type=part.content_type,
                charset=part.charset,
                encoding=part.encoding,
                content=content[: wanted.max_bytes],
                is_truncated=max(part.size_bytes, len(content)) > wanted.max_bytes,
            )
        )
    return parts


def _message(outline: _Outline, parts: Sequence[FetchedPart]) -> Fetched:
    words = outline.words
    if words is None:
        return _scanned(outline, parts[0].content)
    return Fetched(
        uid=outline.uid,
        received_at=outline.received_at,
        size_bytes=outline.size_bytes,
        header=outline.header,
        parts=tuple(parts),
        attachments=words.attachments,
        has_more_text=words.has_more_text or any(part.is_truncated for part in parts),
        gmail_thread_id=outline.gmail_thread_id,
        defects=outline.defects,
    )


def _scanned(outline: _Outline, start_of_message: bytes) -> Fetched:
    """Read the structure ourselves, from the beginning of a message whose server could not tell it."""
    reduced = reduce_message(start_of_message, received_at=outline.received_at)
    return replace(
        reduced,
        uid=outline.uid,
        size_bytes=outline.size_bytes,
        header=outline.header,
        has_more_text=reduced.has_more_text or outline.size_bytes > len(start_of_message),
        gmail_thread_id=outline.gmail_thread_id,
        defects=(*outline.defects, *reduced.defects),
    )


def _section(answer: dict[bytes, Node], section: str) -> bytes | None:
    """Return the content of a section; servers spell the origin in brackets or leave it out."""
    name = b"BODY[%s]" % section.encode()
    for key in (name + b"<0>", name):
        if isinstance(content := answer.get(key), bytes):
            return content
    for key, value in answer.items():
        if key.startswith(name) and isinstance(value, bytes):
            return value
    return None


def _instant(value: Node, now: datetime) -> tuple[datetime, tuple[str, ...]]:
    """Return the trusted time; an impossible or future one is replaced, with a defect."""
    moment = _read_date(value)
    if moment is None:
        return now, ("internaldate:unreadable",)
    if moment > now + _CLOCKS_DIFFER:
        return now, ("internaldate:future",)
    if moment.year < 1980:  # noqa: PLR2004 - before there was mail: a clock that stood at zero
        return now, ("internaldate:impossible",)
    return moment, ()


def _read_date(value: Node) -> datetime | None:
    """Return an INTERNALDATE as an instant in UTC, or None (RFC 3501 section 9, date-time)."""
    found = _DATE.match(value) if isinstance(value, bytes) else None
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes)) * (-1 if sign == b"-" else 1)
    try:
        zone = timezone(offset)
        return datetime(
            *(int(year), _MONTHS[month.lower()], int(day), int(hour), int(minute), int(second)), tzinfo=zone
        ).astimezone(UTC)
    except (ValueError, KeyError, OverflowError):
        return None
