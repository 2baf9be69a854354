"""A migrated database of the product, once on SQLite and once on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from triage.store.database import Database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with the newest schema; every test that takes it runs on both engines."""
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'triage.db'}" if is_sqlite else request.getfixturevalue("postgres_url")
    database = Database(url)
    database.upgrade()
    yield database
    database.close()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """An empty embedded database, where the engine does not matter."""
    database = Database(f"sqlite:///{tmp_path / 'triage.db'}")
    database.upgrade()
    yield database
    database.close()
