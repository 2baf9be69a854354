"""The API answers alike on both databases."""

from tests.api.conftest import client_for
from tests.fakes.seed import seed
from triage.store.database import Database


def test_queue_threads_look_up_and_coverage_answer_on_both_engines(database: Database) -> None:
    company = seed(database)
    client = client_for(company, "all")

    page = client.get("/v1/queue", params={"limit": 5}).json()
    following = client.get("/v1/queue", params={"limit": 50, "cursor": page["next_cursor"]}).json()
    thread = client.get(f"/v1/threads/{company.threads['acme/later']}").json()
    found = client.post("/v1/lookup", json={"message_ids": ["acme-later-0@zirbenholz.example"]}).json()

    assert [entry["clock"]["state"] for entry in page["entries"]] == ["breached"] * 4 + ["running"]
    assert len(following["entries"]) == 13
    assert page["entries"][0]["clock"]["due_at"] == "2026-03-11T07:27:00Z"
    assert [message["direction"] for message in thread["messages"]] == ["outbound", "inbound"]
    assert found["matches"][0]["thread"]["id"] == thread["id"]
    assert client.get("/v1/coverage").json()["age_seconds"] == 12
    assert client.get("/").status_code == 200
