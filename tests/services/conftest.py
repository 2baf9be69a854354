"""The company is stored once a module; each test works on a copy of the file."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.services.desk import Desk, store_company
from triage.store.database import Database


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Desk]:
    """The company is stored once; each test works on a copy of the file."""
    path = tmp_path_factory.mktemp("desk") / "triage.db"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    desk = store_company(database)
    database.close()
    return path, desk


@pytest.fixture
def desk(stored: tuple[Path, Desk], tmp_path: Path) -> Iterator[Desk]:
    path, desk = stored
    copy = shutil.copy(path, tmp_path / "copy.db")
    database = Database(f"sqlite:///{copy}")
    yield replace(desk, database=database)
    database.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"
