"""What was fetched of one message: its header, the parts that carry the words, and a list of the rest.

The same shape comes from an IMAP server (by BODYSTRUCTURE) and from a whole file (by the structure
scan), so that both are read by one path. ``pack`` and ``unpack`` keep it in the database: JSON for
the small fields, the bytes behind it as they are, all under Zstandard with its checksum (RFC 8878).
Nothing in the container is code.
"""

import struct
import sys
import zlib
from dataclasses import dataclass
from datetime import datetime

import orjson

from triage.core.carried import carried
from triage.core.errors import StoreError
from triage.core.instant import as_utc
from triage.core.message import Attachment

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_MAGIC = b"TF2"
#: How containers began that are under zlib.
_ZLIB_MAGIC = b"TF1"
#: Of a mail it makes what zlib makes at its level 3, in less than a third of the time.
_COMPRESSOR = zstd.ZstdCompressor(
    options={zstd.CompressionParameter.compression_level: 2, zstd.CompressionParameter.checksum_flag: 1}
)
#: Header and words are capped when they are fetched; anything far beyond is not a container of ours.
_MAX_UNPACKED_BYTES = 256 * 1024 * 1024


@carried
@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedPart:
    """One leaf part that carries words.

    Attributes:
        section: IMAP section number, such as ``1.2``.
        content_type: In lower case, such as ``text/plain``.
        charset: As declared, or empty.
        encoding: Content-Transfer-Encoding in lower case, or empty.
        content: The bytes as on the wire, still transfer-encoded.
        is_truncated: The part is longer than what was fetched.
    """

    section: str
    content_type: str
    charset: str = ""
    encoding: str = ""
    content: bytes
    is_truncated: bool = False


@carried
@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """One message as fetched.

    Attributes:
        uid: IMAP UID, or None for a file.
        received_at: INTERNALDATE, or the instant given for a file.
        size_bytes: RFC822.SIZE, or the length of the file.
        header: The whole header block of the message as on the wire.
        parts: The parts that carry the words, in order.
        attachments: Every other leaf part; the content is not here.
        has_more_text: Words were left out by the cap.
        gmail_thread_id: X-GM-THRID, or None.
        defects: What was found wrong with the structure, as codes of ``Message.defects``.
    """

    uid: int | None = None
    received_at: datetime
    size_bytes: int
    header: bytes
    parts: tuple[FetchedPart, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    has_more_text: bool = False
    gmail_thread_id: str | None = None
    defects: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a naive instant."""
        object.__setattr__(self, "received_at", as_utc(self.received_at))


def pack(fetched: Fetched) -> bytes:
    """Return the message as one compressed run of bytes."""
    fields = {
        "uid": fetched.uid,
        "received_at": fetched.received_at.isoformat(),
        "size_bytes": fetched.size_bytes,
        "header": len(fetched.header),
        "parts": [
            [p.section, p.content_type, p.charset, p.encoding, len(p.content), p.is_truncated]
            for p in fetched.parts
        ],
        "attachments": [
            [a.name, a.content_type, a.size_bytes, a.content_id, a.section, a.is_inline]
            for a in fetched.attachments
        ],
        "has_more_text": fetched.has_more_text,
        "gmail_thread_id": fetched.gmail_thread_id,
        "defects": fetched.defects,
    }
    head = orjson.dumps(fields)
    body = b"".join([fetched.header, *(part.content for part in fetched.parts)])
    return _MAGIC + _COMPRESSOR.compress(struct.pack(">I", len(head)) + head + body, _COMPRESSOR.FLUSH_FRAME)


def unpack(packed: bytes) -> Fetched:
    """Return what ``pack`` was given.

    Raises:
        StoreError: If the bytes are not a container of this program, or were cut.
    """
    try:
        return _unpack(packed)
    except (ValueError, KeyError, TypeError, IndexError, struct.error, zlib.error, zstd.ZstdError) as error:
        raise StoreError("stored bytes of a message cannot be unpacked; fetch the message again") from error


def _unpack(packed: bytes) -> Fetched:
    plain = _inflated(packed)
    (head_length,) = struct.unpack_from(">I", plain)
    fields = orjson.loads(plain[4 : 4 + head_length])
    start = 4 + head_length
    header = plain[start : start + fields["header"]]
    start += len(header)
    parts = []
    for section, content_type, charset, encoding, length, is_truncated in fields["parts"]:
        parts.append(
            FetchedPart(
                section=section,
                content_type=content_type,
                charset=charset,
                encoding=encoding,
                content=plain[start : start + length],
                is_truncated=is_truncated,
            )
        )
        start += length
    return Fetched(
        uid=fields["uid"],
        received_at=datetime.fromisoformat(fields["received_at"]),
        size_bytes=fields["size_bytes"],
        header=header,
        parts=tuple(parts),
        attachments=tuple(
            Attachment(
                name=name,
                content_type=content_type,
                size_bytes=size,
                content_id=content_id,
                section=section,
                is_inline=inline,
            )
            for name, content_type, size, content_id, section, inline in fields["attachments"]
        ),
        has_more_text=fields["has_more_text"],
        gmail_thread_id=fields["gmail_thread_id"],
        defects=tuple(fields["defects"]),
    )


def _inflated(packed: bytes) -> bytes:
    magic, content = packed[:3], packed[3:]
    if magic not in (_MAGIC, _ZLIB_MAGIC):
        raise ValueError("no container")
    inflater = zstd.ZstdDecompressor() if magic == _MAGIC else zlib.decompressobj()
    plain = inflater.decompress(content, _MAX_UNPACKED_BYTES)
    if not inflater.eof:
        raise ValueError("cut or too long")
    return plain
