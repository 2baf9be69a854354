"""`triage token`."""

import json
from pathlib import Path

import pytest

from tests.acceptance.program import Program
from triage.services.access import scope_of
from triage.store.database import Database


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def _database(program: Program) -> Database:
    return Database(f"sqlite:///{program.folder / 'data' / 'triage.sqlite3'}")


def test_token_of_one_account_sees_it_and_ends_when_revoked(program: Program) -> None:
    made = program.json("token", "create", "acme-desk", "--account", "acme")
    database = _database(program)
    scope = scope_of(database, made["token"])
    listed = program.json("token", "list")

    program.run("token", "revoke", "acme-desk")

    assert scope is not None
    assert (scope.sees_all, len(scope.accounts)) == (False, 1)
    assert [(one["name"], one["accounts"]) for one in listed] == [("acme-desk", ["acme"])]
    assert made["token"] not in json.dumps(listed)
    assert scope_of(database, made["token"]) is None
    database.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x",), "would see nothing"),
        (("x", "--account", "nobody"), "no account nobody"),
    ],
    ids=["nothing to see", "unknown account"],
)
def test_token_that_makes_no_sense_is_refused(
    program: Program, arguments: tuple[str, ...], said: str
) -> None:
    done = program.run("token", "create", *arguments, status=1)

    assert said in done.stderr
    assert "Traceback" not in done.stderr
