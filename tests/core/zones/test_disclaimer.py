# ruff: noqa: E501 (lines of mails stay whole)
"""Disclaimers and list footers under a mail."""

import pytest

from triage.core.message import ZoneKind
from triage.core.zones import zone_text
from triage.core.zones.disclaimer import PHRASES

DISCLAIMERS = {
    "english": (
        "This e-mail and any attachments are confidential and may be privileged. If you are not the\n"
        "intended recipient, delete it and tell the sender."
    ),
    "short": "Please consider the environment before printing this e-mail.",
    "german": (
        "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind oder diese\n"
        "E-Mail irrtümlich erhalten haben, löschen Sie sie bitte."
    ),
    "french": "Si vous n'êtes pas le destinataire de ce message, merci de le détruire. Pensez à l'environnement.",
    "spanish": "Este mensaje es confidencial. Si usted no es el destinatario, bórrelo.",
    "portuguese": "Esta mensagem pode conter informação confidencial. Se não for o destinatário, apague-a.",
    "italian": "Questo messaggio è confidenziale. Qualora non foste i destinatari, cancellatelo.",
    "list footer": "_______________________________________________\nplans mailing list\nplans@example.com",
    "advertisement": "__________________________________________________\nTry Example Mail!\nhttp://mail.example.com",
}


@pytest.mark.parametrize("disclaimer", DISCLAIMERS.values(), ids=DISCLAIMERS.keys())
def test_disclaimer_is_apart_from_the_words_above_it(disclaimer: str) -> None:
    text = f"Friday is fine.\n\n{disclaimer}\n"

    found = [(zone.kind, text[zone.start : zone.end].strip()) for zone in zone_text(text).zones]

    assert found == [(ZoneKind.NEW, "Friday is fine."), (ZoneKind.DISCLAIMER, disclaimer)]


@pytest.mark.parametrize("phrase", PHRASES)
def test_every_phrase_tells_wherever_a_text_goes_on_without_a_blank(phrase: str) -> None:
    text = f"Friday is fine.\n\n({phrase}) und\n"

    assert [zone.kind for zone in zone_text(text).zones] == [ZoneKind.NEW, ZoneKind.DISCLAIMER]


def test_disclaimer_below_a_signature_leaves_both_apart() -> None:
    text = f"Friday is fine.\n\n-- \nAna Lima\n\n{DISCLAIMERS['english']}\n"

    assert [zone.kind for zone in zone_text(text).zones] == [
        ZoneKind.NEW,
        ZoneKind.SIGNATURE,
        ZoneKind.DISCLAIMER,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Is the contract confidential and may be privileged information be left out?",
        "Please treat the price as strictly confidential.\n\nWhen can you start?",
    ],
    ids=["question", "words of a customer"],
)
def test_words_about_secrecy_stay_new(text: str) -> None:
    assert [zone.kind for zone in zone_text(text).zones] == [ZoneKind.NEW]
