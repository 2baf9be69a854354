from datetime import UTC, datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from triage.config.load import load
from triage.config.model import Config
from triage.config.to_core import policies, schedules
from triage.core.policy import ThreadFacts, check_policies, choose_policy
from triage.demo.company import company


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return company(
        data_dir=tmp_path, imap_host="127.0.0.1", imap_port=1143, user="support", password="secret", port=0
    )


def test_company_has_four_customers_with_seven_projects(config: Config) -> None:
    assert len(config.accounts) == 4
    assert sum(len(account.projects) for account in config.accounts) == 7
    assert {account.language for account in config.accounts} == {"en", "de"}


def test_company_passes_every_check_of_a_configuration_file(config: Config, tmp_path: Path) -> None:
    values = config.model_dump(mode="json", exclude_none=True)
    values["mailboxes"][0]["password"] = {"plain": "secret"}
    path = tmp_path / "config.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(values, file)

    assert load(path).accounts == config.accounts


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
