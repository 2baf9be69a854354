from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from api.web.assets import _STRIPES, _stripe
from models import Folder, Thread
from tests.api.conftest import PUBLIC_URL, client_for
from tests.fakes.seed import NOW, Seed
from triage.core.ids import AccountId


def person(company: Seed, reader: str = "all") -> TestClient:
    client = client_for(company, reader)
    client.headers["Accept"] = "text/html"
    return client


def test_the_queue_shows_customer_project_clock_and_both_times(company: Seed) -> None:
    text = person(company).get("/").text

    assert "Zirbenholz GmbH" in text
    assert "2 h overdue" in text
    assert "Wed 11 Mar, 07:30" in text
    assert "suggested, 81 %" in text
    assert "Breached" in text
    assert "Proven at 2026-03-11 09:29:48 UTC" in text


def test_times_follow_the_zone_that_the_browser_told(company: Seed) -> None:
    client = person(company)
    client.cookies.set("triage_zone", "Europe/Berlin")

    text = client.get("/").text

    assert "Wed 11 Mar, 08:30" in text
    assert "Times in <span data-zone-name>Europe/Berlin" in text


def test_an_unsure_customer_or_project_is_a_question_mark(company: Seed) -> None:
    text = person(company).get("/?view=unknown").text

    assert text.count('<span class="name unsure">?</span><span class="sub">not known</span>') >= 2
    assert '<span class="name unsure">?</span><span class="sub">conflict</span>' in text


def test_an_empty_view_proves_its_freshness(company: Seed) -> None:
    text = person(company, "outsider").get("/").text

    assert "Nothing is listed here" in text
    assert "Proven at 2026-03-11 09:29:48 UTC" in text


def test_an_empty_view_without_fresh_proof_says_that_it_proves_nothing(changing: Seed) -> None:
    with changing.database.write() as connection:
        connection.execute(sa.update(Thread).values(is_pending=False))
        connection.execute(sa.update(Folder).values(checked_at=NOW - timedelta(hours=1)))

    text = person(changing).get("/").text

    assert "Nothing is listed, and that proves nothing" in text
    assert "Unknown since 2026-03-11 08:30:00 UTC" in text
    assert "Nothing is listed here" not in text


def test_a_list_without_fresh_proof_says_that_it_may_be_incomplete(changing: Seed) -> None:
    with changing.database.write() as connection:
        connection.execute(sa.update(Folder).values(checked_at=None))

    assert "This list may be incomplete" in person(changing).get("/").text


def test_mail_is_shown_as_text_and_never_as_markup(company: Seed) -> None:
    text = person(company).get(f"/threads/{company.threads['acme/later']}").text

    assert "&lt;script&gt;alert(&#39;Zirbenholz&#39;)&lt;/script&gt;" in text
    assert text.count("<script") == 1


def test_a_thread_folds_quotes_and_dims_the_signature(company: Seed) -> None:
    text = person(company).get(f"/threads/{company.threads['acme/later']}").text

    assert "<summary>Quoted text, 2 lines</summary>" in text
    assert '<div class="text dim">-- \nMia, head of logistics</div>' in text


def test_a_thread_says_why_it_is_here_whose_it_is_and_what_was_refused(company: Seed) -> None:
    text = person(company).get(f"/threads/{company.threads['acme/later']}").text

    assert "Mia Zirbenholz wrote last and was not answered." in text
    assert "Words such as Zirbenholz are usual in this project." in text
    assert "A link to another thread was refused." in text
    assert f'href="/threads/{company.threads["beta/later"]}"' in text
    assert "240 working minutes" in text


def test_a_thread_of_conflicting_customers_says_that_nothing_was_guessed(company: Seed) -> None:
    text = person(company).get(f"/threads/{company.threads['unknown/conflict']}").text

    assert "More than one customer is named in this thread." in text


def test_the_address_of_a_merged_thread_leads_to_the_one_that_took_it_in(company: Seed) -> None:
    answer = person(company).get(f"/threads/{company.threads['acme/merged']}")

    assert answer.status_code == 307
    assert answer.headers["Location"] == f"/threads/{company.threads['acme/later']}"


def test_pages_follow_each_other_without_a_script(changing: Seed) -> None:
    with changing.database.write() as connection:
        columns = [column for column in Thread.__table__.columns if column.name != "id"]
        original = sa.select(*columns).where(Thread.id == changing.threads["acme/later"])
        for _ in range(45):
            connection.execute(sa.insert(Thread).from_select([column.name for column in columns], original))
    client = person(changing)
    first = client.get("/").text
    following = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")

    second = client.get(following).text

    assert first.count("<tr class=") == 50
    assert second.count("<tr class=") == 13
    assert "First page" in second


def test_coverage_lists_what_is_held_back(company: Seed) -> None:
    text = person(company).get("/coverage").text

    assert "the parser ran out of memory" in text
    assert "Messages held back" in text


@pytest.mark.parametrize("path", ["/", "/threads/1", "/coverage"])
def test_without_a_session_a_page_leads_to_the_sign_in_and_back(browser: TestClient, path: str) -> None:
    answer = browser.get(path)

    assert answer.status_code == 303
    assert urlsplit(answer.headers["Location"]).path == "/login"
    signed = browser.get(answer.headers["Location"]).text
    assert f'name="next" value="{path}"' in signed


def test_a_link_with_a_token_signs_in_and_leaves_no_token_in_the_address(
    browser: TestClient, company: Seed
) -> None:
    answer = browser.get("/", params={"token": company.tokens["all"]})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert browser.get("/").status_code == 200


@pytest.mark.parametrize("token", ["tri_wrong", "x"])
def test_a_wrong_token_signs_nobody_in(browser: TestClient, token: str) -> None:
    by_link = browser.get("/", params={"token": token})
    by_form = browser.post("/login", data={"token": token}, headers={"Origin": PUBLIC_URL})

    for answer in (by_link, by_form):
        assert answer.status_code == 401
        assert "This token is not known" in answer.text
        assert "Set-Cookie" not in answer.headers


def test_signing_in_returns_to_the_page_one_came_for(browser: TestClient, company: Seed) -> None:
    form = {"token": f" {company.tokens['all']} ", "next": "/threads/1"}

    answer = browser.post("/login", data=form, headers={"Origin": PUBLIC_URL})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/threads/1")


def test_a_link_from_another_site_opens_once_more_from_our_own(browser: TestClient) -> None:
    answer = browser.get("/threads/1", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0">' in answer.text


def test_an_address_that_names_its_content_is_kept_for_ever(company: Seed) -> None:
    client = person(company)
    page = client.get("/login").text
    style = page.partition('rel="stylesheet" href="')[2].partition('"')[0]

    assert client.get(style).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/static/triage.css?v=0").headers["Cache-Control"] == "no-cache"
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/static/nothing.css").status_code == 404


def test_twelve_customers_have_twelve_colours_and_unknown_ones_none() -> None:
    assert len({_stripe(AccountId(number)) for number in range(1, 13)}) == _STRIPES
    assert _stripe(None) == "stripe-none"


def test_an_address_that_is_wrong_is_told_which_part_of_it(company: Seed) -> None:
    answer = person(company).get("/?view=nope")

    assert answer.status_code == 422
    assert "<code>query/view</code>" in answer.text
    assert "Input should be" in answer.text
