"""Many values as one parameter, on both databases."""

import sqlalchemy as sa

from models import Account
from triage.store.among import among
from triage.store.database import Database


def test_rows_of_any_number_of_values_are_found(database: Database) -> None:
    with database.write() as connection:
        connection.execute(
            sa.insert(Account),
            [{"id": one, "key": f"ключ-{one}\u0001'\"", "name": "C"} for one in range(1, 2001)],
        )
        numbers = connection.scalars(
            sa.select(Account.id).where(among(Account.id, {2000, 7, 3000, *range(10, 1500)}))
        ).all()
        keys = connection.scalars(
            sa.select(Account.id).where(among(Account.key, ["ключ-5\u0001'\"", "ключ-5", "x"]))
        ).all()
        of_none = sa.or_(among(Account.id, ()), among(Account.key, ()))
        none = connection.scalars(sa.select(Account.id).where(of_none)).all()

    assert set(numbers) == {2000, 7, *range(10, 1500)}
    assert keys == [5]
    assert not none
