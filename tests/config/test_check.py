from pathlib import Path

import pytest

from tests.config.conftest import Problems

TWO = """\
accounts:
  - {{key: a, name: A, {first}}}
  - {{key: b, name: B, {second}}}
"""


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            "domains: [x.example]",
            "domains: [X.example]",
            "3: Account b claims the domain 'x.example', as Account a does.",
        ),
        (
            "contacts: [a@x.example]",
            "contacts: [A@x.example]",
            "3: Account b claims the contact 'a@x.example'",
        ),
        ("codes: [ABC-1]", "codes: [abc-1]", "3: Account b claims the code 'abc-1'"),
        (
            "list_ids: [l.x.example]",
            "list_ids: ['<l.x.example>']",
            "3: Account b claims the list id 'l.x.example'",
        ),
        (
            "plus_addresses: [s+a@v.example]",
            "plus_addresses: [s+a@v.example]",
            "3: Account b claims the plus address",
        ),
        ("domains: [x.example]", "domains: [gmail.com]", "3: Anybody can have an address at gmail.com"),
        ("name: A", "name: B", None),
    ],
)
def test_evidence_names_one_account(
    first: str, second: str, expected: str | None, problems: Problems
) -> None:
    if expected is None:
        assert problems(TWO.format(first="priority: low", second="priority: low")) == []
        return

    (problem,) = problems(TWO.format(first=first, second=second))

    assert problem.startswith(expected)


def test_two_projects_cannot_share_a_code_but_two_customers_may_share_an_alias(problems: Problems) -> None:
    found = problems(
        """\
        accounts:
          - key: a
            name: A
            projects:
              - {key: one, name: One, codes: [ABC-1], aliases: [portal]}
              - {key: two, name: Two, codes: [ABC-1]}
          - key: b
            name: B
            projects:
              - {key: one, name: One, aliases: [portal]}
        """
    )

    assert found == [
        "6: Project a/two claims the code 'abc-1', as Project a/one does. Leave it with one of them."
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "own: {domains: [v.example]}\naccounts: [{key: a, name: A, domains: [v.example]}]",
            "2: v.example is one of your own domains.",
        ),
        (
            "own: {addresses: [me@x.example]}\naccounts: [{key: a, name: A, contacts: [me@x.example]}]",
            "2: me@x.example is one of your own addresses.",
        ),
        ("own: {domains: [gmail.com]}", "1: Anybody can have an address at gmail.com: mail of customers"),
        (
            "public_domains: [isp.example]\naccounts: [{key: a, name: A, domains: [isp.example]}]",
            "2: Anybody can have an address at isp.example",
        ),
        ("accounts: [{key: a, name: A}]\njoint_accounts: [[a, c]]", "2: There is no account 'c'. Known: a."),
        (
            "accounts: [{key: a, name: A, schedule: late}]",
            "1: There is no schedule 'late'. No schedule is configured.",
        ),
        (
            "alerts: {channels: [{name: c, kind: json, url: {env: HOME}, accounts: [z]}]}",
            "1: There is no account 'z'.",
        ),
        (
            "schedules: [{name: s, zone: UTC, week: 24x7}, {name: s, zone: UTC, week: 24x7}]",
            "1: 's' is used twice in schedules.",
        ),
        (
            "schedules: [{name: s, zone: UTC, week: 24x7, holidays: {country: XX}}]",
            "1: no public holidays are known for XX",
        ),
        ("schedules: [{name: s, zone: UTC, week: 24x7, holiday_files: [none.ics]}]", "1: "),
        (
            "schedules: [{name: s, zone: UTC, week: {sat: []}}]",
            "1: schedules[0].week: This week never opens.",
        ),
        ("database: {url: 'postgresql://u:p@h/d'}", "1: The address of the database holds a password."),
    ],
)
def test_contradiction_is_told(text: str, expected: str, problems: Problems) -> None:
    (problem,) = problems(text)

    assert problem.startswith(expected)


POLICIES = """\
policies:
  - {name: one, match: {match}, targets: {targets}}
  - {name: two, targets: {first_reply: {minutes: 1}}}
"""


@pytest.mark.parametrize(
    ("match", "targets", "expected"),
    [
        ("{accounts: [x]}", "{first_reply: {minutes: 1}}", "There is no account 'x'."),
        ("{projects: [x/y]}", "{first_reply: {minutes: 1}}", "There is no project 'x/y'."),
        ("{mailboxes: [x]}", "{first_reply: {minutes: 1}}", "There is no mailbox 'x'."),
        (
            "{}",
            "{first_reply: {minutes: 1}}",
            "The policy 'one' matches every thread, so those after it never apply.",
        ),
        ("{priorities: [low]}", "{}", "policies[0].targets: This policy promises nothing."),
        (
            "{priorities: [low]}",
            "{first_reply: {minutes: 0}}",
            "policies[0].targets.first_reply.minutes is not valid.",
        ),
        (
            "{priorities: [low]}",
            "{first_reply: {minutes: 9, pause: [waiting_customer]}}",
            "waiting_customer must not stop the clock first_reply.",
        ),
        (
            "{priorities: [low]}",
            "{next_reply: {minutes: 9, accepts_automatic: true}}",
            "An automatic mail is no next reply.",
        ),
        (
            "{priorities: [low]}",
            "{next_reply: {minutes: 9, warn_percent: [100]}}",
            "policies[0].targets.next_reply.warn_percent: A share lies",
        ),
        (
            "{priorities: [low]}",
            "{next_reply: {minutes: 9, warn_minutes_before: [9]}}",
            "policies[0].targets.next_reply: A warning would come",
        ),
        ("{priorities: [low]}", "{next_reply: {minutes: 9, schedule: x}}", "There is no schedule 'x'."),
    ],
)
def test_wrong_policy_is_told(match: str, targets: str, expected: str, problems: Problems) -> None:
    (problem,) = problems(POLICIES.replace("{match}", match).replace("{targets}", targets))

    assert problem.startswith(f"2: {expected}")


def test_last_policy_is_for_every_thread(problems: Problems) -> None:
    (problem,) = problems(
        "policies: [{name: one, match: {priorities: [low]}, targets: {first_reply: {minutes: 1}}}]"
    )

    assert problem.startswith("1: No policy matches every thread: the last one, 'one', is only for some.")


def test_policy_may_come_again_with_a_later_day(problems: Problems) -> None:
    assert (
        problems(
            """\
            policies:
              - {name: one, targets: {first_reply: {minutes: 2}}}
              - {name: one, targets: {first_reply: {minutes: 1}}, effective_from: 2026-01-01}
            """
        )
        == []
    )


MAILBOX = """\
allow_inline_secrets: {inline}
mailboxes:
  - name: support
    host: {host}
    port: {port}
    user: u
    security: {security}
    allow_plain: {allow}
    password: {password}
"""


INLINE = "{plain: secret}"


def _mailbox(
    *,
    inline: bool = True,
    host: str = "imap.example.com",
    security: str = "tls",
    port: int | None = None,
    allow: bool = False,
    secret: str = INLINE,
) -> str:
    return MAILBOX.format(
        inline=str(inline).lower(),
        host=host,
        security=security,
        port=port or (993 if security == "tls" else 143),
        allow=str(allow).lower(),
        password=secret,
    )


@pytest.mark.parametrize(
    ("host", "security", "allow", "accepted"),
    [
        ("imap.example.com", "tls", False, True),
        ("imap.example.com", "starttls", False, True),
        ("imap.example.com", "plain", False, False),
        ("imap.example.com", "plain", True, True),
        ("localhost", "plain", False, True),
        ("127.0.0.1", "plain", False, True),
        ("localhost.example.com", "plain", False, False),
    ],
)
def test_plain_text_leaves_this_machine_only_by_explicit_choice(
    host: str, security: str, *, allow: bool, accepted: bool, problems: Problems
) -> None:
    found = problems(_mailbox(host=host, security=security, allow=allow))

    assert (not found) == accepted
    assert accepted or "would cross the network in the clear" in found[0]


def test_port_of_tls_is_for_tls(problems: Problems) -> None:
    (problem,) = problems(_mailbox(security="starttls", port=993))

    assert problem.startswith("5: Port 993 expects TLS from the first byte, not starttls.")
    assert problems(_mailbox(security="starttls", port=143)) == []


def test_inline_secret_is_refused_unless_allowed(problems: Problems) -> None:
    (problem,) = problems(_mailbox(inline=False))

    assert problem.startswith("9: A secret stands in the file itself.")
    assert "secret}" not in problem
    assert problems(_mailbox()) == []


@pytest.mark.parametrize("password", ["{}", "{env: A, file: b}"])
def test_secret_has_one_place(password: str, problems: Problems) -> None:
    (problem,) = problems(_mailbox(secret=password))

    assert problem.startswith("9: mailboxes[0].password: A secret needs exactly one of env, file and plain.")


def test_every_secret_is_looked_for(problems: Problems) -> None:
    found = problems(
        """\
        database: {url: postgresql://u@h/d, password: {env: NOT_SET_1}}
        mailboxes: [{name: m, host: h, user: u, password: {env: NOT_SET_2}}]
        alerts: {channels: [{name: c, kind: json, url: {env: NOT_SET_3}}]}
        """
    )

    assert [sentence.split()[4] for sentence in found] == ["NOT_SET_1", "NOT_SET_2", "NOT_SET_3"]


def test_certificate_file_must_be_there(problems: Problems, tmp_path: Path) -> None:
    text = _mailbox() + "    ca_file: ca.pem\n"

    assert "There is no file" in problems(text)[0]
    (tmp_path / "ca.pem").touch()
    assert problems(text) == []


CANARY = """\
own: {{domains: [vendor.example]}}
mailboxes:
  - {{name: desk, host: imap.vendor.example, user: desk, password: {{env: HOME}}}}
canary:
  mailbox: {mailbox}
  to: {to}
  sender: {sender}
  smtp: {{host: {host}, security: {security}}}
"""


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"mailbox": "other"}, "5: There is no mailbox 'other'."),
        ({"to": "eve@acme.example"}, "6: eve@acme.example is not one of your own addresses"),
        ({"sender": "eve@acme.example"}, "7: eve@acme.example is not one of your own addresses"),
        ({"security": "plain"}, "8: The mail to smtp.vendor.example would cross the network in the clear."),
        ({"security": "plain", "host": "127.0.0.1"}, None),
    ],
)
def test_test_mails_go_from_us_to_us(
    changed: dict[str, str], expected: str | None, problems: Problems
) -> None:
    values = {
        "mailbox": "desk",
        "to": "desk+test@vendor.example",
        "sender": "triage@vendor.example",
        "host": "smtp.vendor.example",
        "security": "starttls",
    }
    found = problems(CANARY.format(**(values | changed)))

    assert [one.startswith(expected or "") for one in found] == ([True] if expected else [])
