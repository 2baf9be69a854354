from datetime import timedelta

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.app import create_app
from api.context import ApiContext
from models import Base
from tests.acceptance.mail import letter
from tests.api.company import Company, company_of
from triage.store.database import Database


@pytest.fixture
def company(sqlite_database: Database) -> Company:
    return company_of(sqlite_database)


@pytest.fixture
def client(company: Company) -> TestClient:
    return company.client()


def path(company: Company, subject: str = "Printer", rest: str = "") -> str:
    return f"/v1/threads/{company.threads[subject]}{rest}"


def tag(client: TestClient, url: str) -> str:
    return client.get(url).headers["ETag"]


def pending(client: TestClient) -> set[str]:
    return {entry["subject"] for entry in client.get("/v1/queue").json()["entries"]}


def stored(company: Company) -> dict[str, list[tuple[object, ...]]]:
    """Return every row there is."""
    with company.place.database.read() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))
            ]
            for table in Base.metadata.sorted_tables
        }


def test_no_reply_needed_takes_a_thread_out_of_the_queue_and_undo_brings_it_back(
    company: Company, client: TestClient
) -> None:
    url = path(company)
    company.place.wait(minutes=5)
    before = client.get(url).json()["clock"]

    answer = client.patch(url, json={"no_reply_needed": True}, headers={"If-Match": tag(client, url)})

    assert (answer.status_code, answer.json()["pending"]) == (200, False)
    assert answer.json()["clock"]["target"] is None
    assert "Printer" not in pending(client)
    (decision,) = client.get(f"{url}/history").json()["decisions"]
    assert (decision["kind"], decision["actor"]) == ("no_reply_needed", "kim")

    undone = client.post(f"{url}/undo", json={"decision_id": decision["id"]})
    assert undone.json() == {"thread_id": company.threads["Printer"], "event_id": None}
    assert "Printer" in pending(client)
    assert client.get(url).json()["clock"] == before
    (kept,) = client.get(f"{url}/history").json()["decisions"]
    assert kept["undone_by"] > kept["id"]


def test_mail_after_the_decision_needs_an_answer_again(company: Company, client: TestClient) -> None:
    url = path(company)
    company.place.wait(minutes=5)
    client.patch(url, json={"no_reply_needed": True}, headers={"If-Match": "*"})
    company.place.wait(minutes=5)
    later = letter("a4", subject="Re: Printer", reply_to="a1", at=company.place.now)
    company.place.mailbox.append(later, at=company.place.now - timedelta(minutes=1))
    company.place.poll()

    assert "Printer" in pending(client)


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"priority": "urgent"}, "priority", "urgent"),
        ({"status": "solved"}, "status", "solved"),
        ({"status": "waiting_third_party"}, "waiting_on", "third_party"),
        ({"status": "waiting_customer"}, "pending", False),
    ],
)
def test_what_is_decided_holds_at_once_and_is_answered(
    company: Company, client: TestClient, change: dict[str, str], field: str, value: object
) -> None:
    url = path(company)
    company.place.wait(minutes=5)

    answer = client.patch(url, json=change, headers={"If-Match": tag(client, url)})

    assert answer.json()[field] == value
    assert answer.headers["ETag"] == tag(client, url)


def test_a_customer_and_a_project_are_set_at_once_and_taken_back_one_by_one(
    company: Company, client: TestClient
) -> None:
    url = path(company, "Stranger")
    company.place.wait(minutes=5)

    answer = client.patch(
        url, json={"account": "acme", "project": "erp"}, headers={"If-Match": tag(client, url)}
    ).json()
    assert (answer["account"]["state"], answer["account"]["key"]) == ("confirmed", "acme")
    assert (answer["project"]["state"], answer["project"]["key"]) == ("confirmed", "erp")
    account, project = client.get(f"{url}/history").json()["decisions"]
    assert stored(company)["label"]

    client.post(f"{url}/undo", json={"decision_id": project["id"]})
    thread = client.get(url).json()
    assert (thread["account"]["key"], thread["project"]["key"]) == ("acme", None)
    client.post(f"{url}/undo", json={"decision_id": account["id"]})
    assert client.get(url).json()["account"]["key"] is None
    assert stored(company)["label"] == []


def test_null_says_that_there_is_no_customer(company: Company, client: TestClient) -> None:
    url = path(company)

    answer = client.patch(url, json={"account": None}, headers={"If-Match": "*"}).json()

    assert answer["account"] == {
        "key": None,
        "name": "",
        "state": "unknown",
        "probability": None,
        "is_proven": True,
    }


def test_who_does_not_say_which_state_they_mean_is_refused(company: Company, client: TestClient) -> None:
    answer = client.patch(path(company), json={"priority": "low"})

    assert (answer.status_code, answer.json()["code"]) == (428, "if_match_needed")


@pytest.mark.parametrize("given", ['"999-0a"', '"x"', 'W/"1-0a"', "", '"-1-0a"'])
def test_a_state_that_is_not_the_present_one_overrules_nobody(
    company: Company, client: TestClient, given: str
) -> None:
    before = stored(company)

    answer = client.patch(path(company), json={"priority": "low"}, headers={"If-Match": given})

    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert stored(company) == before


def test_of_two_who_decide_by_the_same_state_the_second_is_told(company: Company, client: TestClient) -> None:
    url = path(company)
    seen = tag(client, url)

    first = client.patch(url, json={"priority": "low"}, headers={"If-Match": seen})
    second = client.patch(url, json={"priority": "urgent"}, headers={"If-Match": seen})

    assert (first.status_code, second.status_code) == (200, 412)
    assert client.get(url).json()["priority"] == "low"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"priority": "loud"},
        {"status": "closed"},
        {"no_reply_needed": False},
        {"account": ""},
        {"owner": "kim"},
    ],
)
def test_a_change_that_cannot_be_meant_is_refused(
    company: Company, client: TestClient, body: dict[str, object]
) -> None:
    assert client.patch(path(company), json=body, headers={"If-Match": "*"}).status_code == 422


@pytest.mark.parametrize(
    "body", [{"account": "nobody"}, {"project": "nothing"}, {"account": "beta", "project": "erp"}]
)
def test_a_customer_or_project_that_does_not_exist_changes_nothing(
    company: Company, client: TestClient, body: dict[str, str]
) -> None:
    before = stored(company)

    assert client.patch(path(company), json=body, headers={"If-Match": "*"}).status_code == 404
    assert stored(company) == before


@pytest.mark.parametrize("body", [{"account": "beta"}, {"account": None}, {"account": "nobody"}])
def test_nobody_moves_a_thread_to_where_they_may_not_look(company: Company, body: dict[str, object]) -> None:
    before = stored(company)
    answer = company.client("acme").patch(path(company), json=body, headers={"If-Match": "*"})

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert stored(company) == before


def test_what_was_said_of_a_hidden_customer_is_neither_told_nor_undone(
    company: Company, client: TestClient
) -> None:
    url = path(company)
    for key in ("beta", "acme"):
        client.patch(url, json={"account": key}, headers={"If-Match": "*"})
    hidden, _ = client.get(f"{url}/history").json()["decisions"]
    reader = company.client("acme")

    told = reader.get(f"{url}/history").json()["decisions"]
    undone = reader.post(f"{url}/undo", json={"decision_id": hidden["id"]})

    assert [one["value"] for one in told] == ["acme"]
    assert (undone.status_code, undone.json()["code"]) == (404, "not_found")


def test_an_undo_that_takes_a_thread_out_of_sight_is_none_of_the_reader_s(
    company: Company, client: TestClient
) -> None:
    url = path(company, "Stranger")
    client.patch(url, json={"account": "acme"}, headers={"If-Match": "*"})
    (decision,) = client.get(f"{url}/history").json()["decisions"]

    assert company.client("acme").post(f"{url}/undo", json={"decision_id": decision["id"]}).status_code == 404
    assert client.get(url).json()["account"]["key"] == "acme"


def test_the_history_says_why_each_message_is_here(company: Company, client: TestClient) -> None:
    first, second = company.messages("Printer")

    places = client.get(path(company, rest="/history")).json()["places"]

    assert [(place["message_id"], place["parent_id"], place["depth"]) for place in places] == [
        (first, None, 0),
        (second, first, 1),
    ]
    assert places[0]["sentence"] == "Here from the start."
    assert "names a message here" in places[1]["sentence"]


def test_a_message_is_split_off_and_comes_back_by_undo(company: Company, client: TestClient) -> None:
    first, second = company.messages("Printer")

    done = client.post(path(company, rest="/split"), json={"message_ids": [second]}).json()

    assert done["thread_id"] != company.threads["Printer"]
    assert [one["id"] for one in client.get(path(company)).json()["messages"]] == [first]
    again = client.post(path(company, rest="/split"), json={"message_ids": [second]})
    assert again.status_code == 404
    (event,) = client.get(path(company, rest="/history")).json()["events"]
    assert (event["kind"], event["actor"], event["id"]) == ("split", "kim", done["event_id"])
    back = client.post(path(company, rest="/undo"), json={"event_id": done["event_id"]})
    assert back.json()["thread_id"] == company.threads["Printer"]
    assert len(client.get(path(company)).json()["messages"]) == 2
    twice = client.post(path(company, rest="/undo"), json={"event_id": done["event_id"]})
    assert (twice.status_code, twice.json()["code"]) == (409, "conflict")


def test_all_messages_of_a_thread_cannot_be_split_off(company: Company, client: TestClient) -> None:
    chosen = company.messages("Printer")

    assert client.post(path(company, rest="/split"), json={"message_ids": chosen}).status_code == 409


def test_two_threads_become_one_and_the_old_address_leads_to_it(company: Company, client: TestClient) -> None:
    other = company.threads["Invoice"]

    done = client.post(path(company, rest="/merge"), json={"other_id": other}).json()

    assert done["thread_id"] == company.threads["Printer"]
    assert client.get(f"/v1/threads/{other}").json()["id"] == company.threads["Printer"]
    assert client.post(path(company, rest="/merge"), json={"other_id": other}).status_code == 409


def test_threads_of_two_customers_stay_apart(company: Company, client: TestClient) -> None:
    before = stored(company)

    answer = client.post(path(company, rest="/merge"), json={"other_id": company.threads["Beta matter"]})

    assert answer.status_code == 409
    assert stored(company) == before


def test_what_is_of_another_thread_is_not_undone_or_split_here(company: Company, client: TestClient) -> None:
    _, second = company.messages("Printer")
    done = client.post(path(company, rest="/split"), json={"message_ids": [second]}).json()
    elsewhere = path(company, "Beta matter")

    assert client.post(f"{elsewhere}/undo", json={"event_id": done["event_id"]}).status_code == 404
    assert client.post(f"{elsewhere}/split", json={"message_ids": [second]}).status_code == 404


@pytest.mark.parametrize(
    ("rest", "body"),
    [
        ("/split", {"message_ids": []}),
        ("/split", {"message_ids": [0]}),
        ("/merge", {}),
        ("/undo", {}),
        ("/undo", {"event_id": 1, "decision_id": 1}),
    ],
)
def test_what_names_nothing_is_refused(
    company: Company, client: TestClient, rest: str, body: dict[str, object]
) -> None:
    assert client.post(path(company, rest=rest), json=body).status_code == 422


def test_a_reader_changes_nothing_of_another_customer(company: Company, client: TestClient) -> None:
    """Well-formed tries at everything there is of acme, and of the stranger, by the reader of beta."""
    _, second = company.messages("Printer")
    mine = company.threads["Beta matter"]
    client.patch(path(company), json={"priority": "low"}, headers={"If-Match": "*"})
    (decision,) = client.get(path(company, rest="/history")).json()["decisions"]
    reader, before = company.client("beta"), stored(company)

    for subject in ("Printer", "Invoice", "Stranger"):
        url = path(company, subject)
        tries = [
            reader.patch(url, json={"account": "beta"}, headers={"If-Match": "*"}),
            reader.patch(url, json={"status": "solved"}, headers={"If-Match": '"1-0a"'}),
            reader.get(f"{url}/history"),
            reader.post(f"{url}/split", json={"message_ids": [second]}),
            reader.post(f"{url}/merge", json={"other_id": mine}),
            reader.post(f"/v1/threads/{mine}/merge", json={"other_id": company.threads[subject]}),
            reader.post(f"/v1/threads/{mine}/split", json={"message_ids": [second]}),
            reader.post(f"{url}/undo", json={"decision_id": decision["id"]}),
            reader.post(f"/v1/threads/{mine}/undo", json={"decision_id": decision["id"]}),
        ]
        assert {(one.status_code, one.content) for one in tries} == {(404, tries[0].content)}
    assert stored(company) == before


def test_without_a_configuration_nothing_is_decided(company: Company) -> None:
    context = ApiContext(
        database=company.place.database, public_url="http://testserver", clock=lambda: company.place.now
    )
    client = TestClient(create_app(context), headers={"Authorization": f"Bearer {company.tokens['all']}"})

    answer = client.patch(path(company), json={"priority": "low"}, headers={"If-Match": "*"})
    assert answer.status_code == 404
