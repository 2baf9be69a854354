"""Review items through the API and on their page: who sees what, and what settling one does."""

import pytest

from tests.acceptance.mail import letter
from tests.api.company import Company, company_of
from tests.api.web.test_forms import press
from triage.store.database import Database


@pytest.fixture
def company(sqlite_database: Database) -> Company:
    """Return the company after tom of beta and a stranger named mail of acme."""
    company = company_of(sqlite_database)
    mail = company.place.mailbox
    mail.append(letter("b2", subject="Re: Printer", sender="tom@beta.example", reply_to="a1"))
    mail.append(letter("s2", subject="Re: Invoice", sender="who@freemail.example", reply_to="a3"))
    company.place.poll()
    return company


def test_items_come_newest_first_and_in_pages(company: Company) -> None:
    client = company.client()

    whole = client.get("/v1/reviews").json()
    first = client.get("/v1/reviews?limit=1")
    second = client.get(first.links["next"]["url"]).json()

    assert [one["reason"] for one in whole["reviews"]] == ["stranger", "wall"]
    assert [*first.json()["reviews"], *second["reviews"]] == whole["reviews"]
    assert (whole["next_cursor"], second["next_cursor"]) == (None, None)
    assert client.get("/v1/reviews?cursor=x").status_code == 422


def test_reader_of_one_customer_sees_neither_content_nor_number_of_the_others(company: Company) -> None:
    acme, beta = company.client("acme"), company.client("beta")

    (item,) = acme.get("/v1/reviews").json()["reviews"]

    assert (item["reason"], item["child"], item["parent"]["account"]) == ("stranger", None, "acme")
    assert beta.get("/v1/reviews").json()["reviews"] == []
    text = company.client("acme", is_browser=True).get("/reviews").text
    assert "A thread you may not see." in text
    assert "freemail" not in text
    assert "beta" not in text
    assert "Nothing to decide." in company.client("beta", is_browser=True).get("/reviews").text


def test_what_may_not_be_settled_looks_like_what_is_not_there(company: Company) -> None:
    numbers = [one["id"] for one in company.client().get("/v1/reviews").json()["reviews"]]
    acme = company.client("acme")
    missing = acme.post("/v1/reviews/999999/settle", json={"decision": "apart"})

    for number in numbers:
        answer = acme.post(f"/v1/reviews/{number}/settle", json={"decision": "apart"})
        assert (answer.status_code, answer.content) == (404, missing.content)
    assert len(company.client().get("/v1/reviews").json()["reviews"]) == 2


def test_settled_item_leaves_the_list_and_the_event_brings_it_back(company: Company) -> None:
    client = company.client()
    stranger, wall = (one["id"] for one in client.get("/v1/reviews").json()["reviews"])

    refused = client.post(f"/v1/reviews/{wall}/settle", json={"decision": "join"})
    kept = client.post(f"/v1/reviews/{wall}/settle", json={"decision": "apart"}).json()
    joined = client.post(f"/v1/reviews/{stranger}/settle", json={"decision": "join"}).json()

    assert (refused.status_code, client.get("/v1/reviews").json()["reviews"]) == (409, [])
    assert joined["thread_id"] == company.threads["Invoice"]
    (event,) = client.get(f"/v1/threads/{kept['thread_id']}/history").json()["events"]
    assert (event["kind"], event["actor"], event["message_ids"]) == ("apart", "kim", [])
    for done in (kept, joined):
        undo = client.post(f"/v1/threads/{done['thread_id']}/undo", json={"event_id": done["event_id"]})
        assert undo.status_code == 200
    assert {one["id"] for one in client.get("/v1/reviews").json()["reviews"]} == {stranger, wall}


def test_page_settles_and_takes_back_without_a_script(company: Company) -> None:
    browser = company.client(is_browser=True)
    text = browser.get("/reviews").text
    wall = text[text.rindex("<article") :]
    assert "Two customers are never joined." in wall

    text = press(browser, wall, "Keep apart")
    assert "Kept apart. They stay two threads" in text
    assert text.count("<article") == 1

    text = press(browser, text, "Undo")
    assert 'role="status">Taken back.' in text
    assert "keeping apart" in text
    assert browser.get("/reviews").text.count("<article") == 2

    answer = browser.post("/reviews/999999/settle", data={"decision": "apart"})
    assert "not open any more" in browser.get(answer.headers["Location"]).text
