"""What people do on the thread page, without a script: each form as the page shows it."""

import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from tests.api.company import Company, company_of
from tests.api.routes.test_decisions import stored
from triage.store.database import Database


@pytest.fixture
def company(sqlite_database: Database) -> Company:
    return company_of(sqlite_database)


@pytest.fixture
def browser(company: Company) -> TestClient:
    company.place.wait(minutes=5)
    return company.client(is_browser=True)


def page(company: Company, browser: TestClient, subject: str = "Printer") -> str:
    answer = browser.get(f"/threads/{company.threads[subject]}")
    assert answer.status_code == 200
    return answer.text


def press(browser: TestClient, text: str, button: str, **fields: object) -> str:
    """Press the button of a form of the page, follow the answer, and return the next page."""
    forms = re.findall(r"<form.*?</form>", text, re.DOTALL)
    (form,) = (one for one in forms if re.search(rf">{re.escape(button)}(<span|</button)", one))
    name = re.search(rf'<button[^>]*name="(\w+)" value="([^"]*)"[^>]*>{re.escape(button)}<', form)
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
    data = dict(hidden) | ({name[1]: unescape(name[2])} if name else {}) | fields
    action = re.search(r'action="([^"]*)"', form)
    assert action
    answer = browser.post(action[1], data=data)
    assert answer.status_code == 303, answer.text
    following = browser.get(answer.headers["Location"])
    assert following.status_code == 200
    return following.text


def test_one_press_takes_a_thread_out_of_the_queue_and_one_brings_it_back(
    company: Company, browser: TestClient
) -> None:
    text = press(browser, page(company, browser), "No reply needed")
    assert re.search(r'role="status">Decided\.\s+No reply needed\.', text)
    assert ">Printer</a>" not in browser.get("/").text

    log = text[text.index("What was done") :]
    text = press(browser, log, "Undo")

    assert 'role="status">Taken back.' in text
    assert ">Printer</a>" in browser.get("/").text


@pytest.mark.parametrize(
    ("button", "shown"), [("Solved", "Status: Solved."), ("Urgent", "Priority: Urgent.")]
)
def test_status_and_priority_are_one_press_and_the_page_says_so(
    company: Company, browser: TestClient, button: str, shown: str
) -> None:
    text = press(browser, page(company, browser), button)

    assert shown in text
    assert f'aria-current="true">{button}</button>' in text


def test_a_customer_and_a_project_are_chosen_from_lists(company: Company, browser: TestClient) -> None:
    text = page(company, browser, "Stranger")
    assert "set-project" not in text

    text = press(browser, text, "Set", account="acme")
    assert '<option value="acme" selected>' in text
    text = press(browser, text[text.index('for="set-project"') - 300 :], "Set", project="erp")

    assert "Project: erp." in text
    text = press(browser, text[: text.index('for="set-project"')], "Set", account="-")
    assert "The customer is not known." in text


def test_a_page_that_is_out_of_date_decides_nothing(company: Company, browser: TestClient) -> None:
    old = page(company, browser)
    press(browser, old, "Solved")
    before = stored(company)

    text = press(browser, old, "Urgent")

    assert "The thread changed meanwhile. Nothing was decided; look again." in text
    assert stored(company) == before


def test_a_message_is_split_off_and_merged_again(company: Company, browser: TestClient) -> None:
    _, second = company.messages("Printer")
    text = page(company, browser)
    assert f'name="message_id" value="{second}" form="split"' in text

    text = press(browser, text, "Split off the chosen messages", message_id=[second])
    assert "Split off: this is the new thread." in text
    number = re.search(r'action="/threads/(\d+)/merge"', text)
    assert number
    text = press(browser, page(company, browser), "Merge it into this one", other_id=number[1])

    assert "Merged: the messages of both threads are here." in text
    assert "2 messages" in text


def test_nothing_chosen_is_nothing_split(company: Company, browser: TestClient) -> None:
    text = press(browser, page(company, browser), "Split off the chosen messages")

    assert "No message was chosen." in text


def test_threads_of_two_customers_cannot_be_merged_and_the_page_says_why(
    company: Company, browser: TestClient
) -> None:
    answer = browser.post(
        f"/threads/{company.threads['Printer']}/merge", data={"other_id": company.threads["Beta matter"]}
    )

    assert answer.status_code == 409
    assert "belong to two customers and stay apart" in answer.text


def test_each_message_says_why_it_is_here_and_what_it_answers(company: Company, browser: TestClient) -> None:
    first, _ = company.messages("Printer")
    text = page(company, browser)

    assert "Here from the start." in text
    assert f'<a href="#message-{first}">What it answers</a>' in text


def test_a_clock_says_when_it_is_due_in_both_zones_and_how_it_is_counted(
    company: Company, browser: TestClient
) -> None:
    text = page(company, browser)

    assert "Mon 2 Mar, 13:30</time>" in text
    assert "Mon 2 Mar, 14:30 in Europe/Berlin" in text
    assert re.search(r"\d+ min of working time left", text)
    assert '<rect class="part-open"' in text
    assert "<td>Open, 4 h</td>" in text


@pytest.mark.parametrize("rest", ["decide", "split", "merge", "undo"])
def test_a_form_of_another_site_does_nothing(company: Company, browser: TestClient, rest: str) -> None:
    before = stored(company)
    browser.headers["Origin"] = "https://elsewhere.example"

    answer = browser.post(
        f"/threads/{company.threads['Printer']}/{rest}", data={"version": 1, "status": "solved"}
    )

    assert answer.status_code == 403
    assert stored(company) == before


def test_forms_of_a_hidden_thread_look_like_those_of_none(company: Company) -> None:
    reader, before = company.client("beta", is_browser=True), stored(company)
    mine, _, second = company.threads["Beta matter"], *company.messages("Printer")

    for subject in ("Printer", "Invoice", "Stranger"):
        url = f"/threads/{company.threads[subject]}"
        tries = [
            reader.post(f"{url}/decide", data={"version": 1, "status": "solved"}),
            reader.post(f"{url}/decide", data={"version": 1, "account": "beta"}),
            reader.post(f"{url}/split", data={"message_id": [second]}),
            reader.post(f"{url}/merge", data={"other_id": mine}),
            reader.post(f"/threads/{mine}/merge", data={"other_id": company.threads[subject]}),
            reader.post(f"/threads/{mine}/decide", data={"version": 2, "account": "acme"}),
            reader.post(f"{url}/undo", data={"decision_id": 1}),
            reader.post(f"{url}/undo", data={"event_id": 1}),
            reader.post("/threads/999999/split", data={"message_id": [second]}),
        ]
        assert {(one.status_code, one.content) for one in tries} == {(404, tries[0].content)}
    assert stored(company) == before


def test_a_reader_is_offered_the_customers_they_may_see(company: Company) -> None:
    browser = company.client("acme", is_browser=True)
    text = page(company, browser)

    assert re.findall(r'<option value="([^"]*)"', text[: text.index("set-project")]) == ["acme"]
