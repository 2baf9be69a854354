"""Tokens at rest."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from triage.core.errors import NeedsPerson
from triage.oauth.grant import Grant
from triage.oauth.vault import Vault, new_key

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
GRANT = Grant(
    access_token="planted-access",
    obtained_at=NOW,
    expires_at=NOW,
    state="planted-refresh",
    renewable_since=NOW,
)


def test_what_is_sealed_shows_nothing_and_opens_again() -> None:
    vault = Vault([new_key()])

    sealed = vault.seal(GRANT)

    assert b"planted" not in sealed
    assert vault.open(sealed, mailbox="support") == GRANT
    assert vault.open(vault.seal(replace(GRANT, renewable_since=None)), mailbox="s").renewable_since is None


def test_an_earlier_key_opens_and_the_new_one_seals() -> None:
    old, new = new_key(), new_key()
    sealed = Vault([old]).seal(GRANT)

    rotated = Vault([new, old]).rotate(sealed)

    assert Vault([new]).open(rotated, mailbox="support") == GRANT
    with pytest.raises(ValueError, match="no key opens it"):
        Vault([new]).rotate(sealed)


def test_without_its_key_it_stays_closed_and_says_what_to_do() -> None:
    sealed = Vault([new_key()]).seal(GRANT)

    with pytest.raises(NeedsPerson, match="put the earlier key back") as raised:
        Vault([new_key()]).open(sealed, mailbox="support")

    assert "planted" not in str(raised.value)
