"""No route tells one customer's reader anything of another customer.

Every route of the application is asked with ids of every customer, by readers of one account and by
an outsider whose grant was taken away. Each customer's texts hold a canary word.
"""

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.testclient import TestClient

from models import Base
from tests.api.conftest import client_for
from tests.fakes.seed import CANARIES, NOW, UNKNOWN_CANARY, Seed, seed
from triage.services import access
from triage.store.database import Database
from triage.store.search_index import forget

READERS = {"acme": {"acme"}, "beta": {"beta"}, "outsider": set[str]()}
#: Routes that answer anybody, and say nothing.
OPEN = {"/livez", "/readyz", "/login", "/logout"}
#: Every route must be listed here with the ways to ask it; a new one fails the test until it is.
QUERIES: dict[tuple[str, str], list[str]] = {
    ("GET", "/v1/queue"): [
        "",
        *(f"?view={view}" for view in ("pending", "at_risk", "waiting_customer", "low", "unknown", "all")),
        "?view=all&limit=1",
        *(f"?view=all&account={key}" for key in CANARIES),
        *(f"?view=all&project={key}-erp" for key in CANARIES),
    ],
    ("GET", "/v1/search"): [
        "",
        # The words of every customer, words of all of them, and what no word is asked for.
        *(f"?q={canary}&zone=Asia/Tokyo" for canary in (*CANARIES.values(), UNKNOWN_CANARY)),
        *(f"?q=account:{key}" for key in CANARIES),
        *(f"?q=project:{key}-erp" for key in CANARIES),
        "?q=the&limit=1",
        "?q=-nosuchword",
        "?q=from:example%20OR%20cut*",
        "?q=is:unanswered",
    ],
    ("GET", "/v1/threads/{thread_id}"): [""],
    ("PATCH", "/v1/threads/{thread_id}"): [""],
    ("GET", "/v1/threads/{thread_id}/history"): [""],
    ("POST", "/v1/threads/{thread_id}/split"): [""],
    ("POST", "/v1/threads/{thread_id}/merge"): [""],
    ("POST", "/v1/threads/{thread_id}/undo"): [""],
    ("GET", "/v1/threads/{thread_id}/sla"): [""],
    ("GET", "/v1/reports/sla"): [
        *(f"?since=2026-01-01&until=2026-03-31&by={by}" for by in ("account", "project", "week")),
        "?what_if=true",
    ],
    ("POST", "/v1/lookup"): [""],
    ("GET", "/v1/coverage"): [""],
    ("GET", "/v1/reviews"): ["", "?limit=1", "?cursor=999999"],
    ("POST", "/v1/reviews/{review_id}/settle"): [""],
    ("GET", "/reviews"): ["", "?done=apart&thread=1&event=1", "?cursor=999999"],
    ("POST", "/reviews/{review_id}/settle"): [""],
    **{("GET", f"/v1/{name}"): [""] for name in ("questions", "proposals", "models")},
    ("POST", "/v1/questions/answer"): [""],
    ("POST", "/v1/proposals/take"): [""],
    ("POST", "/v1/proposals/refuse"): [""],
    ("GET", "/learning"): ["", "?done=taken"],
    **{("POST", f"/learning/{form}"): [""] for form in ("answer", "take", "refuse")},
    ("GET", "/livez"): [""],
    ("GET", "/readyz"): [""],
    ("GET", "/metrics"): [""],
    ("GET", "/"): [
        "",
        *(f"?view={view}" for view in ("pending", "at_risk", "waiting_customer", "low", "unknown", "all")),
        *(f"?view=all&account={key}&project={key}-erp" for key in CANARIES),
    ],
    ("GET", "/threads/{thread_id}"): [""],
    **{("POST", f"/threads/{{thread_id}}/{form}"): [""] for form in ("decide", "split", "merge", "undo")},
    # The page repeats the question, so that the words of others are asked for at the API only.
    ("GET", "/search"): ["", "?q=the", "?q=-nosuchword", *(f"?q=account:{key}" for key in CANARIES)],
    ("GET", "/coverage"): [""],
    ("GET", "/login"): [""],
    ("POST", "/login"): [""],
    ("POST", "/logout"): [""],
}
#: What the changing routes are sent: well formed and without effect, because the company is shared. What
#: has an effect is tried in ``tests/api/routes/test_decisions.py`` and ``tests/api/web/test_forms.py``.
BODIES: dict[tuple[str, str], object] = {
    ("PATCH", "/v1/threads/{thread_id}"): {"priority": "low"},
    ("POST", "/v1/threads/{thread_id}/split"): {"message_ids": [999_999]},
    ("POST", "/v1/threads/{thread_id}/merge"): {"other_id": 999_999},
    ("POST", "/v1/threads/{thread_id}/undo"): {"event_id": 999_999},
    ("POST", "/v1/reviews/{review_id}/settle"): {"decision": "join"},
    ("POST", "/v1/questions/answer"): {"threads": [999_999], "project": "erp"},
    ("POST", "/v1/proposals/take"): {"id": "domain:nobody.example"},
    ("POST", "/v1/proposals/refuse"): {"id": "domain:nobody.example"},
}
#: The same for the forms.
FORMS: dict[str, dict[str, str]] = {
    "decide": {"version": "999", "priority": "low"},
    "split": {"message_id": "999999"},
    "merge": {"other_id": "999999"},
    "undo": {"event_id": "999999"},
    "settle": {"decision": "join"},
    "answer": {"thread_id": "999999", "project": "erp"},
    "take": {"id": "domain:nobody.example"},
    "refuse": {"id": "domain:nobody.example"},
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seed]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('isolation') / 'triage.db'}")
    database.upgrade()
    yield seed(database)
    database.close()


def routes(client: TestClient) -> set[tuple[str, str]]:
    """Return method and path of everything the application answers, the description aside."""
    app = client.app
    assert isinstance(app, FastAPI)
    return {
        (method, context.path)
        for context in iter_route_contexts(app.router.routes)
        if isinstance(context.original_route, APIRoute) and context.path
        for method in context.methods or ()
    }


def requests(company: Seed) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield every request of every route, with every thread and message there is, and what is sent."""
    header_ids = [f"{name.replace('/', '-')}-1@{canary_of(name).lower()}.example" for name in company.threads]
    for (method, path), queries in QUERIES.items():
        sent: dict[str, Any] = {"json": BODIES.get((method, path))}
        if path == "/v1/lookup":
            sent = {"json": {"message_ids": header_ids[:50]}}
        elif path.startswith(("/threads/", "/learning/", "/reviews/")) and method == "POST":
            sent = {"data": FORMS[path.rpartition("/")[2]]}
        numbers = [*company.threads.values(), 999_999] if "{" in path else [0]
        for query, number in product(queries, numbers):
            yield method, re.sub(r"{\w+}", str(number), path) + query, sent


def canary_of(name: str) -> str:
    return CANARIES.get(name.partition("/")[0], UNKNOWN_CANARY)


def headers_for(url: str) -> dict[str, str]:
    accept = "application/json" if url.startswith("/v1/") else "text/html"
    return {"Accept": accept, "Origin": "http://testserver", "If-Match": '"999-0a"'}


def answers(company: Seed, reader: str) -> Iterator[tuple[str, str]]:
    """Yield what the reader gets: the request, and headers with body as text."""
    client = client_for(company, reader)
    for method, url, sent in requests(company):
        answer = client.request(method, url, headers=headers_for(url), **sent)
        assert answer.status_code < 500, url
        yield f"{method} {url}", f"{answer.status_code} {dict(answer.headers)} {answer.text}"


def test_every_route_is_asked(company: Seed) -> None:
    assert routes(client_for(company)) == set(QUERIES)


def test_the_canaries_are_there_for_those_who_may_see_them(company: Seed) -> None:
    everything = " ".join(text for _, text in answers(company, "all"))

    for canary in (*CANARIES.values(), UNKNOWN_CANARY):
        assert everything.count(canary) > 20


@pytest.mark.parametrize("reader", READERS)
def test_no_answer_holds_a_word_of_another_customer(company: Seed, reader: str) -> None:
    hidden = [canary for key, canary in CANARIES.items() if key not in READERS[reader]] + [UNKNOWN_CANARY]

    seen = 0
    for request, text in answers(company, reader):
        # The header ids asked for do not come back, so that every canary in an answer is a leak.
        leaked = [canary for canary in hidden if canary.lower() in text.lower()]
        assert not leaked, request
        seen += any(CANARIES[key] in text for key in READERS[reader])
    assert bool(seen) is bool(READERS[reader])


@pytest.mark.parametrize("reader", READERS)
def test_a_thread_of_another_customer_looks_like_one_that_does_not_exist(company: Seed, reader: str) -> None:
    client = client_for(company, reader)
    missing = client.get("/v1/threads/999999")

    for name, number in company.threads.items():
        answer = client.get(f"/v1/threads/{number}")
        if name.partition("/")[0] in READERS[reader]:
            assert answer.status_code == 200
        else:
            assert (answer.status_code, answer.content) == (404, missing.content)
            assert answer.headers == missing.headers


@pytest.mark.parametrize("path", sorted({path for _, path in QUERIES} - OPEN))
def test_no_route_with_data_answers_without_a_token(company: Seed, path: str) -> None:
    client = client_for(company)
    methods = [method for method, one in QUERIES if one == path]

    for method in methods:
        answer = client.request(method, re.sub(r"{\w+}", "1", path), json={})
        assert answer.status_code in {401, 303}
        for canary in (*CANARIES.values(), UNKNOWN_CANARY):
            assert canary not in answer.text


def test_answers_are_the_same_byte_for_byte_whether_other_customers_exist(
    company: Seed, sqlite_database: Database
) -> None:
    """Remove all that is not acme's: nothing acme's reader gets may change, counts and tags included."""
    alone = seed(sqlite_database)
    remove_all_but(alone, "acme")
    token = access.create_token(alone.database, name="reader", accounts=["acme"], now=NOW)
    company_token = company.tokens["acme"]
    with_others, without = client_for(company), client_for(alone)
    with_others.headers["Authorization"] = f"Bearer {company_token}"
    without.headers["Authorization"] = f"Bearer {token}"

    for method, url, sent in requests(company):
        one = with_others.request(method, url, headers=headers_for(url), **sent)
        other = without.request(method, url, headers=headers_for(url), **sent)
        assert (one.status_code, one.content) == (other.status_code, other.content), url
        assert timeless(one) == timeless(other), url


def timeless(response: httpx2.Response) -> list[tuple[str, str]]:
    """Return the headers without the second in which a cookie was ended."""
    return [
        (name, re.sub(r"expires=[^;]*", "expires", value)) for name, value in response.headers.multi_items()
    ]


def remove_all_but(company: Seed, key: str) -> None:
    """Delete every row of the other customers, as if they had never been there."""
    tables = Base.metadata.tables
    account = company.accounts[key]
    keep = [number for name, number in company.threads.items() if name.partition("/")[0] == key]
    messages = tables["message"]
    gone = sa.select(messages.c.id).where(messages.c.thread_id.not_in(keep))
    with company.database.write() as connection:
        forget(connection, connection.scalars(gone).all())
        connection.execute(sa.delete(tables["review_item"]))
        connection.execute(sa.delete(tables["clock"]).where(tables["clock"].c.thread_id.not_in(keep)))
        connection.execute(sa.delete(tables["message"]).where(tables["message"].c.thread_id.not_in(keep)))
        connection.execute(sa.delete(tables["thread"]).where(tables["thread"].c.id.not_in(keep)))
        connection.execute(sa.delete(tables["grant"]))
        for table in ("evidence_rule", "project"):
            connection.execute(sa.delete(tables[table]).where(tables[table].c.account_id != account))
        connection.execute(sa.delete(tables["account"]).where(tables["account"].c.id != account))
        connection.execute(
            sa.update(tables["thread"])
            .where(tables["thread"].c.id == company.threads[f"{key}/later"])
            .values(account_evidence=[["domain", "The sender's domain is known."]])
        )
