from datetime import timedelta

import pytest

from tests.fakes.seed import NOW, Seed, seed
from triage.cli.queue_list import print_queue
from triage.core.queue_entry import QueueFilters, View
from triage.core.scope import Scope
from triage.services.queue import queue
from triage.store.database import Database

_EVERYTHING = Scope(accounts=frozenset(), sees_all=True, name="test")


@pytest.fixture
def company(sqlite_database: Database) -> Seed:
    return seed(sqlite_database)


def shown(company: Seed, capsys: pytest.CaptureFixture[str], view: View = View.PENDING) -> str:
    print_queue(queue(company.database, _EVERYTHING, QueueFilters(view=view), limit=50, now=NOW))
    return capsys.readouterr().out


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_every_word_of_a_thread_can_be_read_at_any_width(
    company: Seed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    page = queue(company.database, _EVERYTHING, QueueFilters(), limit=50, now=NOW)

    words = shown(company, capsys).split()

    assert "…" not in "".join(words)
    text = " ".join(words)
    for entry in page.entries:
        assert entry.subject in text
        assert all(" ".join(reason.text.split()) in text for reason in entry.reasons(NOW))


def test_time_left_and_lateness_are_said_in_units_of_people(
    company: Seed, capsys: pytest.CaptureFixture[str]
) -> None:
    page = queue(company.database, _EVERYTHING, QueueFilters(), limit=50, now=NOW)
    due = {entry.due_at - NOW for entry in page.entries if entry.due_at}
    late = [span for span in due if timedelta(hours=-24) < span < timedelta(hours=-1)]
    ahead = [span for span in due if timedelta() < span < timedelta(hours=1)]

    text = shown(company, capsys)

    assert late
    assert ahead
    for span in late:
        minutes = int(-span.total_seconds()) // 60
        assert f"{minutes // 60} h {minutes % 60:02} min late" in text
    for span in ahead:
        assert f"due in {int(span.total_seconds()) // 60} min" in text


def test_empty_queue_says_so_beside_the_age_of_its_proof(
    sqlite_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    print_queue(queue(sqlite_database, _EVERYTHING, QueueFilters(), limit=50, now=NOW))

    text = capsys.readouterr().out
    assert "No thread is pending" in text
    assert "Unknown" in text
