from datetime import UTC, datetime, timedelta

import pytest

from triage.core.direction import Direction, Own
from triage.core.message import CalendarMethod, MessageClass
from triage.core.policy import Status
from triage.core.timeline import (
    Decision,
    DecisionKind,
    Entry,
    EntryKind,
    MessageFacts,
    Timeline,
    entry_kind,
    entry_of,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OWN = Own(addresses=frozenset({"helper@freelance.example"}), domains=frozenset({"vendor.example"}))


def facts(
    direction: Direction = Direction.INBOUND,
    message_class: MessageClass = MessageClass.HUMAN,
    method: CalendarMethod | None = None,
    to: tuple[str, ...] = ("support@vendor.example",),
    cc: tuple[str, ...] = (),
) -> MessageFacts:
    return MessageFacts(
        message_id=1,
        received_at=NOW,
        direction=direction,
        message_class=message_class,
        sender_email="Anna@ACME.example",
        to=to,
        cc=cc,
        calendar_method=method,
    )


def entry(given: MessageFacts) -> Entry:
    return entry_of(given, own=OWN, is_customer=lambda email: email.endswith("@acme.example"))


@pytest.mark.parametrize(
    ("message_class", "direction", "to_customer", "expected"),
    [
        (MessageClass.HUMAN, Direction.INBOUND, False, EntryKind.CUSTOMER_HUMAN),
        (MessageClass.HUMAN, Direction.OUTBOUND, True, EntryKind.AGENT_HUMAN),
        (MessageClass.HUMAN, Direction.OUTBOUND, False, EntryKind.INTERNAL_NOTE),
        (MessageClass.HUMAN, Direction.INTERNAL, False, EntryKind.INTERNAL_NOTE),
        (MessageClass.AUTO_REPLY, Direction.INBOUND, False, EntryKind.AUTO_REPLY),
        (MessageClass.AUTO_REPLY, Direction.OUTBOUND, True, EntryKind.AUTO_REPLY),
        (MessageClass.BOUNCE, Direction.INBOUND, False, EntryKind.BOUNCE),
        (MessageClass.BULK, Direction.INBOUND, False, EntryKind.BULK),
        (MessageClass.RECEIPT, Direction.INBOUND, False, EntryKind.SYSTEM),
    ],
)
def test_a_class_and_a_direction_make_a_kind(
    message_class: MessageClass,
    direction: Direction,
    to_customer: bool,  # noqa: FBT001
    expected: EntryKind,
) -> None:
    assert entry_kind(facts(direction, message_class), has_customer_recipient=to_customer) is expected


@pytest.mark.parametrize(
    ("method", "direction", "expected"),
    [
        (CalendarMethod.REQUEST, Direction.INBOUND, EntryKind.CUSTOMER_HUMAN),
        (None, Direction.INBOUND, EntryKind.CUSTOMER_HUMAN),
        (CalendarMethod.REPLY, Direction.INBOUND, EntryKind.SYSTEM),
        (CalendarMethod.COUNTER, Direction.INBOUND, EntryKind.SYSTEM),
        (CalendarMethod.PUBLISH, Direction.INBOUND, EntryKind.SYSTEM),
        (CalendarMethod.CANCEL, Direction.INBOUND, EntryKind.INVITATION_CANCELLED),
        (CalendarMethod.REQUEST, Direction.OUTBOUND, EntryKind.AGENT_HUMAN),
        (CalendarMethod.REPLY, Direction.OUTBOUND, EntryKind.RSVP),
        (CalendarMethod.CANCEL, Direction.OUTBOUND, EntryKind.SYSTEM),
    ],
)
def test_calendar_mail_is_told_apart_by_its_method(
    method: CalendarMethod | None, direction: Direction, expected: EntryKind
) -> None:
    given = facts(direction, MessageClass.CALENDAR, method)

    assert entry_kind(given, has_customer_recipient=True) is expected


def test_addresses_are_compared_in_lower_case_and_listed_once() -> None:
    given = facts(
        to=("Support@Vendor.example", "BOB@acme.example"), cc=("bob@ACME.example", "x@else.example")
    )

    found = entry(given)

    assert found.sender_email == "anna@acme.example"
    assert found.recipients == ("support@vendor.example", "bob@acme.example", "x@else.example")
    assert found.customer_recipients == ("bob@acme.example",)


def test_our_own_people_are_no_customers_whatever_the_account_says() -> None:
    given = facts(Direction.OUTBOUND, to=("helper@freelance.example", "dora@sub.vendor.example"))

    found = entry_of(given, own=OWN, is_customer=lambda _: True)

    assert found.customer_recipients == ()
    assert found.kind is EntryKind.INTERNAL_NOTE


@pytest.mark.parametrize(
    ("to", "cc", "is_ours"),
    [
        (("support@vendor.example",), (), True),
        (("bob@acme.example", "support@vendor.example"), (), True),
        (("bob@acme.example",), ("support@vendor.example",), False),
        (("bob@acme.example", "x@else.example"), ("support@vendor.example",), True),  # not customers only
        (("bob@acme.example",), (), True),  # blind copy: nothing says that it is not for us
        ((), (), True),
        ((), ("support@vendor.example",), True),
    ],
)
def test_a_mail_that_only_copies_us_is_not_addressed_to_us(
    to: tuple[str, ...],
    cc: tuple[str, ...],
    is_ours: bool,  # noqa: FBT001
) -> None:
    assert entry(facts(to=to, cc=cc)).is_addressed_to_us is is_ours


def test_parts_of_a_second_are_dropped() -> None:
    found = Entry(at=NOW + timedelta(microseconds=5), kind=EntryKind.SYSTEM)

    assert found.at == NOW


@pytest.mark.parametrize("build", [Entry, Decision])
def test_naive_times_are_refused(build: type[Entry] | type[Decision]) -> None:
    kind = EntryKind.SYSTEM if build is Entry else DecisionKind.STATUS

    with pytest.raises(ValueError, match="naive"):
        build(at=datetime(2026, 3, 2), kind=kind)  # type: ignore[arg-type]  # noqa: DTZ001


def test_within_a_second_mail_comes_before_decisions_and_the_customer_before_us() -> None:
    decision = Decision(at=NOW, kind=DecisionKind.STATUS, status=Status.SOLVED)
    ours = Entry(at=NOW, kind=EntryKind.AGENT_HUMAN, message_id=1)
    theirs = Entry(at=NOW, kind=EntryKind.CUSTOMER_HUMAN, message_id=2)

    ordered = Timeline(entries=(ours, theirs), decisions=(decision,)).in_order()

    assert ordered == (theirs, ours, decision)
