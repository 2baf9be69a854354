from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from tests.fakes.seed import Seed


def test_the_queue_lists_breached_threads_first_with_reasons_and_coverage(client: TestClient) -> None:
    page = client.get("/v1/queue").json()

    first = page["entries"][0]
    assert first["subject"] == "Nebelhorn: cut-over date for breached"
    assert first["clock"] == {
        "target": "first_reply",
        "state": "breached",
        "due_at": "2026-03-11T07:27:00Z",
        "remaining_seconds": -7380,
    }
    assert first["flags"] == ["breached"]
    assert [reason["kind"] for reason in first["reasons"]] == ["last_word", "breached"]
    assert first["coverage"]["state"] == "proven"
    assert first["coverage"]["age_seconds"] == 12


def test_every_entry_of_every_view_carries_reasons_and_coverage(client: TestClient) -> None:
    for view in ("pending", "at_risk", "waiting_customer", "low", "unknown", "all"):
        entries = client.get("/v1/queue", params={"view": view}).json()["entries"]

        assert entries
        for entry in entries:
            assert entry["reasons"]
            assert set(entry["coverage"]) == {"state", "since", "age_seconds", "sentence"}


def test_pages_follow_each_other_by_link_and_by_cursor(client: TestClient) -> None:
    answer = client.get("/v1/queue", params={"limit": 10, "account": ["acme", "beta", "ceti"]})
    following = answer.headers["Link"].removeprefix("<").partition(">")[0]

    second = client.get(following).json()

    assert parse_qs(urlsplit(following).query)["account"] == ["acme", "beta", "ceti"]
    assert parse_qs(urlsplit(following).query)["cursor"] == [answer.json()["next_cursor"]]
    assert len(second["entries"]) == 2
    assert second["next_cursor"] is None
    assert "Link" not in client.get(following).headers


def test_counts_follow_the_filters_and_say_where_counting_stops(client: TestClient) -> None:
    assert client.get("/v1/queue", params={"account": "acme"}).json()["counts"] == {
        "pending": 4,
        "breached": 1,
        "at_risk": 2,
        "waiting_customer": 1,
        "low": 1,
        "unknown": 0,
        "all": 6,
        "capped_at": 1000,
    }


def test_a_suggested_project_carries_its_probability(client: TestClient, company: Seed) -> None:
    page = client.get("/v1/queue", params={"project": "acme-portal"}).json()

    assert page["entries"][0]["id"] == company.threads["acme/later"]
    assert page["entries"][0]["project"] == {
        "key": "acme-portal",
        "name": "Zirbenholz portal",
        "state": "suggested",
        "probability": 0.81,
        "is_proven": True,
    }


@pytest.mark.parametrize(
    "params",
    [
        {"view": "nope"},
        {"limit": 0},
        {"limit": 201},
        {"limit": "x"},
        {"acount": "acme"},
        {"cursor": "A" * 401},
    ],
    ids=["view", "no rows", "too many rows", "no number", "misspelt parameter", "long cursor"],
)
def test_a_query_that_cannot_be_meant_is_refused(client: TestClient, params: dict[str, str]) -> None:
    answer = client.get("/v1/queue", params=params)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"].startswith("query/")


def test_a_foreign_cursor_is_refused(client: TestClient) -> None:
    cursor = client.get("/v1/queue", params={"limit": 1}).json()["next_cursor"]

    assert client.get("/v1/queue", params={"cursor": "nonsense"}).status_code == 400
    answer = client.get("/v1/queue", params={"cursor": cursor, "view": "all"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
