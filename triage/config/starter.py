"""The first configuration file: short, with a comment on each line that a person will change."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum

_TEMPLATE = """\
# Configuration of triage. Every key there is: config.example.yaml.
# Check it with: triage check-config

# Your own people: mail from them is an answer, mail from all others is a question.
own:
  domains: [{own_domain}]

{token_keys}# The mailboxes that are read. Nothing in them is ever changed.
mailboxes:
  - name: {mailbox}
    host: {host}
    port: 993
    security: tls
    user: {user}
{sign_in}
    # Inbox and sent mail. Other folders by name: [INBOX, Sent, Projects]
    folders: auto

# Your customers. What is not listed here stays "unknown" in the queue; nothing is guessed.
accounts:
  - key: {account}
    name: {customer}
    # Mail from these domains is theirs. Freemail addresses go under contacts, one by one.
    domains: [{customer_domain}]
    projects: []

# When you answer. The first schedule is the one of all customers that name no other.
schedules:
  - name: office-hours
    zone: {zone}
    week:
      mon-fri: ["09:00-17:00"]

# What you promise. The first policy that matches a thread applies; the last one matches all.
policies:
  - name: standard
    targets:
      first_reply: {{minutes: 240}}
      next_reply: {{minutes: 480}}
"""


_KEYS = """\
# Encrypts the sign-in tokens in the database. Make it: triage mailbox key secrets/token-key
token_keys:
  - {file: secrets/token-key}

"""

_SIGN_INS = {
    "password": """\
    # The password comes from this variable: export {variable}=...
    # A file does as well: {{file: secrets/{mailbox}}}
    password: {{env: {variable}}}""",
    "microsoft": """\
    # Register an application first: docs/sign-in.md. Then: triage mailbox login {mailbox}
    microsoft:
      tenant: {own_domain}
      client_id: put the application (client) ID here""",
    "google": """\
    # Download the client file of a desktop app first: docs/sign-in.md. Then: triage mailbox login {mailbox}
    google:
      client: {{file: secrets/google-client.json}}""",
}

#: Hosts that take tokens, by the end of their names.
_TAKE_TOKENS = {
    "office365.com": "microsoft",
    "office365.us": "microsoft",
    "outlook.com": "microsoft",
    "outlook.cn": "microsoft",
    "gmail.com": "google",
    "googlemail.com": "google",
}


class SignInWay(StrEnum):
    """How a mailbox signs in."""

    PASSWORD = "password"  # noqa: S105 - a way, not a secret
    MICROSOFT = "microsoft"
    GOOGLE = "google"


def usual_way(host: str) -> SignInWay:
    """Return how one signs in at an IMAP server, as far as its name tells."""
    name = host.lower().rstrip(".")
    for end, way in _TAKE_TOKENS.items():
        if name == end or name.endswith(f".{end}"):
            return SignInWay(way)
    return SignInWay.PASSWORD


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What a starter file needs to know.

    Attributes:
        host: The IMAP server.
        zone: IANA zone of the office hours.
        sign_in: None: as is usual at that host.
    """

    host: str
    user: str
    own_domain: str
    customer: str
    customer_domain: str
    zone: str
    mailbox: str = "inbox"
    sign_in: SignInWay | None = None


def starter(answers: Answers) -> str:
    """Return the text of a first configuration file."""
    way = answers.sign_in or usual_way(answers.host)
    variable = f"{_as_key(answers.mailbox).upper().replace('-', '_')}_PASSWORD"
    sign_in = _SIGN_INS[way].format(
        variable=variable, mailbox=_as_key(answers.mailbox), own_domain=_quoted(answers.own_domain)
    )
    return _TEMPLATE.format(
        own_domain=_quoted(answers.own_domain),
        mailbox=_as_key(answers.mailbox),
        host=_quoted(answers.host),
        user=_quoted(answers.user),
        sign_in=sign_in,
        token_keys="" if way is SignInWay.PASSWORD else _KEYS,
        account=_as_key(answers.customer),
        customer=_quoted(answers.customer),
        customer_domain=_quoted(answers.customer_domain),
        zone=_quoted(answers.zone),
    )


def _quoted(text: str) -> str:
    # A JSON string is a YAML string; unquoted, some words would be read as something else.
    return json.dumps(text, ensure_ascii=False)


def _as_key(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "customer"
