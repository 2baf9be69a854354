"""The day of return, in the languages of the lexicon."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.return_date import return_date

SENT_ON = date(2026, 4, 20)
MAY_5 = date(2026, 5, 5)


@pytest.mark.parametrize(
    "text",
    [
        "I am away until May 5.",
        "I'm out of the office and will return on Tuesday, May 5th, 2026.",
        "back on 5 May",
        "I will be out from April 20 through May 5",
        "Ich bin bis zum 5. Mai 2026 nicht im Büro.",
        "Ich bin ab dem 05.05.2026 wieder für Sie da.",
        "Ik ben afwezig tot en met 5 mei",
        "Je suis absent jusqu'au 5 mai inclus.",
        "de retour le mardi 5 mai 2026",
        "Estaré fuera de la oficina hasta el 5 de mayo",
        "Estarei de férias até 05/05",
        "Sono assente fino al 5 maggio",
        "Jag är tillbaka den 5 maj",
        "Jeg er tilbage den 5. maj",
        "Palaan 5.5.2026",
        "Wracam 5 maja",
        "Vrátím se 5. května",
        "вернусь 5 мая",
        "5月5日まで不在にしております。",
        "2026年5月5日まで休暇をいただきます",
        "from 20.04. - 05.05.2026",
        "2026-05-05 is wrong here, but until 2026-05-05 is right",
    ],
)
def test_the_day_is_read(text: str) -> None:
    assert return_date(text, sent_on=SENT_ON) == MAY_5


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I will be back on Monday.", date(2026, 4, 27)),
        ("zurück am Freitag", date(2026, 4, 24)),
        ("returning 05/13/2026", date(2026, 5, 13)),
        ("until January 4", date(2027, 1, 4)),
    ],
)
def test_what_is_left_out_is_the_next_such_day(text: str, day: date) -> None:
    assert return_date(text, sent_on=SENT_ON) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thank you for your mail.",
        "I am back next week.",
        "since May 5 I work at the other site",
        "until February 31",
        "until 05/05/1999",
        "until May 5, 2031",
        "version 5.5 until further notice",
    ],
)
def test_no_day_is_guessed(text: str) -> None:
    assert return_date(text, sent_on=SENT_ON) is None


def test_raised_digits_are_no_month() -> None:
    assert return_date("Out of office until 5 \u00b3\u00b3\u00b3", sent_on=SENT_ON) is None


@given(st.text(max_size=300))
def test_any_text_gives_a_day_to_come_or_none(text: str) -> None:
    day = return_date("until " + text, sent_on=SENT_ON)

    assert day is None or day >= date(2026, 4, 19)
