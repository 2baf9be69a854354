"""The base subject."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.core.subject import base_subject, is_reply_or_forward

MARKED = [
    "Re: Invoice 7",
    "RE: re: Fwd: Invoice 7",
    "Re[2]: Invoice 7",
    "Re^3: Invoice 7",
    "AW (2): Invoice 7",
    "AW: WG: Invoice 7",
    "SV: VS: Invoice 7",
    "RIF: Invoice 7",
    "R: I: Invoice 7",
    "TR : Invoice 7",
    "RV: Invoice 7",
    "ODP: Invoice 7",
    "YNT: Invoice 7",
    "İLT: Invoice 7",
    "Отв: Invoice 7",
    "回复\uff1aInvoice 7",
    "[acme] Re: Invoice 7",
    "Re: [acme] Invoice 7",
    "[Fwd: Invoice 7]",
    "[Fwd: Re: Invoice 7]",
    "Invoice 7 (fwd)",
    "Re: Invoice 7 (fwd) (fwd)",
    "Automatic reply: Invoice 7",
]


@pytest.mark.parametrize("subject", MARKED)
def test_marks_are_taken_away(subject: str) -> None:
    assert base_subject(subject) == "invoice 7"
    assert is_reply_or_forward(subject)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        pytest.param("Invoice\r\n\t 7", "invoice 7", id="folding"),
        pytest.param("[acme] Invoice 7", "invoice 7", id="list name"),
        pytest.param("[acme]", "[acme]", id="a list name that is all there is"),
        pytest.param("Reform: part 2", "reform: part 2", id="a word that begins like a mark"),
        pytest.param("Regards", "regards", id="no colon"),
        pytest.param("Invoice re: May", "invoice re: may", id="a mark inside"),
        pytest.param("", "", id="empty"),
    ],
)
def test_what_is_not_a_mark_stays(subject: str, expected: str) -> None:
    assert base_subject(subject) == expected
    assert not is_reply_or_forward(subject)


def test_nothing_but_marks_is_an_empty_base() -> None:
    assert base_subject("Re: Fwd: ") == ""
    assert is_reply_or_forward("Re: ")


@pytest.mark.parametrize("unit", ["Re: ", "[a]", "[", "[fwd:", " (fwd)", "re[", "Re: ["])
@pytest.mark.timeout(5)
def test_a_long_row_of_marks_costs_little(unit: str) -> None:
    assert len(base_subject(unit * 50_000)) <= 1_000


@given(st.text(alphabet="Re:Fwd[]() ax"))
def test_the_base_of_a_base_is_itself(subject: str) -> None:
    base = base_subject(subject)

    assert base_subject(base) == base
    assert base_subject(f"Re: {base}") == base
