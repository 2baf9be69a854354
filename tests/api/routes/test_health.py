from starlette.testclient import TestClient

from tests.api.conftest import client_for
from tests.fakes.seed import Seed
from triage.store.database import Database


def test_a_living_process_says_so_to_anybody(company: Seed) -> None:
    client = client_for(company)

    assert client.get("/livez").text == "ok\n"
    assert client.get("/readyz").text == "ok\n"


def test_a_database_that_cannot_be_reached_makes_the_process_not_ready() -> None:
    nowhere = Database("postgresql+psycopg://triage@127.0.0.1:1/triage")
    client = client_for(Seed(database=nowhere))

    assert client.get("/livez").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "127.0.0.1" not in answer.text


def test_metrics_count_answers_by_route_and_tell_the_age_of_the_proof(company: Seed) -> None:
    client = client_for(company, "all")
    client.get(f"/v1/threads/{company.threads['acme/later']}")
    client.get("/v1/threads/999999")
    client.get("/nowhere")

    text = client.get("/metrics").text

    assert 'triage_http_requests_total{method="GET",route="/v1/threads/{thread_id}",status="200"} 1.0' in text
    assert 'triage_http_requests_total{method="GET",route="/v1/threads/{thread_id}",status="404"} 1.0' in text
    assert 'triage_http_requests_total{method="GET",route="none",status="404"} 1.0' in text
    assert "triage_coverage_age_seconds 12.0" in text
    assert "triage_coverage_proven 1.0" in text
    assert 'triage_queue_threads{view="breached"} 4.0' in text


def test_metrics_are_for_those_who_see_all(company: Seed) -> None:
    assert client_for(company, "acme").get("/metrics").status_code == 404
    assert client_for(company).get("/metrics").status_code == 401


def test_an_invented_method_does_not_grow_the_metrics(client: TestClient) -> None:
    client.request("BREW", "/v1/queue")

    text = client.get("/metrics").text
    assert "BREW" not in text
    assert 'method="other"' in text
