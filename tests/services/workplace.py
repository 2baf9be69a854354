"""A vendor with two customers and one mailbox in memory, for tests of services."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.fakes.mailbox import FakeMailbox, FakeReader
from triage.core.direction import Own
from triage.core.policy import Policy, Target, TargetKind, WarnPoint
from triage.core.queue_entry import QueueFilters
from triage.core.rules import RuleBook, RuleKind, RuleSource
from triage.core.schedule import ALWAYS_OPEN, Schedule
from triage.core.scope import Scope
from triage.mailbox.fetched import Fetched
from triage.mailbox.read_mail import ReadMail, read_mail
from triage.registrable import registrable
from triage.services.poll import MailboxJob, PollReport, poll_mailbox
from triage.services.practice import ChannelRule, Practice
from triage.services.queue import queue
from triage.services.read_folder import Tools
from triage.services.reading_order import Pace
from triage.store.accounts import (
    AccountSeed,
    ProjectSeed,
    RuleSeed,
    read_directory,
    read_rules,
    sync_accounts,
)
from triage.store.database import Database

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EVERYTHING = Scope(accounts=frozenset(), sees_all=True, name="test")
ACCOUNTS = (
    AccountSeed(key="acme", name="ACME GmbH", projects=(ProjectSeed(key="erp", name="ERP"),)),
    AccountSeed(key="beta", name="Beta AG"),
)
RULES = (
    RuleSeed(kind=RuleKind.DOMAIN, value="acme.example", account="acme"),
    RuleSeed(kind=RuleKind.CODE, value="acme-erp", account="acme", project="erp"),
    RuleSeed(kind=RuleKind.DOMAIN, value="beta.example", account="beta"),
)
POLICY = Policy(
    name="standard",
    position=0,
    targets=tuple(
        Target(kind=kind, minutes=240, schedule="always", warn=(WarnPoint(percent=75),))
        for kind in (TargetKind.FIRST_REPLY, TargetKind.NEXT_REPLY)
    ),
)


class Silence:
    """Nobody looks at the progress."""

    def folder(self, mailbox: str, folder: str, total: int) -> None:
        pass

    def advance(self, mailbox: str, folder: str, count: int) -> None:
        pass


def read_all(fetched: Sequence[Fetched]) -> list[ReadMail]:
    """Parse in this process."""
    return [read_mail(one) for one in fetched]


@dataclass
class Workplace:
    """A database, a mailbox, and a clock that stands until it is moved."""

    database: Database
    mailbox: FakeMailbox = field(default_factory=FakeMailbox)
    now: datetime = NOW
    pace: Pace = field(default_factory=Pace)
    channels: tuple[ChannelRule, ...] = (ChannelRule(name="chat"),)
    rules: tuple[RuleSeed, ...] = RULES
    policies: tuple[Policy, ...] = (POLICY,)

    def practice(self) -> Practice:
        """Return the practice as configured now."""
        with self.database.write() as connection:
            sync_accounts(connection, ACCOUNTS, self.rules, now=self.now)
            directory, rules = read_directory(connection), read_rules(connection)
        book = RuleBook(
            RuleSource(
                rules=rules,
                own=Own(domains=frozenset({"vendor.example"})),
                account_names=directory.account_names,
                project_names=directory.project_names,
                registrable=registrable,
            )
        )
        return Practice(
            rules=book,
            directory=directory,
            policies=self.policies,
            schedules={"always": (Schedule(name="always", zone="Europe/Berlin", week=ALWAYS_OPEN),)},
            priorities={},
            channels=self.channels,
            base_url="http://localhost",
        )

    def tools(self) -> Tools:
        """Return what reading needs."""
        return Tools(
            database=self.database,
            practice=self.practice(),
            parse=read_all,
            owner="worker",
            clock=lambda: self.now,
            watcher=Silence(),
        )

    def poll(self, tools: Tools | None = None) -> PollReport:
        """Read the mailbox once."""
        job = MailboxJob(
            name="desk", wanted=("auto",), connect=lambda: FakeReader(self.mailbox), pace=self.pace
        )
        return poll_mailbox(job, tools or self.tools())

    def pending(self) -> list[str]:
        """Return the subjects of the pending threads, in order."""
        page = queue(self.database, EVERYTHING, QueueFilters(), limit=200, now=self.now)
        return [entry.subject for entry in page.entries]

    def wait(self, **time: float) -> None:
        """Move the clock."""
        self.now += timedelta(**time)
