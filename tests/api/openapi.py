"""Writes ``openapi.json``, the agreed contract: ``python -m tests.api.openapi``."""

import json
from pathlib import Path

from api.app import create_app
from api.context import ApiContext
from tests.fakes.seed import NOW
from triage.store.database import Database

SNAPSHOT = Path(__file__).with_name("openapi.json")


def described() -> str:
    """Return the description of the API as it stands; its version is that of the program and left out."""
    context = ApiContext(database=Database("sqlite://"), public_url="http://127.0.0.1", clock=lambda: NOW)
    description = create_app(context).openapi()
    description["info"].pop("version")
    return json.dumps(description, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(described(), encoding="utf-8")
