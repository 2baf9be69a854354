import pytest
from starlette.testclient import TestClient

from api.deps import COOKIE, local_path
from tests.api.conftest import PUBLIC_URL, client_for
from tests.fakes.seed import NOW, Seed
from triage.services import access
from triage.store.database import Database


def signed_in(company: Seed) -> TestClient:
    client = client_for(company)
    answer = client.post("/login", data={"token": company.tokens["all"]}, headers={"Origin": PUBLIC_URL})
    assert answer.status_code == 303
    return client


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(company: Seed) -> None:
    answer = client_for(company).post(
        "/login", data={"token": company.tokens["all"]}, headers={"Origin": PUBLIC_URL}
    )

    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Secure" not in cookie


def test_over_tls_the_cookie_never_leaves_it(company: Seed) -> None:
    client = client_for(company, public_url="https://triage.example")

    answer = client.post(
        "/login", data={"token": company.tokens["all"]}, headers={"Origin": "https://triage.example"}
    )

    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_session_reads_the_api_like_its_token(company: Seed) -> None:
    assert signed_in(company).get("/v1/queue").status_code == 200


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://testserver.evil.example"])
def test_another_site_cannot_post_with_the_session(company: Seed, origin: str | None) -> None:
    client = signed_in(company)
    headers = {"Origin": origin} if origin else {}

    for path in ("/v1/lookup", "/logout", "/login"):
        answer = client.post(path, headers=headers, json={} if path.startswith("/v1") else None)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_origin")


def test_our_own_page_can_post_with_the_session(company: Seed) -> None:
    assert signed_in(company).post("/v1/lookup", json={}, headers={"Origin": PUBLIC_URL}).status_code == 200


def test_a_program_with_a_token_needs_no_origin(client: TestClient) -> None:
    assert client.post("/v1/lookup", json={}).status_code == 200


def test_a_bad_header_is_not_saved_by_a_good_cookie(company: Seed) -> None:
    client = signed_in(company)

    assert client.get("/v1/queue", headers={"Authorization": "Bearer tri_wrong"}).status_code == 401


@pytest.mark.parametrize("query", ["cursor=nonsense", "view=nope", "limit=x"])
def test_who_may_not_ask_is_not_told_what_is_wrong_with_the_question(company: Seed, query: str) -> None:
    client = client_for(company)

    for headers in ({}, {"Authorization": "Bearer tri_wrong"}):
        answer = client.get(f"/v1/queue?{query}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_a_revoked_token_ends_at_once_for_pages_and_look_ups(changing: Seed) -> None:
    client = client_for(changing, "all")
    other = Database(str(changing.database.engine.url))
    assert client.get("/v1/queue").status_code == 200
    assert client.post("/v1/lookup", json={}).status_code == 200

    access.revoke_token(other, access.FIRST_NAME, now=NOW)

    assert client.get("/v1/queue").status_code == 401
    assert client.post("/v1/lookup", json={}).status_code == 401
    other.close()


def test_a_revoked_token_ends_the_session_at_once(changing: Seed) -> None:
    client = signed_in(changing)
    access.revoke_token(changing.database, access.FIRST_NAME, now=NOW)

    assert client.get("/v1/queue").status_code == 401


def test_signing_out_makes_the_browser_forget_the_token(company: Seed) -> None:
    client = signed_in(company)

    client.post("/logout", headers={"Origin": PUBLIC_URL})

    assert COOKIE not in client.cookies
    assert client.get("/v1/queue").status_code == 401


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "evil",
        "/a\\b",
        "/a\nb",
        "",
        None,
        "javascript:1",
    ],
)
def test_signing_in_never_leads_to_another_site(target: str | None) -> None:
    assert local_path(target) == "/"


def test_signing_in_leads_back_to_where_one_wanted_to_go() -> None:
    assert local_path("/threads/5?x=1") == "/threads/5?x=1"
