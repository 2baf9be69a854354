"""The API over the sample company, as a program and as a browser see it."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.context import ApiContext
from tests.fakes.practice import practice_of
from tests.fakes.seed import NOW, Seed, seed
from triage.store.database import Database

PUBLIC_URL = "http://testserver"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seed]:
    """The sample company; tests that change it take ``changing``."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('api') / 'triage.db'}")
    database.upgrade()
    yield seed(database)
    database.close()


@pytest.fixture
def changing(sqlite_database: Database) -> Seed:
    """A sample company of its own."""
    return seed(sqlite_database)


def client_for(company: Seed, token: str | None = None, *, public_url: str = PUBLIC_URL) -> TestClient:
    """Return a client that sends the token as a program does; errors come back as answers."""
    database = company.database
    app = create_app(
        ApiContext(
            database=database,
            public_url=public_url,
            clock=lambda: NOW,
            practice=lambda: practice_of(database),
        )
    )
    headers = {"Authorization": f"Bearer {company.tokens[token]}"} if token else {}
    return TestClient(app, headers=headers, raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture(scope="module")
def client(company: Seed) -> TestClient:
    """A program that sees all accounts."""
    return client_for(company, "all")


@pytest.fixture
def browser(company: Seed) -> TestClient:
    """A browser without a session."""
    client = client_for(company)
    client.headers["Accept"] = "text/html"
    return client
