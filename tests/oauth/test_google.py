"""Tokens of Google by google-auth, from a provider on loopback."""

import json
import threading
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.fakes.token_endpoint import TokenServer
from tests.wait import until
from triage.core.errors import NeedsPerson, Unreachable
from triage.oauth.google import GooglePerson, GoogleService

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def person(server: TokenServer) -> GooglePerson:
    return GooglePerson("sales", server.google_client)


def state_of(server: TokenServer) -> str:
    return json.dumps({"refresh_token": server.refresh_token()})


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*pem).decode()


def service(server: TokenServer, private_key: str, **changes: str) -> GoogleService:
    info = {
        "type": "service_account",
        "client_email": "reader@project.iam.example",
        "private_key": private_key,
        "token_uri": server.token_uri,
        **changes,
    }
    return GoogleService("sales", "sales@vendor.example", lambda: json.dumps(info))


def test_a_renewal_keeps_a_rotated_refresh_token(token_server: TokenServer) -> None:
    first = person(token_server).renew(state_of(token_server), now=NOW)

    second = person(token_server).renew(first.state, now=NOW)

    assert {first.access_token, second.access_token} <= token_server.good
    assert first.state != second.state
    assert timedelta(minutes=55) < second.expires_at - NOW <= timedelta(hours=1)


def test_a_renewal_without_rotation_keeps_the_refresh_token(token_server: TokenServer) -> None:
    token_server.rules.rotates = False
    state = state_of(token_server)

    assert person(token_server).renew(state, now=NOW).state == state


def test_a_revoked_sign_in_is_for_the_person(token_server: TokenServer) -> None:
    state = state_of(token_server)
    token_server.revoke()

    with pytest.raises(NeedsPerson, match="triage mailbox login sales"):
        person(token_server).renew(state, now=NOW)


def test_nobody_has_signed_in_yet(token_server: TokenServer) -> None:
    with pytest.raises(NeedsPerson, match="nobody has signed in yet"):
        person(token_server).renew("", now=NOW)


def test_a_broken_provider_may_come_back(token_server: TokenServer) -> None:
    token_server.rules.status = 503

    with pytest.raises(Unreachable, match="status 503"):
        person(token_server).renew(state_of(token_server), now=NOW)


def test_a_service_account_signs_in_by_itself(token_server: TokenServer, private_key: str) -> None:
    grant = service(token_server, private_key).renew("", now=NOW)

    assert grant.access_token in token_server.good
    assert token_server.requests == ["jwt-bearer"]


def test_a_service_account_without_delegation_is_for_the_administrator(
    token_server: TokenServer, private_key: str
) -> None:
    token_server.rules.error = "unauthorized_client"

    with pytest.raises(NeedsPerson, match="does not let it do this"):
        service(token_server, private_key).renew("", now=NOW)


@pytest.mark.parametrize("text", ["", "[]", "{}", "no json", "[" * 100_000])
def test_a_file_that_is_none_of_googles_is_said(text: str) -> None:
    with pytest.raises(NeedsPerson, match=r"google\.client"):
        GooglePerson("sales", lambda: text).renew('{"refresh_token": "x"}', now=NOW)
    with pytest.raises(NeedsPerson, match=r"google\.service_account"):
        GoogleService("sales", "sales@vendor.example", lambda: text).renew("", now=NOW)


def test_a_key_that_is_none_is_said(token_server: TokenServer) -> None:
    with pytest.raises(NeedsPerson, match=r"google\.service_account"):
        service(token_server, "no key").renew("", now=NOW)


def test_tokens_never_go_out_unencrypted(token_server: TokenServer, private_key: str) -> None:
    plain = token_server.google_client().replace("https://localhost", "http://tokens.example")

    with pytest.raises(NeedsPerson, match="without https"):
        GooglePerson("sales", lambda: plain).renew(state_of(token_server), now=NOW)
    with pytest.raises(NeedsPerson, match="without https"):
        service(token_server, private_key, token_uri="http://tokens.example/t").renew("", now=NOW)

    assert token_server.requests == []


def test_a_person_agrees_in_a_browser(token_server: TokenServer) -> None:
    provider = person(token_server)
    sign_in = provider.begin("sales@vendor.example")

    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(sign_in.address()).query))
    came_back_to = f"http://localhost:1/?state={asked['state']}&code=planted-code"
    grant = sign_in.agreed(came_back_to, clock=lambda: NOW)

    assert asked["scope"] == "https://mail.google.com/"
    assert asked["code_challenge_method"] == "S256"
    assert asked["access_type"] == "offline"
    assert provider.renew(grant.state, now=NOW).access_token in token_server.good


def test_a_person_agrees_in_a_browser_on_this_machine(
    token_server: TokenServer, capsys: pytest.CaptureFixture[str]
) -> None:
    sign_in = person(token_server).begin("sales@vendor.example")
    printed: list[str] = []

    def has_address() -> bool:
        printed.append(capsys.readouterr().out)
        return "http" in "".join(printed)

    def browse() -> None:
        until(has_address, "the address is printed")
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit("".join(printed).strip()).query))
        back = f"{asked['redirect_uri']}?state={asked['state']}&code=planted-code"
        with urllib.request.urlopen(back, timeout=20) as page:  # noqa: S310 - loopback
            assert b"Signed in" in page.read()

    browser = threading.Thread(target=browse)
    browser.start()

    grant = sign_in.agree_here("{url}", seconds=20, clock=lambda: NOW)
    browser.join(20)

    assert grant.access_token in token_server.good


@pytest.mark.parametrize("scope", ["openid", ""])
def test_a_person_who_leaves_mail_out_is_told(token_server: TokenServer, scope: str) -> None:
    sign_in = person(token_server).begin("sales@vendor.example")
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(sign_in.address()).query))
    token_server.rules.scope = scope

    with pytest.raises(NeedsPerson, match="leave the box for mail ticked"):
        sign_in.agreed(f"http://localhost:1/?state={asked['state']}&code=x", clock=lambda: NOW)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "no address",
        "http://localhost:1/?error=access_denied&state={state}",
        "http://localhost:1/?code=x&state=y",
    ],
)
def test_a_person_who_does_not_agree_is_told(token_server: TokenServer, answer: str) -> None:
    sign_in = person(token_server).begin("sales@vendor.example")
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(sign_in.address()).query))

    with pytest.raises(NeedsPerson, match="Google gave no access"):
        sign_in.agreed(answer.format(state=asked["state"]), clock=lambda: NOW)


def test_a_person_who_never_comes_back_is_told(token_server: TokenServer) -> None:
    sign_in = person(token_server).begin("sales@vendor.example")

    with pytest.raises(NeedsPerson, match="nobody came back"):
        sign_in.agree_here("{url}", seconds=0, clock=lambda: NOW)
