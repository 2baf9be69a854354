"""The database: schema, version, transactions."""

import resource
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext

import migrations
from migrations.search_index import is_compared
from models import Base, Clock, Mailbox, Participant, RecentLine, Thread, WrittenLine
from tests.store.threaded_mail import NOW, OURS, add, mail
from triage.core.errors import NotFound, StoreError, StoreFull, StoreTooNew
from triage.store import mailboxes
from triage.store.database import Database
from triage.store.mailboxes import mailbox_names, register_mailbox


def test_schema_of_the_migrations_equals_the_schema_of_the_tables(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": is_compared}
        )
        difference = compare_metadata(context, Base.metadata)

    assert difference == []


def test_upgrade_twice_changes_nothing(database: Database) -> None:
    with database.write() as connection:
        register_mailbox(connection, "sales", kind="imap")

    database.upgrade()

    with database.read() as connection:
        assert mailbox_names(connection) == ["sales"]


def test_a_database_of_the_version_before_is_brought_along_with_its_rows(database: Database) -> None:
    lines = "one line that is long enough\nand another long enough line\n"
    with database.write() as connection:
        add(
            connection,
            mail(1, new=lines),
            mail(2, 1, sender=OURS, to=["ann@acme.example", "bo@acme.example"]),
        )
        (thread, *_) = connection.scalars(sa.select(Thread.id))
        clock = {
            "target": "first_reply",
            "cycle": 1,
            "state": "running",
            "policy": "p",
            "policy_version": "v",
        }
        times = {
            "schedule": "s",
            "minutes": 60,
            "anchor_at": NOW,
            "due_at": NOW,
            "warn_at": [NOW.isoformat()],
        }
        connection.execute(sa.insert(Clock).values(thread_id=thread, **clock, **times))
    before = _rows(database)
    assert all(before.values())

    with database.write() as connection:
        config = AlembicConfig(attributes={"connection": connection})
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.set_main_option("path_separator", "os")
        command.downgrade(config, "0001")
    with pytest.raises(StoreError, match="has schema 0001"):
        database.check_version()
    database.upgrade()

    assert _rows(database) == before
    with database.write() as connection:
        add(connection, mail(3, quoted=lines + "and a third line that is long\n"), mail(4, 2))


def _rows(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Return what stands in the tables that were made anew, the lines of both kinds together."""
    with database.read() as connection:
        lines = [
            tuple(row)
            for table in (WrittenLine, RecentLine)
            for row in connection.execute(sa.select(table.line, table.message_id))
        ]
        others = {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=str)
            for table in map(_table, (Participant, Clock))
        }
    return {"lines": sorted(lines), **others}


def _table(model: type[Base]) -> sa.Table:
    assert isinstance(model.__table__, sa.Table)
    return model.__table__


def test_database_of_a_newer_version_is_refused_and_left_alone(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(StoreTooNew, match=r"newer version of triage .*9999"):
        database.upgrade()
    with pytest.raises(StoreTooNew):
        database.check_version()


def test_database_without_schema_says_how_to_make_one(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.db'}")

    with pytest.raises(StoreError, match="triage run"):
        database.check_version()


def test_error_inside_a_transaction_leaves_nothing_behind(database: Database) -> None:
    def fail_half_way() -> None:
        with database.write() as connection:
            register_mailbox(connection, "sales", kind="imap")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()

    with database.read() as connection:
        assert mailbox_names(connection) == []


def test_error_of_the_database_carries_no_content_into_a_log(database: Database) -> None:
    def store_twice() -> None:
        with database.write() as connection:
            for _ in range(2):
                connection.execute(sa.insert(Mailbox).values(name="secret words", kind="imap", state="new"))

    with pytest.raises(sa.exc.IntegrityError) as caught:
        store_twice()

    assert "parameters hidden" in str(caught.value)


def test_full_disk_is_a_sentence_and_loses_nothing(sqlite_database: Database) -> None:
    with sqlite_database.write() as connection:
        register_mailbox(connection, "sales", kind="imap")
        pages = connection.scalar(sa.text("PRAGMA page_count"))
        connection.execute(sa.text(f"PRAGMA max_page_count = {pages}"))

    with pytest.raises(StoreFull, match="is full; nothing was stored"), sqlite_database.write() as connection:
        connection.execute(
            sa.insert(Mailbox), [{"name": f"{n:0200}", "kind": "imap", "state": "new"} for n in range(500)]
        )

    with sqlite_database.read() as connection:
        assert mailbox_names(connection) == ["sales"]


def test_database_that_another_program_writes_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.store.database._BUSY_SECONDS", 0)
    database = Database(f"sqlite:///{tmp_path / 'triage.db'}")
    database.upgrade()
    other = sqlite3.connect(tmp_path / "triage.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreError, match="written by another program"), database.write():
        pass
    other.close()

    with database.write() as connection:
        register_mailbox(connection, "sales", kind="imap")


def test_disk_that_fails_is_a_sentence_and_loses_nothing(sqlite_database: Database) -> None:
    with sqlite_database.write() as connection:
        register_mailbox(connection, "sales", kind="imap")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    rows = [{"name": f"{n:0200}", "kind": "imap", "state": "new"} for n in range(5000)]
    try:
        # No file may grow: the system refuses what is written, as it does when a disk fails.
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, before[1]))
        with pytest.raises(StoreError, match="check the disk"), sqlite_database.write() as connection:
            connection.execute(sa.insert(Mailbox), rows)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    with sqlite_database.read() as connection:
        assert mailbox_names(connection) == ["sales"]


@pytest.mark.parametrize("database", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_server_that_goes_away_is_a_sentence(database: Database) -> None:
    myself = sa.select(sa.func.pg_terminate_backend(sa.func.pg_backend_pid()))

    def store_half() -> None:
        with database.write() as connection:
            register_mailbox(connection, "sales", kind="imap")
            connection.execute(myself)

    with pytest.raises(StoreError, match="is not ready"):
        store_half()

    with database.write() as connection:
        assert mailbox_names(connection) == []
        register_mailbox(connection, "sales", kind="imap")


def test_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="folder of the database"):
        Database(f"sqlite:///{tmp_path / 'file' / 'triage.db'}")


def test_number_without_end_names_nothing(sqlite_database: Database) -> None:
    with pytest.raises(NotFound), sqlite_database.read() as connection:
        connection.execute(sa.select(Mailbox.id).where(Mailbox.id == 10**30))


def test_damaged_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "triage.db").write_bytes(b"this is no database at all" * 100)

    with pytest.raises(StoreError, match="is damaged"):
        Database(f"sqlite:///{tmp_path / 'triage.db'}").upgrade()


@pytest.mark.parametrize("url", ["nonsense", "oracle+nothing://x/y"])
def test_address_that_is_none_is_a_sentence(url: str) -> None:
    with pytest.raises(StoreError, match="sqlite:///"):
        Database(url)


def test_unreachable_postgresql_is_a_sentence_without_the_password() -> None:
    database = Database("postgresql+psycopg://reader:hunter2@127.0.0.1:1/triage")

    with pytest.raises(StoreError, match="cannot be reached") as caught:
        database.upgrade()

    assert "hunter2" not in str(caught.value)


def test_commits_survive_a_power_cut(sqlite_database: Database) -> None:
    with sqlite_database.read() as connection:
        assert connection.scalar(sa.text("PRAGMA synchronous")) == 2
        assert connection.scalar(sa.text("PRAGMA journal_mode")) == "wal"


def test_writer_takes_its_lock_at_the_start(sqlite_database: Database) -> None:
    path = sqlite_database.engine.url.database
    assert path is not None

    with sqlite_database.write():
        other = sqlite3.connect(path, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_a_new_folder_for_the_mail_is_closed_to_other_users(tmp_path: Path) -> None:
    folder = tmp_path / "data"

    Database(f"sqlite:///{folder / 'triage.sqlite3'}").close()

    assert folder.stat().st_mode & 0o077 == 0


def test_a_read_sees_what_was_written_since_the_last_one(database: Database) -> None:
    with database.read() as connection:
        assert mailbox_names(connection) == []
    with database.write() as connection:
        register_mailbox(connection, "sales", kind="imap")

    with database.read() as connection:
        assert mailbox_names(connection) == ["sales"]


def test_a_read_inside_another_is_one_of_its_own(database: Database) -> None:
    with database.read() as outer:
        assert mailbox_names(outer) == []
        with database.write() as connection:
            register_mailbox(connection, "sales", kind="imap")
        with database.read() as inner:
            assert mailbox_names(inner) == ["sales"]


def test_a_read_that_failed_is_followed_by_one_that_works(database: Database) -> None:
    for _ in range(20):
        with pytest.raises(sa.exc.DatabaseError), database.read() as connection:
            connection.execute(sa.text("SELECT nothing"))

    with database.read() as connection:
        assert mailbox_names(connection) == []


def test_a_read_that_is_over_holds_nothing_back(sqlite_database: Database) -> None:
    with sqlite_database.write() as connection:
        register_mailbox(connection, "sales", kind="imap")
    with sqlite_database.read() as connection:
        assert mailbox_names(connection) == ["sales"]

    # A reader that still had its view of the file would keep the log from being emptied.
    with sqlite3.connect(str(sqlite_database.engine.url.database)) as other:
        busy, _, _ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    other.close()
    assert busy == 0


def test_closing_gives_back_what_reads_kept(sqlite_database: Database) -> None:
    with sqlite_database.read() as connection:
        assert mailbox_names(connection) == []
    pool = sqlite_database.engine.pool

    sqlite_database.close()

    assert isinstance(pool, sa.QueuePool)
    assert pool.checkedout() == 0


def test_an_instant_that_an_earlier_version_wrote_with_its_zone_can_be_read(
    sqlite_database: Database,
) -> None:
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    with sqlite_database.write() as connection:
        mailbox = mailboxes.register_mailbox(connection, "sales", kind="imap")
        mailboxes.mark_ok(connection, mailbox, now=at)
        now_written = connection.exec_driver_sql("SELECT state_since FROM mailbox").scalar()
        connection.exec_driver_sql("UPDATE mailbox SET state_since = '2026-03-02 09:00:00+00:00'")

    with sqlite_database.read() as connection:
        assert mailboxes.mailbox_state(connection, mailbox).since == at
    assert now_written == "2026-03-02 09:00:00.000000"
