"""One e-mail message as it was read: the value that every decision starts from.

The text is not shortened and nothing is deleted from it: zones say which part is the sender's own
new words and which is quoted, forwarded or a signature. What could not be read is a defect.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from triage.core.carried import carried
from triage.core.ids import HeaderId
from triage.core.instant import as_utc


class MessageClass(StrEnum):
    """Who or what wrote the message (RFC 3834, RFC 3464, RFC 8098, RFC 2369, RFC 6047)."""

    HUMAN = "human"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    BULK = "bulk"
    CALENDAR = "calendar"
    RECEIPT = "receipt"


class CalendarMethod(StrEnum):
    """iTIP methods that matter here (RFC 5546)."""

    REQUEST = "request"
    REPLY = "reply"
    CANCEL = "cancel"
    COUNTER = "counter"
    PUBLISH = "publish"


class ZoneKind(StrEnum):
    """What a stretch of the text is."""

    NEW = "new"
    QUOTED = "quoted"
    QUOTE_HEADER = "quote_header"
    FORWARDED = "forwarded"
    SIGNATURE = "signature"
    DISCLAIMER = "disclaimer"


class Zone(NamedTuple):
    """A stretch of the text, half open, in characters. Zones tile the whole text in order."""

    kind: ZoneKind
    start: int
    end: int


@carried
@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """A mailbox of RFC 5322 section 3.4.

    Attributes:
        name: Display name, safe to show, or empty. Never evidence of who somebody is.
        email: ``local@domain``, domain in lower case and as punycode; may lack the ``@`` when the
            header did.
    """

    name: str = ""
    email: str

    @property
    def domain(self) -> str:
        """The part after the last ``@`` in lower case, or empty."""
        return self.email.rpartition("@")[2].lower() if "@" in self.email else ""

    @property
    def key(self) -> str:
        """The address for comparing: all in lower case."""
        return self.email.lower()


@carried
@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A part that is not the text. Its content stays on the server.

    Attributes:
        name: File name, safe to show, without any path; empty when the part has none.
        size_bytes: Encoded or decoded size as the source states it; 0 when unknown.
        section: IMAP section number, such as ``2.1``.
        is_inline: Referred to from the HTML body or marked ``Content-Disposition: inline``.
    """

    name: str
    content_type: str
    size_bytes: int = 0
    content_id: str = ""
    section: str = ""
    is_inline: bool = False


@carried
@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A reason: which rule said so (``kind``) and what it saw, in words a consultant reads."""

    kind: str
    text: str


@carried
@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message as it was read. Total: a field that could not be read is empty, with a defect.

    Attributes:
        message_id: Normalised Message-ID, or None when the message has no usable one.
        in_reply_to: Normalised ids of In-Reply-To, in order.
        references: Normalised ids of References, oldest first.
        senders: Addresses of From; empty when none could be read.
        subject: Decoded, one line, safe to show.
        sent_at: The Date header, for display only; None when absent or impossible.
        received_at: INTERNALDATE of the server: the trusted time (RFC 3501 section 2.3.3).
        delivered_to: Delivered-To, X-Original-To and Envelope-To.
        authentication_results: Raw Authentication-Results values, topmost first (RFC 8601).
        text: Whole display text. Safe: no control or bidi characters, no lone surrogates.
        zones: Tiles of ``text``.
        zones_are_sure: False when the zoner fell back to calling all of it new.
        class_evidence: Why ``message_class`` was chosen; empty for a plain human message.
        failed_recipients: For a bounce, the addresses that could not be reached.
        failed_ids: For a bounce, the Message-IDs of the mail that came back.
        out_of_office_until: Day of return that an automatic reply states.
        thread_index: Decoded Thread-Index of Outlook, or None.
        gmail_thread_id: X-GM-THRID, or None.
        size_bytes: RFC822.SIZE or the length of the file.
        has_more_text: The words went past the fetch cap; the rest is fetched when opened.
        defects: Every repair and every loss, as short stable codes such as ``date:repaired``.
    """

    message_id: HeaderId | None = None
    in_reply_to: tuple[HeaderId, ...] = ()
    references: tuple[HeaderId, ...] = ()
    senders: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[Address, ...] = ()
    subject: str = ""
    sent_at: datetime | None = None
    received_at: datetime
    list_id: str = ""
    authentication_results: tuple[str, ...] = ()
    text: str = ""
    zones: tuple[Zone, ...] = ()
    zones_are_sure: bool = True
    message_class: MessageClass = MessageClass.HUMAN
    class_evidence: tuple[Evidence, ...] = ()
    failed_recipients: tuple[str, ...] = ()
    failed_ids: tuple[HeaderId, ...] = ()
    out_of_office_until: date | None = None
    calendar_method: CalendarMethod | None = None
    thread_index: bytes | None = None
    gmail_thread_id: str | None = None
    is_important: bool = False
    attachments: tuple[Attachment, ...] = ()
    size_bytes: int = 0
    has_more_text: bool = False
    defects: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse naive instants: they would be compared with aware ones much later."""
        object.__setattr__(self, "received_at", as_utc(self.received_at))
        if self.sent_at is not None:
            object.__setattr__(self, "sent_at", as_utc(self.sent_at))

    @property
    def sender(self) -> Address | None:
        """The first From address, or None."""
        return self.senders[0] if self.senders else None

    @property
    def recipients(self) -> tuple[Address, ...]:
        """To and Cc."""
        return self.to + self.cc

    @property
    def text_new(self) -> str:
        """The sender's own new words: the new zones, joined by line breaks."""
        parts = (self.text[zone.start : zone.end] for zone in self.zones if zone.kind is ZoneKind.NEW)
        return "\n".join(part.strip("\n") for part in parts).strip()
