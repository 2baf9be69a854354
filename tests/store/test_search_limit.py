import pytest
import sqlalchemy as sa

from triage.core.errors import InvalidQuery
from triage.store.database import Database
from triage.store.search_limit import bounded

#: Runs for minutes on either engine.
ENDLESS = """WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)
    SELECT count(*) FROM n"""


def test_statement_that_takes_too_long_ends_with_a_sentence(database: Database) -> None:
    with (
        pytest.raises(InvalidQuery, match="takes longer than"),
        database.read() as connection,
        bounded(connection, seconds=0.05),
    ):
        connection.execute(sa.text(ENDLESS))

    with database.read() as connection:
        assert connection.scalar(sa.text("SELECT 1")) == 1


def test_other_errors_pass(database: Database) -> None:
    with (
        pytest.raises(sa.exc.DatabaseError),
        database.read() as connection,
        bounded(connection, seconds=5),
    ):
        connection.execute(sa.text("SELECT nothing FROM nowhere"))
