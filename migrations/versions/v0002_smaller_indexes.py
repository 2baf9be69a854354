"""smaller indexes

Revision: 0002, after 0001.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.sql.schema import SchemaItem

from models.base import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_HAS_LOCATION = "location_id IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "recent_line",
        _number("line"),
        _number("message_id"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_recent_line_message_id_message")
        ),
        sa.PrimaryKeyConstraint("line", "message_id", name=op.f("pk_recent_line")),
        sqlite_with_rowid=False,
    )
    op.drop_index(op.f("ix_message_sender_email_message_received_at"), table_name="message")
    op.drop_index(op.f("ix_raw_content_location_id"), table_name="raw_content")
    op.create_index(
        "ix_raw_content_location_id",
        "raw_content",
        ["location_id"],
        sqlite_where=sa.text(_HAS_LOCATION),
        postgresql_where=sa.text(_HAS_LOCATION),
    )
    if _is_sqlite():
        _rebuild("written_line", _written_line(), keeps_row_ids=False)
        _rebuild("participant", _participant(), keeps_row_ids=False)
        op.create_index("ix_participant_person", "participant", ["email", "received_at", "message_id"])
        _rebuild("clock", [*_clock(), _clock_key("pk")], keeps_row_ids=False)
        # Eight lists of words are merged at a time, not four: a word is written again less often.
        op.execute("INSERT INTO search_words(search_words, rank) VALUES ('automerge', 8)")
        return
    op.drop_constraint("fk_written_line_message_id_message", "written_line", type_="foreignkey")
    op.drop_constraint("uq_clock_thread_id_target_cycle", "clock", type_="unique")
    op.drop_column("clock", "id")
    op.create_primary_key("pk_clock", "clock", ["thread_id", "target", "cycle"])


def downgrade() -> None:
    op.execute("INSERT INTO written_line SELECT line, message_id FROM recent_line ORDER BY line, message_id")
    op.drop_table("recent_line")
    if _is_sqlite():
        op.execute("INSERT INTO search_words(search_words, rank) VALUES ('automerge', 4)")
        _rebuild("clock", [_id(), *_clock(), _clock_key("uq")], keeps_row_ids=True)
        _rebuild("participant", _participant(), keeps_row_ids=True)
        op.create_index("ix_participant_person", "participant", ["email", "received_at", "message_id"])
        _rebuild("written_line", [*_written_line(), _of_a_message("written_line")], keeps_row_ids=False)
    else:
        op.drop_constraint("pk_clock", "clock", type_="primary")
        op.execute("ALTER TABLE clock ADD COLUMN id BIGSERIAL CONSTRAINT pk_clock PRIMARY KEY")
        op.create_unique_constraint(
            "uq_clock_thread_id_target_cycle", "clock", ["thread_id", "target", "cycle"]
        )
        op.create_foreign_key(
            "fk_written_line_message_id_message", "written_line", "message", ["message_id"], ["id"]
        )
    op.drop_index("ix_raw_content_location_id", table_name="raw_content")
    op.create_index(op.f("ix_raw_content_location_id"), "raw_content", ["location_id"])
    op.create_index(
        op.f("ix_message_sender_email_message_received_at"), "message", ["sender_email", "received_at"]
    )


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _rebuild(table: str, items: Sequence[SchemaItem], *, keeps_row_ids: bool) -> None:
    """Make a table anew with its rows: SQLite cannot change what a row is found by."""
    made = op.create_table(f"new_{table}", *items, sqlite_with_rowid=keeps_row_ids)
    names = ", ".join(column.name for column in made.columns if column.name != "id")
    key = ", ".join(_KEYS[table])
    op.execute(f"INSERT INTO new_{table} ({names}) SELECT {names} FROM {table} ORDER BY {key}")  # noqa: S608 - names of our own
    op.drop_table(table)
    op.rename_table(f"new_{table}", table)


_KEYS = {
    "written_line": ("line", "message_id"),
    "participant": ("message_id", "role", "email"),
    "clock": ("thread_id", "target", "cycle"),
}


def _number(name: str) -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column(name, kind, autoincrement=False, nullable=False)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), primary_key=True, nullable=False)


def _of_a_message(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["message_id"], ["message.id"], name=op.f(f"fk_{table}_message_id_message")
    )


def _written_line() -> list[SchemaItem]:
    return [
        _number("line"),
        _number("message_id"),
        sa.PrimaryKeyConstraint("line", "message_id", name=op.f("pk_written_line")),
    ]


def _participant() -> list[SchemaItem]:
    return [
        _number("message_id"),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        _of_a_message("participant"),
        sa.PrimaryKeyConstraint("message_id", "role", "email", name=op.f("pk_participant")),
    ]


def _clock() -> list[SchemaItem]:
    return [
        _number("thread_id"),
        sa.Column("target", sa.String(length=20), nullable=False),
        sa.Column("cycle", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("policy", sa.String(length=100), nullable=False),
        sa.Column("policy_version", sa.String(length=16), nullable=False),
        sa.Column("schedule", sa.String(length=100), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("anchor_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("warn_at", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("remaining_seconds", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_clock_thread_id_thread")),
    ]


def _clock_key(kind: str) -> SchemaItem:
    if kind == "pk":
        return sa.PrimaryKeyConstraint(*_KEYS["clock"], name=op.f("pk_clock"))
    return sa.UniqueConstraint(*_KEYS["clock"], name=op.f("uq_clock_thread_id_target_cycle"))
