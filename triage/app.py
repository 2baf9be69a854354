"""The composition root: the only place that turns the configuration into objects."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from triage.alerts.build import build_channel
from triage.alerts.channel import Channel
from triage.collector import collect_rarely
from triage.config import Config, load, read_secret
from triage.config.database import database_url
from triage.config.model import ChannelConfig, MailboxConfig
from triage.config.to_core import own, policies, rules, schedules
from triage.core.alert import AlertLevel
from triage.core.errors import ConfigError, SignInError
from triage.core.rules import RuleBook, RuleKind, RuleSource
from triage.mailbox.connection import Password, Security, ServerSettings
from triage.mailbox.fetched import Fetched
from triage.mailbox.parser_pool import ParseFailure, ParserPool
from triage.mailbox.read_mail import ReadMail
from triage.mailbox.reader import IMAPReader
from triage.public_domains import public_domains
from triage.registrable import registrable
from triage.services.poll import MailboxJob
from triage.services.practice import ChannelRule, Practice
from triage.services.read_folder import Parse
from triage.services.recompute import recompute
from triage.store.accounts import (
    AccountSeed,
    ProjectSeed,
    RuleSeed,
    read_directory,
    read_rules,
    sync_accounts,
)
from triage.store.database import Database
from triage.store.mailboxes import watch_mailboxes
from triage.store.settings import read_setting, write_setting

#: Holidays are known this many years back and ahead.
_YEARS_BACK, _YEARS_AHEAD = 15, 3
_FINGERPRINT = "practice"
#: More parsers would wait for the one writer.
_PARSERS = 4


def utc_now() -> datetime:
    """Return the present instant: the one place where the system clock is read."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """The service, put together from its configuration."""

    config: Config
    database: Database

    @classmethod
    def open(cls, path: Path | None = None) -> "App":
        """Read the configuration and connect nothing yet.

        Raises:
            ConfigError: With every problem in the configuration.
            StoreError: If the database address cannot be used.
        """
        config = load(path)
        return cls(config=config, database=Database(database_url(config).get_secret_value()))

    def prepare(self, *, advance: Callable[[int], None] = lambda _count: None) -> Practice:
        """Bring the database to this program and this configuration, and return the practice.

        After a change of accounts, schedules or policies everything derived is derived anew.

        Args:
            advance: Is told how many messages and threads were derived anew.

        Raises:
            StoreTooNew: If a newer version wrote the database.
            StoreError: If it cannot be written.
        """
        self.database.upgrade()
        with self.database.write() as connection:
            sync_accounts(connection, self._accounts(), self._rules(), now=utc_now())
            watch_mailboxes(connection, [mailbox.name for mailbox in self.config.mailboxes])
            is_known = read_setting(connection, _FINGERPRINT) == self._fingerprint()
        practice = self.practice()
        if not is_known:
            recompute(self.database, practice, now=utc_now(), advance=advance)
            with self.database.write() as connection:
                write_setting(connection, _FINGERPRINT, self._fingerprint())
        return practice

    def practice(self) -> Practice:
        """Return how this vendor works, as configured and as learned since.

        Raises:
            StoreError: If the database cannot be read.
        """
        with self.database.read() as connection:
            directory, found = read_directory(connection), read_rules(connection)
        joint = (
            frozenset(account for key in pair if (account := directory.account(key)) is not None)
            for pair in self.config.joint_accounts
        )
        book = RuleBook(
            RuleSource(
                rules=found,
                own=own(self.config),
                account_names=directory.account_names,
                project_names=directory.project_names,
                public_domains=public_domains() | frozenset(self.config.public_domains),
                joint=frozenset(joint),
                trusted_hosts=frozenset(self.config.trusted_authserv_ids),
                require_authentication=self.config.require_authentication,
                registrable=registrable,
            )
        )
        this_year = utc_now().year
        return Practice(
            rules=book,
            directory=directory,
            policies=policies(self.config),
            schedules=schedules(
                self.config, years=range(this_year - _YEARS_BACK, this_year + _YEARS_AHEAD + 1)
            ),
            priorities={account.key: account.priority.value for account in self.config.accounts},
            channels=self._channel_rules(),
            base_url=self.config.base_url,
        )

    def jobs(self) -> tuple[MailboxJob, ...]:
        """Return the mailboxes to read."""
        return tuple(_job(mailbox) for mailbox in self.config.mailboxes)

    def channels(self) -> dict[str, Channel]:
        """Return the chat channels by name.

        Raises:
            ConfigError: If the address of one cannot be read.
        """
        return {channel.name: build_channel(channel) for channel in self._channels()}

    @property
    def models(self) -> Path:
        """The folder of the project models."""
        return self.config.data_dir / "models"

    def _channels(self) -> tuple[ChannelConfig, ...]:
        return self.config.alerts.channels if self.config.alerts.enabled else ()

    def _channel_rules(self) -> tuple[ChannelRule, ...]:
        return tuple(
            ChannelRule(
                name=channel.name,
                accounts=frozenset(channel.accounts),
                min_level=AlertLevel(channel.min_level.value),
            )
            for channel in self._channels()
        )

    def _accounts(self) -> tuple[AccountSeed, ...]:
        return tuple(
            AccountSeed(
                key=account.key,
                name=account.name,
                projects=tuple(
                    ProjectSeed(key=project.key, name=project.name) for project in account.projects
                ),
            )
            for account in self.config.accounts
        )

    def _rules(self) -> tuple[RuleSeed, ...]:
        return tuple(
            RuleSeed(kind=RuleKind(rule.kind), value=rule.value, account=rule.account, project=rule.project)
            for rule in rules(self.config)
        )

    def _fingerprint(self) -> str:
        """Return a hash of everything in the configuration that rows are derived from."""
        derived_from = {
            "accounts",
            "joint_accounts",
            "own",
            "policies",
            "public_domains",
            "require_authentication",
            "schedules",
            "trusted_authserv_ids",
        }
        return hashlib.sha256(self.config.model_dump_json(include=derived_from).encode()).hexdigest()


@contextmanager
def shared_parser() -> Iterator[Parse]:
    """Start the parser processes and yield what reads with them, from any thread."""
    lock = threading.Lock()
    collect_rarely()
    with ParserPool(workers=max(1, min(os.cpu_count() or 1, _PARSERS))) as pool:

        def parse(fetched: Sequence[Fetched]) -> Sequence[ReadMail | ParseFailure]:
            with lock:
                return pool.read(fetched)

        yield parse


def _job(mailbox: MailboxConfig) -> MailboxJob:
    wanted = ("auto",) if mailbox.folders == "auto" else mailbox.folders

    def connect() -> IMAPReader:
        try:
            # Read anew at each connection, so that a rotated password needs no restart.
            secret = read_secret(mailbox.password).get_secret_value()
        except ConfigError as err:
            raise SignInError(f"mailbox {mailbox.name}: {err.problems[0]}") from err
        settings = ServerSettings(
            name=mailbox.name,
            host=mailbox.host,
            port=mailbox.port,
            user=mailbox.user,
            security=Security(mailbox.security.value),
            allow_plain=mailbox.allow_plain,
            ca_file=mailbox.ca_file,
        )
        return IMAPReader(settings, Password(secret))

    return MailboxJob(
        name=mailbox.name, wanted=wanted, connect=connect, pause=timedelta(seconds=mailbox.poll_seconds)
    )
