from datetime import timedelta

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from models import Folder, Thread
from tests.api.conftest import client_for
from tests.fakes.seed import NOW, Seed


def test_a_thread_shows_messages_clocks_and_why_it_is_where_it_is(client: TestClient, company: Seed) -> None:
    thread = client.get(f"/v1/threads/{company.threads['acme/later']}").json()

    assert thread["account"] == {
        "key": "acme",
        "name": "Zirbenholz GmbH",
        "state": "confirmed",
        "probability": None,
        "is_proven": True,
    }
    assert [reason["kind"] for reason in thread["account_reasons"]] == ["domain", "look_alike"]
    assert [reason["kind"] for reason in thread["project_reasons"]] == ["model"]
    assert [message["direction"] for message in thread["messages"]] == ["outbound", "inbound"]
    assert [clock["target"] for clock in thread["clocks"]] == ["next_reply"]
    assert [link["reason"] for link in thread["refused_links"]] == ["wall"]


def test_the_zones_of_a_message_tile_its_text(client: TestClient, company: Seed) -> None:
    message = client.get(f"/v1/threads/{company.threads['acme/later']}").json()["messages"][0]

    edges = [(zone["start"], zone["end"]) for zone in message["zones"]]
    assert edges[0][0] == 0
    assert edges[-1][1] == len(message["text"])
    assert [end for _, end in edges[:-1]] == [start for start, _ in edges[1:]]


def test_the_old_id_of_a_merged_thread_gives_the_thread_it_is_now(client: TestClient, company: Seed) -> None:
    thread = client.get(f"/v1/threads/{company.threads['acme/merged-twice']}").json()

    assert thread["id"] == company.threads["acme/later"]


@pytest.mark.parametrize("number", ["0", "-1", "9223372036854775808", "x", "1.5"])
def test_what_is_not_a_thread_id_is_refused(client: TestClient, number: str) -> None:
    assert client.get(f"/v1/threads/{number}").status_code == 422


def test_an_unchanged_thread_is_not_sent_twice(changing: Seed) -> None:
    client = client_for(changing, "all")
    path = f"/v1/threads/{changing.threads['acme/later']}"
    tag = client.get(path).headers["ETag"]

    for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        answer = client.get(path, headers={"If-None-Match": given})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_tag_changes_with_the_thread_and_with_the_proof_but_not_with_its_age(changing: Seed) -> None:
    client = client_for(changing, "all")
    path = f"/v1/threads/{changing.threads['acme/later']}"
    tags = [client.get(path).headers["ETag"]]
    with changing.database.write() as connection:
        connection.execute(sa.update(Thread).values(version=2))
    tags.append(client.get(path).headers["ETag"])
    with changing.database.write() as connection:
        connection.execute(sa.update(Folder).values(checked_at=NOW - timedelta(hours=1)))
    tags.append(client.get(path).headers["ETag"])

    assert len(set(tags)) == 3
    assert [tag.partition("-")[0] for tag in tags] == ['"1', '"2', '"2']


def test_a_message_is_found_by_its_id_before_those_it_refers_to(client: TestClient, company: Seed) -> None:
    asked = {
        "message_ids": ["<acme-later-0@ZIRBENHOLZ.example>"],
        "references": ["beta-later-1@quokkatal.example", "acme-later-0@zirbenholz.example", "not an id"],
    }

    answer = client.post("/v1/lookup", json=asked).json()

    assert [(match["matched_by"], match["thread"]["id"]) for match in answer["matches"]] == [
        ("message_ids", company.threads["acme/later"]),
        ("references", company.threads["beta/later"]),
    ]
    assert answer["coverage"]["state"] == "proven"


def test_an_unknown_message_gives_an_empty_answer_and_not_an_error(client: TestClient) -> None:
    answer = client.post("/v1/lookup", json={"message_ids": ["nobody@nowhere.example"]})

    assert answer.status_code == 200
    assert answer.json()["matches"] == []


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"ids": []}', b'{"message_ids": [1]}', b'{"message_ids": "x"}'],
    ids=["torn", "list", "unknown field", "number", "text"],
)
def test_a_look_up_that_is_not_well_formed_is_refused(client: TestClient, body: bytes) -> None:
    answer = client.post("/v1/lookup", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
