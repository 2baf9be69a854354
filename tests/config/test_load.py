from pathlib import Path

import pytest

from tests.config.conftest import Problems, Write
from triage.config.load import find, load
from triage.core.errors import ConfigError

MAILBOX = """
    mailboxes:
      - name: support
        host: imap.example.com
        user: support
        password: {env: SUPPORT_PASSWORD}
"""


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPORT_PASSWORD", "secret")


def test_given_path_wins_over_the_variable_and_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find() == Path("config.yaml")
    monkeypatch.setenv("TRIAGE_CONFIG", "/etc/triage.yaml")
    assert find() == Path("/etc/triage.yaml")
    assert find(Path("mine.yaml")) == Path("mine.yaml")


def test_mailbox_takes_the_safe_defaults(write: Write) -> None:
    (mailbox,) = load(write(MAILBOX)).mailboxes

    assert (mailbox.port, mailbox.security, mailbox.folders) == (993, "tls", "auto")


def test_relative_paths_count_from_the_folder_of_the_file(write: Write, tmp_path: Path) -> None:
    assert load(write("data_dir: data")).data_dir == tmp_path / "data"


def test_empty_file_is_a_configuration(problems: Problems) -> None:
    assert problems("") == []


def test_variable_overrides_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("server: {port: 1, host: ::1}")
    monkeypatch.setenv("TRIAGE_SERVER__PORT", "2")

    server = load(path).server

    assert (server.port, server.host) == (2, "::1")


def test_list_in_a_variable_is_json(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("")
    monkeypatch.setenv("TRIAGE_OWN__DOMAINS", '["vendor.example"]')

    assert load(path).own.domains == ("vendor.example",)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("TRIAGE_SERVER__PORT", "many", "environment TRIAGE_SERVER__PORT: server.port is not valid."),
        (
            "TRIAGE_SERVER__PROT",
            "1",
            "environment TRIAGE_SERVER__PROT: Unknown key server.prot. Did you mean port?",
        ),
        (
            "TRIAGE_SERVR__PORT",
            "1",
            "environment TRIAGE_SERVR__PORT: There is no key servr. Did you mean TRIAGE_SERVER__",
        ),
        (
            "TRIAGE_MAILBOXES",
            '[{"name": "a"}]',
            "environment TRIAGE_MAILBOXES: mailboxes[0] lacks the key host.",
        ),
        ("TRIAGE_MAILBOXES", "[", "environment: A variable of the environment is not well formed"),
    ],
)
def test_wrong_variable_is_named(
    name: str, value: str, expected: str, problems: Problems, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    assert problems("")[0].startswith(expected)


def test_secret_variable_with_our_prefix_is_no_key(
    problems: Problems, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_SUPPORT_PASSWORD", "secret")

    assert problems("") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mailboxs: []", "1: Unknown key mailboxs. Did you mean mailboxes?"),
        ("zzz: 1", "1: Unknown key zzz. Known keys: data_dir, "),
        ("server:\n  port: 99999", "2: server.port is not valid. It should be less than"),
        ("server: 8642", "1: server holds a single value. Write keys below it"),
        ("accounts:\n  - key: 4711\n    name: A", "2: accounts[0].key is not text. Put the value in quotes."),
        (
            "accounts:\n  - key: a b\n    name: A",
            "2: accounts[0].key: 'a b' is not a short name. Begin with a letter or digit",
        ),
        ("accounts:\n  - key: a", "2: accounts[0] lacks the key name. Add name: ..."),
        ("own: {domains: vendor.example}", "1: own.domains is not a list. Write a list"),
        ("own: {domains: [vendor]}", "1: own.domains[0]: 'vendor' is not a domain. Write it like"),
        ("own: {addresses: [me]}", "1: own.addresses[0]: 'me' is not an e-mail address. Write it"),
        (
            "alerts: {channels: [{name: c, kind: irc, url: {env: HOME}}]}",
            "1: alerts.channels[0].kind is not valid.",
        ),
        ("database: {url: mysql://h/d}", "1: database.url: This is not a database address."),
        (
            "server: {public_url: triage.example}",
            "1: server.public_url: 'triage.example' is not a web address. Write it like",
        ),
    ],
)
def test_refused_value_is_told_with_line_and_mend(text: str, expected: str, problems: Problems) -> None:
    (problem,) = problems(text)

    assert problem.startswith(expected)


def test_union_is_refused_once(problems: Problems) -> None:
    (problem,) = problems(MAILBOX + "        folders: 7\n")

    assert problem.startswith("7: mailboxes[0].folders is not a list.")


def test_all_problems_come_at_once_in_the_order_of_the_file(problems: Problems) -> None:
    found = problems(
        """\
        servr: {}
        accounts:
          - {key: a, name: A, domains: [gmail.com]}
          - {key: a, name: B, contacts: [nobody]}
        mailboxes:
          - name: support
            host: imap.example.com
            password: {env: NOT_SET_ANYWHERE}
            prt: 993
        """
    )

    assert [sentence.partition(":")[0] for sentence in found] == ["1", "3", "4", "4", "6", "9"]
    # The mailbox that lacks a user cannot be checked further; all the rest is.
    assert found[1].startswith("3: Anybody can have an address at gmail.com")
    assert found[4].startswith("6: mailboxes[0] lacks the key user.")


def test_refused_part_is_not_reported_missing_where_it_is_referred_to(problems: Problems) -> None:
    found = problems(
        """\
        schedules:
          - {name: office, zone: Europe/Berln, week: 24x7}
        accounts:
          - {key: a, name: A, schedule: office}
        """
    )

    assert len(found) == 1
    assert found[0].startswith("2: schedules[0].zone: 'Europe/Berln' is not a time zone.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [1\nb: 2", "2: This is not YAML: expected ',' or ']'"),
        ("a: 1\na: 2", '2: This is not YAML: found duplicate key "a".'),
        ("- 1", "1: The file holds no keys."),
    ],
)
def test_broken_file_is_told(text: str, expected: str, problems: Problems) -> None:
    (problem,) = problems(text)

    assert problem.startswith(expected)


def test_duplicate_key_does_not_repeat_its_value(write: Write) -> None:
    path = write("password: one\npassword: two")

    with pytest.raises(ConfigError) as raised:
        load(path)

    assert "two" not in str(raised.value)


def test_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="triage init"):
        load(tmp_path / "none.yaml")


def test_unreadable_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"\xff\xfe\xff")

    with pytest.raises(ConfigError, match="not a text in UTF-8"):
        load(path)
