import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from triage.config.model import Config
from triage.config.render import as_json, as_yaml

SECRETS = ("s3cret-mailbox", "s3cret-hook", "s3cret-db")


@pytest.fixture
def config() -> Config:
    return Config.model_validate(
        {
            "data_dir": Path("/var/lib/triage"),
            "allow_inline_secrets": True,
            "database": {"url": "postgresql://triage:s3cret-db@db.example/triage?password=s3cret-db&x=1"},
            "mailboxes": [{"name": "m", "host": "h", "user": "u", "password": {"plain": "s3cret-mailbox"}}],
            "alerts": {"channels": [{"name": "c", "kind": "slack", "url": {"plain": "https://s3cret-hook"}}]},
        }
    )


@pytest.mark.parametrize("render", [as_yaml, as_json, repr], ids=["yaml", "json", "repr"])
def test_no_secret_is_shown(render: type[str], config: Config) -> None:
    text = render(config)

    assert [secret for secret in SECRETS if secret in text] == []
    assert "*****" in text


def test_database_address_keeps_all_but_the_password(config: Config) -> None:
    url = json.loads(as_json(config))["database"]["url"]

    assert url == "postgresql://triage:**********@db.example/triage?password=**********&x=1"


def test_defaults_are_shown_as_they_will_be_used() -> None:
    values = YAML().load(as_yaml(Config(data_dir=Path("/var/lib/triage"))))

    assert values["database"]["url"] == "sqlite:////var/lib/triage/triage.sqlite3"
    assert values["server"]["public_url"] == "http://127.0.0.1:8642"
    assert values["alerts"]["enabled"] is True
