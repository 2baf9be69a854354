"""docs/api.md names every resource, parameter and error; its examples are well formed."""

import json
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.problems import KINDS, Kind
from api.schemas import QueueEntryJson, QueuePage, QueueQuery, SearchParameters
from tests.api.openapi import described
from triage.core.queue_entry import View

DOCS = Path(__file__).parents[2] / "docs"
API = (DOCS / "api.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", API, re.DOTALL)]


@pytest.mark.parametrize("path", json.loads(described())["paths"])
def test_every_resource_is_documented(path: str) -> None:
    assert re.sub(r"\{\w+_id\}", "{id}", path) in API


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_every_error_is_documented_with_its_status(kind: Kind) -> None:
    assert f"| `{kind.code}` | {kind.status} |" in API


@pytest.mark.parametrize(
    "name", [*QueueQuery.model_fields, *SearchParameters.model_fields, *(view.value for view in View)]
)
def test_every_parameter_and_view_is_documented(name: str) -> None:
    assert f"`{name}`" in API


def test_the_example_of_the_queue_has_every_field() -> None:
    page, problem = EXAMPLES

    assert set(page) == set(QueuePage.__annotations__)
    assert set(page["entries"][0]) == set(QueueEntryJson.__annotations__)
    assert problem["code"] == "not_found"


def test_the_commands_ask_for_things_that_exist(client: TestClient) -> None:
    paths = re.findall(r'\$TRIAGE_URL(/[^"]*)"', API)

    assert len(paths) == 6
    for path in paths:
        answer = client.post(path, json={}) if path.endswith("lookup") else client.get(path)
        assert answer.status_code == 200, path
