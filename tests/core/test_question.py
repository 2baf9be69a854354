import pytest

from triage.core.ids import AccountId, ThreadId
from triage.core.question import Question, most_useful, new_code


def question(*threads: int, messages: int = 1, **changes: object) -> Question:
    base = {"account": AccountId(1), "terms": ("invoice", "vat"), "messages": messages}
    return Question(threads=tuple(ThreadId(one) for one in threads), **base, **changes)  # type: ignore[arg-type]


def test_the_answer_that_teaches_most_is_asked_for_first() -> None:
    known = question(1, sureness=0.9)
    large = question(2, 3, 4, sureness=0.5)
    pressing = question(5, priority="urgent", sureness=0.5)
    idle = question(6, priority="low", sureness=0.5)

    assert most_useful([known, idle, large, pressing], answered_today=0) == (pressing, large, idle, known)


def test_at_most_five_a_day_are_asked() -> None:
    many = [question(number) for number in range(9)]

    assert [len(most_useful(many, answered_today=answered)) for answered in (0, 3, 5, 8)] == [5, 2, 0, 0]


@pytest.mark.parametrize(
    ("found", "is_new"),
    [
        (question(1, 2, messages=5), True),
        (question(1, 2, messages=4), False),
        (question(1, messages=9), False),
        (question(1, 2, messages=2, code="ACME-YARD"), True),
    ],
)
def test_much_about_one_thing_or_a_new_code_may_be_a_new_project(found: Question, *, is_new: bool) -> None:
    assert found.may_be_new is is_new


def test_questions_are_sentences() -> None:
    assert question(1).text("Acme") == "Which project of Acme does this thread about invoice, vat belong to?"
    assert question(1, 2).text("Acme") == (
        "Which project of Acme do these 2 threads about invoice, vat belong to?"
    )
    assert question(1, 2, messages=2, code="ACME-YARD").text("Acme") == (
        "Is this a new project of Acme with codes like ACME-YARD-1: these 2 threads about invoice, vat?"
    )


@pytest.mark.parametrize(
    ("subjects", "code"),
    [
        (["ACME-YARD-1 gate", "Re: ACME-YARD-22 crane"], "ACME-YARD"),
        (["ACME-YARD-1 gate", "nothing"], ""),
        (["ACME-YARD-1 and ACME-YARD-2"], ""),
        (["the acme-yard-1", "xACME-1", "ACME-1x", "ACME-1-2"], ""),
        (["PO-1, LAB-2", "LAB-3", "PO-4, LAB-5"], "LAB"),
    ],
)
def test_a_code_counts_when_two_threads_name_it(subjects: list[str], code: str) -> None:
    assert new_code(subjects) == code
