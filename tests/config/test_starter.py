from pathlib import Path

import pytest

from triage.config.load import load
from triage.config.starter import Answers, starter


@pytest.mark.parametrize("customer", ["Acme Ltd", 'Müller & Söhne: "Bau"', "№", "yes"])
def test_starter_is_a_configuration(customer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBOX_PASSWORD", "secret")
    answers = Answers(
        host="imap.example.com",
        user="support@vendor.example",
        own_domain="vendor.example",
        customer=customer,
        customer_domain="acme.example",
        zone="Europe/Berlin",
    )
    path = tmp_path / "config.yaml"
    path.write_text(starter(answers), encoding="utf-8")

    config = load(path)

    assert config.accounts[0].name == customer
    assert config.mailboxes[0].host == "imap.example.com"
    assert config.own.domains == ("vendor.example",)
