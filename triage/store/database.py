"""The database: one engine, explicit transactions, and the version of its schema.

Writers begin with a write lock (BEGIN IMMEDIATE on SQLite), so that a transaction never fails
half-way for want of one. Errors that a person can mend become sentences here; all others pass.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

import migrations
from models.base import json_text
from triage.core.errors import NotFound, StoreError, StoreFull, StoreTooNew

#: Services pass connections on; they get the type from here, the only floor that knows SQLAlchemy.
__all__ = ["Connection", "Database"]

#: How long a writer waits for another one on SQLite.
_BUSY_SECONDS = 10
#: Pages, 128 MiB: a batch of mail in a large mailbox changes two thousand pages all over the file, and with
#: SQLite's thousand every commit would write them twice; the more wait, the more of them are changed again
#: before. What is committed is durable either way.
_CHECKPOINT_PAGES = 32_000
#: The most that SQLite maps of a file; what lies behind is read as without.
_MAPPED_BYTES = 2**31 - 65536
#: Connections of SQLite that wait for the next read; the pool has more for the rest.
_KEPT_READERS = 2
_WRITES = "triage_writes"
#: What SQLite says of the file and the disk, and what that means to a person.
_SQLITE_ERRORS = {
    "disk I/O error": "cannot be read or written (disk I/O error); check the disk",
    "database is locked": (
        f"is being written by another program for longer than {_BUSY_SECONDS} seconds; nothing was stored: "
        "try again, and find out what holds it, such as a backup, if it goes on"
    ),
    "unable to open database file": "cannot be opened; check that its folder is writable",
    "readonly database": "cannot be written; check the rights of file and folder",
}
#: Beginnings of SQLSTATE that tell of the server and of other transactions, not of what was to be stored:
#: connection, rollback for others' sake, resources, locks, shutdown.
_OF_THE_SERVER = ("08", "40", "53", "55P", "57P")


class Database:
    """One database and the transactions on it. Safe to share between threads.

    Args:
        url: SQLAlchemy URL; ``sqlite:///path`` or ``postgresql+psycopg://...``.

    Raises:
        StoreError: If the URL cannot be understood.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._writer = self.engine.execution_options(**{_WRITES: True})
        #: Free for the next read; threads take and give back by steps that cannot be torn.
        self._readers: list[Connection] = []

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that writes; commit at the end, roll back on any error.

        Raises:
            StoreFull: If the disk is full: nothing was written.
            StoreError: If the database cannot be reached or written.
        """
        with _told(self.engine), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that only reads: one consistent view, no write lock."""
        with _told(self.engine), self._reader() as connection:
            yield connection

    @contextmanager
    def _reader(self) -> Iterator[Connection]:
        """Lend a connection; on SQLite, whose connections do not break, one that another read gave back.

        To make one and to give it back to the pool takes as long as many a read.
        """
        try:
            connection = self._readers.pop()
        except IndexError:
            connection = self.engine.connect()
        try:
            yield connection
            connection.rollback()
        except BaseException:
            connection.close()
            raise
        if self.is_sqlite and len(self._readers) < _KEPT_READERS:
            self._readers.append(connection)
        else:
            connection.close()

    def upgrade(self) -> None:
        """Create the schema or bring it to the newest version.

        Raises:
            StoreTooNew: If a newer version of this program wrote the database.
            StoreError: If it cannot be opened.
        """
        with _told(self.engine), self._writer.begin() as connection:
            config = _alembic_config()
            self._refuse_newer(connection, ScriptDirectory.from_config(config))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def check_version(self) -> None:
        """Refuse a database that this program cannot use.

        Raises:
            StoreTooNew: If a newer version wrote it.
            StoreError: If it has no schema yet, or an older one.
        """
        script = ScriptDirectory.from_config(_alembic_config())
        with self.read() as connection:
            current = self._refuse_newer(connection, script)
        if current is None:
            raise StoreError(
                f"nothing was read into {_shown(self.engine)} yet; run `triage poll --once` or `triage run`"
            )
        if current != script.get_current_head():
            raise StoreError(
                f"the database {_shown(self.engine)} has schema {current}, this program needs "
                f"{script.get_current_head()}; run `triage poll --once` or `triage run` once to upgrade it"
            )

    def close(self) -> None:
        """Close all connections."""
        while self._readers:
            self._readers.pop().close()
        self.engine.dispose()

    def _refuse_newer(self, connection: Connection, script: ScriptDirectory) -> str | None:
        current = MigrationContext.configure(connection).get_current_revision()
        known = {revision.revision for revision in script.walk_revisions()}
        if current is not None and current not in known:
            raise StoreTooNew(
                f"the database {_shown(self.engine)} was written by a newer version of triage "
                f"(schema {current}); install that version, nothing was changed"
            )
        return current


def is_writing(connection: Connection) -> bool:
    """Tell whether the connection is one of ``Database.write``, whose transaction may be rolled back."""
    return bool(connection.get_execution_options().get(_WRITES))


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite(parsed)
        return sa.create_engine(
            parsed,
            pool_pre_ping=True,
            connect_args={"options": "-c timezone=utc"},
            json_serializer=json_text,
            json_deserializer=orjson.loads,
            # Parameters are mail: an error that reaches a log must not carry them.
            hide_parameters=True,
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as err:
        raise StoreError(
            f"the database address cannot be used ({err}); write sqlite:///path/to/file.db, or "
            "postgresql+psycopg://user@host/name with the `postgres` extra installed"
        ) from err


def _sqlite(url: sa.URL) -> Engine:
    if url.database and url.database != ":memory:":
        try:
            # It holds customers' mail: a new folder is for the user of the service alone.
            Path(url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as err:
            raise StoreError(
                f"the folder of the database {url.database} cannot be made: {err.strerror}"
            ) from err
    engine = sa.create_engine(
        url,
        connect_args={"timeout": _BUSY_SECONDS},
        json_serializer=json_text,
        json_deserializer=orjson.loads,
        hide_parameters=True,
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own object
    """Take transactions into our own hands and make commits durable (design.md section 5)."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_SECONDS * 1000}",
        # Pages of the file are read where the system keeps them, so that a cache of our own has little to do.
        f"mmap_size={_MAPPED_BYTES}",
        "cache_size=-32768",
        "temp_store=MEMORY",
        f"wal_autocheckpoint={_CHECKPOINT_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    if is_writing(connection):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    # A read begins for every request of the API, and the way through SQLAlchemy takes longer than many reads.
    driver: Any = connection.connection.driver_connection
    driver.execute("BEGIN")


def _alembic_config() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


@contextmanager
def _told(engine: Engine) -> Iterator[None]:
    """Turn driver errors that a person can mend into sentences."""
    try:
        yield
    except OverflowError as err:
        # Ids have 64 bits; a greater number names nothing.
        raise NotFound("there is no object with this number") from err
    except (OperationalError, engine.dialect.loaded_dbapi.OperationalError) as err:
        raise _mendable(_said(err), engine) or err from err
    except (DatabaseError, engine.dialect.loaded_dbapi.DatabaseError) as err:
        said = _said(err)
        if "not a database" in str(said) or "malformed" in str(said):
            raise StoreError(
                f"the database {_shown(engine)} is damaged; restore a backup, or move the file away and read "
                "the mailboxes anew (decisions of people are in the backup only)"
            ) from err
        # PostgreSQL says 53100 for a full disk; psycopg maps it to a class of its own.
        if getattr(said, "sqlstate", None) == "53100":
            raise StoreFull(_full(engine)) from err
        raise


def _said(err: Exception) -> object:
    """Return the driver's own error; prepared statements raise it as it is."""
    return err.orig if isinstance(err, DatabaseError) else err


def _mendable(err: object, engine: Engine) -> StoreError | None:
    shown, state = f"the database {_shown(engine)}", getattr(err, "sqlstate", None)
    if "disk is full" in str(err) or state == "53100":
        return StoreFull(_full(engine))
    for words, told in _SQLITE_ERRORS.items():
        if words in str(err):
            return StoreError(f"{shown} {told}")
    if engine.dialect.name != "postgresql":
        return None
    if state is None:
        return StoreError(f"{shown} cannot be reached; check host, port and that it runs")
    if state.startswith(_OF_THE_SERVER):
        return StoreError(
            f"{shown} is not ready ({state}); nothing was stored: try again, and look into the log of the "
            "server if it goes on"
        )
    return None


def _full(engine: Engine) -> str:
    return (
        f"the disk of the database {_shown(engine)} is full; nothing was stored and the mail is still on the "
        "server: free some space, reading resumes where it stopped"
    )
