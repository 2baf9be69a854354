"""What Alembic runs: on the connection it is given, or on TRIAGE_DATABASE__URL from the shell."""

import os
from typing import Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from migrations.search_index import is_compared
from models import Base, UtcDateTime


def _render(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen.imports.add("from models.base import UtcDateTime")
        return "UtcDateTime()"
    return False


def _run(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=_render,
        compare_type=True,
        include_object=is_compared,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    engine = sa.create_engine(os.environ.get("TRIAGE_DATABASE__URL", "sqlite://"))
    with engine.begin() as opened:
        _run(opened)
