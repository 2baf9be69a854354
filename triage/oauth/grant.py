"""What a provider of tokens gives, and what is said when it does not."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from triage.core.errors import MailboxError, NeedsPerson, Unreachable

#: A token is renewed this long before its end.
EARLY: Final = timedelta(minutes=10)
#: Two clocks of one system differ by less; more means that one was set.
_CLOCK_STEP: Final = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """An access token, and what is needed to get the next one.

    Attributes:
        obtained_at: When it was asked for, by our clock.
        expires_at: Its end by our clock: providers state how long it lasts, not when it ends.
        state: What the provider's library needs for a renewal; holds the refresh token.
        renewable_since: When the refresh token was issued, if it runs out by lying idle; else None.
    """

    access_token: str = field(repr=False)
    obtained_at: datetime
    expires_at: datetime
    state: str = field(repr=False, default="")
    renewable_since: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether the token need not be renewed yet.

        A short-lived one is renewed half-way. One from the future was obtained before the clock was set
        back, so its end means nothing.
        """
        early = min(EARLY, (self.expires_at - self.obtained_at) / 2)
        return now < self.expires_at - early and self.obtained_at <= now + _CLOCK_STEP

    def is_usable(self, now: datetime) -> bool:
        """Tell whether the server should still take the token."""
        return now < self.expires_at and self.obtained_at <= now + _CLOCK_STEP


class Provider(Protocol):
    """A way to get tokens for one mailbox.

    Attributes:
        is_person: A person has to sign in first; else nothing has to be kept between renewals.
    """

    is_person: bool

    @property
    def fingerprint(self) -> str:
        """Names the settings: tokens obtained with others are not used."""

    def renew(self, state: str, *, now: datetime) -> Grant:
        """Get a new access token.

        Args:
            state: Of the last grant; empty when there is none.

        Raises:
            NeedsPerson: If only a person can help: revoked, consent withdrawn, wrong secret.
            Unreachable: If it may work later.
        """


#: Answers that stay the same until a person acts (RFC 6749 section 5.2, OpenID Connect Core 3.1.2.6).
_SIGN_IN_AGAIN: Final = {
    "invalid_grant": "the sign-in was revoked, or ran out",
    "interaction_required": "the provider wants a person to confirm the sign-in",
    "login_required": "the provider wants a person to sign in",
    "consent_required": "the consent was withdrawn, or never given",
    "access_denied": "the person, or the administrator, declined",
    "expired_token": "the code ran out before it was entered",
    "authorization_pending": "the code was not entered in time",
}
_MEND_SETTINGS: Final = {
    "invalid_client": "the client secret is wrong or has run out",
    "unauthorized_client": "the provider does not know the application, or does not let it do this",
    "invalid_scope": "the application has no permission for IMAP",
    "invalid_request": "the provider does not understand the request",
    "unsupported_grant_type": "the application is not allowed to sign in this way",
    "invalid_resource": "the application has no permission for IMAP",
    "invalid_tenant": "the tenant is not known",
    "admin_policy_enforced": "the administrator of the domain does not allow it",
    "disabled_client": "the application was switched off at the provider",
    "deleted_client": "the application was deleted at the provider",
}


def refusal(mailbox: str, error: str, codes: str = "", *, is_person: bool = True) -> MailboxError:
    """Return the error for an answer of a token endpoint.

    Its own description is not repeated: it holds names and addresses.

    Args:
        error: The OAuth error, such as ``invalid_grant``.
        codes: What the provider calls it besides, such as ``AADSTS50173``; empty if nothing.
        is_person: Whether a person signed in, who can do so again.
    """
    named = f"{error}, {codes}" if codes else error
    if error in _SIGN_IN_AGAIN and is_person:
        return NeedsPerson(
            f"mailbox {mailbox}: {_SIGN_IN_AGAIN[error]} ({named}); run: triage mailbox login {mailbox}"
        )
    reason = {**_SIGN_IN_AGAIN, **_MEND_SETTINGS}.get(error)
    if reason is not None:
        return NeedsPerson(
            f"mailbox {mailbox}: {reason} ({named}); correct it as docs/sign-in.md says, then run: triage "
            f"mailbox login {mailbox}"
        )
    return Unreachable(
        f"mailbox {mailbox}: the provider gives no token now ({_plain(named)}); it is tried again"
    )


def _plain(text: str) -> str:
    """Return what is fit for one line of a log."""
    return "".join(sign if sign.isalnum() or sign in "_-, ." else "?" for sign in text)[:80]
