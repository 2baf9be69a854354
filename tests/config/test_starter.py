from pathlib import Path

import pytest

from triage.config.load import load
from triage.config.starter import Answers, SignInWay, starter, usual_way
from triage.core.errors import ConfigError


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


@pytest.mark.parametrize(
    ("host", "way"),
    [
        ("outlook.office365.com", SignInWay.MICROSOFT),
        ("Outlook.Office365.US.", SignInWay.MICROSOFT),
        ("imap.gmail.com", SignInWay.GOOGLE),
        ("imap.example.com", SignInWay.PASSWORD),
        ("notgmail.com", SignInWay.PASSWORD),
    ],
)
def test_sign_in_is_the_usual_one_of_the_host(host: str, way: SignInWay) -> None:
    assert usual_way(host) is way


@pytest.mark.parametrize(
    ("way", "left"),
    [
        (SignInWay.MICROSOFT, ("triage mailbox key", "not an application (client) ID")),
        (SignInWay.GOOGLE, ("triage mailbox key", "google-client.json")),
        (SignInWay.PASSWORD, ("INBOX_PASSWORD",)),
    ],
)
def test_starter_lacks_only_what_the_provider_has_to_give(
    way: SignInWay, left: tuple[str, ...], tmp_path: Path
) -> None:
    answers = Answers(
        host="imap.example.com",
        user="support@vendor.example",
        own_domain="vendor.example",
        customer="Acme",
        customer_domain="acme.example",
        zone="Europe/Berlin",
        sign_in=way,
    )
    path = tmp_path / "config.yaml"
    path.write_text(starter(answers), encoding="utf-8")

    with pytest.raises(ConfigError) as raised:
        load(path)

    problems = [str(problem) for problem in raised.value.problems]
    assert len(problems) == len(left)
    assert all(any(word in problem for problem in problems) for word in left)
