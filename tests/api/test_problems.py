import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.problems import KINDS
from tests.api.conftest import client_for
from tests.fakes.seed import Seed


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/threads/999999", 404, "not_found"),
        ("GET", "/v1/nowhere", 404, "not_found"),
        ("DELETE", "/v1/queue", 405, "method_not_allowed"),
        ("GET", "/v1/queue?view=nope", 422, "invalid_request"),
        ("GET", "/v1/queue?cursor=x", 400, "invalid_cursor"),
    ],
)
def test_every_error_is_a_problem_document(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"urn:triage:problem:{code}"
    assert (body["status"], body["code"]) == (status, code)
    assert body["title"]
    assert body["detail"]


def test_without_a_token_nothing_of_the_api_answers(company: Seed) -> None:
    client = client_for(company)

    for path in ("/v1/queue", "/v1/threads/1", "/v1/coverage", "/metrics"):
        answer = client.get(path)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json()["code"] == "unauthenticated"


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer tri_wrong", "tri_x"])
def test_a_header_without_a_valid_token_is_refused(company: Seed, header: str) -> None:
    assert client_for(company).get("/v1/queue", headers={"Authorization": header}).status_code == 401


def test_an_error_repeats_nothing_that_was_sent(client: TestClient) -> None:
    marker = "SecretMarker"

    for answer in (
        client.get("/v1/queue", params={"view": marker}),
        client.get(f"/v1/threads/{marker}"),
        client.get(f"/v1/{marker}"),
        client.post("/v1/lookup", json={"message_ids": [{"x": marker}]}),
    ):
        assert marker not in answer.text


def test_a_fault_inside_is_a_problem_that_tells_nothing_of_its_cause(
    changing: Seed, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_for(changing, "all")
    with changing.database.write() as connection:
        connection.execute(sa.text("ALTER TABLE thread DROP COLUMN snippet"))

    answer = client.get("/v1/queue")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "snippet" not in answer.text
    assert caplog.records


def test_an_error_is_a_page_for_people(browser: TestClient, company: Seed) -> None:
    browser.headers["Authorization"] = f"Bearer {company.tokens['all']}"

    answer = browser.get("/threads/999999")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "There is no such object" in answer.text


def test_a_large_body_is_refused_before_it_is_read(client: TestClient) -> None:
    answer = client.post("/v1/lookup", content=b"x" * 300_000, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_every_kind_of_problem_has_its_own_code_and_status() -> None:
    assert len({kind.code for kind in KINDS}) == len({kind.status for kind in KINDS}) == len(KINDS)
