"""Tokens of Google, by google-auth: for a person who agreed once in a browser, or for a service account.

Source: Google Identity, "Using OAuth 2.0 for Mobile & Desktop Apps" and "Using OAuth 2.0 for Server to
Server Applications"; Gmail, "IMAP OAuth 2.0 mechanism".
"""

import hashlib
import json
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from triage.core.errors import NeedsPerson, Unreachable
from triage.core.loopback import is_loopback
from triage.oauth.grant import Grant, refusal
from triage.oauth.microsoft import never_signed_in

#: The only scope that opens IMAP.
SCOPE: Final = "https://mail.google.com/"


class GooglePerson:
    """Tokens of a person who agreed once, for an application of the type "desktop app".

    Args:
        mailbox: Name of the mailbox; errors use it.
        client: Returns the client file as Google's console offers it, JSON.
    """

    is_person = True

    def __init__(self, mailbox: str, client: Callable[[], str]) -> None:
        self._mailbox = mailbox
        self._client = client

    @property
    def fingerprint(self) -> str:
        """Names the settings; a new secret of the same client changes nothing."""
        return _fingerprint("google-person", self._installed()["client_id"])

    def renew(self, state: str, *, now: datetime) -> Grant:
        """Get a new access token.

        Raises:
            NeedsPerson: If the person has to agree again.
            Unreachable: If it may work later.
        """
        if not state:
            raise never_signed_in(self._mailbox)
        from google.oauth2.credentials import Credentials  # noqa: PLC0415 - only Google mailboxes pay for it

        client = self._installed()
        credentials = Credentials(  # type: ignore[no-untyped-call]
            None,
            refresh_token=json.loads(state)["refresh_token"],
            token_uri=client["token_uri"],
            client_id=client["client_id"],
            client_secret=client.get("client_secret"),
        )
        return _refreshed(self._mailbox, credentials, now, is_person=True)

    def begin(self, user: str) -> "BrowserSignIn":
        """Begin the first sign-in.

        Args:
            user: Address that the browser proposes.

        Raises:
            NeedsPerson: If the client file cannot be used.
        """
        from google_auth_oauthlib.flow import InstalledAppFlow  # noqa: PLC0415 - for the first sign-in only

        flow = InstalledAppFlow.from_client_config({"installed": self._installed()}, [SCOPE])
        return BrowserSignIn(self._mailbox, flow, user)

    def _installed(self) -> Mapping[str, Any]:
        client = _file(self._mailbox, self._client(), "google.client").get("installed")
        wanted = {"client_id", "auth_uri", "token_uri"}
        if not isinstance(client, dict) or not wanted <= client.keys():
            raise NeedsPerson(
                f"mailbox {self._mailbox}: google.client is not the client file of a desktop app; download "
                "it from the credentials page of Google's console"
            )
        for name in ("auth_uri", "token_uri"):
            _refuse_insecure(self._mailbox, client[name])
        return client


class BrowserSignIn:
    """A first sign-in: the person agrees in a browser, on this machine or on another."""

    def __init__(self, mailbox: str, flow: Any, user: str) -> None:  # noqa: ANN401 - the library has no types
        self._mailbox = mailbox
        self._flow = flow
        # Without these Google gives a refresh token the first time only.
        self._options = {"access_type": "offline", "prompt": "consent", "login_hint": user}

    def agree_here(self, show: str, *, seconds: int, clock: Callable[[], datetime]) -> Grant:
        """Print the address, and wait until a browser on this machine comes back from it.

        Args:
            show: What is printed, with ``{url}`` in it.

        Raises:
            NeedsPerson: If the person declined, or did not come back.
        """
        with self._told():
            self._flow.run_local_server(
                port=0,
                open_browser=False,
                authorization_prompt_message=show,
                success_message="Signed in. You may close this window.",
                timeout_seconds=seconds,
                **self._options,
            )
        return self._granted(clock())

    def address(self) -> str:
        """Return where a person agrees who then pastes the address that the browser ends at."""
        # Nobody listens there: the browser shows an error, and its address holds the answer.
        self._flow.redirect_uri = "http://localhost:1/"
        return str(self._flow.authorization_url(**self._options)[0])

    def agreed(self, answer: str, *, clock: Callable[[], datetime]) -> Grant:
        """Return what the pasted address brings.

        Raises:
            NeedsPerson: If it holds no consent.
        """
        with self._told():
            self._flow.fetch_token(authorization_response=answer.replace("http://", "https://", 1))
        return self._granted(clock())

    def _granted(self, now: datetime) -> Grant:
        credentials = self._flow.credentials
        granted = credentials.granted_scopes
        if not credentials.refresh_token or (granted is not None and SCOPE not in granted):
            raise self._without_mail()
        return _as_grant(credentials, now)

    def _without_mail(self) -> NeedsPerson:
        return NeedsPerson(
            f"mailbox {self._mailbox}: Google gave no lasting access to mail; run again: triage mailbox "
            f"login {self._mailbox}, and leave the box for mail ticked"
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn the errors of four libraries into a sentence without what they hold."""
        from google_auth_oauthlib.flow import WSGITimeoutError  # noqa: PLC0415 - as above
        from oauthlib.oauth2 import OAuth2Error  # noqa: PLC0415 - as above
        from requests import RequestException  # noqa: PLC0415 - as above

        try:
            yield
        except Warning:
            # oauthlib's way to say that other boxes were ticked than asked for.
            raise self._without_mail() from None
        except WSGITimeoutError:
            raise NeedsPerson(
                f"mailbox {self._mailbox}: nobody came back from the browser; run again: triage mailbox "
                f"login {self._mailbox}"
            ) from None
        except (OAuth2Error, RequestException, OSError, ValueError) as error:
            raise NeedsPerson(
                f"mailbox {self._mailbox}: Google gave no access ({type(error).__name__}); agree in the "
                f"browser, and run again: triage mailbox login {self._mailbox}"
            ) from None


class GoogleService:
    """Tokens of a service account that an administrator let into the mailboxes of a domain.

    Args:
        user: Address of the mailbox, in whose name the account acts.
        key: Returns the key file of the account, JSON.
    """

    is_person = False

    def __init__(self, mailbox: str, user: str, key: Callable[[], str]) -> None:
        self._mailbox = mailbox
        self._user = user
        self._key = key

    @property
    def fingerprint(self) -> str:
        """Names the settings."""
        return _fingerprint("google-service", str(self._info().get("client_email")), self._user)

    def renew(self, state: str, *, now: datetime) -> Grant:
        """Get a new access token.

        Raises:
            NeedsPerson: If the key or the delegation has to be corrected.
            Unreachable: If it may work later.
        """
        del state  # nothing but the key is needed
        from google.oauth2.service_account import Credentials  # noqa: PLC0415 - as above

        info = self._info()
        try:
            credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                info, scopes=[SCOPE], subject=self._user
            )
        except ValueError:
            raise _wrong_key(self._mailbox) from None
        _refuse_insecure(self._mailbox, info["token_uri"])
        return _refreshed(self._mailbox, credentials, now, is_person=False)

    def _info(self) -> Mapping[str, Any]:
        info = _file(self._mailbox, self._key(), "google.service_account")
        if not info.keys() >= {"client_email", "private_key", "token_uri"}:
            raise _wrong_key(self._mailbox)
        return info


def _refreshed(mailbox: str, credentials: Any, now: datetime, *, is_person: bool) -> Grant:  # noqa: ANN401 - few types
    from google.auth.exceptions import RefreshError, TransportError  # noqa: PLC0415 - as above
    from google.auth.transport.requests import Request  # noqa: PLC0415 - as above

    from triage.oauth.transport import TokenEndpoint  # noqa: PLC0415 - it brings requests

    try:
        credentials.refresh(Request(session=TokenEndpoint(mailbox)))
    except RefreshError as error:
        said = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], dict) else {}
        name, kind = str(said.get("error", "no error named")), str(said.get("error_subtype", ""))
        raise refusal(mailbox, name, kind, is_person=is_person) from None
    except TransportError as error:
        raise Unreachable(
            f"mailbox {mailbox}: the provider of tokens cannot be reached ({type(error).__name__}); it is "
            "tried again"
        ) from None
    return _as_grant(credentials, now)


def _as_grant(credentials: Any, now: datetime) -> Grant:  # noqa: ANN401 - few types
    # google-auth counts from the system's clock, without a zone.
    lasts = credentials.expiry.replace(tzinfo=UTC) - datetime.now(UTC)
    refresh_token = getattr(credentials, "refresh_token", None)
    return Grant(
        access_token=credentials.token,
        obtained_at=now,
        expires_at=now + lasts,
        state=json.dumps({"refresh_token": refresh_token}) if refresh_token else "",
    )


def _file(mailbox: str, text: str, key: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NeedsPerson(
            f"mailbox {mailbox}: {key} is no JSON; download the file from Google's console again"
        )
    return found


def _wrong_key(mailbox: str) -> NeedsPerson:
    return NeedsPerson(
        f"mailbox {mailbox}: google.service_account is not the key file of a service account; make a JSON "
        "key for it in Google's console"
    )


def _refuse_insecure(mailbox: str, address: object) -> None:
    parts = urllib.parse.urlsplit(str(address))
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise NeedsPerson(
            f"mailbox {mailbox}: the file of Google names an address without https; download it again"
        )


def _fingerprint(*settings: str) -> str:
    return hashlib.sha256(json.dumps(settings).encode()).hexdigest()
