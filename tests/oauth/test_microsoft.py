"""Tokens of Microsoft by msal, from a provider on loopback."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.token_endpoint import CLIENT_ID, CLIENT_SECRET, PERSON, TENANT, TokenServer
from triage.core.errors import MailboxError, NeedsPerson, Unreachable
from triage.oauth.grant import Grant
from triage.oauth.microsoft import MicrosoftApplication, MicrosoftPerson, Registration

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def registration(server: TokenServer, *, tenant: str = TENANT) -> Registration:
    return Registration(mailbox="support", tenant=tenant, client_id=CLIENT_ID, authority=server.authority)


def signed_in(server: TokenServer) -> tuple[MicrosoftPerson, Grant]:
    provider = MicrosoftPerson(registration(server))
    return provider, provider.finish(provider.begin(now=NOW), clock=lambda: NOW)


def test_a_person_enters_a_code_once(token_server: TokenServer) -> None:
    provider = MicrosoftPerson(registration(token_server))

    code = provider.begin(now=NOW)
    grant = provider.finish(code, clock=lambda: NOW)

    assert code.code == "ABCD-EFGH"
    assert code.address.startswith("https://")
    assert code.expires_at == NOW + timedelta(seconds=900)
    assert grant.access_token in token_server.good
    assert grant.expires_at == NOW + timedelta(hours=1)
    assert grant.renewable_since == NOW


def test_a_renewal_brings_a_rotated_refresh_token_which_the_next_one_uses(token_server: TokenServer) -> None:
    provider, first = signed_in(token_server)
    later = NOW + timedelta(hours=1)

    second = provider.renew(first.state, now=later)
    third = provider.renew(second.state, now=later)

    assert len({first.access_token, second.access_token, third.access_token}) == 3
    assert second.renewable_since == later
    with pytest.raises(NeedsPerson, match="revoked, or ran out"):
        provider.renew(first.state, now=later)


def test_a_refresh_token_that_stays_keeps_its_age(token_server: TokenServer) -> None:
    provider, first = signed_in(token_server)
    token_server.rules.rotates = False

    second = provider.renew(first.state, now=NOW + timedelta(days=20))
    third = provider.renew(second.state, now=NOW + timedelta(days=40))

    assert third.renewable_since == NOW


def test_an_application_signs_in_by_itself(token_server: TokenServer) -> None:
    provider = MicrosoftApplication(registration(token_server), lambda: CLIENT_SECRET)

    grant = provider.renew("", now=NOW)

    assert grant.access_token in token_server.good
    assert grant.renewable_since is None
    assert token_server.requests == ["client_credentials"]


def test_a_wrong_client_secret_is_for_a_person(token_server: TokenServer) -> None:
    provider = MicrosoftApplication(registration(token_server), lambda: "wrong")

    with pytest.raises(NeedsPerson, match=r"client secret is wrong or has run out \(invalid_client, AADSTS7"):
        provider.renew("", now=NOW)


def test_an_unknown_tenant_is_for_a_person(token_server: TokenServer) -> None:
    provider = MicrosoftPerson(registration(token_server, tenant="typo.example"))

    with pytest.raises(NeedsPerson, match="tenant is not known"):
        provider.begin(now=NOW)


@pytest.mark.parametrize(
    ("error", "codes", "said"),
    [
        ("invalid_grant", (50173,), r"revoked, or ran out \(invalid_grant, AADSTS50173\)"),
        ("invalid_grant", (), r"revoked, or ran out \(invalid_grant\)"),
        ("interaction_required", (50076,), "wants a person to confirm"),
        ("consent_required", (65001,), "consent was withdrawn"),
        ("unauthorized_client", (700016,), "does not know the application"),
    ],
)
def test_what_only_a_person_can_mend_is_said(
    token_server: TokenServer, error: str, codes: tuple[int, ...], said: str
) -> None:
    provider, grant = signed_in(token_server)
    token_server.rules.error, token_server.rules.codes = error, codes

    with pytest.raises(NeedsPerson, match=said) as raised:
        provider.renew(grant.state, now=NOW)

    assert "triage mailbox login support" in str(raised.value)
    assert PERSON not in str(raised.value)
    assert raised.value.state == "auth_failed"


@pytest.mark.parametrize("status", [302, 403, 407, 429, 500, 503])
def test_an_answer_that_is_none_may_pass(token_server: TokenServer, status: int) -> None:
    provider, grant = signed_in(token_server)
    token_server.rules.status = status

    with pytest.raises(Unreachable, match=f"status {status}") as raised:
        provider.renew(grant.state, now=NOW)

    assert not raised.value.permanent


def test_a_page_of_a_proxy_is_no_answer(token_server: TokenServer) -> None:
    provider, grant = signed_in(token_server)
    token_server.rules.status = 200

    with pytest.raises(Unreachable, match="no token"):
        provider.renew(grant.state, now=NOW)


def test_a_provider_error_that_is_not_in_the_list_may_pass(token_server: TokenServer) -> None:
    provider, grant = signed_in(token_server)
    token_server.rules.error = "temporarily_unavailable\r\n"

    with pytest.raises(Unreachable, match=r"temporarily_unavailable\?\?") as raised:
        provider.renew(grant.state, now=NOW)

    assert "\n" not in str(raised.value)


def test_a_provider_that_is_not_there_may_come_back() -> None:
    nobody = Registration(
        mailbox="support", tenant=TENANT, client_id=CLIENT_ID, authority="https://localhost:9"
    )

    with pytest.raises(Unreachable, match="cannot be reached"):
        MicrosoftPerson(nobody).begin(now=NOW)


def test_a_provider_with_a_certificate_of_nobody_is_told_nothing(
    token_server: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")

    with pytest.raises(Unreachable, match="SSLError"):
        MicrosoftPerson(registration(token_server)).begin(now=NOW)

    assert token_server.requests == []


def test_nobody_has_signed_in_yet(token_server: TokenServer) -> None:
    with pytest.raises(NeedsPerson, match="nobody has signed in yet"):
        MicrosoftPerson(registration(token_server)).renew("", now=NOW)


def test_a_code_that_is_declined_is_said(token_server: TokenServer) -> None:
    provider = MicrosoftPerson(registration(token_server))
    code = provider.begin(now=NOW)
    token_server.rules.error = "access_denied"

    with pytest.raises(MailboxError, match="declined"):
        provider.finish(code, clock=lambda: NOW)


def test_national_clouds_have_rights_of_their_own() -> None:
    there = Registration(
        mailbox="m", tenant="t", client_id="c", authority="https://login.partner.microsoftonline.cn"
    )
    here = Registration(mailbox="m", tenant="t", client_id="c")

    assert there.scope(".default") == "https://partner.outlook.cn/.default"
    assert here.scope("IMAP.AccessAsUser.All") == "https://outlook.office365.com/IMAP.AccessAsUser.All"
    assert here.fingerprint("a") != here.fingerprint("b")


def test_no_token_shows_in_what_is_printed(token_server: TokenServer) -> None:
    provider, grant = signed_in(token_server)

    shown = repr((grant, provider, json.dumps(str(grant)), provider.begin(now=NOW)))

    assert "planted" not in shown
