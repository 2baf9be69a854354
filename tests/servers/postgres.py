"""A private PostgreSQL as a plain process on a free loopback port; every test gets a database of its own."""

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.servers.availability import program, unavailable
from tests.servers.ports import LOOPBACK, free_port

#: Durability is not what the tests of this suite are about, and the disk is shared.
FAST = (
    *("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"),
    *("-c", "max_connections=60", "-c", "shared_buffers=64MB"),
)


def _binaries() -> Path:
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    return program("PostgreSQL", "initdb", also_in=reversed(newest)).parent if not newest else newest[-1]


class PostgresServer:
    """One server process with its data in a temporary folder.

    PostgreSQL refuses to run as root, so root hands it to the ``postgres`` user of the package.
    """

    def __init__(self) -> None:
        self._binaries = _binaries()
        self._as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="triage-postgres-"))
        if self._as_user:
            shutil.chown(self._folder, "postgres")
        self._data = self._folder / "data"
        self._run("initdb", "--pgdata", str(self._data), "--username=triage", "--auth=trust", "--no-sync")
        options = ["-p", str(self.port), "-h", LOOPBACK, "-k", str(self._folder), *FAST]
        self._start = (
            "start",
            "--wait",
            "--silent",
            "-o",
            " ".join(options),
            "-l",
            str(self._folder / "log"),
        )
        self.start()

    def start(self) -> None:
        """Start the process and wait until it answers."""
        self._run("pg_ctl", "--pgdata", str(self._data), *self._start)

    def stop(self, *, mode: str = "immediate") -> None:
        """Stop the process; ``immediate`` is what a crash looks like."""
        self._run("pg_ctl", "--pgdata", str(self._data), "stop", "--mode", mode, "--silent")

    def close(self) -> None:
        """Stop the process and remove its data."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def create_database(self, *, template: str = "template0") -> str:
        """Return the name of a new database: an empty one, or a copy of one that nobody uses."""
        name = f"test_{uuid.uuid4().hex[:16]}"
        self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop_database(self, name: str) -> None:
        """Remove a database and cut whoever is still connected to it."""
        self._administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of a database."""
        return f"postgresql+psycopg://triage@{LOOPBACK}:{self.port}/{database}"

    def _administer(self, statement: str) -> None:
        with psycopg.connect(
            host=LOOPBACK, port=self.port, user="triage", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement.encode())

    def _run(self, name: str, *arguments: str) -> None:
        # The server keeps inherited descriptors open: a pipe here would never see its end.
        result = subprocess.run(
            [*self._as_user, str(self._binaries / name), *arguments],
            check=False,
            cwd=self._folder,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if result.returncode != 0:
            unavailable("PostgreSQL", f"{name} ended with status {result.returncode}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The private server of this test process."""
    server = PostgresServer()
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of an empty database that only this test uses."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)
