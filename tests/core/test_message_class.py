"""The class of a message and its reasons; when unsure, a person wrote it."""

from datetime import date
from typing import Any

import pytest

from triage.core.message import Address, CalendarMethod, MessageClass
from triage.core.message_class import Signs, classify

ANN = Address(name="Ann Lee", email="ann@customer.example")
DAEMON = Address(name="Mail Delivery System", email="MAILER-DAEMON@mx.example")
POSTMASTER = Address(name="", email="postmaster@mx.example")
NO_REPLY = Address(name="Shop", email="no-reply@shop.example")
STATUS = (
    "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; ann@customer.example\nAction: failed\nStatus: 5.1.1\n"
)


def signs(sender: Address | None = ANN, text: str = "Hello, when can you start?", **more: Any) -> Signs:  # noqa: ANN401
    fields = {name.replace("_", "-"): (value,) for name, value in more.pop("fields", {}).items()}
    return Signs(
        fields=fields,
        senders=(sender,) if sender else (),
        text=text,
        new_text=more.pop("new_text", text),
        sent_on=date(2026, 4, 20),
        **more,
    )


HUMAN = {
    "plain": signs(),
    "auto-submitted no": signs(fields={"auto-submitted": "no"}),
    "auto-submitted no with comment": signs(fields={"auto-submitted": "no (by hand)"}),
    "asks not to be auto-answered": signs(fields={"x-auto-response-suppress": "All"}),
    "through a list": signs(
        fields={"list-id": "<users.example>", "list-post": "<mailto:users@example>", "precedence": "list"}
    ),
    "through a list that says bulk": signs(
        fields={"list-unsubscribe": "<x>", "list-post": "<mailto:users@example>", "precedence": "bulk"}
    ),
    "reply through a mailing service": signs(
        fields={"list-unsubscribe": "<x>", "feedback-id": "1", "in-reply-to": "<a@b>"}
    ),
    "list fields alone": signs(fields={"list-unsubscribe": "<x>", "list-id": "<x>"}),
    "precedence bulk alone": signs(fields={"precedence": "bulk"}),
    "forwards a bounce": signs(
        subject="Fwd: Undelivered Mail Returned to Sender", text="550 5.1.1 user unknown"
    ),
    "asks about a bounce": signs(subject="Mail delivery failed, why?", text="I got: 550 5.1.1 user unknown"),
    "answers an absence": signs(subject="Re: Automatic reply: Offer", text="Then let us wait."),
    "tells of an absence": signs(subject="Out of office next week", text="I am out of the office on Monday."),
    "talks of cars": signs(subject="Automobile insurance", text="Is the car insured?"),
    "calendar file without a method": signs(calendar="BEGIN:VCALENDAR\nEND:VCALENDAR"),
    "published calendar": signs(calendar="BEGIN:VCALENDAR\nMETHOD:PUBLISH\nEND:VCALENDAR"),
    "no-reply with one bounce-like word": signs(NO_REPLY, text="Your order was rejected by the bank."),
    "empty": signs(None, text=""),
}


@pytest.mark.parametrize("case", HUMAN.values(), ids=list(HUMAN))
def test_a_person_wrote_it(case: Signs) -> None:
    found = classify(case)

    assert found.message_class is MessageClass.HUMAN
    assert found.evidence == ()


BOUNCES = {
    "report": signs(DAEMON, report_type="delivery-status", delivery_status=STATUS),
    "status part without report-type": signs(DAEMON, delivery_status=STATUS),
    "feedback report": signs(report_type="feedback-report"),
    "x-failed-recipients": signs(POSTMASTER, fields={"x-failed-recipients": "ann@customer.example"}),
    "daemon without words": signs(DAEMON, text=""),
    "null return path": signs(ANN, "It could not be delivered.", fields={"return-path": "<>"}),
    "postmaster": signs(POSTMASTER, "Hi", subject="Undeliverable: Offer"),
    "german": signs(POSTMASTER, "Hallo", subject="Unzustellbar: Angebot"),
    "japanese": signs(NO_REPLY, "ユーザが見つかりません", subject="メールエラー通知"),
    "daemon that calls itself a reply": signs(
        DAEMON, "550 5.1.1 user unknown", subject="Returned mail", fields={"auto-submitted": "auto-replied"}
    ),
}


@pytest.mark.parametrize("case", BOUNCES.values(), ids=list(BOUNCES))
def test_a_bounce_is_found(case: Signs) -> None:
    found = classify(case)

    assert found.message_class is MessageClass.BOUNCE
    assert found.evidence


@pytest.mark.parametrize(
    ("case", "failed"),
    [
        (BOUNCES["report"], ("ann@customer.example",)),
        (BOUNCES["x-failed-recipients"], ("ann@customer.example",)),
        (signs(DAEMON, "<ann@customer.example>:\n550 user unknown"), ("ann@customer.example",)),
        (
            signs(
                DAEMON,
                "ann@customer.example failed; ask help@mx.example",
                returned="To: ann@customer.example\n",
            ),
            ("ann@customer.example",),
        ),
        (signs(DAEMON, "It failed."), ()),
    ],
)
def test_a_bounce_names_who_was_not_reached(case: Signs, failed: tuple[str, ...]) -> None:
    assert classify(case).failed_recipients == failed


@pytest.mark.parametrize(
    "case",
    [
        signs(DAEMON, returned="Message-ID: <a1@vendor.example>\n"),
        signs(DAEMON, "failed\n\nMessage-ID: <a1@vendor.example>\nTo: x@y.example\n"),
        signs(DAEMON, fields={"in-reply-to": "<a1@vendor.example>"}),
        signs(DAEMON, fields={"references": "<a0@vendor.example> <a1@vendor.example>"}),
    ],
)
def test_a_bounce_names_the_mail_that_came_back(case: Signs) -> None:
    assert classify(case).failed_ids == ("a1@vendor.example",)


AUTO_REPLIES = {
    "auto-replied": signs(fields={"auto-submitted": "auto-replied; owner-email=x"}),
    "auto-generated": signs(fields={"auto-submitted": "auto-generated"}),
    "vendor field": signs(fields={"x-autoreply": "yes"}),
    "precedence": signs(fields={"precedence": "auto_reply"}),
    "vacation program": signs(fields={"x-mailer": "vacation 1.2"}),
    "absence without return path": signs(text="I am on vacation.", fields={"return-path": "<>"}),
    "absence as an answer": signs(
        subject="Out of office", text="I am out of the office.", fields={"in-reply-to": "<a@b>"}
    ),
    "no return path and bulk": signs(text="Thanks.", fields={"return-path": "<>", "precedence": "bulk"}),
    "challenge": signs(text="Please verify that you are a person", fields={"return-path": "<>"}),
    "daemon passes on an absence": signs(
        DAEMON, "I am out of the office.", subject="Automatic reply: Offer", fields={"x-autoreply": "yes"}
    ),
} | {
    subject: signs(subject=subject)
    for subject in (
        "Automatic reply: Offer",
        "AUTO: Ann Lee is out of the office (returning 05/05/2026)",
        "Out of Office AutoReply: Offer",
        "Abwesenheitsnotiz: Angebot",
        "Automatische Antwort: Angebot",
        "Réponse automatique : Offre",
        "Respuesta automática: Oferta",
        "Resposta automática: Oferta",
        "Risposta automatica: Offerta",
        "Automatisch antwoord: Aanbod",
        "Autosvar: Tilbud",
        "Automatiskt svar: Offert",
        "Automaattinen vastaus: Tarjous",
        "Odpowiedź automatyczna: Oferta",
        "Automatická odpověď: Nabídka",
        "Automatikus válasz: Ajánlat",
        "Automatický: x (Automatic Response)",
        "Otomatik Yanıt: Teklif",  # noqa: RUF001
        "Автоматический ответ: Предложение",
        "Αυτόματη απάντηση: Προσφορά",
        "自動応答: 見積もり",
        "自动回复: 报价",
        "자동 회신: 견적",
        "[Automatyczna odpowiedź] Oferta",
        "Offer (Automatic Response)",
    )
}


@pytest.mark.parametrize("case", AUTO_REPLIES.values(), ids=list(AUTO_REPLIES))
def test_an_automatic_reply_is_found(case: Signs) -> None:
    found = classify(case)

    assert found.message_class is MessageClass.AUTO_REPLY
    assert found.evidence


def test_the_day_of_return_is_read_from_the_new_words_only() -> None:
    case = signs(
        subject="Automatic reply: Offer",
        text="I am away until May 5.\n> please answer until June 1",
        new_text="I am away until May 5.\n",
    )

    assert classify(case).out_of_office_until == date(2026, 5, 5)


@pytest.mark.parametrize(
    "case",
    [
        signs(report_type="disposition-notification"),
        signs(disposition="Disposition: manual-action/MDN-sent-manually; displayed"),
        signs(DAEMON, report_type="delivery-status", delivery_status=STATUS.replace("failed", "delivered")),
        signs(subject="Gelesen: Angebot", text="Ihre Nachricht wurde gelesen am Montag."),
    ],
)
def test_a_receipt_is_found(case: Signs) -> None:
    assert classify(case).message_class is MessageClass.RECEIPT


@pytest.mark.parametrize("method", ["request", "reply", "cancel", "counter"])
def test_a_calendar_message_states_its_method(method: str) -> None:
    found = classify(signs(calendar=f"BEGIN:VCALENDAR\r\nMETHOD:{method.upper()}\r\nEND:VCALENDAR"))

    assert found.message_class is MessageClass.CALENDAR
    assert found.calendar_method is CalendarMethod(method)


@pytest.mark.parametrize(
    "fields",
    [
        {"list-unsubscribe": "<x>", "feedback-id": "1:2:3"},
        {"list-unsubscribe": "<x>", "list-unsubscribe-post": "List-Unsubscribe=One-Click"},
        {"precedence": "bulk", "return-path": "<bounce-12345678-ann=customer.example@shop.example>"},
        {"list-unsubscribe": "<x>", "list-post": "NO", "x-mc-user": "1"},
    ],
)
def test_bulk_needs_two_signs_of_a_machine(fields: dict[str, str]) -> None:
    assert classify(signs(fields=fields)).message_class is MessageClass.BULK


def test_an_address_that_takes_no_replies_is_a_sign_of_bulk() -> None:
    assert classify(signs(NO_REPLY, fields={"list-unsubscribe": "<x>"})).message_class is MessageClass.BULK
