import asyncio

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from api.headers import SECURITY_HEADERS, BodyLimit
from tests.api.conftest import client_for
from tests.fakes.seed import Seed

PATHS = ("/", "/login", "/coverage", "/v1/queue", "/v1/nowhere", "/nowhere", "/livez", "/static/triage.css")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers

    for name, value in SECURITY_HEADERS.items():
        assert headers[name] == value


def test_scripts_and_styles_come_from_here_only_and_no_site_may_frame_us() -> None:
    policy = SECURITY_HEADERS["Content-Security-Policy"]

    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("path", ["/", "/v1/queue", "/threads/1", "/v1/coverage", "/login"])
def test_customer_data_is_never_cached(client: TestClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_a_thread_may_be_kept_only_by_its_reader_and_only_checked(client: TestClient) -> None:
    assert client.get("/v1/threads/1").headers["Cache-Control"] == "private, no-cache"


def test_tls_is_required_for_ever_where_the_service_has_it(company: Seed) -> None:
    secure = client_for(company, public_url="https://triage.example")

    assert secure.get("/livez").headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in client_for(company).get("/livez").headers


def test_a_body_of_hidden_length_ends_at_the_limit() -> None:
    taken: list[Message] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (message := await receive())["type"] == "http.request":
            taken.append(message)

    async def chunk() -> Message:
        return {"type": "http.request", "body": b"x" * 4, "more_body": True}

    async def ignore(_message: Message) -> None:
        return

    asyncio.run(BodyLimit(app, max_bytes=10)({"type": "http", "headers": []}, chunk, ignore))

    assert sum(len(message["body"]) for message in taken) == 8
