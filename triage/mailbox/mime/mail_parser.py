"""The door to mail-parser: what is decoded by it, one field or one part at a time.

mail-parser's ``MailParser`` does all of its work in its constructor. Given whole messages it is slow
(every trace field, every attachment) and can be led astray by structure: it raised on nested parts
with an epilogue, and lost or doubled text. So fields go to its decoders one by one, and a transfer-encoded
part goes to its parser as a flat message of its own. What it cannot do costs that field alone: whatever it
raises is caught here, and the caller reads the field in another way.
"""

import logging
from datetime import UTC, datetime
from email.message import Message as EmailMessage

import mailparser
from mailparser.dates import parse_mail_date
from mailparser.utils import decode_header_part, get_addresses

from triage.mailbox.fetched import FetchedPart
from triage.mailbox.mime.charset import codec_for

# mail-parser logs header values that it cannot decode; no content of a mail belongs in a log.
logging.getLogger("mailparser").setLevel(logging.CRITICAL)


def decoded_header(value: str) -> str | None:
    """Return an unstructured field with its encoded words decoded, or None."""
    try:
        return str(decode_header_part(value))
    except Exception:  # noqa: BLE001 - a foreign decoder on hostile input may raise anything
        return None


def legal_date(value: str) -> datetime | None:
    """Return the instant of a Date field that RFC 5322 allows, or None."""
    try:
        moment = parse_mail_date(value).value
    except Exception:  # noqa: BLE001 - as above
        return None
    return moment if isinstance(moment, datetime) and moment.tzinfo is UTC else None


def legal_addresses(value: str) -> tuple[tuple[str, str], ...] | None:
    """Return name and address of every mailbox of a field, or None when any of it is not legal."""
    defects: list[object] = []
    try:
        found = tuple(
            (str(name), str(email))
            for name, email in get_addresses(value, defects=defects, decode_names=True)
        )
    except Exception:  # noqa: BLE001 - as above
        return None
    return None if defects or not all(email for _, email in found) else found


def flat_text(part: FetchedPart) -> str | None:
    """Return the text of one part, or None when mail-parser had to repair it or finds more than one."""
    try:
        mail = mailparser.MailParser(_flat_message(part))
        texts = [*mail.text_plain, *mail.text_html, *mail.text_not_managed]
        is_sound = (
            len(texts) == 1 and not mail.attachments and "CharsetDecodeDefect" not in mail.defects_categories
        )
        return str(texts[0]) if is_sound else None
    except Exception:  # noqa: BLE001 - as above
        return None


def _flat_message(part: FetchedPart) -> EmailMessage:
    """Return a message that says the same as the part's own fields, in the form mail-parser reads best.

    It is put together, not parsed: there is nothing to find out about it.
    """
    kind = "html" if part.content_type == "text/html" else "plain"
    codec = codec_for(part.charset) if part.charset else None
    message = EmailMessage()
    message["Content-Type"] = f'text/{kind}; charset="{codec or "utf-8"}"'
    message["Content-Transfer-Encoding"] = part.encoding
    # As the standard parser keeps bytes: the payload is decoded from them again.
    message.set_payload(part.content.decode("ascii", "surrogateescape"))
    return message
