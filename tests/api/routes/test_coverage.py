from dataclasses import replace
from datetime import timedelta

from starlette.testclient import TestClient

from tests.api.conftest import client_for
from tests.fakes.seed import NOW, Seed
from triage.core.audit_level import AuditLevel
from triage.store import canaries, mailboxes
from triage.store.audit_runs import RunFigures, add_run


def test_coverage_lists_folders_and_what_is_held_back(client: TestClient) -> None:
    report = client.get("/v1/coverage").json()

    assert (report["state"], report["age_seconds"]) == ("proven", 12)
    assert [(row["mailbox"], row["folder"], row["stored_messages"]) for row in report["folders"]] == [
        ("projects", "INBOX", 3),
        ("projects", "Sent", 3),
        ("support", "INBOX", 3),
        ("support", "Sent", 3),
    ]
    assert [(held["uid"], held["reason"]) for held in report["held_back"]] == [
        (3, "the parser ran out of memory")
    ]


def test_readers_of_some_accounts_get_the_verdict_without_mailboxes(company: Seed) -> None:
    report = client_for(company, "acme").get("/v1/coverage").json()

    assert (report["state"], report["age_seconds"]) == ("proven", 12)
    assert report["folders"] == report["held_back"] == report["comparisons"] == []


def test_last_comparison_of_each_level_is_told(changing: Seed) -> None:
    figures = RunFigures(server_messages=3, here_messages=3, missing=0, departed=0, unexplained=0)
    with changing.database.write() as connection:
        row = mailboxes.find_folder(connection, "projects", "INBOX")
        assert row is not None
        for days, level, missing in (
            (2, AuditLevel.ALL, 1),
            (1, AuditLevel.ALL, 0),
            (1, AuditLevel.CONTENT, 0),
        ):
            at = NOW - timedelta(days=days)
            found = replace(figures, missing=missing)
            add_run(connection, row.id, level, found, started_at=at, finished_at=at)
        phantoms = replace(figures, missing=4)
        add_run(connection, None, AuditLevel.PARENTS, phantoms, started_at=NOW, finished_at=NOW)

    report = client_for(changing, "all").get("/v1/coverage").json()

    told = {(one["folder"], one["level"]): one["missing"] for one in report["comparisons"]}
    assert told == {("INBOX", "all"): 0, ("INBOX", "content"): 0, ("", "parents"): 4}


def _lose_a_test_mail(company: Seed) -> None:
    with company.database.write() as connection:
        canaries.configure(connection, "support")
        mailbox = mailboxes.find_mailbox(connection, "support")
        assert mailbox is not None
        canaries.reserve(
            connection,
            mailbox,
            nonce="0" * 32,
            sender="triage@vendor.example",
            now=NOW - timedelta(minutes=3),
            next_at=NOW + timedelta(minutes=7),
        )


def test_test_mail_that_did_not_arrive_is_told(changing: Seed) -> None:
    assert client_for(changing, "all").get("/v1/coverage").json()["canary"] is None
    _lose_a_test_mail(changing)
    client = client_for(changing, "all")

    canary = client.get("/v1/coverage").json()["canary"]
    assert (canary["mailbox"], canary["state"]) == ("support", "missing")
    assert "has not arrived in support" in canary["sentence"]
    assert "has not arrived in support" in client.get("/coverage").text
    figures = client.get("/metrics").text
    assert "triage_canary_missing 1.0" in figures
    assert "triage_canary_round_trip_seconds NaN" in figures


def test_test_mails_are_for_those_who_see_all(changing: Seed) -> None:
    _lose_a_test_mail(changing)
    assert client_for(changing, "acme").get("/v1/coverage").json()["canary"] is None
