import html
import re

import sqlalchemy as sa
from starlette.testclient import TestClient

from models import SearchPending
from tests.api.conftest import client_for
from tests.fakes.seed import Seed


def person(company: Seed, reader: str = "all") -> TestClient:
    client = client_for(company, reader)
    client.headers["Accept"] = "text/html"
    return client


def test_every_page_has_the_search_box(company: Seed) -> None:
    client = person(company)

    for path in ("/", "/coverage", f"/threads/{company.threads['acme/low']}", "/search"):
        assert 'name="q" id="find"' in client.get(path).text
    assert 'id="find"' not in client_for(company).get("/login", headers={"Accept": "text/html"}).text


def test_results_lead_to_the_message_with_the_hits_marked_and_all_else_escaped(company: Seed) -> None:
    text = person(company, "acme").get("/search", params={"q": "alert"}).text

    thread, message = company.threads["acme/low"], company.messages["acme/low"][-1]
    assert f'href="/threads/{thread}#message-{message}"' in text
    assert "&lt;script&gt;<mark>alert</mark>(&#39;" in text
    assert "<script>alert" not in text
    assert 'value="alert"' in text


def test_the_question_comes_back_escaped(company: Seed) -> None:
    text = person(company).get("/search", params={"q": '"><script>alert(1)</script>'}).text

    assert "<script>alert" not in text
    (shown,) = re.findall(r'id="find" value="([^"]*)"', text)
    assert html.unescape(shown) == '"><script>alert(1)</script>'


def test_a_question_that_cannot_be_read_says_why(company: Seed) -> None:
    answer = person(company).get("/search", params={"q": "printer before:soon"})

    assert answer.status_code == 422
    assert "take a day as 2026-03-31" in answer.text


def test_nothing_found_says_what_to_try(company: Seed) -> None:
    text = person(company).get("/search", params={"q": "quokkatal zirbenholz"}).text

    assert "Nothing was found" in text
    assert "invo*" in text


def test_the_page_says_which_customer_there_is_none_of(company: Seed) -> None:
    text = person(company).get("/search", params={"q": "confirm account:<nobody>"}).text

    assert "No customer or project that you may see is called &lt;nobody&gt;." in text


def test_the_page_says_how_far_the_index_is_behind(changing: Seed) -> None:
    with changing.database.write() as connection:
        (first, *_) = changing.messages["acme/low"]
        connection.execute(sa.insert(SearchPending).values(message_id=first))

    assert "1 message is stored but not searched yet" in person(changing).get("/search?q=confirm").text
