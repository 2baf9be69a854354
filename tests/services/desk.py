"""A made-up company in a real database, with the truth about its threads."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.company import Company, CustomerProject, Mail, mails, make_company
from tests.classify.taught import labelled
from triage.classify.experience import Experience
from triage.classify.keep import save
from triage.classify.model import fit
from triage.classify.risk import Decision
from triage.config import Config
from triage.config.to_core import policies, schedules
from triage.core.ids import AccountId, HeaderId, ThreadId
from triage.core.rules import RuleBook
from triage.mailbox.read_mail import derived
from triage.services.ingest import Arrived, ingest
from triage.services.label_file import import_labels, read_lines
from triage.services.learn import tags
from triage.services.practice import Practice
from triage.store import mailboxes
from triage.store.accounts import (
    AccountSeed,
    ProjectSeed,
    RuleSeed,
    read_directory,
    read_rules,
    sync_accounts,
)
from triage.store.database import Database
from triage.store.labels import TaggedThread, find_threads

NOW = datetime(2026, 9, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A stored company, and the truth about its threads."""

    database: Database
    practice: Practice
    company: Company
    truth: dict[ThreadId, CustomerProject]
    headers: dict[ThreadId, HeaderId]

    def taught(self) -> list[ThreadId]:
        return [thread for thread, project in self.truth.items() if project.is_trained and thread % 4]

    def teach(self, threads: Iterable[ThreadId]) -> None:
        lines = (json.dumps({"thread_id": one, "project": self.truth[one].key}) for one in threads)
        import_labels(self.database, self.practice, read_lines(lines), actor="anna", now=NOW)

    def tag(self, thread: ThreadId) -> TaggedThread:
        return next(one for one in tags(self.database) if one.thread_id == thread)


def store_company(
    database: Database, *, customers: int = 2, projects: tuple[int, int] = (3, 3), threads_a_project: int = 12
) -> Desk:
    company = make_company(11, customers=customers, projects=projects)
    history = [_in_thread(one) for one in mails(company, 12, threads_a_project=threads_a_project)]
    practice = _store(database, company, history)
    ids = {one.message.message_id: one for one in history if one.message.message_id}
    with database.read() as connection:
        found = find_threads(connection, ids)
    threads = {thread: header for header, ones in found.items() for thread in ones}
    confirmed = {one.thread_id for one in tags(database) if one.account_state == "confirmed"} & threads.keys()
    return Desk(
        database=database,
        practice=practice,
        company=company,
        truth={thread: ids[threads[thread]].project for thread in sorted(confirmed)},
        headers={thread: threads[thread] for thread in confirmed},
    )


def _in_thread(mail: Mail) -> Mail:
    root = HeaderId(f"thread-{mail.thread}@customer.example")
    return replace(mail, message=replace(mail.message, references=(root,)))


def _store(database: Database, company: Company, history: list[Mail]) -> Practice:
    source = company.source()
    names = {customer.id: customer.name for customer in company.customers}
    accounts = [
        AccountSeed(
            key=customer.name,
            name=customer.name,
            projects=tuple(ProjectSeed(key=one.key, name=one.key) for one in customer.projects),
        )
        for customer in company.customers
    ]
    seeds = [RuleSeed(kind=one.kind, value=one.value, account=names[one.account]) for one in source.rules]
    with database.write() as connection:
        sync_accounts(connection, accounts, seeds, now=NOW)
        mailbox = mailboxes.register_mailbox(connection, "desk", kind="import")
        folder = mailboxes.register_folder(connection, mailbox, "INBOX", role="inbox")
        mailboxes.start_epoch(connection, folder, uidvalidity=1, newest_uid=10**9)
        rules, directory = read_rules(connection), read_directory(connection)
    config = Config()
    practice = Practice(
        rules=RuleBook(replace(source, rules=rules)),
        directory=directory,
        policies=policies(config),
        schedules=schedules(config, years=range(2025, 2028)),
        priorities={},
    )
    items = [Arrived(uid=number, mail=derived(one.message, b"")) for number, one in enumerate(history, 1)]
    ingest(database, practice, folder.id, items, epoch=None, now=NOW)
    return practice


def lend_experience(folder: Path) -> None:
    """Put a model of a third account beside the others: they are too small to know their own error."""
    rows = labelled(60)
    lead = Experience(
        decisions=tuple(Decision(score=0.2 + one / 1000, is_right=True) for one in range(400)),
        strange_leads=(0.1,) * 400,
    )
    save(replace(fit(AccountId(99), rows, now=NOW), experience=lead), folder)
