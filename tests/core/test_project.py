from datetime import UTC, datetime

import pytest

from triage.core.claims import Facts
from triage.core.direction import Direction
from triage.core.ids import AccountId, ProjectId
from triage.core.message import Address
from triage.core.project import ProjectState, project_of
from triage.core.rules import Rule, RuleBook, RuleKind, RuleSource
from triage.registrable import registrable

NOW = datetime(2026, 3, 2, tzinfo=UTC)
ACME, GLOBEX = AccountId(1), AccountId(2)
PORTAL, CRM, OTHER = ProjectId(10), ProjectId(11), ProjectId(20)


def rule(kind: str, value: str, project: ProjectId | None, account: AccountId = ACME) -> Rule:
    return Rule(kind=RuleKind(kind), value=value, account=account, project=project)


BOOK = RuleBook(
    RuleSource(
        rules=(
            rule("code", "ACME-#", None),
            rule("code", "ACME-12", PORTAL),
            rule("code", "CRM-#", CRM),
            rule("code", "CRM-#", OTHER, GLOBEX),
            Rule(kind=RuleKind.ALIAS, value="Old Quay", account=ACME, project=CRM, valid_to=NOW),
            rule("alias", "Blue Harbour", PORTAL),
            rule("alias", "crm-desk@us.example", CRM),
            rule("plus_address", "help+portal@us.example", PORTAL),
            rule("list_id", "crm.acme.example", CRM),
            rule("domain", "acme.example", None),
            rule("contact", "sue@acme.example", PORTAL),
            rule("contact", "both@acme.example", PORTAL),
            rule("contact", "both@acme.example", CRM),
            rule("contact", "bob@globex.example", OTHER, GLOBEX),
        ),
        project_names={PORTAL: "Portal", CRM: "CRM"},
        registrable=registrable,
    )
)


def facts(
    sender: str = "x@acme.example",
    *,
    subject: str = "",
    text: str = "",
    to: str = "help@us.example",
    list_id: str = "",
    text_is_sure: bool = True,
) -> Facts:
    return Facts(
        direction=Direction.INBOUND,
        received_at=NOW,
        senders=(Address(email=sender),),
        recipients=tuple(to.split()),
        addressed=tuple(to.split()),
        subject=subject,
        text=text,
        list_id=list_id,
        text_is_sure=text_is_sure,
    )


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(facts(subject="[CRM-7] down"), CRM, id="code in the subject"),
        pytest.param(facts(text="see acme-12"), PORTAL, id="code in the text"),
        pytest.param(facts(text="see acme-13"), None, id="code of the account only"),
        pytest.param(facts(text="see CRM-7", text_is_sure=False), None, id="code that may be quoted"),
        pytest.param(facts(text="the blue harbour site"), PORTAL, id="name"),
        pytest.param(facts(to="help+portal@us.example"), PORTAL, id="plus-address"),
        pytest.param(facts(to="crm-desk@us.example"), CRM, id="alias address"),
        pytest.param(facts(list_id="<crm.acme.example>"), CRM, id="list"),
        pytest.param(facts("sue@acme.example"), PORTAL, id="contact of one project"),
        pytest.param(facts("both@acme.example"), None, id="contact of two projects"),
        pytest.param(facts("bob@globex.example"), None, id="contact of another account"),
        pytest.param(facts("sue@acme.example", subject="CRM-7"), None, id="two projects"),
        pytest.param(facts(text="Old Quay"), None, id="name no longer valid"),
        pytest.param(facts(), None, id="nothing"),
    ],
)
def test_a_project_is_confirmed_where_exactly_one_is_named(
    message: Facts, expected: ProjectId | None
) -> None:
    finding = project_of([message], ACME, BOOK)

    assert finding.project == expected
    assert finding.state is (ProjectState.CONFIRMED if expected else ProjectState.UNKNOWN)


def test_every_project_named_is_told() -> None:
    finding = project_of([facts(subject="CRM-7"), facts("sue@acme.example")], ACME, BOOK)

    assert [reason.text for reason in finding.evidence] == [
        "It names CRM-7, which means CRM.",
        "sue@acme.example takes part, which means Portal.",
    ]


def test_the_same_reason_is_told_once() -> None:
    finding = project_of([facts(subject="CRM-7"), facts(subject="Re: CRM-7")], ACME, BOOK)

    assert len(finding.evidence) == 1
