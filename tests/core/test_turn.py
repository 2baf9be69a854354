"""The case table of algorithms.md section 4, one test a row, and what follows from it."""

from datetime import timedelta

import pytest

from tests.core.thread_story import (
    ANNA,
    BOB,
    COLLEAGUE,
    MONDAY,
    OTHER_CUSTOMER,
    US,
    Story,
    at,
)
from triage.core.message import CalendarMethod, MessageClass
from triage.core.policy import Status
from triage.core.turn import Turn, WaitingOn, turn


def read(story: Story, hours: float = 100) -> Turn:
    return turn(story.timeline, now=at(hours))


def kinds(answer: Turn) -> list[str]:
    return [evidence.kind for evidence in answer.evidence]


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_mail_of_the_customer_is_pending_since_it_came(story: Story) -> None:
    story.customer(0)

    answer = read(story)

    assert answer.is_pending
    assert answer.needs_reply
    assert answer.waiting_on is WaitingOn.US
    assert answer.waiting_since == MONDAY
    assert kinds(answer) == ["unanswered"]


def test_our_answer_ends_it_and_says_who_answered(story: Story) -> None:
    story.customer(0)
    number = story.answer(1)

    answer = read(story)

    assert not answer.is_pending
    assert answer.waiting_on is WaitingOn.CUSTOMER
    assert answer.waiting_since == at(1)
    assert answer.answered_by is not None
    assert answer.answered_by.message_id == number
    assert US in answer.evidence[0].text


def test_a_colleague_s_answer_ends_it_for_all(story: Story) -> None:
    story.customer(0)
    story.mail(1, COLLEAGUE, ANNA)

    answer = read(story)

    assert not answer.is_pending
    assert COLLEAGUE in answer.evidence[0].text


@pytest.mark.parametrize("to", [(COLLEAGUE,), (OTHER_CUSTOMER,), ("partner@third.example",)])
def test_a_mail_to_others_than_the_customer_answers_nothing(story: Story, to: tuple[str, ...]) -> None:
    story.customer(0)
    story.mail(1, US, *to)

    answer = read(story)

    assert answer.is_pending
    assert answer.waiting_since == MONDAY
    assert kinds(answer) == ["inside_only", "unanswered"]


def test_a_reply_that_leaves_out_who_asked_warns_and_stays_open(story: Story) -> None:
    story.customer(0)
    story.mail(1, US, "lawyer@acme-holding.example", BOB.replace("acme", "acme-holding"), cc=(BOB,))

    answer = read(story)

    assert answer.is_pending
    assert kinds(answer) == ["asker_left_out", "unanswered"]


def test_a_reply_to_a_colleague_of_who_asked_in_to_answers(story: Story) -> None:
    story.customer(0)
    story.mail(1, US, BOB)

    assert not read(story).is_pending


def test_who_asked_may_stand_in_cc(story: Story) -> None:
    story.customer(0)
    story.mail(1, US, COLLEAGUE, cc=(ANNA,))

    assert not read(story).is_pending


def test_an_answer_to_reply_to_answers(story: Story) -> None:
    story.mail(0, ANNA, US, reply_to=("helpdesk@acme-it.example",))
    story.mail(1, US, "helpdesk@acme-it.example")

    assert not read(story).is_pending


def test_who_asked_from_a_private_address_is_answered_there(story: Story) -> None:
    story.mail(0, "anna.private@mail.example", US)
    story.mail(1, US, "anna.private@mail.example")

    assert not read(story).is_pending


def test_an_earlier_mail_of_ours_answers_nothing(story: Story) -> None:
    story.answer(0)
    story.customer(1)

    assert read(story).is_pending


def test_the_first_of_several_unanswered_mails_counts(story: Story) -> None:
    story.customer(0)
    story.customer(2)
    story.customer(5)

    answer = read(story)

    assert answer.waiting_since == MONDAY
    assert "3 times" in answer.evidence[0].text


def test_answering_one_of_two_who_asked_leaves_the_other_waiting(story: Story) -> None:
    story.mail(0, ANNA, US)
    story.mail(2, "dirk@partner.example", US)
    story.mail(3, US, ANNA)

    answer = read(story)

    assert answer.is_pending
    assert answer.waiting_since == at(2)


@pytest.mark.parametrize("text", ["Thanks a lot!", "Vielen Dank und schöne Grüße"])
def test_thanks_after_our_answer_are_for_review_not_for_the_queue(story: Story, text: str) -> None:
    story.customer(0)
    story.answer(1)
    story.customer(2, text)

    answer = read(story)

    assert not answer.is_pending
    assert not answer.needs_reply
    assert answer.is_for_review
    assert answer.waiting_on is WaitingOn.NOBODY
    assert kinds(answer) == ["closing"]


def test_thanks_in_advance_do_not_close_when_we_have_not_spoken(story: Story) -> None:
    story.customer(0, "Many thanks for a short summary of the contract")

    assert read(story).is_pending


def test_thanks_after_an_unanswered_question_do_not_hide_it(story: Story) -> None:
    story.customer(0)
    story.answer(1)
    story.customer(2, "Can you also check the import?")
    story.customer(3, "Thanks!")

    answer = read(story)

    assert answer.is_pending
    assert answer.waiting_since == at(2)


def test_a_question_after_thanks_counts_from_the_question(story: Story) -> None:
    story.customer(0)
    story.answer(1)
    story.customer(2, "Thanks!")
    story.customer(50, "Can you also check the import?")

    answer = read(story)

    assert answer.is_pending
    assert answer.waiting_since == at(50)


def test_two_thank_yous_in_a_row_still_close(story: Story) -> None:
    story.customer(0)
    story.answer(1)
    story.customer(2, "Thanks!")
    story.customer(3, "Thank you, have a nice weekend")

    assert not read(story).is_pending


@pytest.mark.parametrize(
    "message_class", [MessageClass.AUTO_REPLY, MessageClass.BOUNCE, MessageClass.BULK, MessageClass.RECEIPT]
)
def test_machine_mail_opens_nothing(story: Story, message_class: MessageClass) -> None:
    story.mail(0, ANNA, US, message_class=message_class)

    answer = read(story)

    assert not answer.is_pending
    assert answer.waiting_on is WaitingOn.NOBODY
    assert kinds(answer) == ["no_person"]


@pytest.mark.parametrize("message_class", [MessageClass.AUTO_REPLY, MessageClass.RECEIPT])
def test_machine_mail_of_the_customer_leaves_an_answered_thread_closed(
    story: Story, message_class: MessageClass
) -> None:
    story.customer(0)
    story.answer(1)
    story.mail(2, ANNA, US, message_class=message_class)

    assert not read(story).is_pending


def test_our_automatic_mail_answers_nothing(story: Story) -> None:
    story.customer(0)
    story.mail(0.1, US, ANNA, message_class=MessageClass.AUTO_REPLY)

    assert read(story).is_pending


def test_a_bounce_of_our_answer_opens_the_thread_again(story: Story) -> None:
    story.customer(0)
    number = story.answer(1)
    story.bounce(2, number)

    answer = read(story)

    assert answer.is_pending
    assert answer.waiting_since == MONDAY
    assert kinds(answer) == ["undelivered", "unanswered"]


def test_a_bounce_without_ids_takes_back_the_newest_mail_to_that_address(story: Story) -> None:
    story.customer(0)
    story.answer(1)
    story.mail(2, "mailer-daemon@x.example", US, message_class=MessageClass.BOUNCE, failed_recipients=(ANNA,))

    assert read(story).is_pending


def test_a_bounce_that_names_an_alias_takes_back_the_whole_mail(story: Story) -> None:
    story.customer(0)
    number = story.answer(1)
    story.bounce(2, number, "anna.forwarded@elsewhere.example")

    assert read(story).is_pending


def test_a_bounce_of_another_recipient_leaves_it_answered(story: Story) -> None:
    story.customer(0)
    number = story.mail(1, US, ANNA, BOB)
    story.bounce(2, number, BOB)

    assert not read(story).is_pending


def test_two_bounces_take_back_both_recipients(story: Story) -> None:
    story.customer(0)
    number = story.mail(1, US, ANNA, BOB)
    story.bounce(2, number, BOB)
    story.bounce(3, number, ANNA)

    assert read(story).is_pending


def test_a_bounce_of_somebody_else_s_mail_means_nothing(story: Story) -> None:
    story.customer(0)
    story.answer(1)
    story.mail(
        2,
        "mailer-daemon@x.example",
        US,
        message_class=MessageClass.BOUNCE,
        failed_ids=("unknown@mail.example",),
        failed_recipients=(ANNA,),
    )

    assert not read(story).is_pending


def test_a_second_answer_after_the_bounce_closes_it(story: Story) -> None:
    story.customer(0)
    number = story.answer(1)
    story.bounce(2, number)
    story.answer(3)

    assert not read(story).is_pending


def test_an_announced_answer_keeps_the_thread_pending(story: Story) -> None:
    story.customer(0)
    story.answer(1, "We are looking into it.")

    answer = read(story)

    assert answer.is_pending
    assert answer.waiting_since == MONDAY
    assert kinds(answer) == ["holding_reply", "unanswered"]


def test_the_answer_after_the_announcement_closes_it(story: Story) -> None:
    story.customer(0)
    story.answer(1, "We are looking into it.")
    story.answer(5)

    assert not read(story).is_pending


def test_a_mail_between_customers_that_copies_us_is_watched(story: Story) -> None:
    story.mail(0, ANNA, BOB, cc=(US,), text="The minutes of yesterday.")

    answer = read(story)

    assert not answer.is_pending
    assert answer.is_for_review
    assert kinds(answer) == ["watch"]
    assert answer.changes_at is None


def test_a_request_that_copies_us_becomes_ours_after_a_day_of_silence(story: Story) -> None:
    story.mail(0, ANNA, BOB, cc=(US,), text="Can you check the export?")

    before, after = read(story, 23.9), read(story, 24)

    assert not before.is_pending
    assert before.changes_at == MONDAY + timedelta(days=1)
    assert after.is_pending
    assert after.waiting_since == MONDAY
    assert kinds(after) == ["silence"]


def test_an_answer_among_customers_ends_the_silence(story: Story) -> None:
    story.mail(0, ANNA, BOB, cc=(US,), text="Can you check the export?")
    story.mail(3, BOB, ANNA, cc=(US,), text="It was the disk.")

    answer = read(story)

    assert not answer.is_pending
    assert answer.changes_at is None


def test_a_mail_to_a_customer_and_to_us_is_ours(story: Story) -> None:
    story.mail(0, ANNA, BOB, US)

    assert read(story).is_pending


def test_a_mail_that_does_not_name_us_at_all_is_ours(story: Story) -> None:
    # Blind copies and lists: it reached our mailbox, and nothing says it is for somebody else.
    story.mail(0, ANNA)
    assert read(story).is_pending


def test_an_invitation_needs_an_answer(story: Story) -> None:
    story.mail(0, ANNA, US, message_class=MessageClass.CALENDAR, method=CalendarMethod.REQUEST)

    answer = read(story)

    assert answer.is_pending
    assert kinds(answer) == ["rsvp_needed"]


@pytest.mark.parametrize("method", [CalendarMethod.REPLY, CalendarMethod.COUNTER])
def test_our_calendar_answer_closes_the_invitation(story: Story, method: CalendarMethod) -> None:
    story.mail(0, ANNA, US, message_class=MessageClass.CALENDAR, method=CalendarMethod.REQUEST)
    story.mail(1, US, ANNA, message_class=MessageClass.CALENDAR, method=method)

    assert not read(story).is_pending


def test_our_calendar_answer_closes_no_question(story: Story) -> None:
    story.customer(0)
    story.mail(1, ANNA, US, message_class=MessageClass.CALENDAR, method=CalendarMethod.REQUEST)
    story.mail(2, US, ANNA, message_class=MessageClass.CALENDAR, method=CalendarMethod.REPLY)

    answer = read(story)

    assert answer.is_pending
    assert kinds(answer) == ["unanswered"]


def test_an_invitation_taken_back_needs_nothing(story: Story) -> None:
    story.mail(0, ANNA, US, message_class=MessageClass.CALENDAR, method=CalendarMethod.REQUEST)
    story.mail(1, ANNA, US, message_class=MessageClass.CALENDAR, method=CalendarMethod.CANCEL)

    answer = read(story)

    assert not answer.is_pending
    assert kinds(answer) == ["withdrawn"]


@pytest.mark.parametrize("method", [CalendarMethod.REPLY, CalendarMethod.CANCEL, CalendarMethod.PUBLISH])
def test_other_calendar_mail_opens_nothing(story: Story, method: CalendarMethod) -> None:
    story.mail(0, ANNA, US, message_class=MessageClass.CALENDAR, method=method)

    assert not read(story).is_pending


def test_calendar_mail_that_says_no_method_is_taken_for_an_invitation(story: Story) -> None:
    story.mail(0, ANNA, US, message_class=MessageClass.CALENDAR)

    assert read(story).is_pending


def test_a_person_decides_that_no_reply_is_needed(story: Story) -> None:
    story.customer(0)
    story.no_reply_needed(1)

    answer = read(story)

    assert not answer.is_pending
    assert kinds(answer) == ["no_reply_needed"]
    assert "eve" in answer.evidence[0].text


def test_that_decision_is_about_what_was_there(story: Story) -> None:
    story.customer(0)
    story.no_reply_needed(1)
    story.customer(2)

    answer = read(story)

    assert answer.is_pending
    assert answer.waiting_since == at(2)


def test_the_decision_about_one_mail_leaves_the_others(story: Story) -> None:
    first = story.customer(0)
    story.customer(1)
    story.no_reply_needed(2, first)

    answer = read(story)

    assert answer.is_pending
    assert answer.waiting_since == at(1)


def test_solved_ends_the_wait(story: Story) -> None:
    story.customer(0)
    story.status(1, Status.SOLVED)

    answer = read(story)

    assert not answer.is_pending
    assert answer.waiting_on is WaitingOn.NOBODY
    assert kinds(answer) == ["solved"]


def test_a_mail_after_solved_opens_the_thread_again(story: Story) -> None:
    story.customer(0)
    story.answer(1)
    story.status(2, Status.SOLVED)
    story.customer(3)

    answer = read(story)

    assert answer.is_pending
    assert kinds(answer) == ["unanswered", "reopened"]


def test_thanks_after_solved_are_no_eternal_goodbye(story: Story) -> None:
    story.customer(0)
    story.answer(1)
    story.status(2, Status.SOLVED)
    story.customer(3, "Thanks, bye!")

    answer = read(story)

    assert not answer.is_pending
    assert not answer.is_for_review


def test_waiting_for_the_customer_ends_with_their_mail(story: Story) -> None:
    story.customer(0)
    story.answer(1)
    story.status(2, Status.WAITING_CUSTOMER)

    assert read(story).waiting_on is WaitingOn.CUSTOMER

    story.customer(3)

    assert read(story).waiting_on is WaitingOn.US
    assert read(story).is_pending


def test_waiting_for_the_customer_takes_an_open_mail_out_of_the_queue(story: Story) -> None:
    story.customer(0)
    story.status(1, Status.WAITING_CUSTOMER)

    answer = read(story)

    assert not answer.is_pending
    assert answer.needs_reply
    assert answer.waiting_on is WaitingOn.CUSTOMER
    assert kinds(answer) == ["status", "unanswered"]


def test_waiting_for_a_third_party_keeps_the_customer_in_the_queue(story: Story) -> None:
    story.customer(0)
    story.status(1, Status.WAITING_THIRD_PARTY)

    answer = read(story)

    assert answer.is_pending
    assert answer.waiting_on is WaitingOn.THIRD_PARTY


def test_an_answered_thread_may_wait_for_a_third_party(story: Story) -> None:
    story.customer(0)
    story.answer(1)
    story.status(2, Status.WAITING_THIRD_PARTY)

    answer = read(story)

    assert (answer.waiting_on, answer.waiting_since) == (WaitingOn.THIRD_PARTY, at(2))


def test_a_thread_that_we_began_waits_for_the_customer(story: Story) -> None:
    story.answer(0)

    answer = read(story)

    assert not answer.is_pending
    assert answer.waiting_on is WaitingOn.CUSTOMER
    assert kinds(answer) == ["ours_first"]


def test_an_empty_thread_waits_for_nobody() -> None:
    answer = read(Story())

    assert answer.waiting_on is WaitingOn.NOBODY
    assert not answer.is_pending


def test_the_order_in_which_mail_is_given_does_not_matter(story: Story) -> None:
    story.customer(0)
    story.answer(1)
    story.customer(2)
    expected = read(story)

    story.entries.reverse()

    assert read(story) == expected


def test_an_answer_of_the_same_second_is_an_answer(story: Story) -> None:
    story.answer(0)
    story.customer(0)

    assert not read(story).is_pending


def test_within_a_second_the_date_header_decides(story: Story) -> None:
    story.mail(0, US, ANNA, sent_at=at(-2))
    story.mail(0, ANNA, US, sent_at=at(-1))

    assert read(story).is_pending


def test_a_future_date_header_changes_nothing(story: Story) -> None:
    story.mail(0, ANNA, US, sent_at=at(1_000))
    story.answer(1)

    assert not read(story).is_pending
