"""Who answers whom inside a thread."""

from tests.core.conversation.mail import borea, mail, ours
from triage.core.conversation.names import name
from triage.core.conversation.partition import partition
from triage.core.ids import HeaderId, MessageId, ThreadId


def test_parent_is_the_last_id_that_is_here() -> None:
    result = partition([mail(1), ours(2, 1), mail(4, 1, 2, "unseen@x.example")])

    assert result.parents == {2: 1, 4: 2}


def test_in_reply_to_comes_before_references() -> None:
    reply = mail(3, 1, 2, in_reply_to=(HeaderId("m1@x.example"),))

    assert partition([mail(1), mail(2, 1), reply]).parents == {2: 1, 3: 1}


def test_message_without_ids_hangs_where_another_ones_references_put_it() -> None:
    assert partition([mail(1), mail(2), mail(3, 1, 2)]).parents == {2: 1, 3: 2}


def test_what_a_message_says_of_itself_comes_before_what_others_say() -> None:
    assert partition([mail(1), mail(2), mail(3, 1), mail(4, 2, 3)]).parents == {3: 1, 4: 3}


def test_unseen_parent_leaves_its_children_side_by_side() -> None:
    assert partition([mail(1, "unseen@x.example"), mail(2, "unseen@x.example")]).parents == {}


def test_quote_gives_a_parent_where_ids_do_not() -> None:
    lines = frozenset({1, 2, 3})

    assert partition([mail(1, new_lines=lines), mail(2, quoted_lines=lines)]).parents == {2: 1}


def test_parent_behind_the_wall_is_no_parent() -> None:
    assert partition([mail(1), borea(2, 1), borea(3, 1, 2)]).parents == {3: 2}


def keys(*numbers: int) -> tuple[MessageId, ...]:
    return tuple(map(MessageId, numbers))


def test_id_goes_where_most_of_its_messages_went() -> None:
    one = ThreadId(7)
    current = dict.fromkeys(keys(1, 2, 3), one)

    names = name([keys(1), keys(2, 3)], current, keys(1, 2, 3))

    assert names.kept == (None, one)
    assert names.retired == {}


def test_between_equals_the_id_goes_where_its_earliest_message_went() -> None:
    current: dict[MessageId, ThreadId | None] = {
        **dict.fromkeys(keys(1), ThreadId(1)),
        **dict.fromkeys(keys(2, 3), ThreadId(2)),
    }

    names = name([keys(1, 3), keys(2)], current, keys(1, 2, 3))

    assert names.kept == (ThreadId(1), ThreadId(2))


def test_joined_threads_keep_the_id_of_the_earliest_message() -> None:
    current: dict[MessageId, ThreadId | None] = {
        MessageId(1): ThreadId(9),
        MessageId(2): ThreadId(4),
        MessageId(3): None,
    }

    names = name([keys(1, 2, 3)], current, keys(1, 2, 3))

    assert names.kept == (ThreadId(9),)
    assert names.retired == {ThreadId(4): 0}
