"""The tree of errors.

    TriageError
    |-- ConfigError          the configuration cannot be used (carries every problem found)
    |-- MailboxError         a mailbox cannot be read; ``permanent`` says whether retrying can help
    |   |-- SignInError      the server refused the sign-in
    |   |   `-- NeedsPerson  and would refuse it again until a person signs in or corrects a secret
    |   |-- Unreachable      no connection: name, port, time-out
    |   |-- Untrusted        the certificate or the transport cannot be trusted
    |   `-- ProtocolFault    the server said something IMAP does not allow
    |-- StoreError           the database cannot be used
    |   |-- StoreTooNew      its schema is newer than this program
    |   `-- StoreFull        no room left on the disk
    |-- NotFound             no such object, or none that the caller may see (RFC 9110 404)
    |-- UnknownToken         a token that was never made, or was revoked (RFC 9110 401)
    |-- Conflict             the object changed meanwhile (RFC 9110 409 and 412)
    |-- InvalidCursor        a page cursor that this service did not make (RFC 9110 400)
    |-- InvalidQuery         a search that cannot be read (RFC 9110 422)
    |-- InvalidSchedule      a schedule that never opens, or is not well formed
    |-- InvalidPolicy        a policy that promises nothing or something impossible
    |-- LeaseLost            another worker holds the mailbox
    `-- DeliveryError        an alert could not be delivered; ``permanent`` as above

Messages say what, which object and what to do next, never the content of a mail.
"""

from dataclasses import dataclass


class TriageError(Exception):
    """Base of all errors that this program raises on purpose."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong in the configuration.

    Attributes:
        where: File and line, such as ``config.yaml:12``.
        what: What is wrong, with the key and the value (secrets masked).
        mend: What to write instead.
    """

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.mend}".rstrip()


class ConfigError(TriageError):
    """The configuration cannot be used."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class MailboxError(TriageError):
    """A mailbox cannot be read."""

    #: Stored in the mailbox row and shown beside the queue.
    state = "degraded"

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class SignInError(MailboxError):
    """The server refused the sign-in."""

    state = "auth_failed"


class NeedsPerson(SignInError):
    """Signing in cannot work before a person signs in anew or corrects a secret."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True)


class Unreachable(MailboxError):
    """The server cannot be reached."""

    state = "unreachable"


class Untrusted(MailboxError):
    """The certificate or the transport cannot be trusted."""

    state = "untrusted"


class ProtocolFault(MailboxError):
    """The server said something that IMAP does not allow."""


class StoreError(TriageError):
    """The database cannot be used."""


class StoreTooNew(StoreError):
    """The database was written by a newer version of this program."""


class StoreFull(StoreError):
    """The disk of the database is full."""


class NotFound(TriageError):
    """There is no such object, or none that the caller may see."""


class UnknownToken(TriageError):
    """A token was never made, or was revoked."""


class Conflict(TriageError):
    """The object changed since the caller read it."""


class InvalidCursor(TriageError):
    """A page cursor was not made by this service, or for another view."""


class InvalidQuery(TriageError):
    """A search cannot be read; the message says which part and what to write."""


class InvalidSchedule(TriageError):
    """A schedule is not well formed or never opens."""


class InvalidPolicy(TriageError):
    """A policy promises nothing or something impossible, or no policy matches."""


class LeaseLost(TriageError):
    """Another worker holds the mailbox."""


class DeliveryError(TriageError):
    """An alert could not be delivered."""

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent
