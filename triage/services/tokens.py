"""Access tokens of one mailbox: kept sealed in the database, renewed once, whoever asks.

A renewal is claimed in a transaction of its own before the provider is asked, and what it brings is
saved before anybody uses it: a refresh token that was rotated is never only in memory when the old one
is dead. The database is not locked while the provider thinks (ADR 0006).
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import structlog

from triage.core.errors import NeedsPerson, SignInError, Unreachable
from triage.oauth.grant import Grant, Provider
from triage.store import mailboxes, sign_ins
from triage.store.database import Database
from triage.store.sign_ins import SealedTokens, SignInRow

if TYPE_CHECKING:
    # It brings cryptography, which only mailboxes with tokens pay for.
    from triage.oauth.vault import Vault

log = structlog.get_logger(__name__)

#: Longer than the provider may take; who dies with the claim blocks the others for so long.
_CLAIM_LASTS: Final = timedelta(seconds=60)
#: How long somebody waits for the renewal of another, and how often it looks.
_WAIT_SECONDS: Final = 75.0
_LOOK_SECONDS: Final = 0.1
#: A token that was just obtained is as good as a new one: another would be refused as well.
_JUST_NOW: Final = timedelta(minutes=1)


class TokenKeeper:
    """The tokens of one mailbox. Safe to share between threads and with other processes."""

    def __init__(
        self,
        database: Database,
        mailbox: str,
        *,
        provider: Provider,
        vault: "Callable[[], Vault]",
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._mailbox = mailbox
        self._provider = provider
        self._vault = vault
        self._clock = clock

    def token(self) -> str:
        """Return an access token that is good for more than some minutes, if the provider lets us.

        Raises:
            SignInError: If a person has to act.
            Unreachable: If there is none now.
            StoreError: If the database cannot be used.
        """
        return self._current(refused=None).access_token

    def token_instead_of(self, refused: str) -> str | None:
        """Return another token than the one that the mail server refused; None if that one is new."""
        stored = self._stored(self._row())
        is_same = stored is not None and stored.access_token == refused
        if stored is not None and is_same and self._clock() - stored.obtained_at < _JUST_NOW:
            return None
        return self._current(refused=refused).access_token

    def keep_fresh(self) -> None:
        """Renew the token in time, so that a provider that is away for minutes stops nobody."""
        row = self._row()
        if row is None or row.tokens is None or row.refusals:
            return
        try:
            self.token()
        except (SignInError, Unreachable) as error:
            # The mailbox is still being read; when its session ends, the error is told with its state.
            log.warning("token not renewed", mailbox=self._mailbox, reason=str(error))

    def save_login(self, grant: Grant) -> None:
        """Save what a person brought who signed in just now."""
        sealed = self._sealed(grant, self._vault())
        with self._database.write() as connection:
            mailbox_id = mailboxes.register_mailbox(connection, self._mailbox, kind="imap")
            sign_ins.save_login(connection, mailbox_id, sealed)
            mailboxes.mark_signed_in(connection, mailbox_id)

    def _current(self, *, refused: str | None) -> Grant:
        owner = uuid4().hex
        give_up_at = time.monotonic() + _WAIT_SECONDS
        while True:
            row = self._opened_row()
            stored = self._stored(row)
            is_wanted = stored is not None and stored.access_token != refused
            if stored is not None and is_wanted and stored.is_fresh(self._clock()):
                return stored
            if self._claim(row, owner):
                return self._renewed(row, stored, owner, fallback=stored if is_wanted else None)
            if stored is not None and is_wanted and stored.is_usable(self._clock()):
                # Another is renewing it; the old one will do meanwhile.
                return stored
            if time.monotonic() > give_up_at:
                raise Unreachable(
                    f"mailbox {self._mailbox}: another process asks for a token and does not end; it is "
                    "tried again"
                )
            time.sleep(_LOOK_SECONDS)

    def _renewed(self, row: SignInRow, stored: Grant | None, owner: str, *, fallback: Grant | None) -> Grant:
        """Ask the provider, and save what it gave; the claim is ours."""
        try:
            # Without a key nothing is asked for: a refresh token that cannot be kept would be lost.
            vault = self._vault()
            grant = self._provider.renew(stored.state if stored else "", now=self._clock())
            sealed = self._sealed(grant, vault)
        except BaseException as error:
            with self._database.write() as connection:
                sign_ins.release(connection, row.mailbox_id, owner=owner)
            if isinstance(error, Unreachable) and fallback is not None and fallback.is_usable(self._clock()):
                log.warning("token not renewed", mailbox=self._mailbox, reason=str(error))
                return fallback
            raise
        with self._database.write() as connection:
            is_ours = sign_ins.save_renewed(connection, row.mailbox_id, sealed, version=row.version)
        if is_ours:
            log.info("token renewed", mailbox=self._mailbox)
            return grant
        # We slept through our claim, or a person signed in meanwhile: what is stored is as new.
        newer = self._stored(self._row())
        return newer if newer is not None and newer.is_usable(self._clock()) else grant

    def _claim(self, row: SignInRow, owner: str) -> bool:
        now = self._clock()
        with self._database.write() as connection:
            return sign_ins.claim(
                connection,
                row.mailbox_id,
                version=row.version,
                owner=owner,
                now=now,
                until=now + _CLAIM_LASTS,
            )

    def _stored(self, row: SignInRow | None) -> Grant | None:
        """Return the stored grant, or None if there is none that these settings may use."""
        if row is None or row.tokens is None or row.tokens.belongs_to != self._provider.fingerprint:
            return None
        try:
            return self._vault().open(row.tokens.sealed, mailbox=self._mailbox)
        except NeedsPerson:
            if self._provider.is_person:
                raise
            # The key was changed; an application gets its next token without the old one.
            return None

    def _sealed(self, grant: Grant, vault: "Vault") -> SealedTokens:
        return SealedTokens(
            belongs_to=self._provider.fingerprint,
            sealed=vault.seal(grant),
            obtained_at=grant.obtained_at,
            expires_at=grant.expires_at,
            renewable_since=grant.renewable_since,
        )

    def _row(self) -> SignInRow | None:
        with self._database.read() as connection:
            return sign_ins.find(connection, self._mailbox)

    def _opened_row(self) -> SignInRow:
        row = self._row()
        while row is None:
            with self._database.write() as connection:
                mailbox_id = mailboxes.register_mailbox(connection, self._mailbox, kind="imap")
                sign_ins.open_row(connection, mailbox_id)
            row = self._row()
        return row


def keep_fresh(keepers: Iterable[TokenKeeper]) -> None:
    """Renew in time what each of them keeps."""
    for keeper in keepers:
        keeper.keep_fresh()


def reseal_all(database: Database, vault: "Vault") -> tuple[int, tuple[str, ...]]:
    """Seal all stored tokens with the first key.

    Returns:
        How many were sealed, and the mailboxes whose tokens no key opens.
    """
    with database.read() as connection:
        rows = sign_ins.list_all(connection)
    done, lost = 0, []
    for row in rows:
        if row.tokens is None:
            continue
        try:
            sealed = vault.rotate(row.tokens.sealed)
        except ValueError:
            lost.append(row.mailbox)
            continue
        with database.write() as connection:
            # Renewed meanwhile: that was sealed with the first key anyway.
            sign_ins.reseal(connection, row, sealed)
        done += 1
    return done, tuple(lost)
