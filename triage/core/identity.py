"""Which message is which: identity is the content, never a UID and never the Message-ID alone.

The same mail read over IMAP, from a file, or out of two mailboxes is one message. Another text under
the same Message-ID is another message.
"""

from datetime import datetime
from hashlib import sha256

from triage.core.message import Message
from triage.core.subject import base_subject
from triage.core.white_space import single_blanks


def content_hash(message: Message) -> str:
    """Return the identity of the message, 64 hexadecimal digits.

    Only what the writer's program sent is looked at: Message-ID, sender, Date, base subject and the
    words. White space is not, for relays and file formats change it. The time of arrival is not, for
    it differs between mailboxes.
    """
    parts = (
        message.message_id or "",
        message.sender.key if message.sender else "",
        _instant(message.sent_at),
        base_subject(message.subject),
        single_blanks(message.text),
    )
    digest = sha256()
    for part in parts:
        octets = part.encode("utf-8", "surrogatepass")
        # The length keeps two neighbours from trading characters.
        digest.update(len(octets).to_bytes(8, "big"))
        digest.update(octets)
    return digest.hexdigest()


def _instant(moment: datetime | None) -> str:
    """Return the Date header in whole seconds: RFC 5322 has no smaller unit."""
    return "" if moment is None else moment.replace(microsecond=0).isoformat()
