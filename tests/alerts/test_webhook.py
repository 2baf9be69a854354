import socket
from datetime import timedelta

import httpx2
import pytest

from tests.alerts.webhook_server import Answer, WebhookServer
from triage.alerts.channel import PermanentDeliveryError, TransientDeliveryError
from triage.alerts.webhook import post

BODY = {"text": "hello"}


def test_document_is_posted_once(webhook: WebhookServer) -> None:
    receipt = post(webhook.url, BODY, headers={"X-Key": "k"})

    (received,) = webhook.received
    assert receipt.status == 200
    assert received.path == "/hook"
    assert received.body == BODY
    assert received.headers["X-Key"] == "k"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503])
def test_receiver_in_trouble_is_asked_again_later(status: int, webhook: WebhookServer) -> None:
    webhook.answers = [Answer(status=status)]

    with pytest.raises(TransientDeliveryError, match=str(status)) as raised:
        post(webhook.url, BODY, headers={})

    assert not raised.value.permanent
    assert raised.value.retry_after is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413])
def test_refusal_is_final(status: int, webhook: WebhookServer) -> None:
    webhook.answers = [Answer(status=status)]

    with pytest.raises(PermanentDeliveryError, match=str(status)) as raised:
        post(webhook.url, BODY, headers={})

    assert raised.value.permanent


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_not_followed(status: int, webhook: WebhookServer) -> None:
    webhook.answers = [Answer(status=status, headers={"Location": f"{webhook.url}/elsewhere"})]

    with pytest.raises(PermanentDeliveryError, match="has moved"):
        post(webhook.url, BODY, headers={})

    assert len(webhook.received) == 1


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "120"}, timedelta(seconds=120)),
        (
            {"Retry-After": "Wed, 01 Jul 2026 10:02:00 GMT", "Date": "Wed, 01 Jul 2026 10:00:00 GMT"},
            timedelta(minutes=2),
        ),
        (
            {"Retry-After": "Wed, 01 Jul 2026 10:00:00 GMT", "Date": "Wed, 01 Jul 2026 10:02:00 GMT"},
            timedelta(0),
        ),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "9" * 400}, None),
    ],
)
def test_wait_that_the_receiver_asks_for_is_understood(
    headers: dict[str, str], expected: timedelta | None, webhook: WebhookServer
) -> None:
    webhook.answers = [Answer(status=429, headers=headers)]

    with pytest.raises(TransientDeliveryError) as raised:
        post(webhook.url, BODY, headers={})

    assert raised.value.retry_after == expected


def test_receiver_that_hangs_is_given_up_after_the_time_out(webhook: WebhookServer) -> None:
    webhook.answers = [Answer(hangs=True)]

    with pytest.raises(TransientDeliveryError, match="did not answer in time"):
        post(webhook.url, BODY, headers={}, timeout=httpx2.Timeout(0.3))


def test_closed_port_may_open_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(TransientDeliveryError, match="cannot be reached"):
        post(f"http://127.0.0.1:{port}/secret-path", BODY, headers={})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example/secret-path",
        "ftp://hooks.example/secret-path",
        "http://hooks.example:port/secret-path",
    ],
)
def test_unusable_address_is_final_and_not_repeated(url: str) -> None:
    with pytest.raises(PermanentDeliveryError) as raised:
        post(url, BODY, headers={})

    assert "secret-path" not in str(raised.value)
