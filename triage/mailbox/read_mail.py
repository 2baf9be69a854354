"""A message as it is read in a worker process, with everything that needs the message alone.

What is computed here costs the one writer nothing: the packed bytes, the identity, the fingerprints,
the words.
"""

from dataclasses import dataclass

from triage.core.carried import carried
from triage.core.conversation.fingerprint import Prints, prints_of
from triage.core.identity import content_hash
from triage.core.message import Message
from triage.core.search_document import Words, text_of, words_of
from triage.core.subject import base_subject
from triage.core.wording import Wording, read_wording
from triage.mailbox.fetched import Fetched, pack
from triage.mailbox.parse import read_fetched


@carried
@dataclass(frozen=True, kw_only=True, slots=True)
class ReadMail:
    """A message that was read.

    Attributes:
        raw: Packed bytes as they were fetched.
        content_hash: Identity of the content (core.identity).
        base_subject: The subject without its prefixes (core.subject).
        prints: Fingerprints of its lines, for threads.
        words: Its words, for the search index.
        wording: Hints about its new words, for turns.
    """

    message: Message
    raw: bytes
    content_hash: str
    base_subject: str
    prints: Prints
    words: Words
    wording: Wording


def read_mail(fetched: Fetched) -> ReadMail:
    """Read a message as fetched."""
    return derived(read_fetched(fetched), pack(fetched))


def derived(message: Message, raw: bytes) -> ReadMail:
    """Return a message that was read, with what follows from it alone."""
    return ReadMail(
        message=message,
        raw=raw,
        content_hash=content_hash(message),
        base_subject=base_subject(message.subject),
        prints=prints_of(message.text, message.zones),
        words=words_of(text_of(message)),
        wording=read_wording(message.text_new, has_attachments=bool(message.attachments)),
    )
