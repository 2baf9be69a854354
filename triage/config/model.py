"""The shape of the configuration. Every key is explained in config.example.yaml."""

from datetime import date
from enum import StrEnum
from typing import Literal, Self

from platformdirs import user_data_path
from pydantic import Field, PositiveInt, SecretStr, field_validator, model_validator

from triage.config.canary import CanaryConfig
from triage.config.hours import parse_hours, parse_week
from triage.config.section import Secret, Section
from triage.config.security import Security
from triage.config.sign_in import GoogleConfig, MicrosoftConfig
from triage.config.value import (
    Code,
    Country,
    Domain,
    EmailAddress,
    FilePath,
    Key,
    Language,
    ListId,
    Region,
    Text,
    WebAddress,
    WrongValueError,
    Zone,
)
from triage.core.policy import Status


class DatabaseConfig(Section):
    """Where messages and decisions are kept."""

    #: ``sqlite:///path`` or ``postgresql+psycopg://user@host/name``; a file in ``data_dir`` when absent.
    url: SecretStr | None = None
    #: Put into the URL.
    password: Secret | None = None

    @field_validator("url")
    @classmethod
    def _is_known(cls, url: SecretStr | None) -> SecretStr | None:
        schemes = ("sqlite", "postgresql", "postgresql+psycopg")
        if url and url.get_secret_value().partition("://")[0] not in schemes:
            raise WrongValueError(
                "This is not a database address.",
                "Write sqlite:///path/to/file or postgresql+psycopg://user@host/name.",
            )
        return url


class OwnConfig(Section):
    """How our own people are told from customers."""

    domains: tuple[Domain, ...] = ()
    addresses: tuple[EmailAddress, ...] = ()


class MailboxConfig(Section):
    """A mailbox that is read, never written to."""

    name: Key
    host: Text
    port: int = Field(default=993, ge=1, le=65535)
    security: Security = Security.TLS
    #: Lets ``security: plain`` reach a host other than this one.
    allow_plain: bool = False
    user: Text
    #: One of password, microsoft and google is set.
    password: Secret | None = None
    microsoft: MicrosoftConfig | None = None
    google: GoogleConfig | None = None
    #: Certificates (PEM) to trust in place of the system's.
    ca_file: FilePath | None = None
    #: ``auto`` is the inbox and the folder of sent mail (RFC 6154).
    folders: Literal["auto"] | tuple[Text, ...] = "auto"
    poll_seconds: int = Field(default=60, ge=5, le=86400)

    @model_validator(mode="after")
    def _has_one_sign_in(self) -> Self:
        if sum(way is not None for way in (self.password, self.microsoft, self.google)) != 1:
            raise WrongValueError(
                "A mailbox needs exactly one way to sign in: password, microsoft or google.",
                "Write password: {env: NAME}, or see docs/sign-in.md for the others.",
            )
        return self

    @property
    def needs_tokens(self) -> bool:
        """Whether the sign-in is by tokens, which are kept encrypted."""
        return self.password is None


class Priority(StrEnum):
    """How urgent threads are unless a person says otherwise."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class ContactConfig(Section):
    """A person, for always or for a time: people move between customers."""

    email: EmailAddress
    #: The first day on which the person counts.
    valid_from: date | None = None
    #: The first day on which the person no longer counts.
    valid_to: date | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_address_alone(cls, value: object) -> object:
        """Accept an address in the place of a mapping, which is how most are written."""
        return {"email": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise WrongValueError(
                f"{self.email} would count for no day.", "Let valid_to be a later day than valid_from."
            )
        return self


class ProjectConfig(Section):
    """A project of one account, and the evidence that names it."""

    key: Key
    name: Text
    codes: tuple[Code, ...] = ()
    aliases: tuple[Text, ...] = ()
    contacts: tuple[ContactConfig, ...] = ()
    plus_addresses: tuple[EmailAddress, ...] = ()
    list_ids: tuple[ListId, ...] = ()


class AccountConfig(Section):
    """A customer organisation, and the evidence that names it."""

    key: Key
    name: Text
    domains: tuple[Domain, ...] = ()
    contacts: tuple[ContactConfig, ...] = ()
    plus_addresses: tuple[EmailAddress, ...] = ()
    list_ids: tuple[ListId, ...] = ()
    codes: tuple[Code, ...] = ()
    priority: Priority = Priority.NORMAL
    #: Name of a schedule; the first one when absent.
    schedule: Key | None = None
    #: Language of its people.
    language: Language | None = None
    projects: tuple[ProjectConfig, ...] = ()


Week = Literal["24x7"] | dict[str, tuple[str, ...]]


class HolidayConfig(Section):
    """Public holidays of a country, and of one of its regions."""

    country: Country
    region: Region | None = None


class ScheduleRules(Section):
    """When somebody answers."""

    zone: Zone
    week: Week
    #: Other hours on single days; an empty list is a closed day.
    exceptions: dict[date, tuple[str, ...]] = Field(default_factory=dict)
    holidays: HolidayConfig | None = None
    #: Calendar files (iCalendar) whose all-day events are closed days.
    holiday_files: tuple[FilePath, ...] = ()

    @field_validator("week")
    @classmethod
    def _week_opens(cls, week: Week) -> Week:
        if week != "24x7" and not any(parse_week(week)):
            raise WrongValueError("This week never opens.", 'Write hours, such as mon-fri: ["09:00-17:00"].')
        return week

    @field_validator("exceptions")
    @classmethod
    def _exceptions_are_hours(cls, exceptions: dict[date, tuple[str, ...]]) -> dict[date, tuple[str, ...]]:
        for texts in exceptions.values():
            parse_hours(texts)
        return exceptions


class ScheduleVersion(ScheduleRules):
    """Rules that replace the earlier ones from a day on."""

    effective_from: date


class ScheduleConfig(ScheduleRules):
    """A named schedule, with the versions that follow it."""

    name: Key
    versions: tuple[ScheduleVersion, ...] = ()


#: Statuses of a thread that may stop a clock.
Pause = Literal[Status.WAITING_CUSTOMER, Status.WAITING_THIRD_PARTY]


class TargetConfig(Section):
    """A limit in working minutes, and when to warn before it."""

    minutes: PositiveInt
    #: Name of a schedule; the account's when absent.
    schedule: Key | None = None
    #: Shares of the budget, in percent, at which to warn.
    warn_percent: tuple[int, ...] = (75,)
    #: Working minutes before the due time at which to warn.
    warn_minutes_before: tuple[PositiveInt, ...] = ()
    #: Statuses that stop the clock; the usual ones of the target when absent.
    pause: tuple[Pause, ...] | None = None
    #: An automatic mail of ours is enough; for acknowledgement only.
    accepts_automatic: bool = False

    @field_validator("warn_percent")
    @classmethod
    def _are_shares(cls, percents: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 0 < percent < 100 for percent in percents):  # noqa: PLR2004 - per cent
            raise WrongValueError("A share lies between 1 and 99 percent.", "Write a list such as [50, 75].")
        return percents

    @model_validator(mode="after")
    def _warns_within_the_budget(self) -> Self:
        if any(minutes >= self.minutes for minutes in self.warn_minutes_before):
            raise WrongValueError(
                "A warning would come before the clock starts.", "Write fewer minutes than the target has."
            )
        return self


class TargetsConfig(Section):
    """The clocks that a policy starts."""

    acknowledgement: TargetConfig | None = None
    first_reply: TargetConfig | None = None
    next_reply: TargetConfig | None = None
    periodic_update: TargetConfig | None = None
    resolution: TargetConfig | None = None

    @model_validator(mode="after")
    def _promises_something(self) -> Self:
        if self == type(self).model_construct():
            raise WrongValueError(
                "This policy promises nothing.", "Add a target, such as first_reply: {minutes: 240}."
            )
        return self


class MatchConfig(Section):
    """Which threads a policy is for; an absent key matches all."""

    accounts: tuple[Key, ...] = ()
    #: ``account/project``.
    projects: tuple[Text, ...] = ()
    priorities: tuple[Priority, ...] = ()
    mailboxes: tuple[Key, ...] = ()


class PolicyConfig(Section):
    """A promise to customers. The first policy that matches a thread applies."""

    name: Key
    match: MatchConfig = MatchConfig()
    targets: TargetsConfig
    #: The version in force from this day on; the same name may stand with several days.
    effective_from: date | None = None

    @property
    def matches_all(self) -> bool:
        """Whether every thread matches: the mark of the default."""
        return self.match == MatchConfig()


class ChannelKind(StrEnum):
    """What a channel understands."""

    SLACK = "slack"
    JSON = "json"


class AlertLevel(StrEnum):
    """The least serious alert that a channel takes."""

    WARNING = "warning"
    BREACH = "breach"


class ChannelConfig(Section):
    """A chat channel that alerts go to."""

    name: Key
    kind: ChannelKind
    #: A webhook address is a secret: who has it can post.
    url: Secret
    #: Keys of the accounts whose alerts go here; all when empty.
    accounts: tuple[Key, ...] = ()
    min_level: AlertLevel = AlertLevel.WARNING


class AlertsConfig(Section):
    """Alerts to chat."""

    enabled: bool = True
    channels: tuple[ChannelConfig, ...] = ()


class ServerConfig(Section):
    """Where the queue is served."""

    host: Text = "127.0.0.1"
    port: int = Field(default=8642, ge=0, le=65535)
    #: The address that links in alerts begin with; made of host and port when absent.
    public_url: WebAddress | None = None


class Config(Section):
    """Everything the service has to be told."""

    data_dir: FilePath = Field(default_factory=lambda: user_data_path("triage"))
    database: DatabaseConfig = DatabaseConfig()
    own: OwnConfig = OwnConfig()
    #: Hosts whose Authentication-Results are believed (RFC 8601 section 2.5).
    trusted_authserv_ids: tuple[Text, ...] = ()
    #: Believe an inbound sender only when one of those hosts vouches for it.
    require_authentication: bool = False
    #: More domains whose mailboxes anybody can open: never evidence of a customer.
    public_domains: tuple[Domain, ...] = ()
    #: Lets secrets stand in this file.
    allow_inline_secrets: bool = False
    #: Keys that encrypt sign-in tokens in the database: the first one seals, all of them open.
    token_keys: tuple[Secret, ...] = ()
    mailboxes: tuple[MailboxConfig, ...] = ()
    accounts: tuple[AccountConfig, ...] = ()
    #: Pairs of accounts that work together: threads may hold both.
    joint_accounts: tuple[tuple[Key, Key], ...] = ()
    schedules: tuple[ScheduleConfig, ...] = ()
    policies: tuple[PolicyConfig, ...] = ()
    alerts: AlertsConfig = AlertsConfig()
    #: No test mails are sent when absent.
    canary: CanaryConfig | None = None
    server: ServerConfig = ServerConfig()

    @property
    def base_url(self) -> str:
        """The address that links begin with, without a slash at the end."""
        return (self.server.public_url or f"http://{self.server.host}:{self.server.port}").rstrip("/")
