# ruff: noqa: E501, RUF001 (mails as they come: long lines, words of many alphabets)
"""Signatures at the end of a sender's own words, and endings that are none."""

import pytest

from triage.core.message import Address, ZoneKind
from triage.core.zones import zone_text

ANA = Address(name="Ana Lima", email="ana.lima@example.com")
WROTE = "On 5 May 2020, at 10:00, Ben Ode <ben@example.org> wrote:\n> Friday?"


def _signature(text: str, sender: Address | None = ANA) -> str:
    return "".join(
        text[zone.start : zone.end]
        for zone in zone_text(text, sender=sender).zones
        if zone.kind is ZoneKind.SIGNATURE
    ).strip()


SIGNATURES = {
    "delimiter": "-- \nAna Lima\nExample Ltd",
    "delimiter without space": "--\nAna Lima\nExample Ltd",
    "phone": "Sent from my iPhone",
    "german phone": "Von meinem iPhone gesendet",
    "french phone": "Envoyé de mon iPhone",
    "spanish phone": "Enviado desde mi iPhone",
    "portuguese phone": "Enviado do meu iPhone",
    "dutch phone": "Verstuurd vanaf mijn iPhone",
    "swedish phone": "Skickat från min iPhone",
    "russian phone": "Отправлено с iPhone",
    "chinese phone": "发自我的iPhone",
    "japanese phone": "iPhoneから送信",
    "windows": "Sent from Mail for Windows 10",
    "outlook link": "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "contact block": "Ana Lima\nHead of Sales\nExample Ltd\nTel: +49 30 1234567\nwww.example.com",
    "contact block, other name": "Eva Roy\nExample Ltd\n+49 30 1234567\neva@example.com",
    "short contact block of the sender": "Ana Lima\nExample Ltd\n+49 30 1234567",
    "ruled block": "**********************\nAna Lima\nExample Ltd\n+49 30 1234567\nana@example.com",
}


@pytest.mark.parametrize("signature", SIGNATURES.values(), ids=SIGNATURES.keys())
@pytest.mark.parametrize("below", ["", WROTE], ids=["end of mail", "above the quote"])
def test_signature_is_apart_from_the_words_above_it(signature: str, below: str) -> None:
    text = f"Friday is fine, and the price as well.\n\nBest regards,\n\n{signature}\n\n{below}"

    assert _signature(text) == signature.strip()


NOT_SIGNATURES = {
    "closing": "Friday is fine.\n\nBest regards,\nAna Lima",
    "numbers in a sentence": "Please call us.\n\nOur number is +49 30 1234567, ask for Ana.",
    "address given": "You asked for it:\n\nben@example.org",
    "sentence with sent from": "It went well.\n\nSent from the office, the letter took two days to arrive at the customer's desk in Rome.",
    "dashes in the middle": "Two ways:\n--\nfirst we wait. " + "It is long. " * 200,
    "question last": "Hello\n\nAna Lima\n+49 30 1234567\nIs this still your number?",
}


@pytest.mark.parametrize("text", NOT_SIGNATURES.values(), ids=NOT_SIGNATURES.keys())
def test_ending_that_says_something_stays_new(text: str) -> None:
    assert _signature(text) == ""


def test_short_block_of_an_unknown_sender_stays_new() -> None:
    text = "Friday is fine.\n\nEva Roy\nExample Ltd\n+49 30 1234567"

    assert _signature(text, sender=None) == ""


def test_mail_that_is_only_a_signature_is_new_and_unsure() -> None:
    zoning = zone_text("-- \nAna Lima\nExample Ltd", sender=ANA)

    assert [zone.kind for zone in zoning.zones] == [ZoneKind.NEW]
