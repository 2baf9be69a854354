"""The composition root: the only place that turns the configuration into objects."""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from triage.alerts.build import build_channel
from triage.alerts.channel import Channel
from triage.canary_job import canary_job
from triage.collector import collect_rarely
from triage.config import Config, load, read_secret
from triage.config.database import database_url
from triage.config.model import ChannelConfig, MailboxConfig
from triage.config.rule import Rule
from triage.config.section import Secret
from triage.config.to_core import own, period, policies, rules, schedules
from triage.core.alert import AlertLevel
from triage.core.errors import ConfigError, NeedsPerson, SignInError
from triage.core.rules import RuleBook, RuleKind, RuleSource
from triage.mailbox.connection import Password, Security, ServerSettings
from triage.mailbox.fetched import Fetched
from triage.mailbox.parser_pool import ParseFailure, ParserPool
from triage.mailbox.read_mail import ReadMail
from triage.mailbox.reader import IMAPReader
from triage.mailbox.sasl import Bearer
from triage.oauth.google import GooglePerson, GoogleService
from triage.oauth.grant import Provider
from triage.oauth.microsoft import MicrosoftApplication, MicrosoftPerson, Registration
from triage.public_domains import public_domains
from triage.registrable import registrable
from triage.services.canary import CanaryJob
from triage.services.poll import MailboxJob
from triage.services.practice import ChannelRule, Practice
from triage.services.read_folder import Parse
from triage.services.recompute import recompute
from triage.services.search_index import make_current
from triage.services.sign_in_gate import Gate
from triage.services.tokens import TokenKeeper
from triage.store.accounts import (
    AccountSeed,
    ProjectSeed,
    RuleSeed,
    read_directory,
    read_rules,
    sync_accounts,
)
from triage.store.canaries import configure as configure_canary
from triage.store.database import Database
from triage.store.mailboxes import watch_mailboxes
from triage.store.settings import read_setting, write_setting

if TYPE_CHECKING:
    from triage.oauth.vault import Vault

#: Holidays are known this many years back and ahead.
_YEARS_BACK, _YEARS_AHEAD = 15, 3
_FINGERPRINT = "practice"
#: Beside the one writer, which needs a processor for itself; more parsers would wait for it.
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
        make_current(self.database)
        with self.database.write() as connection:
            sync_accounts(connection, self._accounts(), self._rules(), now=utc_now())
            watch_mailboxes(connection, [mailbox.name for mailbox in self.config.mailboxes])
            configure_canary(connection, self.config.canary.mailbox if self.config.canary else "")
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
        return tuple(door.job for door in self.doors().values())

    def doors(self) -> "dict[str, MailboxDoor]":
        """Return what signing in to each mailbox takes, by name."""
        return {
            mailbox.name: MailboxDoor(self.config, mailbox, self.database)
            for mailbox in self.config.mailboxes
        }

    def channels(self) -> dict[str, Channel]:
        """Return the chat channels by name.

        Raises:
            ConfigError: If the address of one cannot be read.
        """
        return {channel.name: build_channel(channel) for channel in self._channels()}

    def canary(self) -> CanaryJob | None:
        """Return what sending test mails takes; None where none are wanted."""
        return canary_job(self.config.canary) if self.config.canary else None

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
        return tuple(_seed(self.config, rule) for rule in rules(self.config))

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
    with ParserPool(workers=min(max(1, (os.cpu_count() or 1) - 1), _PARSERS)) as pool:

        def parse(fetched: Sequence[Fetched]) -> Sequence[ReadMail | ParseFailure]:
            with lock:
                return pool.read(fetched)

        yield parse


def _seed(config: Config, rule: Rule) -> RuleSeed:
    valid_from, valid_to = period(config, rule)
    return RuleSeed(
        kind=RuleKind(rule.kind),
        value=rule.value,
        account=rule.account,
        project=rule.project,
        valid_from=valid_from,
        valid_to=valid_to,
    )


class MailboxDoor:
    """One mailbox with all that signing in to it takes; secrets are read when they are used.

    Attributes:
        provider: Where its tokens come from; None for a mailbox with a password.
    """

    def __init__(self, config: Config, mailbox: MailboxConfig, database: Database) -> None:
        self.config = mailbox
        self.gate = Gate(database, mailbox.name, presented=self._presented, clock=utc_now)
        self.provider = self._provider()
        self.tokens = _tokens(config, mailbox.name, database, self.provider) if self.provider else None

    @property
    def way(self) -> str:
        """How it signs in, in words."""
        match self.provider:
            case None:
                return "a password"
            case MicrosoftPerson():
                return "Microsoft, a person"
            case MicrosoftApplication():
                return "Microsoft, an application"
            case GooglePerson():
                return "Google, a person"
            case _:
                return "Google, a service account"

    @property
    def job(self) -> MailboxJob:
        """What reading the mailbox takes."""
        folders = self.config.folders
        return MailboxJob(
            name=self.config.name,
            wanted=("auto",) if folders == "auto" else folders,
            connect=lambda: self.gate.passing(self.reader),
            pause=timedelta(seconds=self.config.poll_seconds),
            gate=self.gate,
            tokens=self.tokens,
        )

    def reader(self, password: str | None = None) -> IMAPReader:
        """Return a reader that is not connected yet.

        Args:
            password: To try in place of the configured one.

        Raises:
            SignInError: If the secret cannot be read, or there is no token until a person acts.
            Unreachable: If the provider of tokens gives none now.
        """
        mailbox = self.config
        settings = ServerSettings(
            name=mailbox.name,
            host=mailbox.host,
            port=mailbox.port,
            user=mailbox.user,
            security=Security(mailbox.security.value),
            allow_plain=mailbox.allow_plain,
            ca_file=mailbox.ca_file,
        )
        if self.tokens is not None:
            # A provider that gives none is heard of before the mail server is disturbed.
            self.tokens.token()
            bearer = Bearer(self.tokens, place=settings.place, host=mailbox.host, port=mailbox.port)
            return IMAPReader(settings, bearer)
        return IMAPReader(
            settings, Password(self._secret(mailbox.password) if password is None else password)
        )

    def _provider(self) -> Provider | None:
        microsoft, google = self.config.microsoft, self.config.google
        if microsoft is not None:
            registration = Registration(
                mailbox=self.config.name,
                tenant=microsoft.tenant,
                client_id=microsoft.client_id,
                authority=microsoft.authority,
            )
            if microsoft.client_secret is None:
                return MicrosoftPerson(registration)
            return MicrosoftApplication(registration, lambda: self._secret(microsoft.client_secret))
        if google is not None and google.client is not None:
            return GooglePerson(self.config.name, lambda: self._secret(google.client))
        if google is not None:
            return GoogleService(
                self.config.name, self.config.user, lambda: self._secret(google.service_account)
            )
        return None

    def _secret(self, secret: Secret | None) -> str:
        if secret is None:
            raise AssertionError(self.config.name)
        try:
            return read_secret(secret).get_secret_value()
        except ConfigError as err:
            raise NeedsPerson(f"mailbox {self.config.name}: {err.problems[0]}") from err

    def _presented(self) -> str:
        """Return all that a sign-in shows to the server or to the provider of tokens."""
        mailbox = self.config
        shown = mailbox.model_dump_json(include={"host", "port", "user", "microsoft", "google"})
        try:
            if mailbox.password is not None:
                return shown + self._secret(mailbox.password)
            if mailbox.microsoft is not None and mailbox.microsoft.client_secret is not None:
                return shown + self._secret(mailbox.microsoft.client_secret)
            if mailbox.google is not None:
                return shown + self._secret(mailbox.google.client or mailbox.google.service_account)
        except SignInError as error:
            return shown + str(error)
        return shown


def _tokens(config: Config, mailbox: str, database: Database, provider: Provider) -> TokenKeeper:
    return TokenKeeper(
        database, mailbox, provider=provider, vault=lambda: read_vault(config, mailbox), clock=utc_now
    )


def read_vault(config: Config, mailbox: str) -> "Vault":
    """Return what opens and seals stored tokens.

    Raises:
        NeedsPerson: If a key cannot be read.
    """
    from triage.oauth.vault import Vault  # noqa: PLC0415 - it brings cryptography

    try:
        return Vault([read_secret(key).get_secret_value() for key in config.token_keys])
    except ConfigError as err:
        raise NeedsPerson(f"mailbox {mailbox}: {err.problems[0]}") from err
    except ValueError:
        raise NeedsPerson(f"mailbox {mailbox}: token_keys holds no usable key") from None
