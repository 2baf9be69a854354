from datetime import timedelta

import pytest
import sqlalchemy as sa

from models import Folder
from tests.fakes.seed import NOW, Seed, seed
from triage.core.coverage import CoverageState
from triage.core.errors import InvalidCursor, NotFound, UnknownToken
from triage.core.ids import HeaderId
from triage.core.queue_entry import QueueFilters, View
from triage.core.scope import Credential, Scope
from triage.services import access
from triage.services.queue import coverage_report, find, open_thread, queue
from triage.store.database import Database


@pytest.fixture
def company(sqlite_database: Database) -> Seed:
    return seed(sqlite_database)


def scope_of(company: Seed, token: str) -> Scope:
    scope = access.scope_of(company.database, company.tokens[token])
    assert scope is not None
    return scope


def test_a_token_is_as_good_as_what_it_may_see(company: Seed) -> None:
    sent = Credential(token=company.tokens["acme"])

    assert queue(company.database, sent, QueueFilters(), now=NOW) == queue(
        company.database, scope_of(company, "acme"), QueueFilters(), now=NOW
    )
    with pytest.raises(UnknownToken):
        queue(company.database, Credential(token="tri_wrong"), QueueFilters(), now=NOW)
    with pytest.raises(UnknownToken):
        find(company.database, Credential(token=""), [], now=NOW)


def test_a_page_comes_with_counts_choices_and_the_age_of_the_proof(company: Seed) -> None:
    page = queue(
        company.database, scope_of(company, "all"), QueueFilters(), limit=5, with_choices=True, now=NOW
    )

    assert len(page.entries) == 5
    assert page.counts.pending == 18
    assert page.counts.breached == 4
    assert [choice.key for choice in page.choices] == ["ceti", "delta", "beta", "acme"]
    assert page.coverage.state is CoverageState.PROVEN
    assert page.coverage.age_seconds(NOW) == 12
    assert len(page.folders) == 4


def test_the_cursor_of_a_page_fetches_the_next_one(company: Seed) -> None:
    scope = scope_of(company, "all")
    first = queue(company.database, scope, QueueFilters(), limit=10, now=NOW)

    second = queue(company.database, scope, QueueFilters(), cursor=first.next_cursor, limit=10, now=NOW)

    assert len(second.entries) == 8
    assert second.next_cursor is None
    assert not {one.thread_id for one in first.entries} & {one.thread_id for one in second.entries}


def test_a_foreign_cursor_is_refused_before_the_database_is_asked(company: Seed) -> None:
    with pytest.raises(InvalidCursor):
        queue(company.database, scope_of(company, "all"), QueueFilters(), cursor="nonsense", now=NOW)


def test_a_cursor_shows_another_reader_nothing_new(company: Seed) -> None:
    everything = QueueFilters(view=View.ALL)
    first = queue(company.database, scope_of(company, "all"), everything, limit=1, now=NOW)

    taken = queue(
        company.database, scope_of(company, "outsider"), everything, cursor=first.next_cursor, now=NOW
    )

    assert taken.entries == ()


def test_readers_of_some_accounts_hear_of_no_mailbox(company: Seed) -> None:
    report = coverage_report(company.database, scope_of(company, "acme"), now=NOW)
    page = queue(company.database, scope_of(company, "acme"), QueueFilters(), now=NOW)

    assert report.folders == page.folders == ()
    assert report.held_back == ()
    assert report.coverage.state is CoverageState.PROVEN
    assert "2 mailboxes" not in report.coverage.sentence


def test_stale_proof_is_told_as_unknown_everywhere(company: Seed) -> None:
    with company.database.write() as connection:
        connection.execute(sa.update(Folder).values(checked_at=NOW - timedelta(hours=1)))
    scope = scope_of(company, "all")
    thread = company.threads["acme/later"]

    proofs = [
        queue(company.database, scope, QueueFilters(), now=NOW).coverage,
        open_thread(company.database, scope, thread, now=NOW).coverage,
        coverage_report(company.database, scope, now=NOW).coverage,
        find(company.database, scope, [], now=NOW)[1],
    ]

    assert {proof.state for proof in proofs} == {CoverageState.UNKNOWN}


def test_a_thread_is_opened_with_all_that_stands_on_its_page(company: Seed) -> None:
    opened = open_thread(company.database, scope_of(company, "all"), company.threads["acme/merged"], now=NOW)

    assert opened.thread.entry.thread_id == company.threads["acme/later"]
    assert len(opened.messages) == 2
    assert len(opened.clocks) == 1
    assert len(opened.refused_links) == 1


def test_a_thread_of_another_account_is_not_found(company: Seed) -> None:
    with pytest.raises(NotFound):
        open_thread(company.database, scope_of(company, "beta"), company.threads["acme/later"], now=NOW)


def test_a_message_is_found_by_its_id(company: Seed) -> None:
    wanted = HeaderId("acme-later-0@zirbenholz.example")

    found, _ = find(company.database, scope_of(company, "acme"), [wanted], now=NOW)

    assert [(one, entry.thread_id) for one, entry in found] == [(wanted, company.threads["acme/later"])]
