"""Ways to sign in, as they are configured."""

from pathlib import Path

import pytest

from triage.config.load import load
from triage.core.errors import ConfigError


def _sign_in(lines: str, *, keys: str = "token_keys: [{env: TOKEN_KEY}]") -> str:
    return f"""\
{keys}
mailboxes:
  - name: inbox
    host: imap.example.com
    user: support@vendor.example
{lines}
"""


MICROSOFT = "    microsoft: {tenant: vendor.example, client_id: 11111111-2222-3333-4444-555555555555}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_sign_in(""), "exactly one way to sign in: password, microsoft or google"),
        (_sign_in(MICROSOFT + "\n    password: {env: TOKEN_KEY}"), "exactly one way to sign in"),
        (_sign_in("    google: {}"), "exactly one of client and service_account"),
        (_sign_in(MICROSOFT.replace("11111111-", "")), "not an application (client) ID"),
        (_sign_in(MICROSOFT.replace("vendor.example,", "'a/b',")), "tenant is not valid"),
        (
            _sign_in(MICROSOFT.replace("}", ", authority: 'http://login.example'}")),
            "not the address of a Microsoft cloud",
        ),
        (_sign_in(MICROSOFT, keys=""), "which are kept encrypted, and there is no key"),
        (_sign_in(MICROSOFT, keys="token_keys: [{env: NO_KEY}]"), "32 random bytes"),
    ],
    ids=[
        *(
            "no way",
            "two ways",
            "google of nothing",
            "no id",
            "no tenant",
            "no https",
            "no key",
            "no good key",
        ),
    ],
)
def test_sign_in_that_cannot_work_is_said(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_KEY", "A" * 43 + "=")
    monkeypatch.setenv("NO_KEY", "too short")
    path = tmp_path / "config.yaml"
    path.write_text(text)

    with pytest.raises(ConfigError) as raised:
        load(path)

    assert said in str(raised.value)


def test_sign_in_by_tokens_is_a_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_KEY", "A" * 43 + "=")
    path = tmp_path / "config.yaml"
    path.write_text(_sign_in(MICROSOFT))

    assert load(path).mailboxes[0].needs_tokens
