"""The public contract is a file: a change of the API shows as a change of that file.

Renew it with ``python -m tests.api.openapi`` and say in the changelog what was added. Within ``/v1``
nothing is taken away.
"""

import json

import pytest
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from api import schemas
from tests.api.openapi import SNAPSHOT, described
from tests.fakes.seed import Seed


def test_the_contract_is_the_one_that_was_agreed() -> None:
    agreed = SNAPSHOT.read_text(encoding="utf-8")

    assert agreed == described(), "renew with `python -m tests.api.openapi`"


def test_every_operation_has_a_summary_and_says_what_it_returns() -> None:
    for path, operations in json.loads(described())["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert operation["responses"]["200"], path


@pytest.mark.parametrize(
    ("path", "contract"),
    [
        ("/v1/queue?view=all", schemas.QueuePage),
        ("/v1/threads/1", schemas.ThreadJson),
        ("/v1/threads/1/sla", schemas.ThreadSlaJson),
        ("/v1/threads/1/history", schemas.HistoryJson),
        ("/v1/reports/sla", schemas.SlaReportJson),
        ("/v1/coverage", schemas.CoverageJson),
    ],
)
def test_answers_are_what_the_contract_says(
    client: TestClient, company: Seed, path: str, contract: type[object]
) -> None:
    answer = client.get(path)

    TypeAdapter(contract).validate_json(answer.content)
    named = TypeAdapter(contract).json_schema()["properties"]
    assert set(answer.json()) == set(named)


def test_a_look_up_answers_what_the_contract_says(client: TestClient) -> None:
    answer = client.post("/v1/lookup", json={"message_ids": ["acme-later-0@zirbenholz.example"]})

    found = TypeAdapter(schemas.LookupJson).validate_json(answer.content)
    assert len(found["matches"]) == 1
    assert set(found["matches"][0]["thread"]) == set(schemas.QueueEntryJson.__annotations__)
