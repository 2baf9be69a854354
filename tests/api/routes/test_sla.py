from datetime import date, timedelta

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.context import ApiContext
from tests.api.conftest import client_for
from tests.fakes.seed import NOW, Seed


def test_clocks_come_with_the_stretches_that_lead_to_the_due_time(client: TestClient, company: Seed) -> None:
    answer = client.get(f"/v1/threads/{company.threads['acme/later']}/sla")

    (clock,) = answer.json()["clocks"]
    assert answer.status_code == 200
    assert clock["zone"] == "Europe/Berlin"
    assert sum(segment["seconds"] for segment in clock["segments"] if segment["kind"] == "open") == 240 * 60
    assert clock["segments"][-1]["end"] == clock["due_at"]


def test_a_merged_thread_leads_to_the_one_that_took_it_in(client: TestClient, company: Seed) -> None:
    answer = client.get(f"/v1/threads/{company.threads['acme/merged']}/sla").json()

    assert answer["thread_id"] == company.threads["acme/later"]


def test_another_customer_s_clocks_look_like_none(company: Seed) -> None:
    client = client_for(company, "beta")

    hidden, missing = (
        client.get(f"/v1/threads/{number}/sla") for number in (company.threads["acme/later"], 999_999)
    )

    assert (hidden.status_code, hidden.content) == (404, missing.content)


def test_a_report_counts_the_accounts_of_the_token_only(company: Seed) -> None:
    period = {"since": str(NOW.date() - timedelta(days=60)), "until": str(NOW.date())}

    answer = client_for(company, "beta").get("/v1/reports/sla", params=period).json()

    assert {line["group"] for line in answer["lines"]} <= {"beta"}
    assert {line["group"] for line in answer["lines"]}


@pytest.mark.parametrize(
    ("since", "until"), [(NOW.date(), NOW.date() - timedelta(days=2)), (date(2020, 1, 1), NOW.date())]
)
def test_a_period_that_is_too_long_or_none_is_refused(client: TestClient, since: date, until: date) -> None:
    answer = client.get("/v1/reports/sla", params={"since": str(since), "until": str(until)})

    assert answer.status_code == 422


def test_without_a_configuration_nothing_is_explained(company: Seed) -> None:
    context = ApiContext(database=company.database, public_url="http://testserver", clock=lambda: NOW)
    client = TestClient(create_app(context), headers={"Authorization": f"Bearer {company.tokens['all']}"})

    assert client.get(f"/v1/threads/{company.threads['acme/later']}/sla").status_code == 404
