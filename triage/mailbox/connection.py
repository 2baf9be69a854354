"""One signed-in connection to one mailbox, which can look and cannot touch.

A session opens folders with EXAMINE only and has no method that writes; the wire below refuses every
other command. Each fault becomes one of the errors of ``core.errors``, with a sentence that says what
happened, to which mailbox, and what to do. Texts of the server are not repeated: they may hold
addresses.

Source: RFC 3501, RFC 5530 (response codes), RFC 8314 (TLS).
"""

import contextlib
import imaplib
import ipaddress
import re
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError

from triage.core.errors import MailboxError, ProtocolFault, Unreachable, Untrusted
from triage.mailbox.faults import Declined, declined, explained, lost_connection, sign_in_fault
from triage.mailbox.wire import Limits, Wire

#: An answer as imaplib keeps it: a line, or a line with the literal that stood behind it.
Raw = bytes | tuple[bytes, bytes]

#: A server that does not answer LOGOUT is not waited for.
_GOODBYE_SECONDS = 2.0
_STATUS_ITEMS = "(MESSAGES UIDNEXT UIDVALIDITY)"
#: More names than this would make the command long; all folders are asked for instead.
_NAMES_IN_A_LIST = 50
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Security(StrEnum):
    """How the connection is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerSettings:
    """Where a mailbox is.

    Attributes:
        name: The mailbox in the configuration; the only name that errors use.
        user: What to sign in as.
        allow_plain: Accept plain text to a host that is not this one.
        ca_file: Certificates to trust in place of those of the system, PEM.
    """

    name: str
    host: str
    port: int
    user: str
    security: Security = Security.TLS
    allow_plain: bool = False
    ca_file: Path | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def place(self) -> str:
        """How errors name the mailbox."""
        return f"mailbox {self.name}"


class SignIn(Protocol):
    """A way to sign in; it holds the secret, and the session never sees it."""

    def sign_in(self, client: Any, user: str) -> None:  # noqa: ANN401 - imapclient has no types
        """Sign in on a connected imapclient, or let its error out."""


@dataclass(frozen=True, slots=True)
class Password:
    """Sign-in with a password (RFC 3501 section 6.2.3, or SASL PLAIN where LOGIN cannot carry it)."""

    secret: str = field(repr=False)

    def sign_in(self, client: Any, user: str) -> None:  # noqa: ANN401 - imapclient has no types
        """Sign in with LOGIN if both words are plain ASCII and it is allowed, else with PLAIN."""
        fits_login = (user + self.secret).isascii() and not _CONTROL.search(user + self.secret)
        if fits_login and not client.has_capability("LOGINDISABLED"):
            client.login(quoted(user), self.secret)
        else:
            client.plain_login(user, self.secret)


def quoted(text: str) -> str:
    """Return the text as an IMAP quoted string.

    Raises:
        Declined: If it holds a control character: CR and LF would start a command of their own.
    """
    if _CONTROL.search(text):
        raise Declined("a name holds a control character; it is not sent to any server", permanent=True)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class Session:
    """A connection to one mailbox. One thread uses it at a time.

    Use it as a context manager, or ``open`` and ``close`` it. After ``Unreachable``, ``Untrusted`` or
    ``ProtocolFault`` it is closed; after ``Declined`` it goes on.
    """

    def __init__(self, settings: ServerSettings, sign_in: SignIn) -> None:
        self.settings = settings
        self._sign_in = sign_in
        self._client: _Client | None = None
        self._folder: bytes | None = None
        self._uidvalidity: int | None = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether there is a signed-in connection, as far as we know."""
        return self._client is not None

    @property
    def place(self) -> str:
        """How errors name the mailbox."""
        return self.settings.place

    def open(self) -> None:
        """Connect and sign in, unless that is done.

        Raises:
            Unreachable: If there is no server, or it does not answer in time.
            Untrusted: If the certificate or the transport cannot be trusted.
            SignInError: If the server refuses the sign-in.
            ProtocolFault: If the server is not an IMAP server.
        """
        if self.is_open:
            return
        try:
            with self.guarded():
                self._refuse_plain_text_abroad()
                self._client = client = _Client(self.settings)
                self._protect(client)
                self._authenticate(client)
        except BaseException:
            self.drop()
            raise

    def close(self) -> None:
        """Sign out if the server still listens, and drop the connection."""
        client, self._client, self._folder = self._client, None, None
        if client is None:
            return
        with contextlib.suppress(OSError, imaplib.IMAP4.error, MailboxError):
            client.engine.hurry(_GOODBYE_SECONDS)
            client.logout()
        client.engine.shutdown()

    def reopen(self) -> None:
        """Connect anew and open the same folder again.

        Raises:
            ProtocolFault: If the folder was renumbered meanwhile: the UIDs at hand mean nothing now.
        """
        self.drop()
        self.open()
        self._open_again(self._folder, self._uidvalidity)

    def drop(self) -> None:
        """Drop the connection without a word."""
        client, self._client = self._client, None
        if client is not None:
            client.engine.shutdown()

    @contextlib.contextmanager
    def second_witness(self) -> Iterator["Session"]:
        """Sign in once more and open the same folder, for as long as the block runs."""
        with Session(self.settings, self._sign_in) as witness:
            witness._open_again(self._folder, self._uidvalidity)
            yield witness

    def _open_again(self, folder: bytes | None, uidvalidity: int | None) -> None:
        if folder is not None and self.examine(folder)["UIDVALIDITY"] != uidvalidity:
            raise ProtocolFault(f"{self.place}: a folder was renumbered while it was read; it is read again")

    @property
    def wire(self) -> Wire:
        """The connection below, for IDLE."""
        return self._opened().engine

    def has(self, capability: str) -> bool:
        """Whether the server offers an extension."""
        with self.guarded():
            return bool(self._opened().has_capability(capability))

    def command(self, name: str, *arguments: str) -> list[Raw]:
        """Run one read-only command and return its untagged answers.

        Args:
            name: Such as ``STATUS``; ``UID FETCH`` and ``UID SEARCH`` are two words.
            arguments: Already in IMAP form.

        Raises:
            Declined: If the server says NO or BAD.
        """
        return self._run(name, *arguments)

    def examine(self, folder: bytes) -> dict[str, int | None]:
        """Open a folder read-only and return EXISTS, UIDVALIDITY and UIDNEXT where the server says them.

        Args:
            folder: As spelled on the wire.

        Raises:
            Declined: If it cannot be opened: renamed, deleted, no right to.
        """
        self._folder = None
        with self.guarded():
            engine = self._opened().engine
            engine.untagged_responses = {}
            engine.is_readonly = True
            self._run("EXAMINE", folder=folder)
            engine.state = "SELECTED"
        said = {
            key: _number(engine.untagged_responses.get(key, [None])[-1])
            for key in ("EXISTS", "UIDVALIDITY", "UIDNEXT")
        }
        self._folder, self._uidvalidity = folder, said["UIDVALIDITY"]
        return said

    def status(self, folder: bytes) -> list[Raw]:
        """Return the STATUS answers for a folder (RFC 3501 section 6.3.10).

        A folder whose name only a literal can carry has none: the name would have to come last.
        """
        argument = _argument(folder)
        if argument is None:
            return []
        return self._run("STATUS", argument, _STATUS_ITEMS)

    def list_status(self, folders: Sequence[bytes]) -> list[Raw]:
        """Return the STATUS answers for many folders, with one command (RFC 5819).

        Few folders are asked for by name (RFC 5258), many by asking for all; answers about others may come.
        """
        names = [argument for folder in folders if (argument := _argument(folder)) is not None]
        is_few = len(names) <= _NAMES_IN_A_LIST and self.has("LIST-EXTENDED")
        patterns = f"({' '.join(names)})" if is_few else '"*"'
        if not names:
            return []
        return self._run("LIST", '""', patterns, f"RETURN (STATUS {_STATUS_ITEMS})", answered_by="STATUS")

    def _run(
        self, name: str, *arguments: str, folder: bytes | None = None, answered_by: str = ""
    ) -> list[Raw]:
        """Run a command; a folder name goes last, as a quoted string or a literal.

        Args:
            answered_by: Name of the answers to return, where it is not the command's.
        """
        with self.guarded():
            engine: Any = self._opened().engine
            answer_name = name.rpartition(" ")[2]
            for stale in ("FETCH", "SEARCH", "STATUS", answer_name):
                engine.untagged_responses.pop(stale, None)
            if folder is not None and (quoted_folder := _argument(folder)) is not None:
                arguments = (*arguments, quoted_folder)
            elif folder is not None:
                engine.literal = folder
            try:
                if name.startswith("UID "):
                    status, answers = engine.uid(answer_name, *arguments)
                else:
                    status, answers = engine.xatom(name, *arguments)
            except imaplib.IMAP4.error as error:
                # imaplib raises BAD as an error of its own; the connection is as good as after NO.
                if isinstance(error, imaplib.IMAP4.abort) or "command error: BAD" not in str(error):
                    raise
                raise declined(self.place, name, []) from None
            if status != "OK":
                raise declined(self.place, name, answers)
            if not name.startswith("UID "):
                answers = engine.untagged_responses.pop(answered_by or name, [])
            return [answer for answer in answers if answer is not None]

    def _opened(self) -> "_Client":
        if self._client is None:
            raise Unreachable(f"{self.place}: the connection is closed; it is opened again")
        return self._client

    def _refuse_plain_text_abroad(self) -> None:
        settings = self.settings
        if (
            settings.security is Security.PLAIN
            and not settings.allow_plain
            and not _is_loopback(settings.host)
        ):
            raise Untrusted(
                f"{self.place}: plain text would send the password readable over the network; "
                "set security to tls or starttls, or allow_plain if the network is yours",
                permanent=True,
            )

    def _protect(self, client: "_Client") -> None:
        """Start TLS where it is asked for, and accept nothing that came before it."""
        if self.settings.security is not Security.STARTTLS:
            return
        if client.engine.state != "NONAUTH":
            raise Untrusted(
                f"{self.place}: the server signed us in before TLS; somebody may stand between. "
                "Use its TLS port",
                permanent=True,
            )
        try:
            client.starttls(tls_context(self.settings))
        except CapabilityError as error:
            raise Untrusted(
                f"{self.place}: the server does not offer STARTTLS, or somebody took the offer away; "
                "nothing was sent. Use its TLS port",
                permanent=True,
            ) from error

    def _authenticate(self, client: "_Client") -> None:
        if client.engine.state == "AUTH":
            return
        try:
            self._sign_in.sign_in(client, self.settings.user)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            if (lost := lost_connection(error)) is not None:
                raise lost from None
            raise sign_in_fault(self.place, str(error)) from None

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Turn every fault into an error of ours, and close the connection when it is of no more use."""
        try:
            yield
        except Declined:
            raise
        except MailboxError:
            self.drop()
            raise
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            self.drop()
            raise explained(self.place, f"{self.settings.host}:{self.settings.port}", error) from error


class _Client(IMAPClient):  # type: ignore[misc]  # imapclient has no types
    """imapclient on our wire, with its debugging off: it would put bodies and secrets in the log."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        limits = settings.limits
        super().__init__(settings.host, settings.port, ssl=settings.security is Security.TLS)
        self.engine.debug = 0
        self.normalise_times = False
        self.socket().settimeout(limits.read_seconds)

    @property
    def engine(self) -> Wire:
        """Imaplib's protocol engine, which is our wire."""
        wire: Wire = self._imap
        return wire

    def _create_IMAP4(self) -> Wire:  # noqa: N802 - imapclient's name
        settings = self._settings
        return Wire(
            settings.host,
            settings.port,
            place=settings.place,
            tls=tls_context(settings) if settings.security is Security.TLS else None,
            limits=settings.limits,
        )


def tls_context(settings: ServerSettings) -> ssl.SSLContext:
    """Return a context that verifies certificate and host name, TLS 1.2 or newer."""
    context = ssl.create_default_context(cafile=settings.ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _argument(folder: bytes) -> str | None:
    """Return a folder name as a quoted string, or None when only a literal can carry it.

    Raises:
        Declined: If it holds CR, LF, NUL or another control character.
    """
    text = folder.decode("latin-1")
    argument = quoted(text)
    return argument if text.isascii() else None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _number(value: Any) -> int | None:  # noqa: ANN401 - whatever the server said
    return int(value) if isinstance(value, bytes) and value.isdigit() else None
