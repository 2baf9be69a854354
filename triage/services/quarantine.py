"""Messages that are counted and cannot be shown: look at what was kept of them, and try again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from triage.core.coverage import HeldBack
from triage.core.display_text import display_line
from triage.core.errors import MailboxError, NotFound, StoreError
from triage.core.message import Message
from triage.mailbox.fetch import Gone, Unfetchable
from triage.mailbox.fetched import Fetched, unpack
from triage.mailbox.folders import WatchedFolder
from triage.mailbox.parser_pool import ParseFailure
from triage.mailbox.read_mail import ReadMail
from triage.services.ingest import Arrived, ingest_held
from triage.services.poll import MailboxJob
from triage.services.read_folder import Parse, Tools
from triage.store import mailboxes
from triage.store.coverage import held_back
from triage.store.database import Database
from triage.store.quarantine import KeptMessage, kept_contents, kept_message, mark_left

log = structlog.get_logger(__name__)

#: So many messages held back are looked at together.
_BATCH = 100
_FIELDS = (b"from", b"to", b"subject", b"date", b"message-id")


@dataclass(frozen=True, kw_only=True, slots=True)
class Glimpse:
    """What could be read of a message held back.

    Attributes:
        fields: Header fields by name, as far as they are readable.
        size_bytes: As the server stated it; None when nothing was kept.
    """

    held: HeldBack
    fields: dict[str, str]
    size_bytes: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Retried:
    """What came of trying again.

    Attributes:
        is_stored: It is a message now.
        reason: Why not, for the consultant.
    """

    held: HeldBack
    is_stored: bool
    reason: str = ""


def quarantined(database: Database) -> tuple[HeldBack, ...]:
    """Return all messages held back, newest first."""
    with database.read() as connection:
        return held_back(connection, limit=None)


def glimpse(database: Database, held_id: int, parse: Parse) -> Glimpse:
    """Return what can be read of a message held back.

    Raises:
        NotFound: If no message with that id is held back.
    """
    kept = _kept(database, held_id)
    (found,) = _glimpses([kept.held], {} if kept.raw is None else {kept.held.id: kept.raw}, parse)
    return found


def glimpses(database: Database, parse: Parse) -> Iterator[Glimpse]:
    """Yield what can be read of every message held back, newest first; a batch is in memory at a time."""
    held = quarantined(database)
    for start in range(0, len(held), _BATCH):
        batch = held[start : start + _BATCH]
        with database.read() as connection:
            raw = kept_contents(connection, [one.id for one in batch])
        yield from _glimpses(batch, raw, parse)


def _glimpses(held: Sequence[HeldBack], raw: Mapping[int, bytes], parse: Parse) -> Iterator[Glimpse]:
    """Yield a glimpse of each message; of those without bytes there is nothing to see."""
    fetched = {held_id: unpack(content) for held_id, content in raw.items()}
    # The words are what usually breaks a reader; the header alone often passes.
    headers = [replace(one, parts=(), attachments=()) for one in fetched.values()]
    outcomes = dict(zip(fetched, parse(headers), strict=True)) if headers else {}
    for one in held:
        if one.id not in fetched:
            yield Glimpse(held=one, fields={}, size_bytes=None)
            continue
        outcome, kept = outcomes[one.id], fetched[one.id]
        fields = _fields_of(outcome.message) if isinstance(outcome, ReadMail) else _raw_fields(kept.header)
        yield Glimpse(held=one, fields=fields, size_bytes=kept.size_bytes)


def retry(held_id: int, tools: Tools, jobs: Mapping[str, MailboxJob]) -> Retried:
    """Read a message held back again: from its kept bytes, or from the server if that gave none.

    Args:
        jobs: Mailboxes that can be connected to, by name.

    Raises:
        NotFound: If no message with that id is held back.
        StoreError: If the database cannot be written.
    """
    kept = _kept(tools.database, held_id)
    if kept.held.state != "unfetchable":
        return _read_again(kept, unpack(kept.raw or b""), tools)
    try:
        found = _fetch_again(kept, tools, jobs)
    except MailboxError as error:
        return Retried(held=kept.held, is_stored=False, reason=str(error))
    if isinstance(found, Fetched):
        return _read_again(kept, found, tools)
    if isinstance(found, Gone):
        with tools.database.write() as connection:
            mark_left(connection, held_id, reason=found.evidence)
    return Retried(held=kept.held, is_stored=False, reason=found.evidence)


def _kept(database: Database, held_id: int) -> KeptMessage:
    with database.read() as connection:
        kept = kept_message(connection, held_id)
    if kept is None:
        raise NotFound(f"no message {held_id} is held back; `triage quarantine list` names them")
    return kept


def _read_again(kept: KeptMessage, fetched: Fetched, tools: Tools) -> Retried:
    (outcome,) = tools.parse([fetched])
    if isinstance(outcome, ParseFailure):
        return Retried(held=kept.held, is_stored=False, reason=outcome.sentence)
    item = Arrived(uid=kept.held.uid, mail=outcome)
    try:
        ingest_held(tools.database, tools.practice, kept, item, now=tools.clock())
    except StoreError:
        raise
    except Exception as error:
        # As in ingest: whatever a message does, the others go on, and it stays held back.
        log.exception("message still held back", folder=kept.folder_id, uid=kept.held.uid)
        return Retried(held=kept.held, is_stored=False, reason=f"storing it failed ({type(error).__name__})")
    return Retried(held=kept.held, is_stored=True)


def _fetch_again(
    kept: KeptMessage, tools: Tools, jobs: Mapping[str, MailboxJob]
) -> Fetched | Gone | Unfetchable:
    """Ask the server once more.

    Raises:
        MailboxError: If the mailbox cannot be read, or the UID means another message now.
    """
    job = jobs.get(kept.held.mailbox)
    if job is None:
        raise MailboxError(f"mailbox {kept.held.mailbox} is not configured; it cannot be asked again")
    with job.connect() as reader:
        folder = _folder(reader.choose_folders(job.wanted).folders, kept.held)
        with tools.database.read() as connection:
            row = mailboxes.folder(connection, kept.folder_id)
        if not kept.is_current or (reader.examine(folder).uidvalidity or 0) != row.uidvalidity:
            raise MailboxError(
                f"mailbox {job.name}: the folder was renumbered; the message was or will be read anew"
            )
        (found,) = reader.fetch([kept.held.uid], now=tools.clock())
    return found


def _folder(folders: tuple[WatchedFolder, ...], held: HeldBack) -> WatchedFolder:
    for folder in folders:
        if folder.name == held.folder:
            return folder
    raise MailboxError(f"mailbox {held.mailbox}: its folder {held.folder} is not on the server any more")


def _fields_of(message: Message) -> dict[str, str]:
    fields = {
        "from": ", ".join(f"{one.name} <{one.email}>".strip() for one in message.senders),
        "to": ", ".join(f"{one.name} <{one.email}>".strip() for one in message.to),
        "subject": message.subject,
        "date": message.sent_at.isoformat() if message.sent_at else "",
        "message-id": message.message_id or "",
    }
    return {name: value for name, value in fields.items() if value}


def _raw_fields(header: bytes) -> dict[str, str]:
    """Return the first line of each field as it stands, for a header that no reader survives."""
    found: dict[str, str] = {}
    for line in header[: 64 * 1024].splitlines():
        name, colon, value = line.partition(b":")
        if colon and name.lower() in _FIELDS:
            found.setdefault(name.lower().decode(), display_line(value[:500].decode("utf-8", "replace")))
    return found
