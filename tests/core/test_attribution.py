"""The ladder of evidence: who decides, who only suggests, and who objects."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from triage.core.attribution import (
    AccountState,
    Attribution,
    ManualAccount,
    attribute,
    attribute_thread,
)
from triage.core.claims import Facts
from triage.core.direction import Direction, Own
from triage.core.ids import AccountId
from triage.core.message import Address, Message, Zone, ZoneKind
from triage.core.rules import Rule, RuleBook, RuleKind, RuleSource

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ACME, GLOBEX, INITECH = AccountId(1), AccountId(2), AccountId(3)
HOST = "mx.us.example"

RULES = (
    Rule(kind=RuleKind.DOMAIN, value="acme.example", account=ACME),
    Rule(kind=RuleKind.DOMAIN, value="berlin.acme.example", account=GLOBEX),
    Rule(kind=RuleKind.DOMAIN, value="globex.example", account=GLOBEX),
    Rule(kind=RuleKind.DOMAIN, value="holding.example", account=ACME),
    Rule(kind=RuleKind.DOMAIN, value="holding.example", account=GLOBEX),
    Rule(kind=RuleKind.DOMAIN, value="gmail.example", account=ACME),
    Rule(kind=RuleKind.CONTACT, value="Joe@Gmail.example", account=ACME),
    Rule(kind=RuleKind.CONTACT, value="mover@mail.example", account=ACME, valid_to=NOW),
    Rule(kind=RuleKind.CONTACT, value="mover@mail.example", account=GLOBEX, valid_from=NOW),
    Rule(kind=RuleKind.PLUS_ADDRESS, value="help+acme@us.example", account=ACME),
    Rule(kind=RuleKind.ALIAS, value="globex-desk@us.example", account=GLOBEX),
    Rule(kind=RuleKind.LIST_ID, value="crm.lists.acme.example", account=ACME),
    Rule(kind=RuleKind.CODE, value="ACME-#", account=ACME),
    Rule(kind=RuleKind.CODE, value="GLX-#", account=GLOBEX),
    Rule(kind=RuleKind.CODE, value="INC-#", account=ACME),
    Rule(kind=RuleKind.CODE, value="INC-#", account=GLOBEX),
    Rule(kind=RuleKind.CODE, value="ZZ-#", account=GLOBEX),
    Rule(kind=RuleKind.CODE, value="ZZ-#", account=INITECH),
    Rule(kind=RuleKind.CODE, value="OLD-#", account=GLOBEX, valid_to=NOW),
    Rule(kind=RuleKind.ALIAS, value="Acme", account=ACME),
    Rule(kind=RuleKind.DOMAIN, value="initech.example", account=INITECH),
)


def last_two(domain: str) -> str:
    return ".".join(domain.split(".")[-2:]) if "." in domain else ""


def book(
    *,
    joint: frozenset[frozenset[AccountId]] = frozenset(),
    require_authentication: bool = False,
) -> RuleBook:
    return RuleBook(
        RuleSource(
            rules=RULES,
            own=Own(domains=frozenset({"us.example"})),
            account_names={ACME: "Acme", GLOBEX: "Globex", INITECH: "Initech"},
            public_domains=frozenset({"gmail.example", "mail.example"}),
            joint=joint,
            trusted_hosts=frozenset({HOST.upper()}),
            require_authentication=require_authentication,
            registrable=last_two,
        )
    )


BOOK = book()


def people(text: str) -> tuple[Address, ...]:
    return tuple(Address(email=email) for email in text.split())


def mail(
    sender: str = "sue@acme.example",
    to: str = "help@us.example",
    *,
    subject: str = "Hello",
    text: str = "",
    reply_to: str = "",
    delivered_to: str = "",
    list_id: str = "",
    authentication: str = "",
    name: str = "",
    quoted: str = "",
) -> Message:
    zones = (Zone(ZoneKind.NEW, 0, len(text)), Zone(ZoneKind.QUOTED, len(text), len(text + quoted)))
    return Message(
        received_at=NOW,
        senders=tuple(replace(address, name=name) for address in people(sender)),
        to=people(to),
        reply_to=people(reply_to),
        delivered_to=people(delivered_to),
        subject=subject,
        text=text + quoted,
        zones=zones,
        list_id=list_id,
        authentication_results=(f"{HOST}; {authentication}",) if authentication else (),
    )


def found(message: Message, rules: RuleBook = BOOK, way: Direction = Direction.INBOUND) -> Attribution:
    return attribute(Facts.of(message, way), rules)


def outcome(attribution: Attribution) -> tuple[str, AccountId | None]:
    return attribution.state.value, attribution.account


PASS = "dmarc=pass header.from=acme.example"
FAIL = "dmarc=fail header.from=acme.example"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(mail(), ("confirmed", ACME), id="known domain"),
        pytest.param(mail("x@mail.acme.example"), ("confirmed", ACME), id="subdomain"),
        pytest.param(
            mail("x@berlin.acme.example"), ("confirmed", GLOBEX), id="subsidiary of another account"
        ),
        pytest.param(mail("x@notacme.example"), ("unknown", None), id="longer name"),
        pytest.param(mail("x@acme.example.evil.example"), ("unknown", None), id="known domain in front"),
        pytest.param(mail("joe@gmail.example"), ("confirmed", ACME), id="freemail contact"),
        pytest.param(mail("jane@gmail.example"), ("unknown", None), id="freemail never by its domain"),
        pytest.param(mail("x@holding.example"), ("conflict", None), id="domain of two accounts"),
        pytest.param(
            mail("x@holding.example", subject="ACME-1"),
            ("confirmed", ACME),
            id="code tells the accounts apart",
        ),
        pytest.param(
            mail("x@holding.example", subject="ACME-1 GLX-1"), ("conflict", None), id="codes of both accounts"
        ),
        pytest.param(
            mail("x@holding.example", subject="INC-7"), ("conflict", None), id="a code both accounts use"
        ),
        pytest.param(
            mail("x@holding.example", subject="ZZ-1"),
            ("suggested", GLOBEX),
            id="two hints meet in one account",
        ),
        pytest.param(
            mail(subject="ACME-1", text="ACME-1 and OLD-5"), ("confirmed", ACME), id="code no longer valid"
        ),
        pytest.param(mail("mover@mail.example"), ("confirmed", GLOBEX), id="contact moved"),
        pytest.param(mail("x@new.example", "help+acme@us.example"), ("confirmed", ACME), id="plus-address"),
        pytest.param(
            mail("x@new.example", delivered_to="help+acme@us.example"), ("confirmed", ACME), id="delivered to"
        ),
        pytest.param(
            mail("x@new.example", "globex-desk@us.example"), ("confirmed", GLOBEX), id="alias of ours"
        ),
        pytest.param(
            mail("x@globex.example", "help+acme@us.example"), ("conflict", None), id="plus-address of another"
        ),
        pytest.param(
            mail("x@new.example", list_id="CRM <crm.lists.acme.example>"), ("confirmed", ACME), id="list"
        ),
        pytest.param(
            mail("x@globex.example", list_id="<crm.lists.acme.example>"),
            ("conflict", None),
            id="list of another",
        ),
        pytest.param(mail("x@new.example", subject="ACME-1"), ("suggested", ACME), id="code alone"),
        pytest.param(
            mail("x@new.example", "help@us.example sue@acme.example", subject="ACME-1"),
            ("suggested", ACME),
            id="code with a copied contact",
        ),
        pytest.param(mail(subject="Re: GLX-1042"), ("conflict", None), id="code of another account"),
        pytest.param(mail(text="as in GLX-1042"), ("conflict", None), id="code of another in the text"),
        pytest.param(mail(quoted="GLX-1042"), ("confirmed", ACME), id="quoted code says nothing"),
        pytest.param(
            mail("x@new.example", "help@us.example sue@acme.example"),
            ("suggested", ACME),
            id="copied contact",
        ),
        pytest.param(
            mail(to="help@us.example bob@globex.example"), ("conflict", None), id="two customers in one mail"
        ),
        pytest.param(mail(to="help@us.example x@new.example"), ("confirmed", ACME), id="third party copied"),
        pytest.param(
            mail("sue@acme.example bob@globex.example"), ("conflict", None), id="two senders of two accounts"
        ),
        pytest.param(
            mail("sue@acme.example x@new.example"), ("suggested", ACME), id="a second, unknown sender"
        ),
        pytest.param(mail(""), ("unknown", None), id="no sender"),
        pytest.param(mail("", "help+acme@us.example"), ("suggested", ACME), id="no sender, plus-address"),
        pytest.param(
            mail(reply_to="bob@globex.example"), ("conflict", None), id="reply goes to another account"
        ),
        pytest.param(
            mail("x@new.example", reply_to="sue@acme.example"),
            ("unknown", None),
            id="reply-to decides nothing",
        ),
        pytest.param(
            mail("x@new.example", name="Sue sue@acme.example"),
            ("unknown", None),
            id="display name decides nothing",
        ),
        pytest.param(
            mail("x@new.example", "help+acme@us.example", name="sue@acme.example"),
            ("suggested", ACME),
            id="a borrowed name weakens",
        ),
        pytest.param(
            mail("x@acrne.example", "help+acme@us.example"), ("suggested", ACME), id="a look-alike weakens"
        ),
        pytest.param(
            mail("x@new.example", subject="Acme portal"), ("suggested", ACME), id="name in the text"
        ),
        pytest.param(mail(authentication=PASS), ("confirmed", ACME), id="proven sender"),
        pytest.param(mail(authentication=FAIL), ("suggested", ACME), id="forged sender"),
        pytest.param(
            mail(authentication=FAIL, to="help+acme@us.example", subject="ACME-1"),
            ("suggested", ACME),
            id="forged sender with everything else",
        ),
        pytest.param(
            mail(
                "x@evil.example",
                list_id="<crm.lists.acme.example>",
                authentication="dmarc=pass header.from=evil.example; dkim=pass header.d=evil.example",
            ),
            ("suggested", ACME),
            id="forged list",
        ),
        pytest.param(
            mail(
                "x@new.example",
                list_id="<crm.lists.acme.example>",
                authentication="dmarc=fail; spf=pass smtp.mailfrom=crm-bounces@lists.acme.example",
            ),
            ("confirmed", ACME),
            id="proven list",
        ),
    ],
)
def test_inbound_mail_speaks_by_its_sender(message: Message, expected: tuple[str, AccountId | None]) -> None:
    assert outcome(found(message)) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        pytest.param(mail("me@us.example", "sue@acme.example"), ("confirmed", ACME), id="to a customer"),
        pytest.param(
            mail("me@us.example", "sue@acme.example x@new.example"), ("confirmed", ACME), id="and a stranger"
        ),
        pytest.param(mail("me@us.example", "x@new.example"), ("unknown", None), id="to a stranger"),
        pytest.param(
            mail("me@us.example", "sue@acme.example bob@globex.example"),
            ("conflict", None),
            id="to two customers",
        ),
        pytest.param(
            mail("me@us.example", "sue@acme.example", authentication="dmarc=fail"),
            ("suggested", ACME),
            id="forged as ours",
        ),
    ],
)
def test_outbound_mail_speaks_by_its_recipients(
    message: Message, expected: tuple[str, AccountId | None]
) -> None:
    assert outcome(found(message, way=Direction.OUTBOUND)) == expected


def test_a_code_in_internal_mail_only_suggests() -> None:
    message = mail("me@us.example", "you@us.example", subject="ACME-1")

    assert outcome(found(message, way=Direction.INTERNAL)) == ("suggested", ACME)


def test_words_that_may_be_quoted_do_not_make_a_code_strong() -> None:
    message = replace(mail("x@holding.example", text="ACME-1"), zones_are_sure=False)

    assert outcome(found(message)) == ("suggested", ACME)


def test_where_authentication_is_required_its_absence_weakens() -> None:
    strict = book(require_authentication=True)

    assert outcome(found(mail(), strict)) == ("suggested", ACME)
    assert outcome(found(mail(authentication=PASS), strict)) == ("confirmed", ACME)
    assert outcome(found(mail("x@new.example", list_id="crm.lists.acme.example"), strict)) == (
        "suggested",
        ACME,
    )
    sent = mail("me@us.example", "sue@acme.example")
    assert outcome(found(sent, strict, Direction.OUTBOUND)) == ("confirmed", ACME)


def test_a_joint_project_lets_two_accounts_read_one_mail() -> None:
    joint = book(joint=frozenset({frozenset({ACME, GLOBEX})}))

    assert outcome(found(mail(to="bob@globex.example"), joint)) == ("confirmed", ACME)
    assert outcome(found(mail(to="x@initech.example"), joint)) == ("conflict", None)
    both = mail("me@us.example", "sue@acme.example bob@globex.example")
    assert outcome(found(both, joint, Direction.OUTBOUND)) == ("conflict", None)
    with_code = replace(both, subject="GLX-1")
    assert outcome(found(with_code, joint, Direction.OUTBOUND)) == ("confirmed", GLOBEX)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (mail("x@acrne.example"), "look_alike"),
        (mail("x@new.example", name='"sue@acme.example"'), "display_name"),
        (mail("jane@gmail.example"), "freemail"),
        (mail(authentication=FAIL), "authentication"),
        (mail(), "domain"),
        (mail("joe@gmail.example"), "contact"),
        (mail(reply_to="bob@globex.example"), "reply_to"),
        (mail(subject="ACME-1"), "code"),
        (mail(to="help+acme@us.example"), "plus_address"),
        (mail(list_id="crm.lists.acme.example"), "list_id"),
    ],
)
def test_every_piece_of_evidence_is_told(message: Message, kind: str) -> None:
    assert kind in {evidence.kind for evidence in found(message).evidence}


def test_a_sender_known_by_its_own_name_is_no_disguise() -> None:
    assert outcome(found(mail(name="sue@acme.example"))) == ("confirmed", ACME)


def one(account: AccountId | None, state: str = "confirmed", strangers: str = "") -> Attribution:
    return Attribution(
        state=AccountState(state),
        account=account,
        possible=frozenset({account}) if account else frozenset(),
        strangers=frozenset(strangers.split()),
    )


NOBODY = one(None, "unknown")


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        pytest.param([], ("unknown", None), id="empty"),
        pytest.param([one(ACME), NOBODY], ("confirmed", ACME), id="internal mail inherits"),
        pytest.param([one(ACME), one(GLOBEX)], ("conflict", None), id="two accounts"),
        pytest.param([one(ACME), one(GLOBEX, "suggested")], ("conflict", None), id="a hint of another"),
        pytest.param([one(ACME), one(ACME, "suggested")], ("confirmed", ACME), id="a hint of the same"),
        pytest.param([one(ACME), one(None, "conflict")], ("conflict", None), id="a message in conflict"),
        pytest.param([one(ACME, "suggested"), NOBODY], ("suggested", ACME), id="only hints"),
        pytest.param(
            [one(ACME, "suggested"), one(GLOBEX, "suggested")], ("conflict", None), id="hints of two"
        ),
        pytest.param([NOBODY], ("unknown", None), id="nothing known"),
        pytest.param(
            [one(ACME), one(None, "unknown", "x@n.example")], ("suggested", ACME), id="stranger steps in"
        ),
        pytest.param(
            [one(None, "unknown", "x@n.example"), one(ACME, strangers="x@n.example")],
            ("confirmed", ACME),
            id="stranger brought in",
        ),
    ],
)
def test_a_thread_is_confirmed_by_exactly_one_account(
    messages: list[Attribution], expected: tuple[str, AccountId | None]
) -> None:
    assert outcome(attribute_thread(messages)) == expected
    assert outcome(attribute_thread(messages[::-1])) == expected


def test_a_contact_of_two_accounts_fits_into_a_thread_of_one() -> None:
    shared = found(mail("x@holding.example"))

    assert outcome(attribute_thread([found(mail()), shared])) == ("confirmed", ACME)
    assert outcome(attribute_thread([found(mail("x@initech.example")), shared])) == ("conflict", None)
    assert outcome(attribute_thread([shared])) == ("conflict", None)


def test_a_person_decides_over_all_evidence() -> None:
    messages = [one(ACME), one(GLOBEX)]

    decided = attribute_thread(messages, ManualAccount(account=GLOBEX, actor="anna"))
    refused = attribute_thread(messages, ManualAccount(account=None, actor="anna"))

    assert outcome(decided) == ("confirmed", GLOBEX)
    assert [evidence.kind for evidence in decided.evidence] == ["manual"]
    assert outcome(refused) == ("unknown", None)


def test_a_contact_counts_from_the_day_it_moved() -> None:
    earlier = replace(mail("mover@mail.example"), received_at=NOW - timedelta(seconds=1))

    assert outcome(found(earlier)) == ("confirmed", ACME)
