"""Accounts follow the configuration."""

from datetime import UTC, datetime

import sqlalchemy as sa

from models import EvidenceRule
from triage.core.rules import RuleKind
from triage.store.accounts import (
    AccountSeed,
    ProjectSeed,
    RuleSeed,
    read_directory,
    read_rules,
    sync_accounts,
)
from triage.store.database import Database

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACME = AccountSeed(key="acme", name="ACME GmbH", projects=(ProjectSeed(key="erp", name="ERP"),))
BETA = AccountSeed(key="beta", name="Beta AG", projects=(ProjectSeed(key="erp", name="Their ERP"),))
RULES = (
    RuleSeed(kind=RuleKind.DOMAIN, value="acme.example", account="acme"),
    RuleSeed(kind=RuleKind.CODE, value="acme-erp", account="acme", project="erp"),
    RuleSeed(kind=RuleKind.DOMAIN, value="beta.example", account="beta"),
)


def test_projects_of_two_accounts_may_share_a_key(database: Database) -> None:
    with database.write() as connection:
        sync_accounts(connection, (ACME, BETA), RULES, now=NOW)
        directory = read_directory(connection)

    acme, beta = directory.account("acme"), directory.account("beta")
    assert acme is not None
    assert beta is not None
    assert directory.project(acme, "erp") != directory.project(beta, "erp")
    assert directory.project(acme, "none") is None


def test_second_sync_keeps_ids_and_follows_names(database: Database) -> None:
    renamed = AccountSeed(key="acme", name="ACME SE", projects=ACME.projects)
    with database.write() as connection:
        sync_accounts(connection, (ACME, BETA), RULES, now=NOW)
        before = read_directory(connection)
        sync_accounts(connection, (renamed, BETA), RULES, now=NOW)
        after = read_directory(connection)

    assert after.account_keys == before.account_keys
    assert after.project_keys == before.project_keys
    assert "ACME SE" in after.account_names.values()


def test_rules_of_an_account_that_left_the_configuration_no_longer_count(database: Database) -> None:
    with database.write() as connection:
        sync_accounts(connection, (ACME, BETA), RULES, now=NOW)
        learned = sa.insert(EvidenceRule).values(
            account_id=read_directory(connection).account("beta"),
            kind="contact",
            value="eve@mail.example",
            source="person",
        )
        connection.execute(learned)

        sync_accounts(connection, (ACME,), RULES[:2], now=NOW)
        values = {rule.value for rule in read_rules(connection)}
        sync_accounts(connection, (ACME, BETA), RULES, now=NOW)
        again = {rule.value for rule in read_rules(connection)}

    assert values == {"acme.example", "acme-erp"}
    assert again == {"acme.example", "acme-erp", "beta.example", "eve@mail.example"}
