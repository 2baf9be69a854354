"""Tokens at rest: encrypted and authenticated by a key that is not in the database (Fernet)."""

import json
from collections.abc import Sequence
from datetime import datetime

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from triage.core.errors import NeedsPerson
from triage.oauth.grant import Grant


def new_key() -> str:
    """Return a new key: 32 random bytes in URL-safe base64."""
    return Fernet.generate_key().decode("ascii")


class Vault:
    """Seals with the first key, opens with any.

    Args:
        keys: As ``new_key`` returns them, the present one first.

    Raises:
        ValueError: If one is not a key.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def seal(self, grant: Grant) -> bytes:
        """Return the grant encrypted."""
        since = grant.renewable_since
        plain = {
            "access_token": grant.access_token,
            "obtained_at": grant.obtained_at.isoformat(),
            "expires_at": grant.expires_at.isoformat(),
            "state": grant.state,
            "renewable_since": since.isoformat() if since else None,
        }
        return self._fernet.encrypt(json.dumps(plain).encode("utf-8"))

    def open(self, sealed: bytes, *, mailbox: str) -> Grant:
        """Return a sealed grant.

        Raises:
            NeedsPerson: If no key opens it.
        """
        try:
            plain = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise NeedsPerson(
                f"mailbox {mailbox}: no key of token_keys opens its stored sign-in; put the earlier key back "
                f"as the second one, or run: triage mailbox login {mailbox}"
            ) from None
        since = plain["renewable_since"]
        return Grant(
            access_token=plain["access_token"],
            obtained_at=datetime.fromisoformat(plain["obtained_at"]),
            expires_at=datetime.fromisoformat(plain["expires_at"]),
            state=plain["state"],
            renewable_since=datetime.fromisoformat(since) if since else None,
        )

    def rotate(self, sealed: bytes) -> bytes:
        """Return the same content sealed with the first key.

        Raises:
            ValueError: If no key opens it.
        """
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken:
            raise ValueError("no key opens it") from None
