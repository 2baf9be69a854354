"""What customers of other help desks suffered, as they reported it. Here it does not happen."""

from datetime import timedelta

from tests.core.conversation.mail import START, borea, mail, ours, refusals, threads
from triage.core.conversation.partition import partition
from triage.core.ids import HeaderId


def test_zammad_5064_number_of_another_customers_ticket_in_the_subject_joins_nothing() -> None:
    ticket = mail(1, base_subject="printer [ticket#22001]")
    answer = ours(2, 1, base_subject="printer [ticket#22001]")
    other = borea(3, base_subject="printer [ticket#22001]")

    assert threads(ticket, answer, other) == [(1, 2), (3,)]


def test_zammad_5064_id_of_another_customers_mail_joins_nothing_and_is_shown() -> None:
    result = partition([mail(1), ours(2, 1), borea(3, 1, 2)])

    assert result.groups == ((1, 2), (3,))
    assert refusals(result) == [(3, 2, "wall"), (3, 1, "wall")]


def test_zammad_5716_two_replies_to_a_mail_nobody_here_saw_are_one_thread() -> None:
    assert threads(mail(1, "unseen@x.example"), mail(2, "unseen@x.example")) == [(1, 2)]


def test_zammad_4965_forward_without_a_mark_does_not_land_in_the_other_groups_ticket() -> None:
    asked = mail(1, new_lines=frozenset({1, 2, 3}))
    forward = ours(
        2,
        1,
        base_subject="new order",
        parties=frozenset({"supplier.example"}),
        account=None,
        at=START + timedelta(hours=5),
    )

    result = partition([asked, forward])

    assert result.groups == ((1,), (2,))
    assert refusals(result) == [(2, 1, "hijack")]


def test_freescout_1095_stranger_who_names_an_id_does_not_enter_the_conversation() -> None:
    forged = mail(3, 1, 2, author="evil.example", parties=frozenset({"evil.example"}), account=None)

    result = partition([mail(1), ours(2, 1), forged])

    assert result.groups == ((1, 2), (3,))
    assert refusals(result) == [(3, 2, "stranger"), (3, 1, "stranger")]


def test_freescout_1095_naming_the_victim_in_cc_does_not_help_the_stranger() -> None:
    parties = frozenset({"evil.example", "acme.example"})
    forged = mail(3, 1, author="evil.example", parties=parties, account=None)

    assert threads(mail(1), ours(2, 1), forged) == [(1, 2), (3,)]


def test_osticket_1426_reply_to_all_with_the_same_id_in_two_wordings_is_one_thread() -> None:
    both = {"at": START, "header_id": HeaderId("all@x.example")}

    assert threads(mail(1, **both), mail(2, **both), ours(3, "all@x.example")) == [(1, 2, 3)]


def test_otrs_1170_one_id_for_two_customers_resolves_to_the_own_one() -> None:
    reused = {"header_id": HeaderId("same@x.example")}
    result = partition(
        [mail(1, **reused), borea(2, **reused), mail(3, "same@x.example"), borea(4, "same@x.example")]
    )

    assert result.groups == ((1, 3), (2, 4))
    assert refusals(result) == [(3, 2, "ambiguous"), (4, 1, "ambiguous")]


def test_brimir_397_second_answer_to_an_unknown_mail_is_found_by_its_root() -> None:
    first = mail(2, 1, "unseen1@x.example", in_reply_to=(HeaderId("unseen1@x.example"),))
    second = mail(3, 1, "unseen2@x.example", in_reply_to=(HeaderId("unseen2@x.example"),))

    assert threads(mail(1), first, second) == [(1, 2, 3)]
