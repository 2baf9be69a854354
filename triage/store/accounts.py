"""Accounts, projects and the rules that name them: mirrored from the configuration, read as a book."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from models import Account, EvidenceRule, Project
from triage.core.ids import AccountId, ProjectId
from triage.core.rules import Rule, RuleKind

#: What came from the configuration file, and goes with it.
CONFIG = "config"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectSeed:
    """A project as configured."""

    key: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountSeed:
    """An account as configured."""

    key: str
    name: str
    projects: tuple[ProjectSeed, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleSeed:
    """A rule as configured, by keys.

    Attributes:
        valid_from: First instant it holds; None for always.
        valid_to: First instant it no longer holds; None for never.
    """

    kind: RuleKind
    value: str
    account: str
    project: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Directory:
    """All accounts and projects, archived ones included, because old threads name them."""

    account_keys: dict[AccountId, str]
    account_names: dict[AccountId, str]
    project_keys: dict[ProjectId, str]
    project_names: dict[ProjectId, str]
    project_accounts: dict[ProjectId, AccountId]

    def account(self, key: str) -> AccountId | None:
        """Return the account with that key, or None."""
        return next((account for account, known in self.account_keys.items() if known == key), None)

    def project(self, account: AccountId, key: str) -> ProjectId | None:
        """Return the account's project with that key, or None."""
        return next(
            (
                project
                for project, known in self.project_keys.items()
                if known == key and self.project_accounts[project] == account
            ),
            None,
        )


def sync_accounts(
    connection: Connection, accounts: Sequence[AccountSeed], rules: Sequence[RuleSeed], *, now: datetime
) -> None:
    """Bring accounts, projects and configured rules to what the configuration says.

    What is no longer configured is archived, never deleted: threads go on to name it. Rules that
    people confirmed are not touched.
    """
    _archive_all(connection, now)
    for account in accounts:
        account_id = _restore(connection, Account, {"key": account.key}, account.name)
        for project in account.projects:
            _restore(connection, Project, {"account_id": account_id, "key": project.key}, project.name)
    directory = read_directory(connection)
    connection.execute(sa.delete(EvidenceRule).where(EvidenceRule.source == CONFIG))
    rows = [
        {
            "account_id": named,
            "project_id": directory.project(named, rule.project) if rule.project else None,
            "kind": rule.kind.value,
            "value": rule.value,
            "source": CONFIG,
            "valid_from": rule.valid_from,
            "valid_to": rule.valid_to,
        }
        for rule in rules
        if (named := directory.account(rule.account)) is not None
    ]
    if rows:
        connection.execute(sa.insert(EvidenceRule), rows)


def read_directory(connection: Connection) -> Directory:
    """Return all accounts and projects."""
    accounts = connection.execute(sa.select(Account.id, Account.key, Account.name).order_by(Account.id)).all()
    projects = connection.execute(
        sa.select(Project.id, Project.key, Project.name, Project.account_id).order_by(Project.id)
    ).all()
    return Directory(
        account_keys={AccountId(row.id): row.key for row in accounts},
        account_names={AccountId(row.id): row.name for row in accounts},
        project_keys={ProjectId(row.id): row.key for row in projects},
        project_names={ProjectId(row.id): row.name for row in projects},
        project_accounts={ProjectId(row.id): AccountId(row.account_id) for row in projects},
    )


def read_rules(connection: Connection) -> tuple[Rule, ...]:
    """Return the rules of all accounts that are not archived."""
    rows = connection.execute(
        sa.select(EvidenceRule)
        .with_only_columns(
            EvidenceRule.kind,
            EvidenceRule.value,
            EvidenceRule.account_id,
            EvidenceRule.project_id,
            EvidenceRule.source,
            EvidenceRule.valid_from,
            EvidenceRule.valid_to,
        )
        .join(Account, Account.id == EvidenceRule.account_id)
        .where(Account.archived_at.is_(None))
        .order_by(EvidenceRule.id)
    )
    return tuple(
        Rule(
            kind=RuleKind(row.kind),
            value=row.value,
            account=AccountId(row.account_id),
            project=None if row.project_id is None else ProjectId(row.project_id),
            source=row.source,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in rows
    )


def _archive_all(connection: Connection, now: datetime) -> None:
    for table in (Account, Project):
        connection.execute(sa.update(table).where(table.archived_at.is_(None)).values(archived_at=now))


def _restore(
    connection: Connection, table: type[Account | Project], key: dict[str, object], name: str
) -> int:
    """Return the row with that key: found, renamed and no longer archived, or made."""
    where = [getattr(table, column) == value for column, value in key.items()]
    found = connection.execute(
        sa.update(table).where(*where).values(name=name, archived_at=None).returning(table.id)
    ).scalar()
    if found is None:
        found = connection.execute(sa.insert(table).values(**key, name=name).returning(table.id)).scalar_one()
    return int(found)
