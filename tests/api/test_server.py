import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.server import spare_collections

#: What ``triage serve`` does in its process: the command, the application and its answers.
_SERVES = """
import sys
from starlette.testclient import TestClient
from triage.app import App, utc_now
import triage.cli.serve
from api.server import configured_app
from triage.services.access import first_token

app = App.open()
app.prepare()
token = first_token(app.database, now=utc_now())
app.database.close()
with TestClient(configured_app(), headers={"Authorization": f"Bearer {token}"}) as client:
    for path in ("/", "/v1/queue", "/v1/coverage", "/v1/search?q=x", "/v1/models", "/learning", "/metrics"):
        print(path, client.get(path).status_code)
    print("/v1/lookup", client.post("/v1/lookup", json={"message_ids": ["a@b.example"]}).status_code)
print("loaded", sorted({"sklearn", "numpy", "scipy"} & sys.modules.keys()))
"""


@pytest.fixture
def collector() -> Iterator[None]:
    """Leave the collector of this process as it was."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("collector")
def test_the_collector_leaves_what_is_loaded_alone_and_still_collects() -> None:
    spare_collections()

    assert gc.isenabled()
    assert gc.get_freeze_count() > 10_000
    assert gc.get_threshold()[0] > 10_000


def test_the_process_that_serves_never_loads_the_learning_library(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("data_dir: data\naccounts: [{key: acme, name: ACME, domains: [acme.example]}]\n")

    done = subprocess.run(
        [sys.executable, "-c", _SERVES],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TRIAGE_CONFIG": str(config)},
    )

    *answers, loaded = done.stdout.splitlines()
    assert {line.split()[1] for line in answers} == {"200"}, done
    assert loaded == "loaded []"
