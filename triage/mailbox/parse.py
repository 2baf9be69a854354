"""From bytes to ``Message``: a total function. Broken mail gives a message with defects, never an error.

A whole file is first brought to the shape in which a server's mail is fetched; both are then read by
one path. Every field stands alone: what cannot be read is empty and recorded, and costs no other field.

Source: RFC 5322; RFC 2045 to 2047; reliability faults 51 to 65.
"""

import base64
import binascii
import re
from datetime import datetime, timedelta

from triage.core.display_text import (
    checked_display_text,
    display_line,
    display_text,
    is_altered_for_display,
)
from triage.core.header_id import header_id, header_ids
from triage.core.ids import HeaderId
from triage.core.message import Address, Message, MessageClass, Zone, ZoneKind
from triage.core.message_class import RELEVANT_FIELDS, Classification, Signs, classify
from triage.core.zones import Zoning, zone_text
from triage.mailbox.fetched import Fetched, FetchedPart
from triage.mailbox.html_text import html_to_text
from triage.mailbox.mime.address_list import read_addresses
from triage.mailbox.mime.content_field import read_content_type
from triage.mailbox.mime.encoded_words import decode_words
from triage.mailbox.mime.header_block import HeaderBlock, raw_text, read_header
from triage.mailbox.mime.mail_parser import decoded_header, flat_text, legal_date
from triage.mailbox.mime.part_text import decoded_content, is_sound, legal_text, repaired_text
from triage.mailbox.mime.sent_at import is_plausible, plain_date, repaired_date
from triage.mailbox.mime.structure import read_structure
from triage.mailbox.words import choose_words

#: A longer subject is cut; decoding is bounded by it.
MAX_SUBJECT_BYTES = 8 * 1024
_MAX_SUBJECT = 998
_MAX_IDS_BYTES = 16 * 1024
_CLOCK_TOLERANCE = timedelta(hours=24)
_SENDER_FIELDS = frozenset({"from", "sender"})
_ENCODED = frozenset({"quoted-printable", "base64"})
_CALENDAR_TYPES = frozenset({"text/calendar"})
_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_DISPOSITION_TYPES = frozenset(
    {"message/disposition-notification", "message/global-disposition-notification"}
)
_RETURNED_TYPES = frozenset(
    {"message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"}
)
_MESSAGE_TYPES = frozenset({"message/rfc822", "message/global"})
_REPORT_TYPES = _STATUS_TYPES | _DISPOSITION_TYPES
_EVIDENCE_TEXTS = _CALENDAR_TYPES | _RETURNED_TYPES
_LIST_ID = re.compile(r"<([^<>]+)>")


def read_message(raw: bytes, *, received_at: datetime) -> Message:
    """Read a whole RFC 5322 file.

    Args:
        raw: The file, with line ends of any system.
        received_at: The trusted instant, such as the delivery time of the file; aware.
    """
    return read_fetched(reduce_message(raw, received_at=received_at))


def reduce_message(raw: bytes, *, received_at: datetime) -> Fetched:
    """Bring a whole file to the shape in which mail is fetched from a server."""
    size = len(raw)
    raw = _with_line_feeds(raw)
    structure = read_structure(raw)
    words = choose_words(structure.root)
    parts = []
    for wanted in words.wanted:
        start, end = structure.bodies[wanted.part.section]
        parts.append(
            FetchedPart(
                section=wanted.part.section,
                content_type=wanted.part.content_type,
                charset=wanted.part.charset,
                encoding=wanted.part.encoding,
                content=raw[start : min(end, start + wanted.max_bytes)],
                is_truncated=end - start > wanted.max_bytes,
            )
        )
    return Fetched(
        received_at=received_at,
        size_bytes=size,
        header=raw[slice(*structure.header)],
        parts=tuple(parts),
        attachments=words.attachments,
        has_more_text=words.has_more_text,
        defects=structure.defects,
    )


def read_fetched(fetched: Fetched) -> Message:
    """Read a message as fetched."""
    return _Reading(fetched).message()


class _Reading:
    """The reading of one message; collects its defects."""

    def __init__(self, fetched: Fetched) -> None:
        self.fetched = fetched
        self.header = read_header(fetched.header)
        self.defects: list[str] = [*fetched.defects, *self.header.defects]

    def message(self) -> Message:
        """Return the message."""
        header = self.header
        words = _words(self.fetched.parts)
        subject = self._subject()
        senders = self._senders()
        to, cc = self._addresses("to"), self._addresses("cc")
        sent_at = self._sent_at()
        text, marks = self._text(words)
        zoning = self._zoning(text, marks, senders[0] if senders else None, subject)
        own = text
        text, zones = self._with_attached(text, zoning.zones)
        content_type, report_type = self._content_type()
        found = self._class(
            Signs(
                fields=_relevant_fields(header),
                senders=senders,
                recipients=to + cc,
                subject=subject,
                text=own,
                new_text="".join(
                    text[start:end] for kind, start, end in zoning.zones if kind is ZoneKind.NEW
                ),
                content_type=content_type,
                report_type=report_type,
                delivery_status=self._evidence(_STATUS_TYPES),
                disposition=self._evidence(_DISPOSITION_TYPES),
                returned=self._evidence(_RETURNED_TYPES),
                calendar=self._evidence(_CALENDAR_TYPES),
                sent_on=(sent_at or self.fetched.received_at).date(),
            )
        )
        return Message(
            message_id=self._message_id(),
            in_reply_to=header_ids(_bounded(header.first("in-reply-to"))),
            references=header_ids(_bounded(header.first("references"))),
            senders=senders,
            reply_to=self._addresses("reply-to"),
            to=to,
            cc=cc,
            delivered_to=self._delivered_to(),
            subject=subject,
            sent_at=sent_at,
            received_at=self.fetched.received_at,
            list_id=_list_id(header),
            authentication_results=_authentication_results(header),
            text=text,
            zones=zones,
            zones_are_sure=zoning.is_sure and (bool(own) or not text),
            message_class=found.message_class,
            class_evidence=found.evidence,
            failed_recipients=found.failed_recipients,
            failed_ids=found.failed_ids,
            out_of_office_until=found.out_of_office_until,
            calendar_method=found.calendar_method,
            thread_index=_thread_index(header),
            gmail_thread_id=self.fetched.gmail_thread_id,
            is_important=_is_important(header),
            attachments=self.fetched.attachments,
            size_bytes=self.fetched.size_bytes,
            has_more_text=self.fetched.has_more_text,
            defects=tuple(dict.fromkeys(self.defects)),
        )

    def _zoning(self, text: str, marks: tuple[Zone, ...], sender: Address | None, subject: str) -> Zoning:
        """Return the zones; a fault of ours costs them, not the message: then everything is new."""
        try:
            return zone_text(text, marks=marks, sender=sender, subject=subject)
        except Exception:  # noqa: BLE001 - the promise of this module; the fuzzer looks for the defect
            self.defects.append("zones:failed")
            return Zoning(zones=(Zone(ZoneKind.NEW, 0, len(text)),) if text else (), is_sure=False)

    def _class(self, signs: Signs) -> Classification:
        """Return the class; a fault of ours costs it, not the message: then it is a person's mail."""
        try:
            return classify(signs)
        except Exception:  # noqa: BLE001 - the promise of this module; the fuzzer looks for the defect
            self.defects.append("class:failed")
            return Classification(message_class=MessageClass.HUMAN)

    def _message_id(self) -> HeaderId | None:
        values = self.header.every("message-id")
        if len(values) > 1:
            self.defects.append("message_id:duplicate")
        found = next((one for value in values if (one := header_id(value))), None)
        if found is None:
            self.defects.append("message_id:unusable" if values else "message_id:missing")
        return found

    def _senders(self) -> tuple[Address, ...]:
        values = self.header.every("from")
        if len(values) > 1:
            self.defects.append("from:duplicate")
        senders = self._addresses("from")
        if not senders and not any(values):
            self.defects.append("from:missing")
            senders = self._addresses("sender")
        return senders

    def _addresses(self, name: str) -> tuple[Address, ...]:
        """Return the addresses of every field of the name."""
        found: list[Address] = []
        for value in self.header.every(name):
            addresses, defects = read_addresses(value)
            self.defects += [f"{name}:{defect}" for defect in defects]
            found += addresses
        if name not in _SENDER_FIELDS:
            # A recipient without a domain is nobody; a sender without one still has to be shown.
            found = [address for address in found if "@" in address.email or " at " in address.email]
        return tuple(found)

    def _delivered_to(self) -> tuple[Address, ...]:
        found: dict[str, Address] = {}
        for name in ("delivered-to", "x-original-to", "envelope-to"):
            for value in self.header.every(name):
                for address in read_addresses(value)[0]:
                    found.setdefault(address.key, address)
        return tuple(found.values())

    def _subject(self) -> str:
        values = self.header.every("subject")
        if len(values) > 1:
            self.defects.append("subject:duplicate")
        raw = values[0] if values else b""
        if len(raw) > MAX_SUBJECT_BYTES:
            self.defects.append("subject:cut")
            raw = raw[:MAX_SUBJECT_BYTES]
        if not raw.isascii():
            self.defects.append("subject:8bit")
        subject = raw_text(raw)
        if "=?" in subject:
            subject = self._decoded(subject)
        if is_altered_for_display(subject) or "\n" in subject:
            self.defects.append("subject:unsafe_characters")
        line = display_line(subject)
        return line[:_MAX_SUBJECT]

    def _decoded(self, subject: str) -> str:
        """Decode encoded words; where mail-parser loses some of the text, do without it."""
        found, own = decoded_header(subject), decode_words(subject)
        if (
            found is None
            or "=?" in found
            or "\ufffd" in found
            or len(display_line(own)) > len(display_line(found))
        ):
            self.defects.append("subject:repaired")
            return own
        return found

    def _sent_at(self) -> datetime | None:
        values = self.header.every("date")
        if not values:
            self.defects.append("date:missing")
            return None
        if len(values) > 1:
            self.defects.append("date:duplicate")
        value = raw_text(values[0][:MAX_SUBJECT_BYTES])
        moment = plain_date(value) or legal_date(value)
        if moment is None:
            moment, defect = repaired_date(value)
            self.defects.append(defect)
        if moment is not None and not is_plausible(moment):
            self.defects.append("date:implausible")
        is_fetched = self.fetched.uid is not None
        if moment and is_fetched and abs(moment - self.fetched.received_at) > _CLOCK_TOLERANCE:
            self.defects.append("date:disagrees")
        return moment

    def _text(self, parts: list[FetchedPart]) -> tuple[str, tuple[Zone, ...]]:
        """Return the display text of all parts and what the marks of mail programs say of it."""
        texts: list[str] = []
        marks: list[Zone] = []
        length = 0
        for part in parts:
            safe, is_altered = checked_display_text(self._part_text(part))
            if is_altered:
                self.defects.append("text:unsafe_characters")
            if part.content_type == "text/html":
                html = html_to_text(safe)
                if not html.is_whole:
                    self.defects.append("html:stripped")
                text, part_marks = _displayed(html.text, html.marks)
            else:
                text, part_marks = safe, ()
            if not text.strip():
                continue
            if texts:
                texts.append("\n\n")
                length += 2
            marks += [Zone(kind, start + length, end + length) for kind, start, end in part_marks]
            texts.append(text)
            length += len(text)
        return "".join(texts), tuple(marks)

    def _with_attached(self, text: str, zones: tuple[Zone, ...]) -> tuple[str, tuple[Zone, ...]]:
        """Append the words of attached and of returned messages as forwarded.

        Where there is nothing else they stand for the sender's own.
        """
        for part in self.fetched.parts:
            if part.content_type not in _MESSAGE_TYPES:
                continue
            inner = reduce_message(decoded_content(part), received_at=self.fetched.received_at)
            words, _ = self._text([one for one in inner.parts if _is_words(one)])
            if words:
                start = len(text)
                kind = ZoneKind.FORWARDED if zones else ZoneKind.NEW
                text = f"{text}\n\n{words}" if text else words
                zones += (Zone(kind, start, len(text)),)
        return text, zones

    def _content_type(self) -> tuple[str, str]:
        """Return the type of the whole message and its ``report-type``."""
        value = self.header.text("content-type")
        if "report" not in value.lower():
            return value.partition(";")[0].strip().lower(), ""
        content_type, parameters = read_content_type(value)
        return content_type, parameters.get("report-type", "").lower()

    def _evidence(self, content_types: frozenset[str]) -> str:
        """Return the text of the parts that machines wrote for machines."""
        parts = [part for part in self.fetched.parts if part.content_type in content_types]
        return "\n\n".join(repaired_text(part)[0] for part in parts)

    def _part_text(self, part: FetchedPart) -> str:
        # Text without a transfer encoding is only bytes in a charset: mail-parser has nothing to undo.
        if part.encoding in _ENCODED:
            found = legal_text(part) or (flat_text(part) if is_sound(part) else None)
            if found is not None:
                return found
        text, defects = repaired_text(part)
        self.defects += defects
        return text


def _words(parts: tuple[FetchedPart, ...]) -> list[FetchedPart]:
    """Return the parts with words; a report that has none is read for what its status part says."""
    words = [part for part in parts if _is_words(part)]
    return words or [part for part in parts if part.content_type in _REPORT_TYPES]


def _is_words(part: FetchedPart) -> bool:
    return part.content_type.startswith("text/") and part.content_type not in _EVIDENCE_TEXTS


def _displayed(text: str, marks: tuple[Zone, ...]) -> tuple[str, tuple[Zone, ...]]:
    """Clean a marked text piece by piece, so that the marks stay where they belong."""
    if display_text(text) is text:
        return text, marks
    pieces: list[str] = []
    moved: list[Zone] = []
    position = length = 0
    for kind, start, end in marks:
        before, inside = display_text(text[position:start]), display_text(text[start:end])
        pieces += (before, inside)
        moved.append(Zone(kind, length + len(before), length + len(before) + len(inside)))
        length += len(before) + len(inside)
        position = end
    pieces.append(display_text(text[position:]))
    return "".join(pieces), tuple(moved)


def _relevant_fields(header: HeaderBlock) -> dict[str, tuple[str, ...]]:
    names = RELEVANT_FIELDS.intersection(header.fields)
    return {name: tuple(raw_text(value) for value in header.every(name)) for name in names}


def _with_line_feeds(raw: bytes) -> bytes:
    """Return the file without what may stand before the first field, with line feeds."""
    raw = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    # Files of the old Macintosh: carriage returns alone.
    return raw.replace(b"\r", b"\n") if b"\r" in raw and b"\n" not in raw else raw


def _bounded(value: bytes) -> bytes:
    """Return the first and the last ids of a field that is longer than any thread needs."""
    if len(value) <= _MAX_IDS_BYTES:
        return value
    half = _MAX_IDS_BYTES // 2
    return value[:half].rpartition(b">")[0] + b"> " + value[-half:].partition(b">")[2]


def _list_id(header: HeaderBlock) -> str:
    value = display_line(decode_words(header.text("list-id")))
    match = _LIST_ID.search(value)
    return (match.group(1) if match else value).strip().lower()[:255]


def _authentication_results(header: HeaderBlock) -> tuple[str, ...]:
    return tuple(
        display_line(raw_text(value))[:4_096] for value in header.every("authentication-results")[:20]
    )


def _thread_index(header: HeaderBlock) -> bytes | None:
    value = header.first("thread-index").replace(b" ", b"")
    try:
        return base64.b64decode(value[:4_096]) or None
    except (binascii.Error, ValueError):
        return None


def _is_important(header: HeaderBlock) -> bool:
    importance = header.text("importance").lower() or header.text("priority").lower()
    return importance in {"high", "urgent"} or header.text("x-priority")[:1] in {"1", "2"}
