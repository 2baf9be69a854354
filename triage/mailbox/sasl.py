"""Sign-in with an access token: OAUTHBEARER where the server offers it, else XOAUTH2.

A server says no in two steps: a challenge that tells why, in JSON, and after our empty answer the NO.
What it tells decides only which sentence is shown; its own words are not repeated.

Source: RFC 7628 sections 3.1 to 3.2.3 (OAUTHBEARER); Google Developers, "IMAP OAuth 2.0 mechanism"
(XOAUTH2); RFC 4422 section 3.7 (aborting an exchange).
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final, Protocol

from imapclient.exceptions import LoginError

from triage.core.errors import ProtocolFault, SignInError
from triage.mailbox.faults import Declined, lost_connection, passes

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
#: An honest challenge is shorter; a longer one is not read.
_CHALLENGE_BYTES: Final = 4096
#: Our first words, our answer to the error, and one to spare.
_MOST_STEPS: Final = 3
#: RFC 7628 section 3.2.2 and what the large providers send.
_STATUS: Final = re.compile(r"[a-z0-9_]{1,40}")


#: The one of the standard first.
MECHANISMS: Final = ("OAUTHBEARER", "XOAUTH2")


class TokenSource(Protocol):
    """Where access tokens come from."""

    def token(self) -> str:
        """Return a token that is good for some time.

        Raises:
            SignInError: If there is none until a person acts.
            Unreachable: If there may be one later.
        """

    def token_instead_of(self, refused: str) -> str | None:
        """Return another token than the one refused, or None when that one could not be newer."""


class Bearer:
    """Sign-in with a token.

    Args:
        tokens: Where they come from.
        place: How errors name the mailbox.
        host: The server, as RFC 7628 wants it said.
        mechanisms: The first of them that the server offers is used.
    """

    def __init__(
        self,
        tokens: TokenSource,
        *,
        place: str,
        host: str,
        port: int,
        mechanisms: Sequence[str] = MECHANISMS,
    ) -> None:
        self._tokens = tokens
        self._mechanisms = mechanisms
        self._place = place
        self._host = host
        self._port = port

    def sign_in(self, client: Any, user: str) -> None:  # noqa: ANN401 - imapclient has no types
        """Sign in; a token that the server no longer takes is renewed once.

        Our clock may be wrong, or the token withdrawn before its time: only the server knows.

        Raises:
            SignInError: If the server refuses a new token too, or takes no tokens at all.
        """
        if _CONTROL.search(user):
            raise Declined(f"{self._place}: the user name holds a control character", permanent=True)
        mechanism = self._mechanism(client)
        token = self._tokens.token()
        refused = self._try(client, mechanism, user, token)
        if refused is None:
            return
        if not passes(refused) and (newer := self._tokens.token_instead_of(token)) is not None:
            refused = self._try(client, mechanism, user, newer)
        if refused is not None:
            raise LoginError(refused)

    def _mechanism(self, client: Any) -> str:  # noqa: ANN401 - imapclient has no types
        for mechanism in self._mechanisms:
            if client.has_capability(f"AUTH={mechanism}"):
                return mechanism
        raise SignInError(
            f"{self._place}: the server takes no access tokens (it offers neither OAUTHBEARER nor XOAUTH2); "
            "check the host, or use a password",
            permanent=True,
        )

    def _try(self, client: Any, mechanism: str, user: str, token: str) -> str | None:  # noqa: ANN401 - as above
        """Sign in; return None, or what the server said."""
        exchange = _Exchange(self._opening(mechanism, user, token), mechanism, self._place)
        try:
            client.sasl_login(mechanism, exchange.answer)
        except LoginError as error:
            if (lost := lost_connection(error)) is not None:
                raise lost from None
            return f"{error} {exchange.told}"
        return None

    def _opening(self, mechanism: str, user: str, token: str) -> bytes:
        if mechanism == "XOAUTH2":
            return f"user={user}\x01auth=Bearer {token}\x01\x01".encode()
        name = user.replace("=", "=3D").replace(",", "=2C")
        place = f"host={self._host}\x01port={self._port}"
        return f"n,a={name},\x01{place}\x01auth=Bearer {token}\x01\x01".encode()


class _Exchange:
    """One AUTHENTICATE: what we answer to each challenge, and what the server told meanwhile."""

    def __init__(self, opening: bytes, mechanism: str, place: str) -> None:
        self._opening = opening
        self._after_error = b"\x01" if mechanism == "OAUTHBEARER" else b""
        self._place = place
        self._steps = 0
        self.told = "token status unknown"

    def answer(self, challenge: bytes) -> bytes:
        """Return our next words; the first challenge of a server is empty."""
        self._steps += 1
        if self._steps == 1:
            return self._opening
        if self._steps > _MOST_STEPS:
            raise ProtocolFault(f"{self._place}: the sign-in with a token does not come to an end")
        self.told = told_by(challenge)
        return self._after_error


def told_by(challenge: bytes) -> str:
    """Return the status that an error challenge states, or that it states none."""
    try:
        found = json.loads(challenge) if len(challenge) <= _CHALLENGE_BYTES else None
    except (ValueError, RecursionError):
        found = None
    status = str(found.get("status", "")) if isinstance(found, dict) else ""
    return f"token status {status}" if _STATUS.fullmatch(status) else "token status unknown"
