"""Databases for workers that are killed: made, copied, and read row by row, on both engines."""

import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import psycopg
from psycopg import sql

from tests.servers.ports import eventually
from tests.servers.postgres import PostgresServer

#: Rows by table, in no order that means anything.
State: TypeAlias = dict[str, list[tuple[object, ...]]]

#: Who holds a mailbox and what was compared when depend on how often the program was started.
_OF_THE_RUN = {"lease", "audit_run", "alembic_version"}
_OF_THE_ATTEMPT = {"attempts", "next_attempt_at", "sent_at"}
#: The rules of the configuration are written anew at every start; nothing refers to their numbers.
_NUMBERED_ANEW = {"evidence_rule"}


class Engine(Protocol):
    """Where a worker keeps its rows. Names are free words; each is a database."""

    def url(self, name: str) -> str:
        """Return the address of the database of that name."""

    def create(self, name: str) -> None:
        """Make an empty database."""

    def copy(self, source: str, name: str) -> None:
        """Make a database with the rows of another one that nobody uses."""

    def settle(self, name: str) -> None:
        """Let the next run give the numbers that it would give if no run had been killed."""

    def state(self, name: str) -> State:
        """Return every row that does not tell about the run itself."""


class SqliteEngine:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self, name: str) -> str:
        return f"sqlite:///{self._path(name)}"

    def create(self, name: str) -> None:
        """Do nothing: the file is there when something is written."""

    def copy(self, source: str, name: str) -> None:
        for suffix in ("", "-wal"):
            if (path := Path(f"{self._path(source)}{suffix}")).exists():
                shutil.copy(path, f"{self._path(name)}{suffix}")

    def settle(self, name: str) -> None:
        """Do nothing: a transaction that is rolled back gives its numbers back."""

    def state(self, name: str) -> State:
        connection = sqlite3.connect(self._path(name))
        try:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            state = {}
            for table in _compared(name for (name,) in rows if not name.startswith("search_words")):
                columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
                kept = ", ".join(f'"{one}"' for one in columns if _is_kept(table, one))
                found = connection.execute(f"SELECT {kept} FROM {table}").fetchall()  # noqa: S608 - own names
                state[table] = sorted(found, key=repr)
            # How the words lie in the index depends on the size of its steps; which they are does not.
            connection.execute("CREATE VIRTUAL TABLE temp.word USING fts5vocab(main, search_words, instance)")
            state["search_words"] = sorted(connection.execute("SELECT * FROM temp.word"), key=repr)
            return state
        finally:
            connection.close()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.db"


class PostgresEngine:
    """Databases of a server, which goes away with all of them at the end of the tests."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._names: dict[str, str] = {}

    def url(self, name: str) -> str:
        return self._server.url(self._names[name])

    def create(self, name: str) -> None:
        self._names[name] = self._server.create_database()

    def copy(self, source: str, name: str) -> None:
        # The server may still be ending the connections of a worker that is gone.
        eventually(lambda: not self._is_used(source), what="nobody uses the template")
        self._names[name] = self._server.create_database(template=self._names[source])

    def settle(self, name: str) -> None:
        """Set the sequences back to what is committed: unlike rows they are not rolled back."""
        with self._connect(name) as connection:
            owned = connection.execute(
                "SELECT table_name, column_name, pg_get_serial_sequence(quote_ident(table_name), column_name)"
                " FROM information_schema.columns WHERE table_schema = 'public'"
                " AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL"
            ).fetchall()
            for table, column, sequence in owned:
                connection.execute(
                    sql.SQL("SELECT setval({}, coalesce(max({}), 0) + 1, false) FROM {}").format(
                        sql.Literal(sequence), sql.Identifier(column), sql.Identifier(table)
                    )
                )

    def state(self, name: str) -> State:
        with self._connect(name) as connection:
            rows = connection.execute(
                "SELECT table_name FROM information_schema.tables"
                " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            ).fetchall()
            state: State = {}
            for table in _compared(table for (table,) in rows):
                found = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))
                columns = [column.name for column in found.description or ()]
                kept = [number for number, one in enumerate(columns) if _is_kept(table, one)]
                state[table] = sorted((tuple(row[number] for number in kept) for row in found), key=repr)
            return state

    def _is_used(self, name: str) -> bool:
        with self._connect(None) as connection:
            asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
            found = connection.execute(asked, [self._names[name]]).fetchone()
        return found is not None and found[0] > 0

    def _connect(self, name: str | None) -> "psycopg.Connection[tuple[Any, ...]]":
        database = self._names[name] if name else "postgres"
        return psycopg.connect(
            host="127.0.0.1", port=self._server.port, user="triage", dbname=database, autocommit=True
        )


def _compared(tables: Iterable[str]) -> list[str]:
    return sorted(set(tables) - _OF_THE_RUN)


def _is_kept(table: str, column: str) -> bool:
    return column not in _OF_THE_ATTEMPT and not (table in _NUMBERED_ANEW and column == "id")
