from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from models import SearchPending
from tests.api.conftest import client_for
from tests.fakes.seed import Seed


def test_hits_name_thread_customer_and_the_words(client: TestClient) -> None:
    page = client.get("/v1/search", params={"q": "zirbenholz confirm", "limit": 1}).json()

    (hit,) = page["hits"]
    assert set(page) == {"hits", "next_cursor", "behind", "unknown", "as_of"}
    assert hit["thread"]["url"] == f"/threads/{hit['thread']['id']}"
    assert hit["thread"]["account"]["key"] == "acme"
    assert [piece["text"] for piece in hit["subject"] if piece["hit"]] == ["Zirbenholz"]
    assert next(piece["text"] for piece in hit["snippet"] if piece["hit"]) == "confirm"
    assert hit["files"] == ["Zirbenholz.pdf"]
    assert hit["quoted"] is False
    assert page["behind"] == 0


def test_pages_follow_each_other_by_link_and_by_cursor(client: TestClient) -> None:
    answer = client.get("/v1/search", params={"q": "confirm", "limit": 7, "zone": "Asia/Tokyo"})
    link = answer.headers["Link"].removeprefix("<").partition(">")[0]
    assert parse_qs(urlsplit(link).query)["cursor"] == [answer.json()["next_cursor"]]

    ids = [hit["message_id"] for hit in answer.json()["hits"]]
    while link:
        answer = client.get(link)
        ids += [hit["message_id"] for hit in answer.json()["hits"]]
        link = answer.headers.get("Link", "").removeprefix("<").partition(">")[0]

    whole = client.get("/v1/search", params={"q": "confirm", "limit": 200}).json()
    assert whole["next_cursor"] is None
    assert ids == [hit["message_id"] for hit in whole["hits"]]
    assert len(ids) > 14


def test_a_customer_that_may_not_be_seen_is_none(company: Seed) -> None:
    page = client_for(company, "beta").get("/v1/search?q=confirm+account:acme+account:nobody").json()

    assert page["hits"] == []
    assert page["unknown"] == ["acme", "nobody"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"q": "x" * 1_001}, 422, "invalid_request"),
        ({"q": "x" * 50_000}, 422, "invalid_request"),
        ({}, 422, "invalid_request"),
        ({"q": ""}, 422, "invalid_request"),
        ({"q": "..."}, 422, "invalid_request"),
        ({"q": "a before:yesterday"}, 422, "invalid_request"),
        ({"q": "a", "cursor": "nonsense"}, 400, "invalid_cursor"),
        ({"q": "a", "cursor": "WzcsMV0"}, 400, "invalid_cursor"),
        ({"q": "a", "limit": "0"}, 422, "invalid_request"),
        ({"q": "a", "nosuch": "1"}, 422, "invalid_request"),
        ({"q": 'a" OR "b) NEAR \x00'}, 200, None),
        ({"q": "a", "zone": "../../etc/passwd"}, 200, None),
    ],
)
def test_what_cannot_be_read_is_said(
    client: TestClient, query: dict[str, str], status: int, code: str | None
) -> None:
    answer = client.get("/v1/search", params=query)

    assert answer.status_code == status
    assert answer.json().get("code") == code


def test_what_is_not_indexed_is_told_to_those_who_may_see_it(changing: Seed) -> None:
    with changing.database.write() as connection:
        for message in changing.messages["beta/low"]:
            connection.execute(sa.insert(SearchPending).values(message_id=message))

    behind = {
        reader: client_for(changing, reader).get("/v1/search?q=confirm").json()["behind"]
        for reader in ("all", "acme", "beta", "outsider")
    }

    assert behind == {"all": 2, "acme": 0, "beta": 2, "outsider": 0}
