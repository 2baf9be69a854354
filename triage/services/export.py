"""Exports, each as one consistent read that streams."""

from collections.abc import Iterator

from triage.core.scope import Scope
from triage.store.database import Database
from triage.store.export import ExportedMessage, exported_messages

__all__ = ["ExportedMessage", "export_messages"]


def export_messages(database: Database, scope: Scope) -> Iterator[ExportedMessage]:
    """Yield all messages that the scope may see; memory stays flat whatever their number."""
    with database.read() as connection:
        yield from exported_messages(connection, scope)
