r"""Which folders of a mailbox are watched, and what the server says of each.

"auto" means the inbox and the folder that the server marks as \Sent: by attribute, not by name, for
names are words of some language. Only where a server marks nothing at all are common names tried, and
the choice is flagged as a guess.

Source: RFC 3501 sections 5.1.3 and 6.3.8, RFC 6154 (SPECIAL-USE).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from imapclient import imap_utf7

from triage.mailbox.answers import pairs_of, values_of
from triage.mailbox.connection import Raw, Session
from triage.mailbox.faults import Declined

AUTO: Final = "auto"
INBOX: Final = "INBOX"

# Last step of the path, in lower case: English, German, French, Spanish, Italian, Dutch, Portuguese,
# Polish, Swedish, Danish and Norwegian, Finnish, Czech, Turkish, Japanese.
_SENT_NAMES: Final = frozenset(
    {
        *("sent", "sent items", "sent messages", "sent mail", "gesendet", "gesendete objekte"),
        *("gesendete elemente", "messages envoyés", "éléments envoyés", "envoyés", "enviados"),
        *("elementos enviados", "posta inviata", "inviata", "verzonden", "verzonden items"),
        *("itens enviados", "wysłane", "elementy wysłane", "skickat", "skickade objekt", "sendt"),
        *("sendte elementer", "lähetetyt", "odeslaná pošta", "gönderilmiş öğeler", "送信済み"),
    }
)
_SPECIAL_USES: Final = frozenset(
    {"\\all", "\\archive", "\\drafts", "\\flagged", "\\junk", "\\sent", "\\trash"}
)
#: Folders whose STATUS is asked for before the caller looks after other things.
_STATUS_AT_ONCE: Final = 100
_UNSELECTABLE: Final = frozenset({"\\noselect", "\\nonexistent"})


class FolderRole(StrEnum):
    """What a folder is for."""

    INBOX = "inbox"
    SENT = "sent"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchedFolder:
    """A folder to read.

    Attributes:
        name: Decoded from modified UTF-7.
        wire_name: As the server spells it; this is what is sent.
        is_guess: The role was taken from the name because the server marks no folder.
    """

    name: str
    wire_name: bytes
    role: FolderRole
    is_guess: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderChoice:
    """The folders to read, and the names that were asked for and are not there."""

    folders: tuple[WatchedFolder, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FolderState:
    """What the server says of a folder.

    Attributes:
        uidvalidity: None when the server has none.
        uidnext: A hint, never proof; None when the server does not say.
        exists: Number of messages.
    """

    uidvalidity: int | None
    uidnext: int | None
    exists: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Listed:
    name: str
    wire_name: bytes
    delimiter: str
    attributes: frozenset[str]


def choose_folders(session: Session, wanted: Sequence[str] = (AUTO,)) -> FolderChoice:
    """Choose the folders to read.

    Args:
        wanted: Names as a person writes them, or ``auto`` for the inbox and the Sent folder.
    """
    listed = [folder for folder in _list(session) if not folder.attributes & _UNSELECTABLE]
    sent, is_guess = _sent_folders(listed)
    by_name = {_key(folder.name): folder for folder in listed}
    chosen: dict[bytes, WatchedFolder] = {}
    missing = []
    for name in dict.fromkeys(wanted):
        if name == AUTO:
            found = [by_name.get(INBOX) or _plain_inbox(), *sent]
        elif (listed_folder := by_name.get(_key(name))) is not None:
            found = [listed_folder]
        else:
            missing.append(name)
            continue
        for folder in found:
            chosen[folder.wire_name] = _watched(folder, sent, is_guess=is_guess)
    return FolderChoice(folders=tuple(chosen.values()), missing=tuple(missing))


def snapshots(
    session: Session, folders: Sequence[WatchedFolder]
) -> Iterator[list[tuple[WatchedFolder, FolderState | None]]]:
    """Yield what the server says of each folder, without opening any; None where it says nothing.

    One LIST command for all where the server can (RFC 5819). Elsewhere it is one STATUS a folder, and
    after every hundred the caller has its turn.
    """
    if not session.has("LIST-STATUS"):
        for start in range(0, len(folders), _STATUS_AT_ONCE):
            group = folders[start : start + _STATUS_AT_ONCE]
            states = snapshot(session, group)
            yield [(folder, states.get(folder.name)) for folder in group]
        return
    by_wire_name = _states(session.list_status([folder.wire_name for folder in folders]))
    yield [(folder, by_wire_name.get(_wire_key(folder.wire_name))) for folder in folders]


def snapshot(session: Session, folders: Sequence[WatchedFolder]) -> dict[str, FolderState]:
    """Return the state of each folder by name, with STATUS; one that is not there is left out."""
    states: dict[str, FolderState] = {}
    for folder in folders:
        try:
            answers = session.status(folder.wire_name)
        except Declined:
            continue
        # The name in the answer may be spelled in another way; only one folder was asked about.
        for state in _states(answers).values():
            states[folder.name] = state
    return states


def _states(answers: Iterable[Raw]) -> dict[bytes, FolderState]:
    """Return what STATUS answers say, by the name as the server spells it."""
    states: dict[bytes, FolderState] = {}
    for answer in answers:
        values = values_of(answer)
        items = pairs_of(values[-1] if values else None)
        if b"MESSAGES" in items:
            name = values[0] if isinstance(values[0], bytes) else str(values[0]).encode()
            states[_wire_key(name)] = FolderState(
                uidvalidity=_count(items.get(b"UIDVALIDITY")),
                uidnext=_count(items.get(b"UIDNEXT")),
                exists=_count(items[b"MESSAGES"]) or 0,
            )
    return states


def _wire_key(name: bytes) -> bytes:
    return INBOX.encode() if name.upper() == INBOX.encode() else name


def examine(session: Session, folder: WatchedFolder) -> FolderState:
    """Open a folder read-only.

    What EXAMINE does not say is asked with STATUS (Winmail and others leave UIDNEXT out).

    Raises:
        Declined: If the server does not open it: it was renamed, deleted, or is not ours to read.
    """
    said = session.examine(folder.wire_name)
    state = FolderState(uidvalidity=said["UIDVALIDITY"], uidnext=said["UIDNEXT"], exists=said["EXISTS"] or 0)
    if state.uidvalidity is not None and state.uidnext is not None:
        return state
    asked = snapshot(session, [folder]).get(folder.name)
    if asked is None:
        return state
    return FolderState(
        uidvalidity=state.uidvalidity if state.uidvalidity is not None else asked.uidvalidity,
        uidnext=state.uidnext if state.uidnext is not None else asked.uidnext,
        exists=max(state.exists, asked.exists),
    )


def role_of_name(name: str, delimiter: str = "/") -> FolderRole:
    """Return the role that a name suggests: for servers and files that mark no folder."""
    if name.upper() == INBOX:
        return FolderRole.INBOX
    last_step = name.rpartition(delimiter)[2] if delimiter else name
    return FolderRole.SENT if last_step.strip().lower() in _SENT_NAMES else FolderRole.OTHER


def _list(session: Session) -> list[_Listed]:
    marks_on_request = session.has("SPECIAL-USE") and session.has("LIST-EXTENDED")
    options = ("RETURN (SPECIAL-USE)",) if marks_on_request else ()
    return [
        folder
        for line in session.command("LIST", '""', '"*"', *options)
        if (folder := _listed(line)) is not None
    ]


def _listed(line: Raw) -> _Listed | None:
    """Return one LIST answer, or None if it is not one."""
    match values_of(line):
        case (tuple(attributes), delimiter, name, *_):
            pass
        case _:
            return None
    wire_name = str(name).encode() if isinstance(name, int) else name
    if not isinstance(wire_name, bytes):
        return None
    return _Listed(
        name=_decoded(wire_name),
        wire_name=wire_name,
        delimiter=delimiter.decode("ascii", "replace") if isinstance(delimiter, bytes) else "",
        attributes=frozenset(
            attribute.decode("ascii", "replace").lower()
            for attribute in attributes
            if isinstance(attribute, bytes)
        ),
    )


def _decoded(wire_name: bytes) -> str:
    """Return the name to show; one that is not modified UTF-7 is shown as it is."""
    try:
        if wire_name.isascii():
            return str(imap_utf7.decode(wire_name))
        return wire_name.decode("utf-8")
    except ValueError:
        return wire_name.decode("latin-1")


def _sent_folders(listed: Sequence[_Listed]) -> tuple[list[_Listed], bool]:
    """Return the Sent folders, and whether that is a guess by name."""
    marked = [folder for folder in listed if "\\sent" in folder.attributes]
    if marked or any(folder.attributes & _SPECIAL_USES for folder in listed):
        return marked, False
    return [f for f in listed if role_of_name(f.name, f.delimiter) is FolderRole.SENT], True


def _watched(folder: _Listed, sent: Sequence[_Listed], *, is_guess: bool) -> WatchedFolder:
    if folder.name.upper() == INBOX:
        return WatchedFolder(name=INBOX, wire_name=folder.wire_name, role=FolderRole.INBOX)
    is_sent = folder in sent
    return WatchedFolder(
        name=folder.name,
        wire_name=folder.wire_name,
        role=FolderRole.SENT if is_sent else FolderRole.OTHER,
        is_guess=is_sent and is_guess,
    )


def _plain_inbox() -> _Listed:
    """INBOX is always there, whatever LIST says (RFC 3501 section 5.1)."""
    return _Listed(name=INBOX, wire_name=INBOX.encode(), delimiter="", attributes=frozenset())


def _key(name: str) -> str:
    """INBOX is the one name that is the same in any case."""
    return INBOX if name.upper() == INBOX else name


def _count(value: object) -> int | None:
    return value if isinstance(value, int) else None
