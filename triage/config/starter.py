"""The first configuration file: short, with a comment on each line that a person will change."""

import json
import re
from dataclasses import dataclass

_TEMPLATE = """\
# Configuration of triage. Every key there is: config.example.yaml.
# Check it with: triage check-config

# Your own people: mail from them is an answer, mail from all others is a question.
own:
  domains: [{own_domain}]

# The mailboxes that are read. Nothing in them is ever changed.
mailboxes:
  - name: {mailbox}
    host: {host}
    port: 993
    security: tls
    user: {user}
    # The password comes from this variable: export {variable}=...
    # A file does as well: {{file: secrets/{mailbox}}}
    password: {{env: {variable}}}
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What a starter file needs to know.

    Attributes:
        host: The IMAP server.
        zone: IANA zone of the office hours.
    """

    host: str
    user: str
    own_domain: str
    customer: str
    customer_domain: str
    zone: str
    mailbox: str = "inbox"


def starter(answers: Answers) -> str:
    """Return the text of a first configuration file."""
    return _TEMPLATE.format(
        own_domain=_quoted(answers.own_domain),
        mailbox=_as_key(answers.mailbox),
        host=_quoted(answers.host),
        user=_quoted(answers.user),
        variable=f"{_as_key(answers.mailbox).upper().replace('-', '_')}_PASSWORD",
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
