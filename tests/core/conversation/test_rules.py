"""The rules of threading, one by one."""

from datetime import timedelta

import pytest

from tests.core.conversation.mail import ACME, BOREA, START, borea, mail, ours, refusals, threads
from triage.core.conversation.node import HumanDecision, Node
from triage.core.conversation.partition import partition
from triage.core.ids import HeaderId, MessageId

INDEX = b"\x01" + bytes(21)
VENDOR = frozenset({"vendor.example"})
BOTH = VENDOR | {"acme.example"}


def keys(*numbers: int) -> frozenset[MessageId]:
    return frozenset(map(MessageId, numbers))


def test_subject_alone_joins_nothing() -> None:
    assert threads(mail(1), mail(2)) == [(1,), (2,)]


def test_vendor_whom_we_wrote_to_is_a_participant_of_the_thread() -> None:
    asked = ours(2, 1, parties=BOTH, account=None)
    answered = mail(3, 2, author="vendor.example", parties=VENDOR, account=None)

    assert threads(mail(1), asked, answered) == [(1, 2, 3)]


def test_stranger_is_let_in_once_a_later_join_made_him_a_participant() -> None:
    early = mail(2, 1, author="vendor.example", parties=VENDOR, account=None)
    late = ours(3, 1, parties=BOTH, account=None)

    assert threads(mail(1), early, late) == [(1, 2, 3)]


def test_colleague_from_another_domain_of_the_same_account_joins() -> None:
    colleague = mail(2, 1, author="acme.test", parties=frozenset({"acme.test"}))

    assert threads(mail(1), colleague) == [(1, 2)]


def test_sender_that_cannot_be_read_joins_nothing() -> None:
    assert threads(mail(1), mail(2, 1, author="", parties=frozenset(), account=None)) == [(1,), (2,)]


@pytest.mark.parametrize(("list_id", "expected"), [("r.example", [(1, 2)]), ("", [(1,), (2,)])])
def test_subscribers_of_one_list_need_no_introduction(list_id: str, expected: list[tuple[int, ...]]) -> None:
    one = mail(1, list_id=list_id)
    two = mail(2, 1, author="zoe.example", parties=frozenset({"zoe.example"}), account=None, list_id=list_id)

    assert threads(one, two) == expected


def test_people_of_whom_nothing_is_known_may_answer_one_another() -> None:
    one = mail(1, account=None)
    two = mail(2, 1, author="zoe.example", parties=frozenset({"zoe.example"}), account=None)

    assert threads(one, two) == [(1, 2)]


def test_archive_without_recipients_does_not_make_people_others() -> None:
    new_topic = {"base_subject": "order", "author": "zoe.example", "parties": frozenset({"zoe.example"})}
    one = mail(1, account=None, has_recipients=False)
    two = mail(2, 1, account=None, has_recipients=False, **new_topic)
    told = mail(2, 1, account=None, **new_topic)

    assert threads(one, two) == [(1, 2)]
    assert threads(mail(1, account=None), told) == [(1,), (2,)]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        pytest.param(mail(2, 1, base_subject="order"), [(1, 2)], id="new topic soon after"),
        pytest.param(
            mail(2, 1, base_subject="order", at=START + timedelta(days=40)), [(1,), (2,)], id="long after"
        ),
        pytest.param(mail(2, 1, at=START + timedelta(days=40)), [(1, 2)], id="same topic long after"),
        pytest.param(
            mail(2, 1, base_subject="order", at=START + timedelta(days=40), quoted_lines=frozenset({1})),
            [(1, 2)],
            id="quotes the parent",
        ),
        pytest.param(
            mail(2, 1, base_subject="", at=START + timedelta(days=40)), [(1, 2)], id="no subject at all"
        ),
        pytest.param(
            ours(2, 1, base_subject="order", parties=VENDOR, account=None), [(1,), (2,)], id="other people"
        ),
        pytest.param(
            ours(2, 1, base_subject="order", parties=frozenset(), account=None), [(1, 2)], id="among us"
        ),
    ],
)
def test_old_mail_used_for_a_new_topic_begins_a_thread(reply: Node, expected: list[tuple[int, ...]]) -> None:
    assert threads(mail(1, new_lines=frozenset({1, 2})), reply) == expected


def test_root_that_three_parties_name_and_nobody_has_joins_none_of_them() -> None:
    root = "root@tickets.example"
    third = mail(3, root, author="cetus.example", parties=frozenset({"cetus.example"}), account=None)

    result = partition([mail(1, root), mail(2, root), third, borea(4, root)])

    assert [len(group) for group in result.groups] == [1, 1, 1, 1]
    assert refusals(result) == [(2, 1, "hub"), (3, 1, "hub"), (4, 1, "hub")]


def test_unseen_root_on_one_list_is_no_hub() -> None:
    names = ("acme", "borea", "cetus", "dorado")
    nodes = [
        mail(
            number,
            "root@x.example",
            author=name,
            parties=frozenset({name}),
            account=None,
            list_id="r.example",
        )
        for number, name in enumerate(names, 1)
    ]

    assert threads(*nodes) == [(1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("topics", "owner", "expected"),
    [
        pytest.param(10, (), 1, id="ten topics, nobody owns it"),
        pytest.param(11, (), 11, id="eleven topics, nobody owns it"),
        pytest.param(200, (mail(1),), 1, id="200 topics under a known mail"),
        pytest.param(201, (mail(1),), 202, id="201 topics under a known mail"),
    ],
)
def test_id_under_which_many_topics_run_joins_nothing(
    topics: int, owner: tuple[Node, ...], expected: int
) -> None:
    replies = [
        mail(number, 1, base_subject=f"topic {number}", at=START + timedelta(minutes=number))
        for number in range(2, topics + 2)
    ]

    assert len(threads(*owner, *replies)) == expected


def test_id_that_many_messages_claim_joins_nothing() -> None:
    scanner = [mail(number, header_id=HeaderId("scan@x.example")) for number in range(1, 12)]

    result = partition([*scanner, ours(12, "scan@x.example")])

    assert len(result.groups) == 12
    assert refusals(result) == [(12, number, "hub") for number in range(1, 11)]


def test_reused_id_without_anybody_in_common_resolves_to_nobody() -> None:
    reused = {"header_id": HeaderId("same@x.example")}
    reply = ours(3, "same@x.example", parties=VENDOR, account=None)

    result = partition([mail(1, **reused), borea(2, **reused), reply])

    assert result.groups == ((1,), (2,), (3,))
    assert refusals(result) == [(3, 1, "ambiguous"), (3, 2, "ambiguous")]


def test_message_that_names_itself_is_alone() -> None:
    assert threads(mail(1, 1)) == [(1,)]


def test_messages_that_name_each_other_are_one_thread_with_one_root() -> None:
    result = partition([mail(1, 2), mail(2, 1)])

    assert result.groups == ((1, 2),)
    assert result.parents == {1: 2}


def test_gmail_number_joins_within_its_mailbox() -> None:
    assert threads(
        mail(1, gmail_thread="7:99"), mail(2, gmail_thread="7:99"), mail(3, gmail_thread="8:99")
    ) == [(1, 2), (3,)]


@pytest.mark.parametrize(
    ("index", "given", "expected"),
    [
        pytest.param(INDEX + bytes(5), {}, [(1, 2)], id="child block"),
        pytest.param(INDEX + bytes(10), {}, [(1,), (2,)], id="grandchild without its parent"),
        pytest.param(INDEX + bytes(4), {}, [(1,), (2,)], id="odd length"),
        pytest.param(b"\x02" + INDEX[1:] + bytes(5), {}, [(1,), (2,)], id="other form"),
        pytest.param(INDEX, {}, [(1,), (2,)], id="same header block twice"),
        pytest.param(INDEX + bytes(5), {"base_subject": "order"}, [(1,), (2,)], id="other subject"),
        pytest.param(INDEX + bytes(5), {"parties": VENDOR}, [(1,), (2,)], id="nobody in common"),
    ],
)
def test_thread_index_joins_under_its_conditions(
    index: bytes, given: dict[str, object], expected: list[tuple[int, ...]]
) -> None:
    assert threads(mail(1, thread_index=INDEX), mail(2, thread_index=index, **given)) == expected


@pytest.mark.parametrize(
    ("lines", "references", "expected"),
    [
        pytest.param({1, 2, 3}, (), [(1, 2)], id="three lines"),
        pytest.param({1, 2}, (), [(1,), (2,)], id="two lines"),
        pytest.param({1, 2, 3}, ("other@x.example",), [(1,), (2,)], id="ids come first"),
    ],
)
def test_quoted_lines_join_a_reply_without_ids(
    lines: set[int], references: tuple[str, ...], expected: list[tuple[int, ...]]
) -> None:
    asked = mail(1, new_lines=frozenset({1, 2, 3, 4}))

    assert threads(asked, mail(2, *references, quoted_lines=frozenset(lines))) == expected


def test_quoted_lines_of_another_customer_join_nothing_and_are_shown() -> None:
    lines = frozenset({1, 2, 3})

    result = partition([mail(1, new_lines=lines), borea(2, quoted_lines=lines)])

    assert result.groups == ((1,), (2,))
    assert refusals(result) == [(2, 1, "wall")]
    assert result.refused[0].edge.shared_lines == 3
    assert (result.refused[0].child_account, result.refused[0].parent_account) == (BOREA, ACME)


def test_lines_known_to_be_common_join_nothing() -> None:
    lines = frozenset({1, 2, 3})

    result = partition([mail(1, new_lines=lines), mail(2, quoted_lines=lines)], common_lines=frozenset({1}))

    assert result.groups == ((1,), (2,))


def test_hub_known_from_elsewhere_joins_nothing() -> None:
    root = HeaderId("root@x.example")

    assert partition([mail(1, root), mail(2, root)], known_hubs={root}).groups == ((1,), (2,))


def test_split_by_a_person_holds_against_every_link() -> None:
    split = HumanDecision(order=1, sides=(keys(2), keys(1)))

    result = partition([mail(1), mail(2, 1), mail(3, 1, 2), mail(4, 1)], [split])

    assert result.groups == ((1, 4), (2, 3))
    assert (3, 1, "decided") in refusals(result)


def test_merge_by_a_person_holds_without_any_link() -> None:
    merge = HumanDecision(order=1, sides=(keys(1, 2),))

    assert threads(mail(1), mail(2), decisions=(merge,)) == [(1, 2)]


def test_merge_by_a_person_never_breaks_the_wall() -> None:
    merge = HumanDecision(order=1, sides=(keys(1, 2),))

    result = partition([mail(1), borea(2)], [merge])

    assert result.groups == ((1,), (2,))
    assert refusals(result) == [(2, 1, "wall")]


def test_newer_decision_wins_over_the_older_one() -> None:
    split = HumanDecision(order=1, sides=(keys(2), keys(1)))
    merge = HumanDecision(order=2, sides=(keys(1, 2),))

    assert threads(mail(1), mail(2, 1), decisions=(split, merge)) == [(1, 2)]


def test_decision_that_says_what_is_so_already_changes_nothing() -> None:
    first = HumanDecision(order=1, sides=(keys(1, 2),))
    second = HumanDecision(order=2, sides=(keys(1, 2),))

    assert threads(mail(1), mail(2, 1), decisions=(first, second)) == [(1, 2)]


def test_other_mail_under_the_same_id_is_not_a_copy() -> None:
    assert threads(mail(1), mail(2, header_id=HeaderId("m1@x.example"))) == [(1,), (2,)]


def test_decision_about_messages_that_are_not_here_changes_nothing() -> None:
    split = HumanDecision(order=1, sides=(keys(8), keys(9)))

    assert threads(mail(1), mail(2, 1), decisions=(split,)) == [(1, 2)]
