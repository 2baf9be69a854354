"""What went wrong, in a sentence: which mailbox, what happened, what to do next.

The server's own words are not repeated: they may hold addresses. Its response code is.

Source: RFC 3501 section 7.1, RFC 5530 (response codes).
"""

import imaplib
import re
import socket
import ssl
from collections.abc import Sequence
from typing import Final

from triage.core.errors import MailboxError, ProtocolFault, SignInError, Unreachable, Untrusted

_CODE: Final = re.compile(r"\[([A-Z][A-Z-]*)")
#: Trouble that passes by itself.
_PASSING_CODES: Final = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "OVERQUOTA", "SERVERBUG", "THROTTLED"})
#: Trouble that a person must end.
_LASTING_CODES: Final = frozenset(
    {
        *("AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN"),
        *("NOPERM", "NONEXISTENT"),
    }
)
_TOKEN_STATUS: Final = re.compile(r"token status [a-z0-9_]+")
_BREAKS_PROTOCOL: Final = re.compile(r"unexpected (?:tagged )?response|unterminated line")


class Declined(MailboxError):
    """A command was answered with NO or BAD, or not even sent; the connection goes on.

    Attributes:
        code: Response code of RFC 5530, or empty.
    """

    def __init__(self, message: str, *, code: str = "", permanent: bool = False) -> None:
        super().__init__(message, permanent=permanent)
        self.code = code


def declined(place: str, command: str, answers: Sequence[object]) -> Declined:
    """Return the error for a command that the server answered with NO or BAD."""
    said = " ".join(answer.decode("ascii", "replace") for answer in answers if isinstance(answer, bytes))
    code = found[1] if (found := _CODE.match(said)) else ""
    passes = code in _PASSING_CODES
    if _is_throttled(said):
        hint = "the server limits this user or grants no right to the mailbox; it is tried again"
    else:
        hint = "it is tried again" if passes else "see docs/mailboxes.md, section Errors"
    named = f" with {code}" if code else ""
    return Declined(
        f"{place}: the server declined {command}{named}; {hint}",
        code=code,
        permanent=code in _LASTING_CODES,
    )


def lost_connection(error: BaseException) -> imaplib.IMAP4.abort | None:
    """Return the loss of the connection that imapclient reports as a refused sign-in, or None."""
    cause = error.__context__
    return cause if isinstance(cause, imaplib.IMAP4.abort) else None


def passes(said: str) -> bool:
    """Tell whether the server says that a refused sign-in may work later."""
    found = _CODE.search(said)
    return (found is not None and found[1] in _PASSING_CODES) or _is_throttled(said)


def sign_in_fault(place: str, said: str) -> MailboxError:
    """Return the error for a refused sign-in: final, unless the server says that it will pass."""
    code = found[1] if (found := _CODE.search(said)) else ""
    status = found[0] if (found := _TOKEN_STATUS.search(said)) else ""
    details = ", ".join(filter(None, (code, status)))
    named = f" ({details})" if details else ""
    if passes(said):
        return Unreachable(
            f"{place}: the server takes no sign-in now{named}; it is tried again. If this lasts, the server "
            "limits this user or grants no right to the mailbox"
        )
    hint = (
        "check that user is the address of the mailbox, that IMAP is on for it and that the application may "
        "read it (docs/sign-in.md)"
        if status
        else "check the user name and the secret"
    )
    return SignInError(f"{place}: the server refused the sign-in{named}; {hint}", permanent=True)


def explained(place: str, where: str, error: Exception) -> MailboxError:
    """Return the error for a fault of the network, of TLS, or of the protocol."""
    if isinstance(error, ssl.SSLError):
        return _tls_fault(place, where, error)
    if isinstance(error, OSError):
        return _network_fault(place, where, error)
    if isinstance(error, imaplib.IMAP4.abort) and not _BREAKS_PROTOCOL.search(str(error)):
        return Unreachable(f"{place}: {where} ended the conversation; it is tried again")
    return ProtocolFault(f"{place}: {where} said something that IMAP does not allow; it is tried again")


def _tls_fault(place: str, where: str, error: ssl.SSLError) -> MailboxError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Untrusted(
            f"{place}: the certificate of {where} cannot be trusted ({error.verify_message}); nothing was "
            "sent. Check host and port, or name the authority in ca_file",
            permanent=True,
        )
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Unreachable(f"{place}: {where} closed the connection under TLS; it is tried again")
    return Untrusted(
        f"{place}: no TLS with {where} ({error.reason or 'unknown reason'}); check the port and the "
        "security setting",
        permanent=True,
    )


def _network_fault(place: str, where: str, error: OSError) -> Unreachable:
    if isinstance(error, socket.gaierror):
        return Unreachable(f"{place}: the name of {where} is not known; check it, and the network")
    if isinstance(error, TimeoutError):
        return Unreachable(f"{place}: {where} does not answer in time; it is tried again")
    reason = error.strerror or "the connection failed"
    return Unreachable(f"{place}: no connection with {where} ({reason}); it is tried again")


def _is_throttled(said: str) -> bool:
    """Exchange signs a user in and then says that it is not connected."""
    return "not connected" in said
