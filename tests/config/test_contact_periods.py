"""People who move between customers: a contact counts from a day on, or until a day."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.config.conftest import Problems, Write
from triage.app import App
from triage.core.attribution import AccountState, attribute
from triage.core.claims import Facts
from triage.core.direction import Direction
from triage.core.ids import AccountId
from triage.core.message import Address

TEXT = """
data_dir: data
own: {{domains: [vendor.example]}}
schedules: [{{name: office, zone: Europe/Berlin, week: {{mon-fri: ["09:00-17:00"]}}}}]
accounts:
  - {{key: acme, name: Acme, contacts: [{acme}]}}
  - {{key: beta, name: Beta, contacts: [{beta}]}}
"""
#: Midnight of the first of July in Berlin.
MOVE = datetime(2026, 6, 30, 22, 0, tzinfo=UTC)


def moved(acme: str, beta: str) -> str:
    return TEXT.format(acme=acme, beta=beta)


MOVED = moved(
    "{email: tom@post.example, valid_to: 2026-07-01}", "{email: tom@post.example, valid_from: 2026-07-01}"
)


@pytest.mark.parametrize(
    ("after", "account"),
    [
        (-timedelta(days=90), "acme"),
        (-timedelta(seconds=1), "acme"),
        (timedelta(0), "beta"),
        (timedelta(days=90), "beta"),
    ],
    ids=["long before", "the last second", "the first instant", "long after"],
)
def test_who_moves_belongs_to_the_new_customer_from_the_day_on(
    write: Write, after: timedelta, account: str
) -> None:
    app = App.open(write(MOVED))
    practice = app.prepare()
    facts = Facts(
        direction=Direction.INBOUND,
        received_at=MOVE + after,
        senders=(Address(email="tom@post.example"),),
        recipients=("desk@vendor.example",),
    )

    found = attribute(facts, practice.rules)

    app.database.close()
    assert (practice.account_key(found.account), found.state) == (account, AccountState.CONFIRMED)


def test_nobody_is_a_contact_before_or_after_the_period(write: Write) -> None:
    period = "{email: tom@post.example, valid_from: 2026-03-01, valid_to: 2026-04-01}"
    app = App.open(write(moved(period, "ann@post.example")))
    rules = app.prepare().rules
    instants = [datetime(2026, month, 15, tzinfo=UTC) for month in (2, 3, 4)]

    found = [[one.account for one in rules.sender_rules("tom@post.example", at)] for at in instants]

    app.database.close()
    assert found == [[], [AccountId(1)], []]


def test_the_same_contact_may_leave_and_come_back(write: Write) -> None:
    periods = (
        "{email: tom@post.example, valid_to: 2026-03-01}, {email: tom@post.example, valid_from: 2026-05-01}"
    )
    app = App.open(write(moved(periods, "ann@post.example")))
    rules = app.prepare().rules
    instants = [datetime(2026, month, 15, tzinfo=UTC) for month in (2, 3, 6)]

    found = [len(rules.sender_rules("tom@post.example", at)) for at in instants]

    app.database.close()
    assert found == [1, 0, 1]


def test_two_customers_must_not_claim_a_person_on_the_same_day(problems: Problems) -> None:
    overlapping = moved("{email: tom@post.example, valid_to: 2026-07-02}", MOVED.split("contacts: [")[2][:-3])

    found = problems(overlapping)

    assert len(found) == 1
    assert "Account beta claims the contact 'tom@post.example', as Account acme does" in found[0]
    assert "valid_from" in found[0]
    assert problems(MOVED) == []


@pytest.mark.parametrize(
    "contact",
    [
        "{email: tom@post.example, valid_from: 2026-07-01, valid_to: 2026-07-01}",
        "{valid_to: 2026-07-01}",
        "tom",
    ],
)
def test_a_contact_that_cannot_be_meant_is_refused(problems: Problems, contact: str) -> None:
    assert len(problems(moved(contact, "ann@post.example"))) == 1
