"""Answers that are not replies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from triage.core.ids import AccountId, MessageId
from triage.core.outside_answer import NO_ANSWER, Certainty, OpenMail, Outbound, match

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACME, BOREA = AccountId(1), AccountId(2)
QUESTION = OpenMail(
    key=MessageId(1),
    at=NOW - timedelta(days=2),
    account=ACME,
    sender="ann@acme.example",
    base_subject="printer on floor three",
    text_new="The printer on floor three prints empty pages since Monday.",
    new_lines=frozenset({1, 2, 3, 4}),
)
MAIL = Outbound(
    at=NOW,
    account=ACME,
    recipients=frozenset({"ann@acme.example"}),
    base_subject="visit on friday",
    text_new="We come on Friday at nine.",
)


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        pytest.param(replace(MAIL, quoted_lines=frozenset({1, 2, 3})), Certainty.CERTAIN, id="quotes it"),
        pytest.param(
            replace(MAIL, quoted_lines=frozenset({1, 2})), Certainty.NONE, id="two lines are chance"
        ),
        pytest.param(replace(MAIL, base_subject=QUESTION.base_subject), Certainty.CERTAIN, id="same subject"),
        pytest.param(
            replace(MAIL, base_subject="printer floor three"), Certainty.POSSIBLE, id="like subject"
        ),
        pytest.param(replace(MAIL, base_subject="printer"), Certainty.NONE, id="one word in common"),
        pytest.param(
            replace(MAIL, text_new="The printer that prints empty pages gets a new drum."),
            Certainty.POSSIBLE,
            id="like words",
        ),
        pytest.param(MAIL, Certainty.NONE, id="another topic"),
    ],
)
def test_certainty_follows_what_both_have_in_common(mail: Outbound, expected: Certainty) -> None:
    answer = match(mail, [QUESTION])

    assert answer.certainty is expected
    assert answer.answered == (() if expected is Certainty.NONE else (QUESTION.key,))
    assert bool(answer.evidence) == (expected is not Certainty.NONE)


ANSWER = replace(MAIL, base_subject=QUESTION.base_subject, quoted_lines=QUESTION.new_lines)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param(replace(QUESTION, account=BOREA), id="of another customer"),
        pytest.param(replace(QUESTION, sender="eva@acme.example"), id="of somebody it is not sent to"),
        pytest.param(replace(QUESTION, at=NOW - timedelta(days=15)), id="too old"),
        pytest.param(replace(QUESTION, at=NOW), id="not older"),
    ],
)
def test_mail_out_of_question_is_never_answered(question: OpenMail) -> None:
    assert match(ANSWER, [question]) == NO_ANSWER


@pytest.mark.parametrize(
    ("ours", "theirs"), [(None, ACME), (ACME, None), (None, None)], ids=["ours", "theirs", "both"]
)
def test_without_a_confirmed_account_nothing_is_certain(
    ours: AccountId | None, theirs: AccountId | None
) -> None:
    answer = match(replace(ANSWER, account=ours), [replace(QUESTION, account=theirs)])

    assert answer.certainty is Certainty.POSSIBLE


def test_subject_that_two_open_mails_have_is_not_certain() -> None:
    twin = replace(QUESTION, key=MessageId(2), at=NOW - timedelta(days=1))

    answer = match(replace(ANSWER, quoted_lines=frozenset()), [twin, QUESTION])

    assert answer.certainty is Certainty.POSSIBLE
    assert answer.answered == (QUESTION.key, twin.key)


def test_empty_subjects_are_not_equal() -> None:
    answer = match(replace(MAIL, base_subject=""), [replace(QUESTION, base_subject="")])

    assert answer == NO_ANSWER
