"""The parts of the full-text index that Alembic does not know: a virtual table, an index, triggers.

SQLite: an FTS5 table without content and without document sizes, because nothing is ranked by
statistics over several customers' mail; our own words need no more than its ASCII tokenizer.

The triggers say which messages the index has to read (again): new ones, and those whose thread, or
whose thread's account, is another one now.
"""

from alembic import op

#: What autogenerate must not compare: it is made here.
BY_HAND = ("search_words", "ix_search_entry")

_SQLITE = (
    """CREATE VIRTUAL TABLE search_words USING fts5(
        marks, subject, sender, recipients, files, own, quoted,
        content='', columnsize=0, detail=full, tokenize='ascii')""",
    # A transaction of mail becomes one list of words, not one for each megabyte.
    "INSERT INTO search_words(search_words, rank) VALUES ('hashsize', 8388608)",
    """CREATE TRIGGER search_new_message AFTER INSERT ON message BEGIN
        INSERT INTO search_pending VALUES (new.id); END""",
    """CREATE TRIGGER search_other_thread AFTER UPDATE OF thread_id ON message
        WHEN old.thread_id IS NOT NULL AND old.thread_id IS NOT new.thread_id BEGIN
        INSERT OR IGNORE INTO search_pending VALUES (new.id); END""",
    """CREATE TRIGGER search_other_account AFTER UPDATE OF account_id ON thread
        WHEN old.account_id IS NOT new.account_id BEGIN
        INSERT OR IGNORE INTO search_pending SELECT id FROM message WHERE thread_id = new.id; END""",
)
# DO UPDATE, not DO NOTHING: it waits for an indexer that is taking the row away at this moment, and
# puts it back. DO NOTHING would let the change be forgotten.
_POSTGRESQL = (
    # Every search reads the list of entries that are not in the tree yet: 256 kB of it, not the usual 4 MB.
    """CREATE INDEX ix_search_entry_words ON search_entry USING gin (words)
        WITH (gin_pending_list_limit = 256)""",
    # Newest first, over everything or over an account, for words that most messages hold.
    "CREATE INDEX ix_search_entry_place ON search_entry (place)",
    "CREATE INDEX ix_search_entry_account_place ON search_entry (account_id, place)",
    """CREATE FUNCTION search_message_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO search_pending VALUES (new.id)
        ON CONFLICT (message_id) DO UPDATE SET message_id = excluded.message_id;
        RETURN NULL; END $$""",
    """CREATE FUNCTION search_thread_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO search_pending SELECT id FROM message WHERE thread_id = new.id ORDER BY id
        ON CONFLICT (message_id) DO UPDATE SET message_id = excluded.message_id;
        RETURN NULL; END $$""",
    """CREATE TRIGGER search_new_message AFTER INSERT ON message
        FOR EACH ROW EXECUTE FUNCTION search_message_changed()""",
    """CREATE TRIGGER search_other_thread AFTER UPDATE OF thread_id ON message FOR EACH ROW
        WHEN (old.thread_id IS NOT NULL AND old.thread_id IS DISTINCT FROM new.thread_id)
        EXECUTE FUNCTION search_message_changed()""",
    """CREATE TRIGGER search_other_account AFTER UPDATE OF account_id ON thread FOR EACH ROW
        WHEN (old.account_id IS DISTINCT FROM new.account_id)
        EXECUTE FUNCTION search_thread_changed()""",
)


def create() -> None:
    """Make what this module describes on the database that is migrated."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in _SQLITE if is_sqlite else _POSTGRESQL:
        op.execute(statement)


def drop() -> None:
    """Take away what does not go with the tables."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
        return
    op.execute("DROP FUNCTION search_message_changed CASCADE")
    op.execute("DROP FUNCTION search_thread_changed CASCADE")


def is_compared(_object: object, name: str | None, *_rest: object) -> bool:
    """Tell whether autogenerate knows an object of this name (its ``include_object``)."""
    return not (name or "").startswith(BY_HAND)
