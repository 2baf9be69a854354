from starlette.testclient import TestClient

from tests.api.conftest import client_for
from tests.fakes.seed import Seed


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
