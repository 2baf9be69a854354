"""Questions, proposals and the state of the models: each reader his own, answered with one call or click."""

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from models import EvidenceRule, Thread
from tests.api.company import Company, company_of
from tests.api.conftest import client_for
from tests.fakes.seed import CANARIES, Seed
from triage.store.board import write_list
from triage.store.database import Database

ACME = CANARIES["acme"].lower()


def undecided(company: Seed, *names: str) -> None:
    """Let nobody know the project of these threads."""
    numbers = [company.threads[name] for name in names]
    with company.database.write() as connection:
        connection.execute(
            sa.update(Thread).where(Thread.id.in_(numbers)).values(project_state="unknown", project_id=None)
        )


def unknown_projects(company: Seed) -> list[str]:
    names = [name for name in company.threads if name.partition("/")[0] in CANARIES][:40]
    undecided(company, *names)
    return names


def test_questions_are_those_of_the_reader(changing: Seed) -> None:
    unknown_projects(changing)

    everybody = client_for(changing, "all").get("/v1/questions").json()["questions"]
    acme = client_for(changing, "acme").get("/v1/questions").json()["questions"]
    outsider = client_for(changing, "outsider").get("/v1/questions").json()["questions"]

    assert {one["account"] for one in everybody} == set(CANARIES)
    assert [one["account"] for one in acme] == ["acme"]
    assert acme[0]["terms"] == [ACME]
    assert set(acme[0]["projects"]) == {"acme-erp", "acme-portal"}
    assert outsider == []


def ask(company: Company) -> list[int]:
    """Put a question about all of ACME's threads on the board, and return their ids."""
    account = company.place.practice().directory.account("acme")
    threads = [
        int(number) for subject, number in company.threads.items() if subject in {"Printer", "Invoice"}
    ]
    question = {"id": "1-0", "account": account, "threads": threads, "messages": 3, "terms": ["printer"]}
    with company.place.database.write() as connection:
        write_list(
            connection,
            "questions",
            [{**question, "code": "", "sureness": 0.0, "priority": "normal"}],
            now=company.place.now,
        )
    return threads


def test_an_answer_gives_the_threads_to_the_project_and_the_question_is_gone(database: Database) -> None:
    company = company_of(database)
    threads = ask(company)
    client = company.client("acme")
    (question,) = client.get("/v1/questions").json()["questions"]

    answer = client.post("/v1/questions/answer", json={"threads": question["thread_ids"], "project": "erp"})

    assert sorted(question["thread_ids"]) == sorted(threads)
    assert answer.json() == {"threads": 2}
    projects = [client.get(f"/v1/threads/{one}").json()["project"] for one in threads]
    assert {(one["key"], one["state"]) for one in projects} == {("erp", "confirmed")}
    assert client.get("/v1/questions").json()["questions"] == []


def test_one_click_answers(database: Database) -> None:
    company = company_of(database)
    thread, *_ = ask(company)

    click = company.client("acme", is_browser=True).post(
        "/learning/answer", data={"thread_id": str(thread), "project": "erp"}
    )

    assert (click.status_code, click.headers["location"]) == (303, "/learning?done=answered")
    found = company.client("acme").get(f"/v1/threads/{thread}").json()["project"]
    assert (found["key"], found["state"]) == ("erp", "confirmed")


def test_nobody_answers_for_another_customer(changing: Seed) -> None:
    """One foreign thread among the own ones, and nothing is kept; it looks like one that does not exist."""
    unknown_projects(changing)
    client = client_for(changing, "acme")
    own = client.get("/v1/questions").json()["questions"][0]["thread_ids"][0]
    foreign = next(number for name, number in changing.threads.items() if name.startswith("beta/"))

    refused = client.post("/v1/questions/answer", json={"threads": [own, foreign], "project": "acme-erp"})
    missing = client.post("/v1/questions/answer", json={"threads": [own, 999_999], "project": "acme-erp"})

    assert refused.status_code == missing.status_code == 404
    assert refused.content == missing.content
    assert client.get(f"/v1/threads/{own}").json()["project"]["state"] == "unknown"


def test_a_taken_proposal_becomes_a_rule_and_leaves_the_list(changing: Seed) -> None:
    client = client_for(changing, "all")
    wanted = f"domain:{ACME}.test"
    listed = {one["id"]: one for one in client.get("/v1/proposals").json()["proposals"]}

    answer = client.post("/v1/proposals/take", json={"id": wanted})

    assert "take the domain?" in listed[wanted]["question"]
    assert answer.status_code == 200
    assert wanted not in {one["id"] for one in client.get("/v1/proposals").json()["proposals"]}
    with changing.database.read() as connection:
        source = connection.scalar(sa.select(EvidenceRule.source).where(EvidenceRule.value == f"{ACME}.test"))
    assert source == "person"
    assert client.post("/v1/proposals/take", json={"id": wanted}).status_code == 404


def test_a_refused_proposal_leaves_the_list(changing: Seed) -> None:
    client = client_for(changing, "all")

    client.post("/v1/proposals/refuse", json={"id": f"domain:{ACME}.test"})

    assert len(client.get("/v1/proposals").json()["proposals"]) == len(CANARIES) - 1


@pytest.mark.parametrize("action", ["take", "refuse"])
def test_readers_of_single_accounts_neither_see_nor_take_proposals(changing: Seed, action: str) -> None:
    client = client_for(changing, "acme")

    listed = client.get("/v1/proposals").json()["proposals"]
    answer = client.post(f"/v1/proposals/{action}", json={"id": f"domain:{ACME}.test"})
    missing = client.post(f"/v1/proposals/{action}", json={"id": "domain:nobody.example"})

    assert listed == []
    assert (answer.status_code, answer.content) == (404, missing.content)


def test_the_state_of_the_models_is_told_to_readers_of_their_accounts(company: Seed) -> None:
    everybody = client_for(company, "all").get("/v1/models").json()
    acme = client_for(company, "acme").get("/v1/models").json()

    assert {one["account"] for one in everybody["models"]} == set(CANARIES)
    assert everybody["accounts_by_words"]["state"] == "not proven"
    assert [one["account"] for one in acme["models"]] == ["acme"]
    assert acme["accounts_by_words"] is None
    assert acme["models"][0]["refused"] == {"compared": 9, "wrong_before": 0, "wrong_now": 1}
    assert acme["models"][0]["curve"] == [[0.5, 0.0], [1.0, 0.025]]


def page_of(client: TestClient) -> str:
    client.headers.update({"Accept": "text/html", "Origin": "http://testserver"})
    return client.get("/learning").text


def test_the_page_shows_what_is_asked_and_how_right_the_models_are(changing: Seed) -> None:
    unknown_projects(changing)

    page = page_of(client_for(changing, "acme"))

    assert "Is this a new project of Zirbenholz GmbH" in page
    assert "unproven: too little later mail is known for a proof" in page
    assert "<svg" in page
    assert "New contacts and domains" not in page


def test_one_click_takes_and_refuses(changing: Seed) -> None:
    client = client_for(changing, "all")
    page_of(client)

    clicks = [
        client.post("/learning/take", data={"id": f"domain:{ACME}.test"}),
        client.post("/learning/refuse", data={"id": f"domain:{CANARIES['beta'].lower()}.test"}),
    ]

    assert [one.headers["location"] for one in clicks] == ["/learning?done=taken", "/learning?done=refused"]
    assert len(client.get("/v1/proposals").json()["proposals"]) == len(CANARIES) - 2
