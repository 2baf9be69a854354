"""Tokens of Microsoft 365, by msal: for a person who entered a code once, or for an application.

Source: Microsoft Learn, "Authenticate an IMAP, POP or SMTP connection using OAuth".
"""

import hashlib
import json
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from triage.core.errors import NeedsPerson
from triage.oauth.grant import Grant, refusal

AUTHORITY: Final = "https://login.microsoftonline.com"
#: A refresh token that lies idle for so long ends.
REFRESH_TOKEN_LASTS: Final = timedelta(days=90)

_OUTLOOK: Final = "https://outlook.office365.com"
#: National clouds, by the host that signs in.
_OUTLOOK_ELSEWHERE: Final = {
    "login.microsoftonline.us": "https://outlook.office365.us",
    "login.partner.microsoftonline.cn": "https://partner.outlook.cn",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Registration:
    """An application as registered at Microsoft.

    Attributes:
        mailbox: Name of the mailbox that it reads; errors use it.
        tenant: Identifier or domain of the directory.
        authority: Address of the cloud, without the tenant.
    """

    mailbox: str
    tenant: str
    client_id: str
    authority: str = AUTHORITY

    @property
    def address(self) -> str:
        """Where the tenant signs in."""
        return f"{self.authority.rstrip('/')}/{self.tenant}"

    def scope(self, right: str) -> str:
        """Return the name of a right on mailboxes of this cloud."""
        host = urllib.parse.urlsplit(self.authority).hostname or ""
        return f"{_OUTLOOK_ELSEWHERE.get(host, _OUTLOOK)}/{right}"

    def fingerprint(self, kind: str) -> str:
        """Return a name of these settings."""
        return hashlib.sha256(json.dumps([kind, self.address, self.client_id]).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceCode:
    """What a person enters, and where.

    Attributes:
        flow: What msal needs to go on.
    """

    address: str
    code: str
    expires_at: datetime
    flow: dict[str, Any] = field(repr=False)


class MicrosoftPerson:
    """Tokens of a person who signed in once with a device code (RFC 8628)."""

    is_person = True

    def __init__(self, registration: Registration) -> None:
        self._registration = registration

    @property
    def fingerprint(self) -> str:
        """Names the settings."""
        return self._registration.fingerprint("microsoft-person")

    def renew(self, state: str, *, now: datetime) -> Grant:
        """Get a new access token, and mostly a new refresh token with it.

        Raises:
            NeedsPerson: If the person has to sign in again.
            Unreachable: If it may work later.
        """
        app, cache = self._application(state)
        account = next(iter(app.get_accounts()), None)
        if account is None:
            raise never_signed_in(self._registration.mailbox)
        result = app.acquire_token_silent_with_error(self._scopes, account, force_refresh=True)
        if result is None:
            raise never_signed_in(self._registration.mailbox)
        return self._grant(result, cache, now, earlier=state)

    def begin(self, *, now: datetime) -> DeviceCode:
        """Ask for a code that a person then enters.

        Raises:
            NeedsPerson: If the application may not do this.
            Unreachable: If it may work later.
        """
        app, _ = self._application("")
        flow = app.initiate_device_flow(self._scopes)
        if "user_code" not in flow:
            raise _refused(self._registration.mailbox, flow)
        return DeviceCode(
            address=flow["verification_uri"],
            code=flow["user_code"],
            expires_at=now + timedelta(seconds=int(flow.get("expires_in", 900))),
            flow=flow,
        )

    def finish(self, code: DeviceCode, *, clock: Callable[[], datetime]) -> Grant:
        """Wait until the code is entered, at most until it runs out.

        Raises:
            NeedsPerson: If it was not entered, or the person declined.
            Unreachable: If it may work later.
        """
        app, cache = self._application("")
        result = app.acquire_token_by_device_flow(dict(code.flow))
        return self._grant(result, cache, clock(), earlier="")

    @property
    def _scopes(self) -> list[str]:
        # msal adds offline_access, openid and profile by itself.
        return [self._registration.scope("IMAP.AccessAsUser.All")]

    def _application(self, state: str) -> tuple[Any, Any]:
        """Return msal's application on a cache with this content, and the cache."""
        import msal  # noqa: PLC0415 - a fifth of a second that only token mailboxes pay

        cache = msal.SerializableTokenCache()
        cache.deserialize(_tokens_of(state))
        return _application(msal.PublicClientApplication, self._registration, token_cache=cache), cache

    def _grant(self, result: dict[str, Any], cache: Any, now: datetime, *, earlier: str) -> Grant:  # noqa: ANN401 - msal has no types
        if "access_token" not in result:
            raise _refused(self._registration.mailbox, result)
        tokens = cache.serialize()
        was = json.loads(earlier) if earlier else {}
        is_rotated = _refresh_tokens(tokens) != _refresh_tokens(was.get("cache", ""))
        since = now if is_rotated or not was else datetime.fromisoformat(was["since"])
        return Grant(
            access_token=result["access_token"],
            obtained_at=now,
            expires_at=now + timedelta(seconds=int(result["expires_in"])),
            state=json.dumps({"cache": tokens, "since": since.isoformat()}),
            renewable_since=since,
        )


class MicrosoftApplication:
    """Tokens of an application that an administrator let into single mailboxes (client credentials)."""

    is_person = False

    def __init__(self, registration: Registration, secret: Callable[[], str]) -> None:
        self._registration = registration
        self._secret = secret

    @property
    def fingerprint(self) -> str:
        """Names the settings."""
        return self._registration.fingerprint("microsoft-application")

    def renew(self, state: str, *, now: datetime) -> Grant:
        """Get a new access token.

        Raises:
            NeedsPerson: If the secret or the registration has to be corrected.
            Unreachable: If it may work later.
        """
        del state  # nothing but the secret is needed
        import msal  # noqa: PLC0415 - as above

        app = _application(
            msal.ConfidentialClientApplication, self._registration, client_credential=self._secret()
        )
        result = app.acquire_token_for_client([self._registration.scope(".default")])
        if "access_token" not in result:
            raise _refused(self._registration.mailbox, result, is_person=False)
        return Grant(
            access_token=result["access_token"],
            obtained_at=now,
            expires_at=now + timedelta(seconds=int(result["expires_in"])),
        )


def never_signed_in(mailbox: str) -> NeedsPerson:
    """Return the error for a mailbox whose person never signed in."""
    return NeedsPerson(f"mailbox {mailbox}: nobody has signed in yet; run: triage mailbox login {mailbox}")


def _application(kind: Callable[..., Any], registration: Registration, **options: Any) -> Any:  # noqa: ANN401 - msal has no types
    """Return msal's application; msal asks the provider for its addresses here.

    Raises:
        NeedsPerson: If there is no such tenant.
        Unreachable: If it may work later.
    """
    from triage.oauth.transport import TokenEndpoint  # noqa: PLC0415 - it brings requests

    try:
        return kind(
            registration.client_id,
            authority=registration.address,
            # The address comes from our own configuration: nobody else has to vouch for it.
            instance_discovery=False,
            http_client=TokenEndpoint(registration.mailbox),
            **options,
        )
    except ValueError:
        raise refusal(registration.mailbox, "invalid_tenant", is_person=False) from None


def _refused(mailbox: str, result: dict[str, Any], *, is_person: bool = True) -> Exception:
    codes = ", ".join(f"AADSTS{code}" for code in result.get("error_codes", ()) if isinstance(code, int))
    return refusal(mailbox, str(result.get("error", "no error named")), codes, is_person=is_person)


def _tokens_of(state: str) -> str:
    return json.loads(state)["cache"] if state else ""


def _refresh_tokens(cache: str) -> set[str]:
    """Return the refresh tokens in msal's own form of its cache."""
    found = json.loads(cache).get("RefreshToken", {}) if cache else {}
    return {entry["secret"] for entry in found.values()}
