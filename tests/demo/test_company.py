from datetime import UTC, datetime
from pathlib import Path

import pytest

from triage.config.load import load
from triage.config.model import Config
from triage.config.secret import read_secret
from triage.config.to_core import policies, schedules
from triage.core.policy import ThreadFacts, check_policies, choose_policy
from triage.demo import people
from triage.demo.company import write_company
from triage.demo.letters_harbour import USERS_LIST


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = write_company(
        tmp_path,
        imap_host="127.0.0.1",
        imap_port=1143,
        user="support@nordlicht.example",
        password="secret",
        port=8700,
    )
    return load(path)


def test_company_has_four_customers_with_seven_projects(config: Config) -> None:
    assert len(config.accounts) == 4
    assert sum(len(account.projects) for account in config.accounts) == 7
    assert {account.language for account in config.accounts} == {"en", "de"}


def test_mailbox_is_that_of_the_demo_server(config: Config) -> None:
    (mailbox,) = config.mailboxes

    assert (mailbox.host, mailbox.port) == ("127.0.0.1", 1143)
    assert mailbox.password is not None
    assert read_secret(mailbox.password).get_secret_value() == "secret"
    assert config.base_url == "http://127.0.0.1:8700"


def test_data_stays_in_the_given_folder(config: Config, tmp_path: Path) -> None:
    assert config.data_dir == tmp_path / "data"


def test_people_of_the_letters_are_the_people_of_the_configuration(config: Config) -> None:
    harbour, kessler, *_ = config.accounts

    assert config.own.domains == (people.OWN_DOMAIN,)
    assert [one.email for one in kessler.contacts] == [people.LENA.email]
    assert [one.email for one in harbour.projects[1].contacts] == [people.TOM.email]
    assert harbour.projects[0].list_ids == (USERS_LIST,)
    assert people.LENA.email.partition("@")[2] in config.public_domains


def test_every_customer_has_a_promise_in_hours_of_its_own(config: Config) -> None:
    known = schedules(config, years=[2026, 2027])
    promised = policies(config)
    check_policies(promised, known)
    now = datetime(2026, 11, 21, tzinfo=UTC)

    chosen = {
        account.key: choose_policy(promised, ThreadFacts(account=account.key), at=now).targets[0]
        for account in config.accounts
    }

    assert {key: (target.schedule, target.minutes) for key, target in chosen.items()} == {
        "harbour": ("london-office", 240),
        "kessler": ("berlin-office", 240),
        "meridian": ("always", 120),
        "solaris": ("always", 60),
    }
