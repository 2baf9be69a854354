"""What mail-parser reads: a flat message of a few fields and one part, never the message itself.

mail-parser does all of its work in its constructor. Given whole messages it is slow (every trace
header, every attachment) and can be led astray by structure (it raised on nested parts with an
epilogue, and lost or doubled text). Given one flat part it is neither. Whatever it raises is caught
here, where the field can still be read in another way.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import mailparser

from triage.mailbox.fetched import FetchedPart
from triage.mailbox.mime.charset import codec_for

# mail-parser logs header values that it cannot decode; no content of a mail belongs in a log.
logging.getLogger("mailparser").setLevel(logging.CRITICAL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reduced:
    """What mail-parser made of a flat message.

    Attributes:
        subject: Decoded; empty when absent.
        sent_at: Of the Date field, or None when it is absent or not legal.
        addresses: Display name and address of the From field, in order.
        text: Of the one part, or None when mail-parser did not find exactly one text.
        has_address_defects: Some address was ambiguous or had to be recovered.
        has_charset_defect: The text did not fit the declared charset.
    """

    subject: str = ""
    sent_at: datetime | None = None
    addresses: tuple[tuple[str, str], ...] = ()
    text: str | None = None
    has_address_defects: bool = False
    has_charset_defect: bool = False


def read_reduced(fields: Iterable[tuple[bytes, bytes]], part: FetchedPart | None = None) -> Reduced | None:
    """Return what mail-parser reads of a flat message, or None when it fails.

    Args:
        fields: Names and unfolded values; each name once.
        part: The text part, if any.
    """
    lines = [b"%s: %s\r\n" % field for field in fields]
    content = b""
    if part is not None:
        lines.append(_part_header(part))
        content = part.content
    try:
        mail = mailparser.parse_from_bytes(b"".join([*lines, b"\r\n", content]))
        texts = [*mail.text_plain, *mail.text_html, *mail.text_not_managed]
        return Reduced(
            subject=_one(mail.subject),
            sent_at=mail.date.replace(tzinfo=UTC) if mail.date and not mail.date.tzinfo else mail.date,
            addresses=tuple(mail.from_),
            text=str(texts[0]) if len(texts) == 1 and not mail.attachments else None,
            has_address_defects=bool(mail.address_header_defects),
            has_charset_defect="CharsetDecodeDefect" in mail.defects_categories,
        )
    except Exception:  # noqa: BLE001 - a foreign parser on hostile input may raise anything
        return None


def _part_header(part: FetchedPart) -> bytes:
    """Return MIME fields that say the same as the part's own, in the form that mail-parser reads best."""
    kind = "html" if part.content_type == "text/html" else "plain"
    codec = codec_for(part.charset) if part.charset else None
    lines = f'Content-Type: text/{kind}; charset="{codec or "utf-8"}"\r\n'
    if part.encoding:
        lines += f"Content-Transfer-Encoding: {part.encoding}\r\n"
    return lines.encode("ascii", "replace")


def _one(value: object) -> str:
    """Return a header value that mail-parser gives as a list when the field is repeated."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return str(value or "")
